# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the accuracy scripts share.

They need NumPy, Pillow and LiteRT (ai_edge_litert), the models and photos in
MOBILENET_SHARED (else ../shared beside the checkout), and mobilenet-tool and
the elements on their paths: run them in `meson devenv`. Each prints
"N passed, N failed", and exits with 1 when anything failed, with 77 when
something that it needs is missing.
"""
import csv
import os
import re
import shutil
import subprocess
import sys

TOP = os.path.abspath(os.path.join(os.path.dirname(__file__), "../.."))
SHARED = os.path.abspath(os.environ.get("MOBILENET_SHARED") or
                         os.path.join(TOP, "../shared"))
MODELS = os.path.join(SHARED, "models")
IMAGES = os.path.join(SHARED, "images")
LABELS = os.path.join(MODELS, "imagenet_labels.txt")
BASE = "mobilenet_v3_small_1.0_224_"
FLOAT = os.path.join(MODELS, BASE + "float.tflite")

# Share of photos with float32's class, and how far the share of right ones
# may be from float32's.
NARROW = {"bfloat16": (0.975, 0.005), "float16": (0.99, 0.005)}

passed = failed = 0


def skip(why):
    print("SKIPPED", why)
    sys.exit(77)


def need(*programs):
    """Leaves visibly where a program, the models or the photos are missing."""
    for program in programs:
        if not shutil.which(program):
            skip("no %s on the path (run it in meson devenv)" % program)
    if not os.path.isdir(MODELS):
        skip("no models in " + MODELS)


def may_lack(what, result, *reasons):
    """Whether the tool did it; where it did not, for one of the reasons for
    which a machine may not: said. Any other is a failure."""
    if result.returncode == 0:
        return True
    said = result.stderr.strip()
    if not any(reason in said for reason in reasons):
        check(False, "%s: %s" % (what, said))
        finish()
    print("SKIPPED %s: %s" % (what, said))
    return False


def check(condition, what):
    global passed, failed
    print("ok    " if condition else "FAILED", what, flush=True)
    if condition:
        passed += 1
    else:
        failed += 1
    return condition


def finish():
    print("%d passed, %d failed" % (passed, failed))
    sys.exit(1 if failed else 0)


def figure(name):
    """The top-1 that the table in the models' README gives; None: none."""
    with open(os.path.join(MODELS, "README.md"), encoding="utf-8") as f:
        row = re.search(re.escape(name) + r" \|.*\| *(?:about )?([0-9.]+) / ",
                        f.read())
    return float(row.group(1)) if row else None


def models_named(names):
    return [(os.path.join(MODELS, n), figure(n)) for n in names
            if os.path.exists(os.path.join(MODELS, n))]


def float_models():
    """Classification files with float activations, by path, each with its
    top-1 in the table."""
    return models_named(BASE + kind + ".tflite"
                        for kind in ("float", "float16", "dynamic_range"))


def integer_models():
    """The fully quantised ones."""
    return models_named((BASE + "int8.tflite",
                         "mobilenet_v2_1.0_224_quant.tflite",
                         "mobilenet_v1_0.75_192_quant.tflite",
                         "mobilenet_v1_0.25_128_quant.tflite"))


def opencl_works():
    """Whether there is a device for the OpenCL backend."""
    r = subprocess.run(["mobilenet-tool", "bench", "--backend", "opencl",
                        "--seconds", "0.1",
                        os.path.join(TOP, "models/camera_health.tflite")],
                       capture_output=True, text=True)
    return may_lack("the OpenCL backend", r, "no OpenCL library",
                    "no OpenCL device:", "not built in")


def narrow_precisions():
    """Those of bfloat16 and float16 that this CPU computes in."""
    got = []
    for precision in ("bfloat16", "float16"):
        r = subprocess.run(["mobilenet-tool", "bench", "--seconds", "0.1",
                            "--precision", precision,
                            os.path.join(TOP, "models/camera_health.tflite")],
                           capture_output=True, text=True)
        if may_lack(precision, r, "does not compute in it"):
            got.append(precision)
    return got


def check_narrow(precision, got, plain, truth, margin=0):
    """Holds classes computed so to those of float32, and to the right ones."""
    least, most = NARROW[precision]
    least -= margin
    same = (got == plain).mean()
    off = (got == truth).mean() - (plain == truth).mean()
    check(same >= least, "%s: float32's class on %.3f of the photos"
          % (precision, same))
    check(abs(off) <= most + 1e-9, "%s: top-1 %+.3f from float32's"
          % (precision, off))


def interpreter(path, **options):
    """LiteRT's builtin kernels on a file, without delegates. options: further
    ones of its Interpreter."""
    from ai_edge_litert.interpreter import Interpreter, OpResolverType
    net = Interpreter(
        path, num_threads=1, experimental_op_resolver_type=OpResolverType
        .BUILTIN_WITHOUT_DEFAULT_DELEGATES, **options)
    net.allocate_tensors()
    return net


def litert(path):
    """LiteRT's builtin kernels on a file: a function from one picture, HWC in
    0..255, to the first output."""
    net = interpreter(path)
    x, y = net.get_input_details()[0], net.get_output_details()[0]

    def run(picture):
        net.set_tensor(x["index"], picture[None].astype(x["dtype"]))
        net.invoke()
        return net.get_tensor(y["index"])[0].copy()

    run.side, run.dtype = int(x["shape"][1]), x["dtype"]
    return run


def photos():
    """(path, class) of each photo."""
    with open(os.path.join(IMAGES, "imagenet.csv"), encoding="utf-8") as f:
        return [(os.path.join(IMAGES, row["file"]), int(row["class"]))
                for row in csv.DictReader(f)]


def centre_square(image, side):
    """The centred square of a picture, reduced with antialiasing."""
    from PIL import Image
    n = min(image.size)
    x, y = (image.width - n) // 2, (image.height - n) // 2
    # With resize's own box, pixels outside it would bleed in.
    return image.crop((x, y, x + n, y + n)).resize((side, side),
                                                   Image.BILINEAR)


def run_tool(path, backend, x, folder, shape=None, precision="auto"):
    """mobilenet-tool run on an array: (the first output, ""), or (None, what
    it said). shape: the kind of OpenCL device to take it for."""
    import numpy as np
    source, result = (os.path.join(folder, n) for n in ("x.npy", "y.npy"))
    np.save(source, x)
    env = dict(os.environ)
    if shape:
        env["MOBILENET_OPENCL_DEVICE_TYPE"] = shape
    r = subprocess.run(["mobilenet-tool", "run", path, "--input", source,
                        "--output", result, "--backend", backend,
                        "--precision", precision],
                       capture_output=True, text=True, env=env)
    if r.returncode:
        return None, r.stderr.strip()
    return np.load(result), ""


def unescape(text):
    return re.sub(r"\\(.)", r"\1", text)


def parse_message(line):
    """The fields that we need from one line of gst-launch-1.0 -m."""
    if "(element): mobilenet-result," not in line:
        return None
    fields = {}
    for key in ("pts", "index", "confidence", "label", "fresh"):
        m = re.search(r', %s=\([a-z0-9]+\)("(?:[^"\\]|\\.)*"|[^,;]*)' % key,
                      line)
        if m:
            fields[key] = unescape(m.group(1).strip('"'))
    if "index" not in fields:
        return None
    return {"pts": int(fields.get("pts", 0)), "index": int(fields["index"]),
            "confidence": float(fields["confidence"]),
            "label": fields.get("label")}


def gst_launch(pipeline, timeout=600):
    """Runs gst-launch-1.0 -m; (status, results, what it complained about). A
    signal that ended it shows as a negative status."""
    r = subprocess.run(["gst-launch-1.0", "-m", *pipeline],
                       stdin=subprocess.DEVNULL, capture_output=True,
                       text=True, errors="replace", timeout=timeout)
    results = [m for m in map(parse_message, r.stdout.splitlines()) if m]
    # Warnings are on stdout in some versions, on stderr in others.
    said = [s for s in r.stdout.splitlines() if s.startswith("WARNING: from")]
    return r.returncode, results, "\n".join([r.stderr, *said])
