/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* One table: a line for each thing that keeps files from being used. */

#include "engine/base/advice.h"

#include <string.h>

#define CLASSIFIERS "this version runs networks that classify whole pictures"
#define ACTIVATION \
  "it is an activation that this version does not have: " \
  "ReLU, ReLU6, hard swish, hard sigmoid and sigmoid are there"
#define CLIP \
  "it is half of a clip: where that is ReLU6 written as " \
  "clip_by_value (x, 0, 6), use ReLU6 itself and convert again"
#define NOT_IN_FILE \
  "the weights are not in the file: variables were left " \
  "outside when it was converted, as broken exports of Keras 3 do; write a " \
  "SavedModel with model.export () and convert that"
#define ORDER \
  "it turns the order of the channels, most likely RGB to BGR: " \
  "leave that out and turn the input channels of the first convolution's " \
  "weights instead"
#define CROP \
  "it cuts a part out of the picture within the network: leave " \
  "that out when converting, since the element crops and scales by itself"
#define CHIP "; take the file that it was compiled from"

static const struct
{
  MnAdviceKind kind;
  const gchar *what, *text;
} lines[] = {
  /* Operators. */
  {MN_ADVICE_OPERATOR, "CONCATENATION",
    "it joins branches, as detection and "
    "segmentation networks, Inception and DenseNet do; networks of the "
    "MobileNet family that classify pictures have none"},
  {MN_ADVICE_OPERATOR, "RESIZE_BILINEAR",
    "it scales pictures, as segmentation "
    "networks do at their end (" CLASSIFIERS "); where it is at the start, "
    "leave it out when converting, since the element scales by itself"},
  {MN_ADVICE_OPERATOR, "RESIZE_NEAREST_NEIGHBOR",
    "it scales pictures, as "
    "detection and segmentation networks do; " CLASSIFIERS},
  {MN_ADVICE_OPERATOR, "TILE",
    "it repeats values, as detection networks do "
    "for their boxes; " CLASSIFIERS},
  {MN_ADVICE_OPERATOR, "CAST",
    "it changes the type of values: leave it out "
    "when converting, and let the converter set the input's type "
    "(inference_input_type) instead"},
  {MN_ADVICE_OPERATOR, "MINIMUM", CLIP}, {MN_ADVICE_OPERATOR, "MAXIMUM", CLIP},
  {MN_ADVICE_OPERATOR, "ARG_MAX",
    "it leaves but the number of the best "
    "class: convert the network so that it ends with the values of all "
    "classes"},
  {MN_ADVICE_OPERATOR, "TOPK_V2",
    "it leaves but the best classes: convert "
    "the network so that it ends with the values of all classes"},
  {MN_ADVICE_OPERATOR, "RELU_0_TO_1",
    "it is how onnx2tf writes the hard "
    "sigmoid of MobileNetV3: convert the network from Keras or TensorFlow "
    "(TFLiteConverter) instead"},
  {MN_ADVICE_OPERATOR, "PRELU", ACTIVATION},
  {MN_ADVICE_OPERATOR, "TANH", ACTIVATION},
  {MN_ADVICE_OPERATOR, "EXP", ACTIVATION},
  {MN_ADVICE_OPERATOR, "GELU", ACTIVATION},
  {MN_ADVICE_OPERATOR, "ELU", ACTIVATION},
  {MN_ADVICE_OPERATOR, "LEAKY_RELU", ACTIVATION},
  {MN_ADVICE_OPERATOR, "REDUCE_MAX",
    "it is a maximum over the whole picture, "
    "or a softmax in parts: pool with a mean, and end with a SOFTMAX"},
  {MN_ADVICE_OPERATOR, "DIV",
    "it divides: multiply by the reciprocal "
    "instead; pixels are best scaled with Rescaling (1/255)"},
  {MN_ADVICE_OPERATOR, "DENSIFY",
    "the weights are stored sparse: convert it "
    "without sparsity (EXPERIMENTAL_SPARSITY)"},
  {MN_ADVICE_OPERATOR, "SPACE_TO_BATCH_ND",
    "it is a part of a dilated "
    "convolution as older converters write it, most often of a "
    "segmentation network (DeepLab); a newer converter writes one "
    "convolution"},
  {MN_ADVICE_OPERATOR, "BATCH_TO_SPACE_ND",
    "it is a part of a dilated "
    "convolution as older converters write it; a newer converter writes "
    "one convolution"},
  {MN_ADVICE_OPERATOR, "TRANSPOSE_CONV",
    "it enlarges pictures, as "
    "segmentation networks do; " CLASSIFIERS},
  {MN_ADVICE_OPERATOR, "VAR_HANDLE", NOT_IN_FILE},
  {MN_ADVICE_OPERATOR, "READ_VARIABLE", NOT_IN_FILE},
  {MN_ADVICE_OPERATOR, "ASSIGN_VARIABLE", NOT_IN_FILE},
  {MN_ADVICE_OPERATOR, "CALL_ONCE", NOT_IN_FILE},
  {MN_ADVICE_OPERATOR, "REVERSE_V2", ORDER},
  {MN_ADVICE_OPERATOR, "GATHER", ORDER}, {MN_ADVICE_OPERATOR, "SLICE", CROP},
  {MN_ADVICE_OPERATOR, "SPLIT",
    "it takes channels apart, to put them together "
    "in another order or in groups; networks of the MobileNet family have "
    "none: where it is at the start, leave it out when converting"},
  {MN_ADVICE_OPERATOR, "NON_MAX_SUPPRESSION_V4",
    "it is a part of an object "
    "detector; " CLASSIFIERS},
  {MN_ADVICE_OPERATOR, "NON_MAX_SUPPRESSION_V5",
    "it is a part of an object "
    "detector; " CLASSIFIERS},
  {MN_ADVICE_OPERATOR, "BATCH_MATMUL",
    "it is a part of a transformer, which "
    "is no MobileNet"},

  /* Custom operators. */
  {MN_ADVICE_CUSTOM, "edgetpu-custom-op",
    "the file is compiled for another "
    "chip, Coral's Edge TPU" CHIP ", most often named the same without "
    "_edgetpu"},
  {MN_ADVICE_CUSTOM, "ethos-u",
    "the file is compiled for another chip, Arm's "
    "Ethos-U" CHIP ", most often named the same without _vela"},
  {MN_ADVICE_CUSTOM, "NeutronGraph",
    "the file is compiled for another chip, "
    "NXP's Neutron" CHIP},
  {MN_ADVICE_CUSTOM, "DISPATCH_OP",
    "the file is compiled for another chip, a "
    "telephone's NPU" CHIP},
  {MN_ADVICE_CUSTOM, "TFLite_Detection_PostProcess",
    "it sorts the boxes of an "
    "object detector; " CLASSIFIERS},
  {MN_ADVICE_CUSTOM, "Flex",
    "it is TensorFlow's own: convert the network "
    "without SELECT_TF_OPS"},

  /* Forms. */
  {MN_ADVICE_FORM, "onnx",
    "an ONNX model, which is not supported yet: take "
    "the same network as a .tflite file, or convert it from Keras or "
    "TensorFlow with TFLiteConverter (what onnx2tf makes of an ONNX file "
    "has operators that are missing here: RELU_0_TO_1 in each MobileNetV3, "
    "convolutions in groups in others)"},
  {MN_ADVICE_FORM, "channels first",
    "the file takes pictures with channels "
    "first, as PyTorch has them: convert it with channels last (1 x height "
    "x width x 3)"},
  {MN_ADVICE_FORM, "int16",
    "16-bit activations (int16, the converter's 16x8 "
    "mode) are not supported: convert it with 8-bit activations or in "
    "float"},
  {MN_ADVICE_FORM, "crop", CROP}, {MN_ADVICE_FORM, "order", ORDER},
  {MN_ADVICE_FORM, "groups",
    "onnx2tf writes depthwise convolutions "
    "so; convert it from Keras or TensorFlow, where they are "
    "DEPTHWISE_CONV_2D"}};

const gchar *
mn_advice (MnAdviceKind kind, const gchar *what)
{
  guint i;

  for (i = 0; i < G_N_ELEMENTS (lines); i++) {
    if (lines[i].kind == kind && g_str_equal (lines[i].what, what))
      return lines[i].text;
  }
  /* Their names go on. */
  if (kind == MN_ADVICE_CUSTOM && g_str_has_prefix (what, "Flex")
      && what[strlen ("Flex")] != '\0')
    return mn_advice (kind, "Flex");
  return NULL;
}
