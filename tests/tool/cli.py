# SPDX-License-Identifier: LGPL-2.1-or-later
"""The tool from outside: each refusal is one line on stderr and status 2.

usage: cli.py MOBILENET_TOOL WRITE_MODELS
"""
import array
import json
import math
import os
import platform
import re
import struct
import subprocess
import sys
import tempfile

TOOL = os.path.abspath(sys.argv[1])
MODEL = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                     "../../models/camera_health.tflite")
RECIPE = os.path.join(os.path.dirname(MODEL), "../docs/my-model.md")
CLASSES = 8
# write_models.c: what the tensor of each holds.
KINDS = {"float": ("<f4", 0, 0), "uint8": ("|u1", 1 / 255, 0),
         "uint8-signed": ("|u1", 1 / 127.5, 127),
         "int8": ("|i1", 1 / 127.5, -1), "int8-wide": ("|i1", 0.02, -100)}
failed = 0


def tool(*args, cwd=None):
    return subprocess.run([TOOL, *args], stdin=subprocess.DEVNULL, cwd=cwd,
                          capture_output=True, text=True, timeout=100)


def check(condition, what):
    global failed
    print("ok" if condition else "FAILED", what, flush=True)
    failed += not condition


def refused(args, text, cwd):
    r = tool(*args, cwd=cwd)
    lines = r.stderr.splitlines()
    ok = (r.returncode == 2 and len(lines) == 1 and text in lines[0]
          and lines[0].startswith("mobilenet-tool: "))
    check(ok, "refused: %s -> %r" % (" ".join(args), r.stderr))


def write_npy(path, descr, shape, data):
    head = "{'descr': '%s', 'fortran_order': False, 'shape': %r, }" % (
        descr, shape)
    head += " " * (-(len(head) + 11) % 64) + "\n"
    with open(path, "wb") as f:
        f.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)))
        f.write(head.encode() + data)


def read_npy(path):
    with open(path, "rb") as f:
        raw = f.read()
    n = struct.unpack("<H", raw[8:10])[0]
    head = eval(raw[10:10 + n], {"__builtins__": {}},
                {"False": False, "True": True})
    return head["descr"], head["shape"], raw[10 + n:]


def check_refusals(folder):
    def path(name, data=None):
        name = os.path.join(folder, name)
        if data is not None:
            with open(name, "wb") as f:
                f.write(data)
        return name

    empty = path("empty.tflite", b"")
    page = path("page.tflite", b"<!DOCTYPE html><html>not found</html>")
    odd = path("two\nlines.tflite", b"nonsense, but long enough for a file")
    cases = [
        ([], "no command"), (["frob"], "frob"), (["inspect"], "model file"),
        (["inspect", "a", "b"], "\"b\""),
        (["inspect", "--frob", "a"], "--frob"),
        (["inspect", "absent.tflite"], "absent.tflite"),
        (["inspect", folder], folder),
        (["inspect", empty], "empty.tflite"),
        (["inspect", "--dot", page], "page.tflite"),
        (["inspect", odd], "lines.tflite"),
        (["latency-table", empty], "latency-table"),
        (["run", empty], "--input"),
        (["run", empty, "--input", "x.npy"], "--output"),
        (["run", empty, "--input"], "--input"),
        (["run", "absent.tflite", "--input=x.npy", "--output=y.npy"],
         "absent.tflite"),
        (["bench"], "model file"), (["bench", "absent.tflite"], "absent"),
        (["bench", "--seconds=-1", "absent"], "--seconds"),
        (["bench", "--seconds=nan", "absent"], "--seconds"),
        (["bench", "--seconds=x", "absent"], "x"),
        (["bench", "--threads=many", "absent"], "many"),
        (["bench", "--device-model=geforce", MODEL], "mali-g610"),
        (["bench", "--device-model=mali-g57", "absent.tflite"], "absent"),
        (["bench", "--device-model=mali-g57", "--backend=cpu", MODEL],
         "--backend opencl"),
        (["bench", "--device-model=mali-g57", "--precision=half", MODEL],
         "half"),
        (["preprocess"], "--input"),
        (["preprocess", "--input=x.raw"], "--caps"),
        (["preprocess", "--input=x.raw", "--caps=video/x-raw"], "--model"),
        (["preprocess", "x"], "\"x\""),
        (["preprocess", "--input=x.raw", "--caps=audio/x-raw",
          "--model=absent.tflite", "--output=x.npy"], "audio/x-raw"),
        (["preprocess", "--input=x.raw", "--fit=tight", "--model=a",
          "--caps=video/x-raw,format=RGB,width=2,height=2",
          "--output=x.npy"], "tight"),
    ]
    for args, text in cases:
        refused(args, text, folder)


def check_help():
    r = tool("--version")
    check(r.returncode == 0 and r.stdout.startswith("mobilenet-tool "),
          "--version")
    for args in (["--help"], ["inspect", "--help"], ["run", "--help"],
                 ["preprocess", "--help"], ["bench", "--help"]):
        r = tool(*args)
        check(r.returncode == 0 and "Usage" in r.stdout and not r.stderr,
              " ".join(args))
    with open("/dev/full", "w") as full:
        r = subprocess.run([TOOL, "inspect", MODEL], stdout=full,
                           stderr=subprocess.PIPE, text=True)
    check(r.returncode == 2 and len(r.stderr.splitlines()) == 1,
          "a full disk: %r" % r.stderr)


def check_run(folder):
    pixels = 224 * 224 * 3
    x = os.path.join(folder, "x.npy")
    y = os.path.join(folder, "y.npy")
    one = array.array("f", [(i * 7) % 256 / 128 - 1 for i in range(pixels)])
    two = array.array("f", [(i * 13) % 251 / 128 - 1 for i in range(pixels)])
    outputs = []
    for data, shape in ((one, (224, 224, 3)), (two, (1, 224, 224, 3)),
                        (one + two, (2, 224, 224, 3))):
        write_npy(x, "<f4", shape, data.tobytes())
        r = tool("run", MODEL, "--input", x, "--output", y)
        check(r.returncode == 0 and not r.stderr, "run %r" % (shape,))
        descr, out_shape, raw = read_npy(y)
        check(descr == "<f4" and out_shape == (len(data) // pixels, CLASSES),
              "its output is %s %r" % (descr, out_shape))
        outputs.append(array.array("f", raw))
    off = max(abs(a - b) for a, b in
              zip(outputs[0] + outputs[1], outputs[2]))
    check(off < 1e-5, "a batch gives what its pictures give: %g" % off)
    check(abs(sum(outputs[0]) - 1) < 1e-3, "probabilities sum to 1")
    run = ["run", MODEL, "--input=x.npy", "--output=y.npy"]
    refused(run + ["--backend=abacus"], "abacus", folder)
    refused(run + ["--precision=half"], "half", folder)
    refused(run + ["--tuning=quick"], "off, fast, full", folder)
    refused(run + ["--threads=-1"], "-1", folder)
    refused(["run", MODEL, "--input=x.npy", "--output=no/y.npy"], "no/y.npy",
            folder)
    write_npy(x, "|u1", (1, 224, 224, 3), bytes(pixels))
    refused(run, "uint8", folder)
    write_npy(x, "<f4", (1, 4, 224, 3), bytes(4 * 224 * 12))
    refused(run, "[1, 4, 224, 3]", folder)
    write_npy(x, "<f4", (0, 224, 224, 3), b"")
    refused(run, "[0, 224, 224, 3]", folder)


def check_preprocess(folder):
    raw = os.path.join(folder, "f.raw")
    x = os.path.join(folder, "p.npy")
    common = ["preprocess", "--input", raw, "--model", MODEL, "--output", x,
              "--caps", "video/x-raw,format=RGB,width=224,height=224"]
    frame = bytes((i * 31) % 256 for i in range(224 * 224 * 3))
    with open(raw, "wb") as f:
        f.write(frame + frame)
    r = tool(*common)
    check(r.returncode == 0, "preprocess: %r" % r.stderr)
    descr, shape, data = read_npy(x)
    check(descr == "<f4" and shape == (2, 224, 224, 3),
          "two frames: %s %r" % (descr, shape))
    off = max(abs(a * 127.5 + 127.5 - b) for a, b in
              zip(array.array("f", data), frame + frame))
    check(off < 1e-3, "the network's own size stays as it is: %g" % off)
    r = tool(*common, "--mean", "10,20,30", "--std=2")
    data = array.array("f", read_npy(x)[2])
    off = max(abs(data[i] - (frame[i] - (10, 20, 30)[i % 3]) / 2)
              for i in range(3000))
    check(r.returncode == 0 and off < 1e-3, "mean and std: %g" % off)
    refused(common + ["--std=0"], "divided by 0", folder)
    refused(common + ["--mean=1,2"], "1,2", folder)
    with open(raw, "ab") as f:
        f.write(b"x")
    refused(common, "301057 bytes", folder)


def numbers(path):
    descr, shape, raw = read_npy(path)
    return array.array({"<f4": "f", "|u1": "B", "|i1": "b"}[descr], raw)


def packed(values, descr, scale, zero):
    """What a tensor of bytes holds for them: halves away from zero."""
    if descr == "<f4":
        return values
    low, high = (0, 255) if descr == "|u1" else (-128, 127)
    steps = [math.copysign(math.floor(abs(v / scale) + 0.5), v)
             for v in values]
    return [min(max(int(s) + zero, low), high) for s in steps]


def check_kinds(folder):
    """preprocess writes what run takes, whatever the model's input is."""
    raw, x, y = (os.path.join(folder, n) for n in ("k.raw", "k.npy", "y.npy"))
    frame = bytes((i * 37) % 256 for i in range(8 * 8 * 3))
    with open(raw, "wb") as f:
        f.write(frame + frame[::-1] + frame)
    for kind, (descr, scale, zero) in KINDS.items():
        model = os.path.join(folder, kind + ".tflite")
        common = ["preprocess", "--input", raw, "--model", model, "--output",
                  x, "--caps", "video/x-raw,format=RGB,width=8,height=8",
                  "--mean=127.3", "--std=127.5"]
        r = tool(*common, "--float")
        values = numbers(x)
        check(r.returncode == 0 and read_npy(x)[0] == "<f4"
              and len(values) == 3 * 192, "%s: --float" % kind)
        r = tool(*common)
        got, shape = numbers(x), read_npy(x)[1]
        check(r.returncode == 0 and read_npy(x)[0] == descr
              and shape == (3, 8, 8, 3), "%s: its own type: %s %r %r"
              % (kind, read_npy(x)[0], shape, r.stderr))
        wanted = packed(values, descr, scale, zero)
        # The quotient of floats may fall on the other side of a half.
        off = max(abs(a - b) for a, b in zip(got, wanted))
        n_off = sum(a != b for a, b in zip(got, wanted))
        check(off <= 1 and n_off <= 6, "%s: its values: %d are off, by %g"
              % (kind, n_off, off))
        if kind in ("uint8", "int8"):
            tool(*common[:-2])
            less = 128 if kind == "int8" else 0
            check(list(numbers(x)[:192]) == [b - less for b in frame],
                  "%s: a picture's bytes are the tensor's" % kind)
            got = numbers(x)
        r = tool("run", model, "--input", x, "--output", y)
        check(r.returncode == 0 and read_npy(y)[:2] == (descr, (3, 3)),
              "%s: run takes it: %r" % (kind, r.stderr))
        means = [sum(got[f * 192 + c:(f + 1) * 192:3]) / 64
                 for f in range(3) for c in range(3)]
        off = max(abs(a - b) for a, b in zip(numbers(y), means))
        check(off <= (1e-5 if descr == "<f4" else 0.5),
              "%s: and gives its means: %g" % (kind, off))


def check_precision(folder):
    """One that the model has no use for is ignored on every CPU, and that is
    said once."""
    x, y = (os.path.join(folder, n) for n in ("q.npy", "r.npy"))
    write_npy(x, "|u1", (1, 8, 8, 3), bytes(i % 256 for i in range(192)))
    args = ["run", os.path.join(folder, "uint8.tflite"), "--input", x,
            "--output", y]
    for level in ("scalar", None):
        env = {**os.environ, **({"MOBILENET_CPU": level} if level else {})}
        for backend in ("cpu", "reference"):
            for precision in ("bfloat16", "float16"):
                r = subprocess.run(
                    [TOOL, *args, "--backend", backend, "--precision",
                     precision], capture_output=True, text=True, check=False,
                    env=env)
                lines = r.stderr.splitlines()
                check(r.returncode == 0 and len(lines) == 1
                      and "precision %s is ignored" % precision in lines[0],
                      "%s on %s of %s: %r" % (precision, backend, level,
                                              r.stderr))
    check(tool(*args, "--precision=float32").stderr == "",
          "float32 needs no words")


def check_recipe(folder):
    """The commands of the documentation, as they stand there."""
    with open(RECIPE, encoding="utf-8") as f:
        blocks = re.findall(r"^```sh\n(.*?)^```$", f.read(), re.M | re.S)
    (recipe,) = [b for b in blocks if "mobilenet-tool preprocess" in b]
    check("mobilenet-tool run MODEL" in recipe, "the recipe is there")
    with open(os.path.join(folder, "frame.raw"), "wb") as f:
        f.write(bytes(range(256)) * (1920 * 1080 * 3 // 2 // 256))
    for kind in KINDS:
        r = subprocess.run(
            ["sh", "-euc", recipe.replace("MODEL", kind + ".tflite")],
            cwd=folder, capture_output=True, text=True, check=False,
            env={**os.environ, "PATH": os.path.dirname(TOOL) + os.pathsep
                 + os.environ["PATH"]})
        scores = os.path.join(folder, "scores.npy")
        check(r.returncode == 0 and read_npy(scores)[1] == (1, 3),
              "the recipe for %s: %r" % (kind, r.stderr))
        os.unlink(scores)


def check_names(folder):
    """Names in a model do not change the terminal, nor make lines."""
    model = os.path.join(folder, "int8-wide.tflite")
    for args in (["inspect", model], ["inspect", "--dot", model],
                 ["bench", model, "--seconds=0.01", "--per-layer"]):
        r = tool(*args)
        bad = [c for c in r.stdout if c != "\n" and (
            ord(c) < 32 or 127 <= ord(c) < 160 or c in "\u2028\u202e")]
        check(r.returncode == 0 and not bad,
              "%s of odd names: %r" % (args[0], bad))
    text = tool("inspect", model).stdout
    check("a  [31m\"b?c?" in text, "they are still to be known")
    odd = os.path.join(folder, "\x1b[31m\u009b\u202e.tflite")
    r = tool("inspect", odd)
    check(r.returncode == 2 and "?[31m??.tflite" in r.stderr,
          "nor does a file's: %r" % r.stderr)


def check_inspect_and_bench():
    r = tool("inspect", MODEL)
    check(r.returncode == 0 and "224" in r.stdout, "inspect")
    for args in (["inspect", MODEL, "--dot"], ["inspect", "--dot", MODEL]):
        r = tool(*args)
        check(r.returncode == 0 and r.stdout.startswith("digraph"), "--dot")
    r = tool("bench", MODEL, "--seconds", "0.05")
    words = r.stdout.split()
    check(r.returncode == 0 and len(words) > 3
          and 0 < float(words[-3]) <= float(words[-1]),
          "bench: %r" % " ".join(words[-8:]))
    r = tool("bench", MODEL, "--seconds", "0.05", "--json", "--per-layer")
    result = json.loads(r.stdout)
    check(result["min_ms"] <= result["median_ms"] <= result["p90_ms"]
          and len(result["layers"]) > 20, "bench --json --per-layer")
    check(result["memory_before_bytes"] > 1 << 20
          and result["memory_added_bytes"] > 1 << 17,
          "bench tells the memory that it adds")
    parts = ["load_ms", "compile_ms", "first_run_ms"]
    check(abs(result["time_to_first_result_ms"]
              - sum(result[p] for p in parts)) < 0.01, "and the first result")
    check_peaks(result)
    text = tool("bench", MODEL, "--seconds", "0.05", "--per-layer",
                "--threads=1").stdout
    check("peaks of 1 thread: float32 " in text
          and re.search(r"^ *[0-9.]+ 100.0% +[0-9.]+%  +sum of the layers$",
                        text, re.M), "bench --per-layer tells the peaks")


def check_device_model():
    """Without an OpenCL library, and said to be modelled in each output."""
    command = ["bench", "--device-model", "adreno-660", MODEL]
    os.environ["MOBILENET_OPENCL_LIBRARY"] = "/nowhere/libOpenCL.so"
    r = tool(*command)
    if r.returncode == 2 and "not built in" in r.stderr:
        check(len(r.stderr.splitlines()) == 1, "no --device-model: no OpenCL")
        return
    frame = float(r.stdout.split()[-1])
    check(r.returncode == 0 and frame > 0 and not r.stderr
          and "modelled, not measured" in r.stdout
          and r.stdout.splitlines()[-1].endswith("modelled ms: %.3f" % frame),
          "bench --device-model: %r" % r.stdout)
    r = tool(*command, "--json", "--per-layer")
    result = json.loads(r.stdout)
    layers = result["layers"]
    check(result["modelled"] is True and len(layers) == result["launches"]
          and abs(sum(n["modelled_ms"] for n in layers) - frame) < 0.01
          and abs(result["modelled_ms"] - frame) < 0.001
          and not {"median_ms", "min_ms"} & set(result),
          "bench --device-model --json --per-layer")
    check("layer (modelled)" in tool(*command, "--per-layer").stdout,
          "bench --device-model --per-layer")
    del os.environ["MOBILENET_OPENCL_LIBRARY"]


def check_peaks(result):
    """The layers' limits follow from the peaks; no layer's share is told
    where the peaks are not known."""
    if platform.machine() not in ("x86_64", "aarch64"):
        return
    peaks = result["peaks"]
    sizes = [r["bytes"] for r in peaks["read"]]
    check(peaks["threads"] >= 1 and peaks["float32"] > 0 and peaks["int8"] > 0
          and sizes == sorted(sizes) and len(sizes) > 2
          and all(r["gbps"] > 0 for r in peaks["read"]),
          "bench measures the machine's peaks")
    slowest = min(r["gbps"] for r in peaks["read"])
    fastest = max(r["gbps"] for r in peaks["read"])
    for layer in result["layers"]:
        work = layer["flop"] / peaks[layer["arithmetic"]] * 1e-6
        least = max(work, layer["bytes"] / fastest * 1e-6)
        most = max(work, layer["bytes"] / slowest * 1e-6)
        limit = layer["limit_ms"]
        if not least * 0.999 <= limit <= most * 1.001:
            check(False, "%s: limit %g not within %g and %g"
                  % (layer["name"], limit, least, most))
            break
        # A layer may be shorter than the clock's steps.
        share = layer.get("share_of_peak", 0)
        if layer["ms"] and abs(share * layer["ms"] - limit) > limit * 1e-3:
            check(False, "%s: share %g of %g ms, limit %g" % (
                layer["name"], share, layer["ms"], limit))
            break
    else:
        check(True, "the layers' shares follow from them")


def main():
    with tempfile.TemporaryDirectory() as folder:
        check_refusals(folder)
        check_help()
        check_run(folder)
        check_preprocess(folder)
        subprocess.run([os.path.abspath(sys.argv[2]), folder], check=True)
        check_kinds(folder)
        check_precision(folder)
        check_recipe(folder)
        check_names(folder)
        check_inspect_and_bench()
        check_device_model()
    print("%d failed" % failed)
    sys.exit(1 if failed else 0)


main()
