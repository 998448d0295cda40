# SPDX-License-Identifier: LGPL-2.1-or-later
"""Makes camera_health.tflite from nothing: scenes, faults, training, file.

    python3 camera_health.py --work DIR            the file that is bundled
    python3 camera_health.py --work DIR --samples 4000 --scenes 400   a quick try

Everything drawn follows from --seed and the number of the sample, so the
number of worker processes changes nothing; sums of floats on another machine
may still differ in their last bits.
"""
import argparse
import copy
import itertools
import os
import time

import cv2
import numpy as np
import torch
from torch.nn import functional as F
from torch.utils.data import DataLoader, Dataset

import broken
import built
import degrade
import patterns
import scenes
import tflite_writer
from degrade import LABELS, SIDE
from network import WATCHED, MobileNetV3Small

MEAN = STD = 127.5
SMALL = 160                          # side of the pictures in the first part of the training
NATURE = 4500                        # scenes of this number and up are of what people make
CHUNK = 250                          # scenes in a file of the cache
SHARES = np.array([0.25, 0.08, 0.09, 0.10, 0.10, 0.07, 0.09, 0.22])    # what is hard is seen most


def scene_file(work, seed, chunk):
    return os.path.join(work, f"scenes-{seed}-{chunk:03d}.npy")


def make_chunk(job):
    work, seed, chunk = job
    path = scene_file(work, seed, chunk)
    if not os.path.exists(path):
        other = built.scene if chunk >= NATURE // CHUNK else None
        np.save(path + ".part.npy", scenes.make(seed, chunk * CHUNK, CHUNK, other))
        os.rename(path + ".part.npy", path)
    return path


def load_scenes(work, seed, count, workers):
    jobs = [(work, seed, c) for c in range(-(-count // CHUNK))]
    with torch.multiprocessing.Pool(max(1, workers)) as pool:
        paths = pool.map(make_chunk, jobs, 1)
    return np.concatenate([np.load(p) for p in paths])[:count]


class Samples(Dataset):
    """Pictures (side, side, 3), their labels, and in which of their 16 x 16 cells a fault shows."""

    def __init__(self, pictures, seed, first, count, side=SIDE):
        self.pictures, self.seed, self.first, self.count, self.side = pictures, seed, first, count, side
        self.last, self.picture = None, None
        self.cards, self.lost = patterns.from_gstreamer()

    def __len__(self):
        return self.count

    def scene(self, rng):
        """A scene as float32, now and then two of them that meet along a winding line."""
        img = self.square(rng)
        if rng.random() < 0.25:
            mask = (degrade.smooth(rng, self.side, int(rng.integers(2, 7))) - rng.uniform(0.35, 0.65)) * degrade.uniform_log(rng, 6, 60)
            mask = np.clip(mask + 0.5, 0, 1)[..., None]
            img = img * mask + self.square(rng) * (1 - mask)
        return img

    def square(self, rng):
        """A random square of a random scene, at 0.78 to 1.3 of the scale that it was drawn for."""
        want, n = self.side, len(self.pictures)
        fewer = n // 4 if rng.random() < 0.2 else n      # the last, of what people make, are seen more often
        img = self.pictures[n - 1 - rng.integers(fewer)]
        side = int(want * (rng.uniform(1, img.shape[0] / SIDE) if rng.random() < 0.7 else rng.uniform(0.76, 1)))
        y, x = rng.integers(0, img.shape[0] - side + 1, 2)
        img = img[y:y + side, x:x + side]
        if rng.random() < 0.5:
            img = img[:, ::-1]
        if rng.random() < 0.15:
            img = img.transpose(1, 0, 2)
        if rng.random() < 0.3:
            img = img[..., rng.permutation(3)]
        img = np.ascontiguousarray(img)
        if side != want:
            img = cv2.resize(img, (want, want), interpolation=cv2.INTER_AREA if side > want else cv2.INTER_CUBIC)
        return img.astype(np.float32)

    def __getitem__(self, index):
        """Two samples in a row are of one picture, so that often the fault alone tells them apart."""
        number = self.first + index
        if self.last != number // 2:
            rng = np.random.default_rng([self.seed, 1, number // 2])
            self.last, self.picture = number // 2, degrade.healthy(rng, self.scene(rng))
        picture = self.picture
        rng = np.random.default_rng([self.seed, 2, number])
        share = SHARES * (np.arange(len(LABELS)) > 0)
        label = 0 if number % 2 and rng.random() < 2 * SHARES[0] else int(rng.choice(len(LABELS), p=share / share.sum()))
        name = LABELS[label]
        marks = np.zeros((self.side, self.side), bool)
        if name == "test-card":
            picture = patterns.test_card(rng, self.cards, self.side)
        elif name == "no-signal":
            picture = patterns.no_signal(rng, self.lost, self.side)
        elif name == "broken":
            picture, marks = broken.broken(rng, picture, degrade.healthy(rng, self.scene(rng)))
        elif name != "good":
            picture = degrade.MAKERS[name](rng, picture)
        cells = self.side // 16
        marks = marks.reshape(cells, 16, cells, 16).any((1, 3))
        return torch.from_numpy(np.rint(np.clip(picture, 0, 255)).astype(np.uint8)), label, torch.from_numpy(marks)


def quiet(worker):
    """The decoder's complaints about the streams that are damaged on purpose go nowhere."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)


def to_input(batch):
    x = (batch.float() - MEAN) / STD
    return x.permute(0, 3, 1, 2).to(memory_format=torch.channels_last)


def evaluate(net, loader):
    net.eval()
    table = np.zeros((len(LABELS), len(LABELS)), int)
    with torch.inference_mode():
        for batch, label, _ in loader:
            np.add.at(table, (label.numpy(), net(to_input(batch)).argmax(1).numpy()), 1)
    return table


class Where(torch.nn.Module):
    """Tells from a layer inside the network where a picture is broken.

    It is there for the training alone: "somewhere in this picture is a seam"
    teaches little, "here is one, and that horizon is none" teaches a lot.
    """

    def __init__(self, net):
        super().__init__()
        self.place = torch.nn.Conv2d(net.blocks[WATCHED].project.conv.out_channels, 1, 1)

    def loss(self, x, label, marks):
        """x: what the layer gives; only good and broken pictures count."""
        told = self.place(x)[:, 0]
        each = F.binary_cross_entropy_with_logits(told, marks.float(), reduction="none", pos_weight=torch.tensor(3.0))
        return each[(label == 0) | (label == LABELS.index("broken"))].mean()


def train(args, pictures):
    torch.manual_seed(args.seed)
    torch.set_num_threads(args.threads)
    net = MobileNetV3Small(len(LABELS), args.width, args.head).to(memory_format=torch.channels_last)
    if args.start:
        net.load_state_dict(torch.load(args.start))
    where = Where(net)
    mean_net = copy.deepcopy(net).eval()     # running average of the weights: steadier than the last step
    parameters = [*net.parameters(), *where.parameters()]
    decay = [p for p in parameters if p.ndim > 1]
    other = [p for p in parameters if p.ndim <= 1]
    steps = args.samples // args.batch
    best = torch.optim.AdamW([{"params": decay, "weight_decay": 0.02}, {"params": other, "weight_decay": 0.0}], lr=args.rate)
    rate = torch.optim.lr_scheduler.OneCycleLR(best, args.rate, total_steps=steps, pct_start=0.15, final_div_factor=300)
    held = len(pictures) // 20               # scenes kept for the running check
    small = int(steps * args.small)          # steps on small pictures, which cost half as much
    data = [Samples(pictures[held:], args.seed, args.first, small * args.batch, SMALL),
            Samples(pictures[held:], args.seed, args.first + small * args.batch, (steps - small) * args.batch)]
    check = Samples(pictures[:held], args.seed + 1, 0, 800)
    loaders = [DataLoader(d, args.batch, num_workers=args.workers, prefetch_factor=4 if args.workers else None,
                          worker_init_fn=quiet) for d in data if len(d)]
    print(f"seed {args.seed}: {len(pictures)} scenes, {steps} steps of {args.batch}, width {args.width}, "
          f"{sum(p.numel() for p in net.parameters())} parameters", flush=True)
    start = time.time()
    for step, (batch, label, marks) in enumerate(itertools.chain(*loaders), 1):
        net.train()
        inside = []
        loss = F.cross_entropy(net(to_input(batch), inside.append), label, label_smoothing=0.03)
        found = where.loss(inside[0], label, marks)
        best.zero_grad(set_to_none=True)
        (loss + args.where * found).backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 5.0)
        best.step()
        rate.step()
        keep = min(0.995, step / (step + 20))
        with torch.no_grad():
            for a, b in zip(mean_net.state_dict().values(), net.state_dict().values()):
                if a.is_floating_point():
                    a.lerp_(b, 1 - keep)
                else:
                    a.copy_(b)
        if step % 100 == 0:
            print(f"step {step} of {steps}, loss {loss.item():.3f} and {found.item():.3f}, "
                  f"{step * args.batch / (time.time() - start):.0f} pictures/s", flush=True)
        if step % args.check == 0 or step == steps:
            table = evaluate(mean_net, DataLoader(check, args.batch))
            print("right:", ", ".join(f"{n} {table[i, i] / max(1, table[i].sum()):.3f}" for i, n in enumerate(LABELS)), flush=True)
            torch.save(mean_net.state_dict(), os.path.join(args.work, "weights.pt"))
    return mean_net


def rounded(net):
    """The network with the weights that a float16 file holds."""
    net = copy.deepcopy(net)
    with torch.no_grad():
        for module in net.modules():
            if hasattr(module, "folded"):
                weight, bias = module.folded()
                module.conv.weight.copy_(weight.half().float())
                module.norm.running_mean.zero_()
                module.norm.weight.copy_(torch.sqrt(module.norm.running_var + module.norm.eps))
                module.norm.bias.copy_(bias)
        inside = {id(m.conv) for m in net.modules() if hasattr(m, "folded")}
        for module in net.modules():
            if isinstance(module, torch.nn.Conv2d) and id(module) not in inside:
                module.weight.copy_(module.weight.half().float())
    return net


def verify(path, net, pictures):
    """Largest difference between LiteRT and torch; near 0 or the file is wrong."""
    from ai_edge_litert.interpreter import Interpreter, OpResolverType
    run = Interpreter(path, experimental_op_resolver_type=OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES)
    run.allocate_tensors()
    worst = 0.0
    with torch.inference_mode():
        for img in pictures:
            x = (torch.from_numpy(img).float() - MEAN) / STD
            run.set_tensor(run.get_input_details()[0]["index"], x[None].numpy())
            run.invoke()
            got = run.get_tensor(run.get_output_details()[0]["index"])
            want = F.softmax(net(x[None].permute(0, 3, 1, 2)), 1).numpy()
            worst = max(worst, float(np.abs(got - want).max()))
    return worst


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    p = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    p.add_argument("--work", required=True, help="folder for scenes and weights (1.5 GB)")
    p.add_argument("--output", default=os.path.join(here, "camera_health.tflite"))
    p.add_argument("--seed", type=int, default=20261)
    p.add_argument("--scenes", type=int, default=6000)
    p.add_argument("--samples", type=int, default=300000)
    p.add_argument("--batch", type=int, default=48)
    p.add_argument("--rate", type=float, default=4e-3)
    p.add_argument("--small", type=float, default=0.78, help="share of the steps on small pictures")
    p.add_argument("--where", type=float, default=1.0, help="weight of telling where a picture is broken")
    p.add_argument("--width", type=float, default=1.0)
    p.add_argument("--head", type=int, default=128)
    p.add_argument("--threads", type=int, default=1)
    p.add_argument("--workers", type=int, default=2)
    p.add_argument("--check", type=int, default=1000, help="steps between two checks")
    p.add_argument("--float32", action="store_true", help="weights of the file as float32")
    p.add_argument("--start", help="go on from these weights instead of random ones")
    p.add_argument("--first", type=int, default=0, help="number of the first sample, for a run that goes on")
    p.add_argument("--weights", help="no training: write the file from these weights")
    args = p.parse_args()
    os.makedirs(args.work, exist_ok=True)
    cv2.setNumThreads(0)                 # before any fork: its threads do not live through one
    pictures = load_scenes(args.work, args.seed, 250 if args.weights else args.scenes, args.workers)
    if args.weights:
        net = MobileNetV3Small(len(LABELS), args.width, args.head)
        net.load_state_dict(torch.load(args.weights))
    else:
        net = train(args, pictures)
    net = net.to(memory_format=torch.contiguous_format).eval()
    size = tflite_writer.write(args.output, net, SIDE, LABELS, MEAN, STD, "camera health",
                               "MobileNetV3-Small that tells whether a camera's picture is sound", not args.float32)
    worst = verify(args.output, net if args.float32 else rounded(net), pictures[:16, :SIDE, :SIDE])
    print(f"{args.output}: {size} bytes, largest difference to torch {worst:.2e}")
    if worst > 1e-4:
        raise SystemExit("the file does not compute what the network does")


if __name__ == "__main__":
    main()
