# SPDX-License-Identifier: LGPL-2.1-or-later
"""Measures a camera-health model on photographs that it has never seen.

    python3 measure.py --photos imagenet.csv [--model M.tflite] [--picture confusion.png]

--photos is a CSV file whose column `file` names pictures beside it, or a
folder.  Every photo is cropped to its central square, reduced to the network's
input and shown once undegraded and once with each fault; the severity is swept
evenly from just visible to total.  The faults here share no code with the
training's (numpy and Pillow only), and the test cards and no-signal pictures
are drawn here and nowhere else.
"""
import argparse
import csv
import io
import os

import numpy as np
from PIL import Image, ImageDraw, ImageFile, ImageFilter, ImageFont

ImageFile.LOAD_TRUNCATED_IMAGES = True
LABELS = ["good", "dark", "overexposed", "blurred", "noisy", "test-card", "no-signal", "broken"]
COLOURS = ["white", "yellow", "cyan", "lime", "magenta", "red", "blue", "black"]


def between(t, a, b):
    """Geometric way from a (just visible) to b (total) for t in 0..1."""
    return a * (b / a) ** t


def load(path, side):
    img = Image.open(path).convert("RGB")
    s = min(img.size)
    x, y = (img.width - s) // 2, (img.height - s) // 2
    return img.crop((x, y, x + s, y + s)).resize((side, side), Image.Resampling.BILINEAR)


def picture(a):
    return Image.fromarray(np.clip(np.rint(a), 0, 255).astype(np.uint8))


# Each fault: (picture, severity 0..1, rng, another picture) -> picture, or array.

def dark_gain(img, t, rng, other):
    return np.asarray(img) * (0.3 * (1 - t) + 0.004)


def dark_clip(img, t, rng, other):
    """Black level too high: 30 % of the pixels at 0, to all of them."""
    a = np.asarray(img.convert("L")).ravel()
    off = np.sort(a)[min(a.size - 1, int(a.size * (0.3 + 0.7 * t)))]
    return np.asarray(img) - float(off) - 2


def dark_cover(img, t, rng, other):
    """Lens covered: a trace of blurred light, and the sensor's own noise."""
    glow = np.asarray(img.filter(ImageFilter.GaussianBlur(25)), float) * 0.2 * (1 - t)
    return glow + rng.normal(3, 2 + 4 * rng.random(), (img.height, img.width, 3))


def over_gain(img, t, rng, other):
    """Gain until 30 % of the pixels, to all of them, are white."""
    a = np.sort(np.asarray(img.convert("L")).ravel())
    at = max(2.0, float(a[int((a.size - 1) * (0.7 - 0.7 * t))]))
    return np.asarray(img) * (255.5 / at)


def over_add(img, t, rng, other):
    a = np.sort(np.asarray(img.convert("L")).ravel())
    return np.asarray(img) + (256.0 - a[int((a.size - 1) * (0.7 - 0.7 * t))])


def over_light(img, t, rng, other):
    """Too long an exposure, in linear light."""
    a = np.sort(np.asarray(img.convert("L")).ravel())
    at = (max(2.0, float(a[int((a.size - 1) * (0.7 - 0.7 * t))])) / 255) ** 2.4
    return 255 * ((np.asarray(img) / 255) ** 2.4 / at) ** (1 / 2.4)


def blur_gauss(img, t, rng, other):
    return img.filter(ImageFilter.GaussianBlur(between(t, 2, 20)))


def blur_box(img, t, rng, other):
    return img.filter(ImageFilter.BoxBlur(between(t, 3.2, 24)))


def blur_disc(img, t, rng, other):
    """Out of focus, through the Fourier transform."""
    r, n = between(t, 4, 28), img.width
    a = np.pad(np.asarray(img, float), ((n // 2,) * 2, (n // 2,) * 2, (0, 0)), "reflect")
    y, x = np.mgrid[0:2 * n, 0:2 * n] - n
    k = np.clip(r + 0.5 - np.hypot(x, y), 0, 1)
    f = np.fft.rfft2(np.fft.ifftshift(k / k.sum()))[..., None]
    out = np.fft.irfft2(np.fft.rfft2(a, axes=(0, 1)) * f, s=(2 * n, 2 * n), axes=(0, 1))
    return out[n // 2:-(n // 2), n // 2:-(n // 2)]


def blur_motion(img, t, rng, other):
    """The camera moved while the shutter was open."""
    length, angle = between(t, 10, 70), rng.uniform(0, np.pi)
    n, steps = img.width, 40
    total = np.zeros((n, n, 3))
    for s in np.linspace(-0.5, 0.5, steps):
        m = (1, 0, s * length * np.cos(angle), 0, 1, s * length * np.sin(angle))
        wide = img.transform((n, n), Image.Transform.AFFINE, m, Image.Resampling.BILINEAR)
        total += np.asarray(wide)
    total /= steps
    return Image.fromarray(total.astype(np.uint8)).crop((20, 20, n - 20, n - 20)).resize((n, n), Image.Resampling.BICUBIC)


def blur_small(img, t, rng, other):
    n = max(5, int(img.width / between(t, 5, 30)))
    return img.resize((n, n), Image.Resampling.BOX).resize(img.size, Image.Resampling.BICUBIC)


def noise_gauss(img, t, rng, other):
    return np.asarray(img) + rng.normal(0, 12 + 88 * t, (img.height, img.width, 3))


def noise_grey(img, t, rng, other):
    return np.asarray(img) + rng.normal(0, 12 + 88 * t, (img.height, img.width, 1))


def noise_laplace(img, t, rng, other):
    return np.asarray(img) + rng.laplace(0, (12 + 88 * t) / 1.414, (img.height, img.width, 3))


def noise_photons(img, t, rng, other):
    """Few photons: the deviation is 12 to 90 at mid grey."""
    per = 128 / (12 + 78 * t) ** 2
    return rng.poisson((np.asarray(img) + 12.0) * per) / per


def noise_pepper(img, t, rng, other):
    a = np.array(img)
    hit = rng.random(a.shape[:2])
    p = 0.02 + 0.4 * t
    a[hit < p / 2] = 0
    a[hit > 1 - p / 2] = 255
    return a


def noise_jpeg(img, t, rng, other):
    f = io.BytesIO()
    picture(noise_gauss(img, 0.03 + t * 0.97, rng, other)).save(f, "JPEG", quality=80)
    return Image.open(f)


def broken_blocks(img, t, rng, other):
    """Macroblocks of another frame, grey, green or displaced: 3 % to 90 %."""
    a, b = np.array(img), np.asarray(other)
    n = a.shape[0] // 16
    order = rng.permutation(n * n)[:max(5, int(n * n * between(t, 0.03, 0.9)))]
    kind = rng.integers(4)
    for i in order:
        y, x = i // n * 16, i % n * 16
        if kind == 0:
            a[y:y + 16, x:x + 16] = b[y:y + 16, x:x + 16]
        elif kind == 1:
            a[y:y + 16, x:x + 16] = (128, 128, 128)
        elif kind == 2:
            a[y:y + 16, x:x + 16] = (0, 140, 0)
        else:
            j = rng.integers(n * n)
            a[y:y + 16, x:x + 16] = np.asarray(img)[j // n * 16:j // n * 16 + 16, j % n * 16:j % n * 16 + 16]
    return a


def broken_tear(img, t, rng, other):
    """From some line on, the picture is moved sideways or is another frame's."""
    a = np.array(img)
    n = a.shape[0]
    y = int(rng.uniform(0.15, 0.75) * n)
    if rng.random() < 0.6:
        a[y:] = np.roll(a[y:], int(between(t, 10, n / 2)) * rng.choice([-1, 1]), 1)
    else:
        h = int(between(t, 0.12, 0.7) * n)
        a[y:y + h] = np.asarray(other)[y:y + h]
    return a


def broken_lines(img, t, rng, other):
    """Single lines, or bands of them, moved at random."""
    a = np.array(img)
    band, n = int(rng.choice([1, 2, 4, 8])), a.shape[0]
    for y in range(0, n, band):
        if rng.random() < between(t, 0.15, 1):
            a[y:y + band] = np.roll(a[y:y + band], int(rng.normal(0, 10 + 60 * t)), 1)
    return a


def broken_stride(img, t, rng, other):
    a = np.array(img)
    step = between(t, 0.2, 25) * rng.choice([-1, 1])
    return np.stack([np.roll(row, int(i * step), 0) for i, row in enumerate(a)])


def broken_slices(img, t, rng, other):
    """Slices missing, filled from the line above, or grey."""
    a = np.array(img)
    n = a.shape[0]
    for _ in range(1 + int(3 * t)):
        h = max(16, int(between(t, 16, 120)) // 16 * 16)
        y = int(rng.integers(1, (n - h) // 16 + 1)) * 16
        a[y:y + h] = a[y - 1] if rng.random() < 0.5 else 128
    return a


def broken_stream(img, t, rng, other):
    """A real decoder on a damaged JPEG stream."""
    for _ in range(6):
        f = io.BytesIO()
        img.save(f, "JPEG", quality=70)
        data = bytearray(f.getvalue())
        for _ in range(1 + int(12 * t)):
            data[int(rng.integers(640, len(data) - 2))] = int(rng.integers(0, 255))
        try:
            out = Image.open(io.BytesIO(bytes(data))).convert("RGB")
        except Exception:            # damaged beyond what the decoder takes
            continue
        if out.size == img.size and np.abs(np.asarray(out, float) - np.asarray(img, float)).mean() > 6:
            return out
    return broken_blocks(img, t, rng, other)


def screen(img, t, rng):
    """A card or a blank as it arrives: level, softness, noise, JPEG."""
    if rng.random() < 0.5:
        img = img.filter(ImageFilter.GaussianBlur(t))
    a = np.asarray(img) * (1 - 0.3 * t * rng.random()) + rng.normal(0, 6 * t, (img.height, img.width, 3))
    if rng.random() < 0.5:
        f = io.BytesIO()
        picture(a).save(f, "JPEG", quality=int(90 - 50 * t))
        return Image.open(f)
    return a


def card(side, t, rng):
    w = h = side * 2
    img = Image.new("RGB", (w, h), "black")
    d = ImageDraw.Draw(img)
    kind = int(rng.integers(8))
    if kind in (0, 1):               # bars: full height, or with a second row and a grey scale
        n = 8 if kind == 0 else 7
        k = 0.75 if kind else rng.choice([0.75, 1.0])
        for i in range(n):
            c = Image.new("RGB", (1, 1), COLOURS[i]).getpixel((0, 0))
            d.rectangle((i * w // n, 0, (i + 1) * w // n, h), fill=tuple(int(v * k) for v in c))
        if kind == 1:
            for i in range(n):
                c = COLOURS[(6 - i)] if i % 2 == 0 else "black"
                d.rectangle((i * w // n, h * 2 // 3, (i + 1) * w // n, h * 3 // 4), fill=c)
            for i in range(6):
                g = [30, 255, 60, 0, 12, 24][i]
                d.rectangle((i * w // 6, h * 3 // 4, (i + 1) * w // 6, h), fill=(g, g, g if i != 2 else 110))
    elif kind == 2:                  # a circle with bars, a grid and corner circles
        d.rectangle((0, 0, w, h), fill="gray")
        step = int(w / rng.integers(9, 17))
        for p in range(0, w, step):
            d.line((p, 0, p, h), fill="white", width=3)
            d.line((0, p, w, p), fill="white", width=3)
        d.ellipse((w * 0.1, h * 0.1, w * 0.9, h * 0.9), fill="black", outline="white", width=5)
        for i in range(6):
            x = w * 0.2 + i * w * 0.1
            d.rectangle((x, h * 0.25, x + w * 0.1, h * 0.4), fill=COLOURS[i + 1])
            d.rectangle((x, h * 0.6, x + w * 0.1, h * 0.72), fill=(i * 51,) * 3)
            for s in range(0, int(w * 0.1), 2 * (7 - i)):
                d.line((x + s, h * 0.42, x + s, h * 0.58), fill="white", width=7 - i)
    elif kind == 3:                  # zone plate
        y, x = np.mgrid[0:h, 0:w] - h / 2
        v = np.sin((x * x + y * y) / w * rng.uniform(0.3, 1.3)) * 127 + 128
        img = picture(np.repeat(v[..., None], 3, 2))
    elif kind == 4:                  # grey scale in two directions
        n = int(rng.integers(6, 17))
        for i in range(n):
            g = i * 255 // (n - 1)
            d.rectangle((i * w // n, 0, (i + 1) * w // n, h // 2), fill=(g, g, g))
            d.rectangle((i * w // n, h // 2, (i + 1) * w // n, h), fill=(255 - g,) * 3)
    elif kind == 5:                  # checkerboard
        n = int(rng.integers(4, 20))
        for i in range(n):
            for j in range(n):
                if (i + j) % 2:
                    d.rectangle((i * w // n, j * h // n, (i + 1) * w // n, (j + 1) * h // n), fill="white")
    elif kind == 6:                  # star and rings
        d.rectangle((0, 0, w, h), fill="white")
        n = int(rng.integers(12, 40))
        for i in range(n):
            d.pieslice((20, 20, w - 20, h - 20), i * 360 / n, (i + 0.5) * 360 / n, fill="black")
        d.ellipse((w * 0.4, h * 0.4, w * 0.6, h * 0.6), fill="gray")
    else:                            # crosshatch with a circle and a text
        step = int(w / rng.integers(6, 20))
        for p in range(step // 2, w, step):
            d.line((p, 0, p, h), fill="white", width=2)
            d.line((0, p, w, p), fill="white", width=2)
        d.ellipse((w * 0.15, h * 0.15, w * 0.85, h * 0.85), outline="white", width=4)
        d.text((w / 2, h / 2), "TEST 1", fill="white", anchor="mm", font=ImageFont.load_default(60))
    return screen(img.resize((side, side), Image.Resampling.BOX), t, rng)


def blank(side, t, rng):
    kind = int(rng.integers(6))
    if kind >= 3:                    # snow
        n = side if kind < 5 else int(side / rng.uniform(1, 3))
        a = rng.integers(0, 256, (n, n, 3 if kind == 4 else 1), dtype=np.uint8)
        if rng.random() < 0.3:
            a = (a > 140).astype(np.uint8) * 255
        img = Image.fromarray(np.repeat(a, 3 // a.shape[2], 2)).resize((side, side), Image.Resampling.BILINEAR)
        return np.asarray(img) * (1 - 0.4 * t)
    c = [(0, 0, rng.integers(110, 256)), (rng.integers(60, 200),) * 3, (0, rng.integers(90, 256), 0)][kind]
    img = Image.new("RGB", (side, side), tuple(int(v) for v in c))
    if rng.random() < 0.4:
        text = str(rng.choice(["no signal", "NO SIGNAL", "Input 2", "Kein Signal", "Sin señal"]))
        ImageDraw.Draw(img).text(tuple(rng.uniform(0.3, 0.7, 2) * side), text, fill="white", anchor="mm",
                                 font=ImageFont.load_default(float(rng.uniform(12, 30))))
    return screen(img, t, rng)


FAULTS = {
    "dark": [dark_gain, dark_clip, dark_cover],
    "overexposed": [over_gain, over_add, over_light],
    "blurred": [blur_gauss, blur_gauss, blur_box, blur_disc, blur_motion, blur_small],
    "noisy": [noise_gauss, noise_gauss, noise_grey, noise_laplace, noise_photons, noise_pepper, noise_jpeg],
    "broken": [broken_blocks, broken_blocks, broken_tear, broken_lines, broken_stride, broken_slices, broken_stream],
}


def cases(photos, side, seed):
    """(label, name of the way, severity, picture) for every photo and label."""
    rng = np.random.default_rng(seed)
    sweep = {name: rng.permutation(np.linspace(0, 1, len(photos))) for name in LABELS}
    for i, path in enumerate(photos):
        img, other = load(path, side), load(photos[(i + 1) % len(photos)], side)
        for name in LABELS:
            t, way = float(sweep[name][i]), name
            if name == "good":
                t, out = 0.0, img
            elif name == "test-card":
                out = card(side, t, rng)
            elif name == "no-signal":
                out = blank(side, t, rng)
            else:
                fault = FAULTS[name][i % len(FAULTS[name])]
                out, way = fault(img, t, rng, other), fault.__name__
            out = out if isinstance(out, Image.Image) else picture(out)
            yield name, way, t, path, out.convert("RGB")


class Model:
    def __init__(self, path, threads):
        from ai_edge_litert.interpreter import Interpreter
        self.run = Interpreter(path, num_threads=threads)
        self.run.allocate_tensors()
        self.input, self.output = self.run.get_input_details()[0], self.run.get_output_details()[0]
        self.side = int(self.input["shape"][1])

    def __call__(self, img):
        x = (np.asarray(img, np.float32) - 127.5) / 127.5
        self.run.set_tensor(self.input["index"], x[None])
        self.run.invoke()
        return self.run.get_tensor(self.output["index"])[0]


def draw(table, path):
    """The confusion matrix as a picture: rows are what was shown, columns what was said."""
    cell, left, top, n = 74, 150, 90, len(LABELS)
    img = Image.new("RGB", (left + n * cell + 20, top + n * cell + 20), "white")
    d = ImageDraw.Draw(img)
    small, font = ImageFont.load_default(14), ImageFont.load_default(18)
    d.text((left + n * cell / 2, 24), "said", fill="black", anchor="mm", font=font)
    d.text((14, 50), "shown", fill="black", anchor="lm", font=font)
    share = table / np.maximum(1, table.sum(1, keepdims=True))
    for i, name in enumerate(LABELS):
        d.text((left - 10, top + (i + 0.5) * cell), name, fill="black", anchor="rm", font=font)
        d.text((left + (i + 0.5) * cell, top - 14), name, fill="black", anchor="mm", font=small)
        for j in range(n):
            v = share[i, j]
            tone = np.array([255, 255, 255]) * (1 - v) + np.array([20, 90, 160]) * v
            box = (left + j * cell, top + i * cell, left + (j + 1) * cell - 2, top + (i + 1) * cell - 2)
            d.rectangle(box, fill=tuple(int(c) for c in tone), outline=(210, 210, 210))
            if table[i, j]:
                d.text(((box[0] + box[2]) / 2, (box[1] + box[3]) / 2), f"{100 * v:.1f}",
                       fill="white" if v > 0.5 else "black", anchor="mm", font=font)
    img.save(path, optimize=True)


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    p = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    p.add_argument("--photos", required=True, help="CSV file with a column `file`, or a folder")
    p.add_argument("--model", default=os.path.join(here, "camera_health.tflite"))
    p.add_argument("--seed", type=int, default=7)
    p.add_argument("--threads", type=int, default=1)
    p.add_argument("--picture", help="write the confusion matrix there (PNG)")
    p.add_argument("--sheet", help="write a sheet of the pictures shown there")
    p.add_argument("--ways", action="store_true", help="also print each way of each fault")
    p.add_argument("--misses", action="store_true", help="also print every wrong answer")
    args = p.parse_args()
    if os.path.isdir(args.photos):
        photos = sorted(os.path.join(args.photos, f) for f in os.listdir(args.photos))
    else:
        with open(args.photos, newline="") as f:
            photos = [os.path.join(os.path.dirname(args.photos), row["file"]) for row in csv.DictReader(f)]
    model = Model(args.model, args.threads)
    table = np.zeros((len(LABELS), len(LABELS)), int)
    ways, tiles = {}, []
    for name, way, t, path, img in cases(photos, model.side, args.seed):
        said = model(img)
        best = int(said.argmax())
        table[LABELS.index(name), best] += 1
        third = min(2, int(3 * t))
        right = best == LABELS.index(name)
        ways.setdefault((name, way), [[], [], []])[third].append(right)
        if args.misses and not right:
            print(f"{name} {way} {t:.2f} {os.path.basename(path)}: {LABELS[best]} {said[best]:.2f}")
        if len(tiles) < 20 * len(LABELS):
            tiles.append(np.asarray(img))
    if args.sheet:
        n = len(LABELS)
        picture(np.vstack([np.hstack(tiles[r::n]) for r in range(n)])).save(args.sheet)
    if args.picture:
        draw(table, args.picture)
    if args.ways:
        print("right in the weakest, middle and strongest third:")
        for (name, way), thirds in ways.items():
            print(f"  {name:12s} {way:14s}", " ".join(f"{np.mean(x):.3f}" if x else "  -  " for x in thirds))
    print("shown, right, said instead")
    for i, name in enumerate(LABELS):
        wrong = ", ".join(f"{LABELS[j]} {table[i, j]}" for j in np.argsort(-table[i]) if j != i and table[i, j])
        print(f"  {name:12s} {table[i, i] / table[i].sum():.3f}  {wrong}")
    print(f"overall {np.trace(table) / table.sum():.3f} of {table.sum()} pictures, {len(photos)} photos, seed {args.seed}")


if __name__ == "__main__":
    main()
