# SPDX-License-Identifier: LGPL-2.1-or-later
"""One engine with one network, in a process of its own, for peers.py.

usage: engines.py ENGINE PRECISION STEM THREADS
Prints a line of JSON once the network has run: load_ms and first_ms, the MB
that both added to the process, and the engine's version; or "missing" or
"failed" with the reason. Then each line on stdin is a number of seconds to
run for, answered with median_ms, min_ms and runs; the end of stdin ends it.
"""
import json
import os
import statistics
import sys
import time

# Where each precision is found: the ending behind the stem.
FILES = {
    ("litert", "float32"): ".tflite",
    ("litert", "int8"): "_int8.tflite",
    ("openvino", "float32"): ".onnx",
    ("openvino", "bfloat16"): ".onnx",
    ("openvino", "int8"): "_nncf.xml",
    ("onnxruntime", "float32"): ".onnx",
    ("onnxruntime", "int8"): "_qdq.onnx",
    ("ncnn", "float32"): ".ncnn.param",
    ("ncnn", "bfloat16"): ".ncnn.param",
    ("mnn", "float32"): ".mnn",
}
WARM_UP_S = 0.2


def noise(shape, scale, offset):
    import numpy as np

    x = np.random.default_rng(1).random(shape, np.float32)
    return x * scale + offset


def picture():
    return noise((1, 3, 224, 224), 2, -1)


class LiteRT:
    module = "ai_edge_litert.interpreter"

    def __init__(self, api, path, precision, threads):
        import numpy as np

        self.net = api.Interpreter(path, num_threads=threads)
        self.net.allocate_tensors()
        tensor = self.net.get_input_details()[0]
        if precision == "int8":
            x = noise(tensor["shape"], 255, -128).astype(np.int8)
        else:
            x = noise(tensor["shape"], 255, 0)
        self.net.set_tensor(tensor["index"], x)
        self.run = self.net.invoke


class OpenVINO:
    module = "openvino"

    def __init__(self, api, path, precision, threads):
        hint = "bf16" if precision == "bfloat16" else "f32"
        net = api.Core().compile_model(path, "CPU", {
            "INFERENCE_NUM_THREADS": threads, "NUM_STREAMS": 1,
            "PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": hint})
        request = net.create_infer_request()
        self.x = picture()
        request.set_input_tensor(api.Tensor(self.x))
        self.run = request.infer


class OnnxRuntime:
    module = "onnxruntime"

    def __init__(self, api, path, precision, threads):
        options = api.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        net = api.InferenceSession(path, options,
                                   providers=["CPUExecutionProvider"])
        feed = {"input": picture()}
        self.run = lambda: net.run(None, feed)


class Ncnn:
    module = "ncnn"

    def __init__(self, api, path, precision, threads):
        self.net = api.Net()
        options = self.net.opt
        options.num_threads = threads
        options.use_fp16_packed = False
        options.use_fp16_storage = False
        options.use_fp16_arithmetic = False
        options.use_bf16_storage = precision == "bfloat16"
        if self.net.load_param(path) != 0 \
                or self.net.load_model(path[:-len("param")] + "bin") != 0:
            raise RuntimeError("ncnn does not load it")
        self.x = api.Mat(picture()[0]).clone()

    def run(self):
        with self.net.create_extractor() as extractor:
            extractor.input("in0", self.x)
            extractor.extract("out0")


class Mnn:
    module = "MNN.nn"

    def __init__(self, api, path, precision, threads):
        from MNN import expr

        manager = api.create_runtime_manager((
            {"backend": "CPU", "precision": "high", "numThread": threads},))
        net = api.load_module_from_file(path, ["input"], ["logits"],
                                        runtime_manager=manager)
        x = expr.convert(expr.const(picture(), [1, 3, 224, 224], expr.NCHW),
                         expr.NC4HW4)
        # It computes when somebody reads.
        self.run = lambda: net.forward(x).read()
        self.keep = manager


ENGINES = {"litert": LiteRT, "openvino": OpenVINO,
           "onnxruntime": OnnxRuntime, "ncnn": Ncnn, "mnn": Mnn}


def resident_mb():
    with open("/proc/self/statm", encoding="ascii") as f:
        return int(f.read().split()[1]) * os.sysconf("SC_PAGESIZE") / 1e6


def version(module):
    import importlib.metadata

    for name in (module.split(".")[0], module.split(".")[0].replace("_", "-")):
        try:
            return importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            pass
    return ""


def start(engine, precision, stem, threads):
    """The engine after some runs, and what it reports of its start."""
    import importlib

    kind = ENGINES[engine]
    path = stem + FILES[engine, precision]
    try:
        import numpy  # noqa: F401, so that its memory is not the engine's
        api = importlib.import_module(kind.module)
    except ImportError as error:
        return None, {"missing": str(error)}
    if not os.path.exists(path):
        return None, {"missing": "no " + os.path.basename(path)}
    memory, begin = resident_mb(), time.perf_counter()
    network = kind(api, path, precision, threads)
    loaded = time.perf_counter()
    network.run()
    first = time.perf_counter()
    for _ in range(20):
        network.run()
    return network, {
        "load_ms": (loaded - begin) * 1e3, "first_ms": (first - loaded) * 1e3,
        "added_mb": resident_mb() - memory, "version": version(kind.module)}


def measure(run, seconds):
    clock = time.perf_counter
    times, end = [], clock() + WARM_UP_S
    while clock() < end:
        run()
    end = clock() + seconds
    while clock() < end:
        begin = clock()
        run()
        times.append((clock() - begin) * 1e3)
    return {"median_ms": statistics.median(times), "min_ms": min(times),
            "runs": len(times)}


def main():
    engine, precision, stem, threads = sys.argv[1:]
    # What an engine prints must not get between the lines of JSON.
    answers = os.fdopen(os.dup(1), "w")
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)
    os.dup2(silence, 2)
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ[name] = threads
    try:
        network, report = start(engine, precision, stem, int(threads))
    except Exception as error:
        network, report = None, {"failed": "%s: %s" % (
            type(error).__name__, " ".join(str(error).split())[:200])}
    print(json.dumps(report), file=answers, flush=True)
    for line in sys.stdin if network else ():
        print(json.dumps(measure(network.run, float(line))), file=answers,
              flush=True)


if __name__ == "__main__":
    main()
