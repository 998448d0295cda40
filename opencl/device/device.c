/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "opencl/device/device.h"

#include "engine/base/process.h"
#include "opencl/device/cache.h"

#include <string.h>

#define MAX_PLATFORMS 16
#define MAX_DEVICES 32 /* of a platform */

typedef struct
{
  cl_platform_id platform;
  cl_device_id id;
  cl_device_type type;
  gchar *name;
} Candidate;

static void
clear_candidate (gpointer data)
{
  Candidate *candidate = data;

  g_free (candidate->name);
}

static gchar *
device_text (const MnCl *cl, cl_device_id id, cl_device_info what)
{
  g_autofree gchar *text = NULL;
  gsize size = 0;

  if (cl->GetDeviceInfo (id, what, 0, NULL, &size) != CL_SUCCESS)
    return NULL;
  text = size < G_MAXSIZE ? g_try_malloc0 (size + 1) : NULL;
  if (!text || cl->GetDeviceInfo (id, what, size, text, NULL) != CL_SUCCESS)
    return NULL;
  /* A driver's text, which goes into all kinds of messages. */
  return g_strstrip (g_utf8_make_valid (text, -1));
}

static gchar *
platform_text (const MnCl *cl, cl_platform_id id, cl_platform_info what)
{
  gchar *text;
  gsize size = 0;

  if (!cl->GetPlatformInfo
      || cl->GetPlatformInfo (id, what, 0, NULL, &size) != CL_SUCCESS)
    return NULL;
  text = size < G_MAXSIZE ? g_try_malloc0 (size + 1) : NULL;
  if (!text || cl->GetPlatformInfo (id, what, size, text, NULL) != CL_SUCCESS) {
    g_free (text);
    return NULL;
  }
  return g_strstrip (text);
}

/* A device that may be a GPU never gets the CPU's shape by itself. */
static gboolean
has_gpu_shape (cl_device_type type)
{
  const gchar *treat_as = mn_is_secure ()
      ? NULL
      : g_getenv ("MOBILENET_OPENCL_DEVICE_TYPE");

  if (!g_strcmp0 (treat_as, "gpu"))
    return TRUE;
  if (!g_strcmp0 (treat_as, "cpu") && type & CL_DEVICE_TYPE_CPU)
    return FALSE;
  return type & CL_DEVICE_TYPE_GPU || !(type & CL_DEVICE_TYPE_CPU);
}

static guint
rank (cl_device_type type)
{
  return type & CL_DEVICE_TYPE_GPU ? 0 : type & CL_DEVICE_TYPE_CPU ? 2 : 1;
}

static gint
compare (gconstpointer a, gconstpointer b)
{
  const Candidate *x = a, *y = b;

  return (gint) rank (x->type) - (gint) rank (y->type);
}

static void
add_devices (const MnCl *cl, cl_platform_id platform, GArray *candidates)
{
  cl_device_id ids[MAX_DEVICES];
  cl_uint n = 0, i;

  if (cl->GetDeviceIDs (platform, CL_DEVICE_TYPE_ALL, MAX_DEVICES, ids, &n)
      != CL_SUCCESS)
    return;
  for (i = 0; i < MIN (n, MAX_DEVICES); i++) {
    Candidate candidate = {platform, ids[i], 0, NULL};
    cl_bool available = CL_TRUE, compiler = CL_TRUE;

    cl->GetDeviceInfo (ids[i], CL_DEVICE_AVAILABLE, sizeof available,
        &available, NULL);
    cl->GetDeviceInfo (ids[i], CL_DEVICE_COMPILER_AVAILABLE, sizeof compiler,
        &compiler, NULL);
    if (!available || !compiler
        || cl->GetDeviceInfo (ids[i], CL_DEVICE_TYPE, sizeof candidate.type,
               &candidate.type, NULL)
            != CL_SUCCESS)
      continue;
    candidate.name = device_text (cl, ids[i], CL_DEVICE_NAME);
    if (candidate.name)
      g_array_append_val (candidates, candidate);
  }
}

/* All devices, in the order of choice. */
static GArray *
list_devices (const MnCl *cl)
{
  GArray *candidates = g_array_new (FALSE, FALSE, sizeof (Candidate));
  cl_platform_id platforms[MAX_PLATFORMS];
  cl_uint n = 0, i;

  g_array_set_clear_func (candidates, clear_candidate);
  if (cl->GetPlatformIDs (MAX_PLATFORMS, platforms, &n) != CL_SUCCESS)
    n = 0;
  for (i = 0; i < MIN (n, MAX_PLATFORMS); i++)
    add_devices (cl, platforms[i], candidates);
  /* A stable sort: the order of the platforms stays. */
  g_array_sort (candidates, compare);
  return candidates;
}

static gboolean
is_index (const gchar *choice, guint64 *index)
{
  return g_ascii_string_to_unsigned (choice, 10, 0, G_MAXUINT, index, NULL);
}

static gint
choose (const GArray *candidates, const gchar *choice)
{
  g_autofree gchar *wanted = NULL;
  guint64 index;
  guint i;

  if (!choice || !*choice)
    return candidates->len > 0 ? 0 : -1;
  if (is_index (choice, &index))
    return index < candidates->len ? (gint) index : -1;
  wanted = g_utf8_casefold (choice, -1);
  for (i = 0; i < candidates->len; i++) {
    g_autofree gchar *name =
        g_utf8_casefold (g_array_index (candidates, Candidate, i).name, -1);

    if (strstr (name, wanted))
      return i;
  }
  return -1;
}

static void
set_none (const GArray *candidates, const gchar *choice, GError **error)
{
  g_autoptr (GString) list = g_string_new (NULL);
  guint i;

  if (candidates->len == 0) {
    g_set_error (error, MN_ERROR, MN_ERROR_NO_BACKEND,
        "no OpenCL device: the OpenCL library is there, but lists no usable "
        "device; install the driver of the GPU (Debian: intel-opencl-icd, "
        "mesa-opencl-icd, nvidia-opencl-icd; pocl-opencl-icd computes on "
        "the CPU), and see that this user may open it (group render)");
    return;
  }
  for (i = 0; i < candidates->len; i++)
    g_string_append_printf (list, "%s%u \"%s\"", i ? ", " : "", i,
        g_array_index (candidates, Candidate, i).name);
  g_set_error (error, MN_ERROR, MN_ERROR_NO_BACKEND,
      "no OpenCL device \"%s\"; there are: %s", choice, list->str);
}

/* There may be more dimensions than the three that are used. */
static cl_int
query_max_items (MnClDevice *self)
{
  g_autofree size_t *items = NULL;
  gsize size = 0;
  guint i;
  cl_int r = self->cl->GetDeviceInfo (self->id, CL_DEVICE_MAX_WORK_ITEM_SIZES,
      0, NULL, &size);

  if (r == CL_SUCCESS && size < sizeof self->max_items)
    r = CL_INVALID_VALUE;
  items = r == CL_SUCCESS && size < G_MAXUINT16 ? g_malloc0 (size) : NULL;
  if (!items)
    return r == CL_SUCCESS ? CL_INVALID_VALUE : r;
  r = self->cl->GetDeviceInfo (self->id, CL_DEVICE_MAX_WORK_ITEM_SIZES, size,
      items, NULL);
  for (i = 0; i < G_N_ELEMENTS (self->max_items); i++)
    self->max_items[i] = MAX (items[i], 1);
  return r;
}

#define GET(what, into) \
  cl->GetDeviceInfo (self->id, what, sizeof (into), &(into), NULL)

static gboolean
query (MnClDevice *self, GError **error)
{
  const MnCl *cl = self->cl;
  cl_uint units = 1, align = 0;
  cl_bool unified = CL_FALSE;
  cl_ulong max_alloc = 0, local = 0;
  size_t group = 1;
  cl_int r = GET (CL_DEVICE_MAX_COMPUTE_UNITS, units);

  if (r == CL_SUCCESS)
    r = GET (CL_DEVICE_MEM_BASE_ADDR_ALIGN, align);
  if (r == CL_SUCCESS)
    r = GET (CL_DEVICE_MAX_WORK_GROUP_SIZE, group);
  if (r == CL_SUCCESS)
    r = query_max_items (self);
  if (r == CL_SUCCESS)
    r = GET (CL_DEVICE_MAX_MEM_ALLOC_SIZE, max_alloc);
  if (r == CL_SUCCESS)
    r = GET (CL_DEVICE_LOCAL_MEM_SIZE, local);
  if (r != CL_SUCCESS)
    return mn_cl_fail (error, MN_ERROR_COMPILE, r, "clGetDeviceInfo",
        self->name);
  self->vendor = device_text (cl, self->id, CL_DEVICE_VENDOR);
  self->driver = device_text (cl, self->id, CL_DRIVER_VERSION);
  self->version = device_text (cl, self->id, CL_DEVICE_VERSION);
  self->extensions = device_text (cl, self->id, CL_DEVICE_EXTENSIONS);
  self->platform_name = platform_text (cl, self->platform, CL_PLATFORM_NAME);
  self->platform_version = platform_text (cl, self->platform,
      CL_PLATFORM_VERSION);
  GET (CL_DEVICE_HOST_UNIFIED_MEMORY, unified);
  self->shares_memory = unified;
  self->units = MAX (units, 1);
  self->max_group = MAX (group, 1);
  /* Given in bits. Vectors of 16 floats are the widest that are read. */
  self->align = MAX (align / 8, 64);
  self->max_alloc = max_alloc;
  self->local_size = local;
  self->quirks = mn_cl_quirks_find (self->platform_name, self->vendor,
      self->name);
  return TRUE;
}

#undef GET

MnClDevice *
mn_cl_device_find (const gchar *choice, GError **error)
{
  g_autoptr (MnClDevice) self = NULL;
  g_autoptr (GArray) candidates = NULL;
  const MnCl *cl = mn_cl_load (error);
  const Candidate *candidate;
  gint index;

  if (!cl)
    return NULL;
  candidates = list_devices (cl);
  index = choose (candidates, choice);
  if (index < 0) {
    set_none (candidates, choice, error);
    return NULL;
  }
  candidate = &g_array_index (candidates, Candidate, index);
  self = g_new0 (MnClDevice, 1);
  self->cl = cl;
  self->index = index;
  self->platform = candidate->platform;
  self->id = candidate->id;
  self->name = g_strdup (candidate->name);
  self->gpu_shape = has_gpu_shape (candidate->type);
  if (!query (self, error))
    return NULL;
  return g_steal_pointer (&self);
}

MnClDevice *
mn_cl_device_open (const gchar *choice, GError **error)
{
  g_autoptr (MnClDevice) self = mn_cl_device_find (choice, error);
  cl_context_properties properties[3] = {CL_CONTEXT_PLATFORM, 0, 0};
  cl_int r = CL_SUCCESS;

  if (!self)
    return NULL;
  properties[1] = (cl_context_properties) self->platform;
  self->context = self->cl->CreateContext (properties, 1, &self->id, NULL, NULL,
      &r);
  if (!self->context) {
    mn_cl_fail (error, MN_ERROR_COMPILE, r, "clCreateContext", self->name);
    return NULL;
  }
  return g_steal_pointer (&self);
}

void
mn_cl_device_free (MnClDevice *self)
{
  if (!self)
    return;
  if (self->context)
    self->cl->ReleaseContext (self->context);
  g_free (self->name);
  g_free (self->vendor);
  g_free (self->driver);
  g_free (self->version);
  g_free (self->extensions);
  g_free (self->platform_name);
  g_free (self->platform_version);
  g_free (self);
}

gboolean
mn_cl_device_has (const MnClDevice *self, const gchar *extension)
{
  gsize length = strlen (extension);
  const gchar *at = self->extensions;

  while (at && (at = strstr (at, extension))) {
    if ((at == self->extensions || at[-1] == ' ')
        && (at[length] == ' ' || at[length] == '\0'))
      return TRUE;
    at += length;
  }
  return FALSE;
}

gchar *
mn_cl_device_identify (const gchar *choice)
{
  g_autoptr (MnClDevice) self = mn_cl_device_find (choice, NULL);

  return self ? mn_cl_cache_device (self) : NULL;
}
