/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Tells what a file is by its first bytes, and by its name's ending where
 * the bytes say nothing. */

#include "engine/model/sniff.h"

#include "engine/base/advice.h"

#include <string.h>

#define CONVERT "convert it to a .tflite file"

/* How far into a file words are looked for. */
#define LOOK 65536

typedef struct
{
  const guint8 *data;
  gsize size;
  const gchar *name;
} Sniff;

/* Bytes at a place that no other kind of file has there. */
static const struct
{
  guint16 at;
  guint8 n;
  const gchar *bytes;
  const gchar *text;
} signatures[] = {{0, 8, "\x89HDF\r\n\x1a\n",
                    "a Keras model (HDF5): convert it to a .tflite "
                    "file with TensorFlow's TFLiteConverter"},
  {4, 4, "ORTM", "an ONNX Runtime model (.ort): " CONVERT},
  {4, 3, "ET1",
    "an ExecuTorch program (.pte): export the network as a "
    ".tflite file instead"},
  {0, 8, "7767517\n",
    "an ncnn model (.param): " CONVERT " from the model it was made from"},
  {0, 4, "GGUF", "a GGUF language model, which is no picture network"},
  {0, 2, "\x1f\x8b",
    "a gzip archive: unpack it (gunzip, or tar xf for a "
    ".tar.gz) and name the .tflite file in it"},
  {0, 6,
    "\xfd"
    "7zXZ\0",
    "an xz archive: unpack it and name the .tflite "
    "file in it"},
  {0, 3, "BZh",
    "a bzip2 archive: unpack it and name the .tflite file in "
    "it"},
  {0, 4, "\x28\xb5\x2f\xfd",
    "a zstd archive: unpack it and name the .tflite "
    "file in it"},
  {0, 6, "7z\xbc\xaf\x27\x1c",
    "a 7z archive: unpack it and name the .tflite "
    "file in it"},
  {257, 5, "ustar",
    "a tar archive: unpack it (tar xf) and name the .tflite "
    "file in it"},
  {0, 3, "\xff\xd8\xff",
    "a picture (JPEG), not a model: pictures are the "
    "element's input"},
  {0, 8, "\x89PNG\r\n\x1a\n",
    "a picture (PNG), not a model: pictures are "
    "the element's input"},
  {0, 4, "GIF8",
    "a picture (GIF), not a model: pictures are the element's "
    "input"},
  {8, 4, "WEBP",
    "a picture (WebP), not a model: pictures are the element's "
    "input"},
  {4, 4, "ftyp",
    "a video (MP4), not a model: videos are the pipeline's "
    "source"},
  {0, 4, "\x1a\x45\xdf\xa3",
    "a video (Matroska or WebM), not a model: "
    "videos are the pipeline's source"},
  {0, 4,
    "\x7f"
    "ELF",
    "a program or library, not a model"},
  {0, 6, "\x93NUMPY", "a NumPy array, not a model"}};

static gboolean
has_ending (const Sniff *sniff, const gchar *ending)
{
  gsize n = strlen (sniff->name), m = strlen (ending);

  return n >= m && g_ascii_strcasecmp (sniff->name + n - m, ending) == 0;
}

static gboolean
has_word (const Sniff *sniff, const gchar *word)
{
  return memmem (sniff->data, MIN (sniff->size, LOOK), word, strlen (word))
      != NULL;
}

static gboolean
starts_with (const Sniff *sniff, const gchar *bytes, gsize n)
{
  return sniff->size >= n && memcmp (sniff->data, bytes, n) == 0;
}

static const gchar *
find_signature (const Sniff *sniff)
{
  guint i;

  for (i = 0; i < G_N_ELEMENTS (signatures); i++) {
    gsize at = signatures[i].at, n = signatures[i].n;

    if (sniff->size >= at + n
        && memcmp (sniff->data + at, signatures[i].bytes, n) == 0)
      return signatures[i].text;
  }
  return NULL;
}

static const gchar *
find_zip (const Sniff *sniff)
{
  if (!starts_with (sniff, "PK\3\4", 4))
    return NULL;
  if (has_word (sniff, "data.pkl") || has_ending (sniff, ".pt")
      || has_ending (sniff, ".pth") || has_ending (sniff, ".bin"))
    return "a PyTorch file: export the network and " CONVERT
           " (for instance with litert-torch)";
  if (has_ending (sniff, ".keras") || has_word (sniff, "model.weights.h5"))
    return "a Keras model: convert it to a .tflite file with TensorFlow's "
           "TFLiteConverter";
  if (has_word (sniff, "saved_model.pb"))
    return "a zip archive with a TensorFlow SavedModel: unpack it and " CONVERT
           " with TensorFlow's TFLiteConverter";
  return "a zip archive: unpack it and name the .tflite file in it";
}

static gboolean
is_pickle (const Sniff *sniff)
{
  return sniff->size > 2 && sniff->data[0] == 0x80 && sniff->data[1] >= 2
      && sniff->data[1] <= 5;
}

/* The header's length, and then JSON. */
static gboolean
is_safetensors (const Sniff *sniff)
{
  guint64 n;

  if (sniff->size < 16)
    return FALSE;
  memcpy (&n, sniff->data, sizeof (n));
  n = GUINT64_FROM_LE (n);
  return n > 1 && n < ((guint64) 100 << 20) && sniff->data[8] == '{'
      && (sniff->data[9] == '"' || sniff->data[9] == '}');
}

/* Protocol buffers have no mark: by what such files always say early. */
static const gchar *
find_protobuf (const Sniff *sniff)
{
  const guint8 *data = sniff->data;
  gboolean starts_version = sniff->size > 3 && data[0] == 0x08 && data[1] < 32
      && (data[2] == 0x12 || data[2] == 0x1a || data[2] == 0x22
          || data[2] == 0x3a || data[2] == 0x42);

  if (has_ending (sniff, ".onnx"))
    return mn_advice (MN_ADVICE_FORM, "onnx");
  if (has_ending (sniff, ".pb") || has_word (sniff, "Placeholder")
      || has_word (sniff, "saved_model"))
    return "a TensorFlow graph (.pb): convert it to a .tflite file with "
           "TensorFlow's TFLiteConverter";
  if (starts_version)
    return mn_advice (MN_ADVICE_FORM, "onnx");
  return NULL;
}

/* The first bytes behind a byte order mark and blanks. */
static const gchar *
skip_blanks (const Sniff *sniff, gsize *n)
{
  gsize at = starts_with (sniff, "\xef\xbb\xbf", 3) ? 3 : 0;

  while (at < sniff->size && g_ascii_isspace (sniff->data[at]))
    at++;
  *n = sniff->size - at;
  return (const gchar *) sniff->data + at;
}

static gboolean
is_text (const Sniff *sniff)
{
  gsize n = MIN (sniff->size, 4096), i;

  for (i = 0; i < n; i++) {
    guint8 c = sniff->data[i];

    if (c < 32 && c != '\n' && c != '\r' && c != '\t' && c != '\f')
      return FALSE;
  }
  return n > 0;
}

static const gchar *
find_text (const Sniff *sniff)
{
  static const gchar *const pages[] = {
    "<!doctype html", "<html", "<head", "<body"};
  gsize n, i;
  const gchar *text = skip_blanks (sniff, &n);

  if (!is_text (sniff))
    return NULL;
  for (i = 0; i < G_N_ELEMENTS (pages); i++) {
    if (n >= strlen (pages[i])
        && g_ascii_strncasecmp (text, pages[i], strlen (pages[i])) == 0)
      return "a web page (HTML), not a model: the download gave a page "
             "instead of the file; download it again from its direct (raw) "
             "link";
  }
  if (n >= 23 && memcmp (text, "version https://git-lfs", 23) == 0)
    return "a Git LFS pointer, not the model itself: run 'git lfs pull' in "
           "its repository, or download the file from its raw link";
  if (n > 0 && text[0] == '<'
      && (has_ending (sniff, ".xml") || has_word (sniff, "<net ")))
    return has_word (sniff, "<net ")
        ? "an OpenVINO model (.xml): OpenVINO files are not supported, " CONVERT
          " from the model it was made from"
        : "an XML file, not a model";
  if (n > 0 && (text[0] == '{' || text[0] == '['))
    return "a JSON file, not a model";
  if (has_ending (sniff, ".prototxt"))
    return "a Caffe network (.prototxt): " CONVERT;
  return "a text file, not a model (a list of labels goes into "
         "labels-file, not model-file)";
}

/* Kinds that only the name's ending tells. */
static const gchar *
find_ending (const Sniff *sniff)
{
  static const struct
  {
    const gchar *ending, *text;
  } endings[] = {
    {".bin",
      "a file of bare weights, as OpenVINO and ncnn have beside their "
      ".xml or .param: those are not supported, " CONVERT
      " from the model it was made from"},
    {".pt", "a PyTorch file: export the network and " CONVERT},
    {".pth", "a PyTorch file: export the network and " CONVERT},
    {".caffemodel", "a Caffe model: " CONVERT},
    {".mlmodel",
      "a Core ML model: " CONVERT " from the model it was made from"},
    {".engine",
      "a TensorRT engine: " CONVERT " from the model it was made from"},
    {".mnn", "an MNN model: " CONVERT " from the model it was made from"}};
  guint i;

  for (i = 0; i < G_N_ELEMENTS (endings); i++) {
    if (has_ending (sniff, endings[i].ending))
      return endings[i].text;
  }
  return NULL;
}

static gboolean
is_all_zero (const Sniff *sniff)
{
  gsize n = MIN (sniff->size, LOOK), i;

  for (i = 0; i < n; i++) {
    if (sniff->data[i] != 0)
      return FALSE;
  }
  return TRUE;
}

void
mn_sniff_refuse (const guint8 *data, gsize size, const gchar *name,
    GError **error)
{
  const Sniff sniff = {data, size, name};
  const gchar *text = size == 0 ? "an empty file: copy or download it again"
                                : find_signature (&sniff);

  if (!text)
    text = find_zip (&sniff);
  if (!text && is_pickle (&sniff))
    text = "a Python pickle, most likely a PyTorch file: export the network "
           "and " CONVERT;
  if (!text && is_safetensors (&sniff))
    text = "a safetensors file, which holds weights without a network: " CONVERT
           " from the model it belongs to";
  if (!text)
    text = find_text (&sniff);
  if (!text)
    text = find_protobuf (&sniff);
  if (!text)
    text = find_ending (&sniff);
  if (!text && is_all_zero (&sniff))
    text = "a file of zeros: the copy or download was not finished";
  if (!text)
    text = "not a .tflite model (its mark TFL3 is missing)";
  g_set_error (error, MN_ERROR, MN_ERROR_FORMAT, "%s: this is %s", name, text);
}
