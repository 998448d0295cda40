# SPDX-License-Identifier: LGPL-2.1-or-later
"""Makes the networks that peers.py measures, in every engine's own format.

usage: make_models.py FOLDER [NAME...]; NAME: v3_small, v3_large, v2, v1

Keras gives NAME.tflite and NAME_int8.tflite (integers throughout); PyTorch
NAME.onnx, of which ONNX Runtime makes NAME_qdq.onnx, NNCF NAME_nncf.xml for
OpenVINO, pnnx NAME.ncnn.param and .bin, mnnconvert NAME.mnn. The weights are
drawn as He and others proposed and the normalisations' statistics measured on
drawn pictures, so that activations keep their size on the way: the files are
for times, not for labels. What is there already is left alone; a format whose
package is missing is skipped, and said so.
"""
import os
import subprocess
import sys
import tempfile

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np

import pictures

NAMES = ("v3_small", "v3_large", "v2", "v1")
SIDE = 224


# ---- Keras: .tflite -----------------------------------------------------

def keras_network(name, batch):
    import keras

    kinds = {"v3_small": keras.applications.MobileNetV3Small,
             "v3_large": keras.applications.MobileNetV3Large,
             "v2": keras.applications.MobileNetV2,
             "v1": keras.applications.MobileNet}
    return kinds[name](
        weights=None, classifier_activation=None,
        input_tensor=keras.Input((SIDE, SIDE, 3), batch_size=batch))


def keras_input(name, x):
    """V3's graphs scale bytes themselves."""
    return x if name.startswith("v3") else x / 127.5 - 1


def he_scaled(layer, random):
    """New weights for a layer of Keras; statistics come from training."""
    values = layer.get_weights()
    if "BatchNormalization" in type(layer).__name__:
        values[0] = random.uniform(0.7, 1.3, values[0].shape)
        values[1] = random.normal(0, 0.25, values[1].shape)
        layer.momentum = 0.5
    elif values:
        shape = values[0].shape
        depthwise = "Depthwise" in type(layer).__name__
        inputs = np.prod(shape[:2] if depthwise else shape[:-1])
        values[0] = random.normal(0, np.sqrt(2 / inputs), shape)
        values[1:] = [random.normal(0, 0.1, v.shape) for v in values[1:]]
    layer.set_weights(values)


def trained_keras(name):
    """With batch 1, and measured statistics."""
    random = np.random.default_rng(1)
    network = keras_network(name, None)
    for layer in network.layers:
        he_scaled(layer, random)
    for seed in range(10):
        network(keras_input(name, pictures.draw(8, seed)), training=True)
    single = keras_network(name, 1)
    single.set_weights(network.get_weights())
    return single


def make_tflite(folder, name):
    import tensorflow as tf

    network = trained_keras(name)
    samples = keras_input(name, pictures.draw(20, 100))

    plain = tf.lite.TFLiteConverter.from_keras_model(network)
    write(folder, name + ".tflite", plain.convert())
    integer = tf.lite.TFLiteConverter.from_keras_model(network)
    integer.optimizations = [tf.lite.Optimize.DEFAULT]
    integer.target_spec.supported_ops = [
        tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    integer.representative_dataset = lambda: ([x[None]] for x in samples)
    integer.inference_input_type = tf.int8
    integer.inference_output_type = tf.int8
    write(folder, name + "_int8.tflite", integer.convert())


def write(folder, name, data):
    with open(os.path.join(folder, name), "wb") as f:
        f.write(data)


# ---- PyTorch: .onnx -----------------------------------------------------

def make_onnx(folder, name):
    import torch

    import torch_networks

    torch.manual_seed(1)
    network = torch_networks.make(name)
    with torch.no_grad():
        for seed in range(10):
            network(torch.from_numpy(nchw(pictures.draw(8, seed))))
    network.eval()
    torch.onnx.export(
        network, (torch.zeros(1, 3, SIDE, SIDE),),
        os.path.join(folder, name + ".onnx"), dynamo=False, opset_version=17,
        input_names=["input"], output_names=["logits"])


def nchw(x):
    x = (x / 127.5 - 1).transpose(0, 3, 1, 2)
    return np.ascontiguousarray(x, np.float32)


# ---- from .onnx ---------------------------------------------------------

def make_qdq(folder, name):
    from onnxruntime import quantization
    from onnxruntime.quantization.shape_inference import quant_pre_process

    class Samples(quantization.CalibrationDataReader):
        def __init__(self):
            self.rest = list(nchw(pictures.draw(20, 100)))

        def get_next(self):
            return {"input": self.rest.pop()[None]} if self.rest else None

    stem = os.path.join(folder, name)
    with tempfile.TemporaryDirectory() as scratch:
        prepared = os.path.join(scratch, "prepared.onnx")
        quant_pre_process(stem + ".onnx", prepared, skip_symbolic_shape=True)
        quantization.quantize_static(
            prepared, stem + "_qdq.onnx", Samples(), per_channel=True,
            quant_format=quantization.QuantFormat.QDQ,
            activation_type=quantization.QuantType.QUInt8,
            weight_type=quantization.QuantType.QInt8)


def make_nncf(folder, name):
    import nncf
    import openvino

    stem = os.path.join(folder, name)
    samples = [x[None] for x in nchw(pictures.draw(20, 100))]
    network = nncf.quantize(
        openvino.Core().read_model(stem + ".onnx"), nncf.Dataset(samples),
        preset=nncf.QuantizationPreset.MIXED, subset_size=len(samples))
    openvino.save_model(network, stem + "_nncf.xml", compress_to_fp16=False)


def program(name):
    """The one of this Python's environment."""
    return os.path.join(os.path.dirname(sys.executable), name)


def make_ncnn(folder, name):
    stem = os.path.abspath(os.path.join(folder, name))
    with tempfile.TemporaryDirectory() as scratch:
        os.symlink(stem + ".onnx", os.path.join(scratch, "x.onnx"))
        subprocess.run(
            [program("pnnx"), "x.onnx", "fp16=0",
             "inputshape=[1,3,%d,%d]" % (SIDE, SIDE)],
            cwd=scratch, check=True, capture_output=True)
        for kind in (".ncnn.param", ".ncnn.bin"):
            with open(os.path.join(scratch, "x" + kind), "rb") as f:
                write(folder, name + kind, f.read())


def make_mnn(folder, name):
    stem = os.path.join(folder, name)
    subprocess.run(
        [program("mnnconvert"), "-f", "ONNX", "--modelFile", stem + ".onnx",
         "--MNNModel", stem + ".mnn", "--bizCode", "bench"],
        check=True, capture_output=True)


# In this order: the first two make what the others start from.
KINDS = (("_int8.tflite", make_tflite), (".onnx", make_onnx),
         ("_qdq.onnx", make_qdq), ("_nncf.xml", make_nncf),
         (".ncnn.param", make_ncnn), (".mnn", make_mnn))


def make(folder, names=NAMES):
    os.makedirs(folder, exist_ok=True)
    for name in names:
        for ending, maker in KINDS:
            path = os.path.join(folder, name + ending)
            if os.path.exists(path):
                continue
            print("making", name + ending, flush=True)
            try:
                maker(folder, name)
            except Exception as error:
                print("SKIPPED %s: %s: %s" % (
                    name + ending, type(error).__name__,
                    " ".join(str(error).split())[:200]), flush=True)


if __name__ == "__main__":
    if len(sys.argv) < 2 or sys.argv[1].startswith("-"):
        sys.exit(__doc__)
    if set(sys.argv[2:]) - set(NAMES):
        sys.exit("make_models.py: a name is one of " + ", ".join(NAMES))
    make(sys.argv[1], sys.argv[2:] or NAMES)
