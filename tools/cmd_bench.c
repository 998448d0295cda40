/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* mobilenet-tool bench: times of whole runs, from submit to the end of wait,
 * on one input. Layers are timed on a plan of their own, since keeping their
 * times costs time. */

#include "engine/base/cpu_flags.h"
#include "engine/base/pool.h"
#include "tools/bench.h"
#include "tools/peaks.h"
#include "tools/tool.h"

#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

/* Until the clocks are up, the caches filled. */
#define WARM_UP_RUNS 5
#define WARM_UP_MS 200.0

typedef struct
{
  gchar *input; /* bytes of one input tensor */
  gsize size;
  MnFrame frame;
} Input;

static gdouble
now_ms (void)
{
  struct timespec t;

  clock_gettime (CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1e3 + t.tv_nsec * 1e-6;
}

static gsize
peak_memory (void)
{
  struct rusage usage;

  getrusage (RUSAGE_SELF, &usage);
  return (gsize) usage.ru_maxrss * 1024;
}

/* 0: not known. */
static gsize
resident_memory (void)
{
  g_autofree gchar *text = NULL;
  gulong pages = 0;

  if (!g_file_get_contents ("/proc/self/statm", &text, NULL, NULL)
      || sscanf (text, "%*u %lu", &pages) != 1)
    return 0;
  return (gsize) pages * sysconf (_SC_PAGESIZE);
}

/* Noise over the whole range of pixels, the same at each call. */
static void
input_init (Input *input, const MnModelInfo *info)
{
  MnFrameDesc desc = {.format = MN_FORMAT_TENSOR};
  gsize n = (gsize) info->width * info->height * info->channels;
  g_autoptr (GRand) rand = g_rand_new_with_seed (1);
  gsize i;

  input->size = n * mn_dtype_size (info->input_dtype);
  input->input = g_malloc (input->size);
  for (i = 0; i < n; i++) {
    gint pixel = g_rand_int_range (rand, 0, 256);
    guint c = i % info->channels;

    if (info->input_dtype == MN_DTYPE_F32)
      ((gfloat *) input->input)[i] = (pixel - info->mean[c]) / info->std[c];
    else
      input->input[i] = (gchar) pixel;
  }
  desc.width = info->width;
  desc.height = info->height;
  mn_frame_init (&input->frame, &desc, NULL, NULL);
  input->frame.n_planes = 1;
  input->frame.planes[0].data = (const guint8 *) input->input;
  input->frame.planes[0].size = input->size;
}

static void
input_clear (Input *input)
{
  g_clear_pointer (&input->input, g_free);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Input, input_clear)
static gboolean
run_once (MnSession *session, Input *input, gdouble *ms, GError **error)
{
  MnFrame *frame = &input->frame;
  g_autoptr (MnResult) result = NULL;
  gdouble start = now_ms ();
  MnTicket ticket;

  if (!mn_session_submit (session, &frame, 1, &ticket, error)
      || !mn_session_wait (session, ticket, MN_FOREVER, &result, error))
    return FALSE;
  *ms = now_ms () - start;
  return TRUE;
}

static gint
compare_doubles (gconstpointer a, gconstpointer b)
{
  gdouble x = *(const gdouble *) a, y = *(const gdouble *) b;

  return (x > y) - (x < y);
}

/* Sorts values, of which there are some. */
static gdouble
median (GArray *values)
{
  const gdouble *v = (const gdouble *) values->data;
  guint n = values->len;

  g_array_sort (values, compare_doubles);
  return (v[(n - 1) / 2] + v[n / 2]) / 2;
}

static void
summarise (GArray *times, MnBench *bench)
{
  const gdouble *t = (const gdouble *) times->data;
  guint n = times->len;

  bench->n_runs = n;
  bench->median_ms = median (times);
  bench->min_ms = t[0];
  bench->p90_ms = t[(guint) ((n - 1) * 0.9 + 0.5)];
}

static gboolean
measure (MnSession *session, Input *input, gdouble seconds, MnBench *bench,
    GError **error)
{
  g_autoptr (GArray) times = g_array_new (FALSE, FALSE, sizeof (gdouble));
  gdouble ms, end;
  gsize resident;
  guint i;

  if (!run_once (session, input, &bench->first_ms, error))
    return FALSE;
  end = now_ms () + MIN (WARM_UP_MS, seconds * 250);
  for (i = 0; i < WARM_UP_RUNS || now_ms () < end; i++) {
    if (!run_once (session, input, &ms, error))
      return FALSE;
  }
  resident = resident_memory ();
  bench->memory_added = MAX (resident, bench->memory_before)
      - bench->memory_before;
  end = now_ms () + seconds * 1e3;
  do {
    if (!run_once (session, input, &ms, error))
      return FALSE;
    g_array_append_val (times, ms);
  } while (now_ms () < end);
  summarise (times, bench);
  return TRUE;
}

/* Runs that are timed together: long enough for the clock's steps, short
 * enough to fit between what else the machine does. */
#define BATCH_MS 2.0

/* Appends each layer's seconds a run in a batch of runs to times. */
static gboolean
profile_batch (MnSession *session, Input *input, GArray **times, GError **error)
{
  gdouble end = now_ms () + BATCH_MS, ms;
  const MnLayerTime *layers;
  g_autofree MnLayerTime *before = NULL;
  guint64 runs_before, runs;
  guint n = mn_session_get_profile (session, &layers, &runs_before), i;

  before = g_memdup2 (layers, n * sizeof (*layers));
  do {
    if (!run_once (session, input, &ms, error))
      return FALSE;
  } while (now_ms () < end);
  mn_session_get_profile (session, &layers, &runs);
  for (i = 0; i < n; i++) {
    gdouble seconds = (layers[i].seconds - before[i].seconds)
        / (runs - runs_before);

    g_array_append_val (times[i], seconds);
  }
  return TRUE;
}

/* The layers with the medians of the batches' times. */
static MnLayerTime *
profile (MnSession *session, Input *input, gdouble seconds, MnBench *bench,
    GError **error)
{
  const MnLayerTime *layers;
  g_autofree GArray **times = NULL;
  MnLayerTime *result = NULL;
  MnBench warm_up = {0};
  guint64 runs;
  gdouble end;
  gboolean ok;
  guint i, n;

  if (!measure (session, input, 0, &warm_up, error))
    return NULL;
  n = mn_session_get_profile (session, &layers, &runs);
  if (n == 0) {
    g_set_error (error, MN_ERROR, MN_ERROR_ARGUMENT,
        "--per-layer: the backend \"%s\" keeps no times of layers",
        bench->backend);
    return NULL;
  }
  times = g_new (GArray *, n);
  for (i = 0; i < n; i++)
    times[i] = g_array_new (FALSE, FALSE, sizeof (gdouble));
  end = now_ms () + seconds * 1e3;
  do
    ok = profile_batch (session, input, times, error);
  while (ok && now_ms () < end);
  if (ok) {
    mn_session_get_profile (session, &layers, &runs);
    result = g_memdup2 (layers, n * sizeof (*layers));
    bench->n_layers = n;
    bench->profile_runs = 1;
  }
  for (i = 0; i < n; i++) {
    if (ok)
      result[i].seconds = median (times[i]);
    g_array_unref (times[i]);
  }
  return result;
}

typedef struct
{
  MnToolPlanArgs plan;
  gdouble seconds;
  gboolean per_layer, json;
  gchar *device_model;
} Args;

/* The threads as the CPU backend counts them. FALSE: another backend, whose
 * device's limits nobody knows. */
static gboolean
measure_peaks (const Args *args, const MnBench *bench, MnPeaks *peaks)
{
  gboolean plain = g_str_equal (bench->backend, "reference");
  gdouble bytes = 0;
  guint i;

  if (!plain && !g_str_equal (bench->backend, "cpu"))
    return FALSE;
  for (i = 0; i < bench->n_layers; i++)
    bytes = MAX (bytes, bench->layers[i].bytes);
  mn_peaks_measure (peaks, plain ? MN_CPU_REFERENCE : mn_cpu_flags_get (),
      plain ? 1 : mn_pool_resolve_threads (args->plan.threads), bytes);
  return TRUE;
}

static gboolean
report (MnModel *model, MnPlan *plan, const Args *args, Input *input,
    MnBench *bench, GError **error)
{
  g_autofree MnLayerTime *layers = NULL;
  g_autofree gchar *text = NULL;
  g_autoptr (MnPlan) profiled = NULL;
  g_autoptr (MnSession) session = NULL;
  MnPeaks peaks;

  bench->model = mn_model_get_info (model)->name;
  bench->backend = mn_plan_get_backend (plan);
  bench->device = mn_plan_get_device (plan);
  if (args->per_layer) {
    profiled = mn_tool_plan_new (model, &args->plan, TRUE, error);
    if (!profiled)
      return FALSE;
    session = mn_session_new (profiled, error);
    if (!session)
      return FALSE;
    bench->layers = layers = profile (session, input, args->seconds, bench,
        error);
    if (!layers)
      return FALSE;
    if (measure_peaks (args, bench, &peaks))
      bench->peaks = &peaks;
  }
  text = args->json ? mn_bench_to_json (bench) : mn_bench_to_text (bench);
  return mn_tool_print (text, error);
}

static gboolean
bench_model (const gchar *path, const Args *args, GError **error)
{
  g_autoptr (MnModel) model = NULL;
  g_autoptr (MnPlan) plan = NULL;
  g_autoptr (MnSession) session = NULL;
  g_auto (Input) input = {0};
  MnBench bench = {0};
  gdouble start, loaded;

  bench.memory_before = resident_memory ();
  start = now_ms ();
  model = mn_model_load (path, error);
  if (!model)
    return FALSE;
  loaded = now_ms ();
  plan = mn_tool_plan_new (model, &args->plan, FALSE, error);
  if (!plan)
    return FALSE;
  session = mn_session_new (plan, error);
  if (!session)
    return FALSE;
  bench.load_ms = loaded - start;
  bench.compile_ms = now_ms () - loaded;
  input_init (&input, mn_model_get_info (model));
  if (!measure (session, &input, args->seconds, &bench, error))
    return FALSE;
  bench.peak_memory = peak_memory ();
  return report (model, plan, args, &input, &bench, error);
}

/* ---- a GPU that is not here ---------------------------------------------- */

typedef struct
{
  const MnDeviceProfile *profile;
  MnPrecision precision;
  GPtrArray *launches;
} Model;

static gboolean
model_frame (const MnGraph *graph, gpointer data, GError **error)
{
  Model *m = data;

  m->launches = mn_device_model_frame (graph, m->profile, m->precision, error);
  return m->launches != NULL;
}

static gboolean
check_model_args (const MnToolPlanArgs *plan, Model *m, GError **error)
{
  if (plan->device || (plan->backend && strcmp (plan->backend, "opencl"))) {
    g_set_error (error, MN_ERROR, MN_ERROR_ARGUMENT,
        "--device-model: is for --backend opencl, and no --device");
    return FALSE;
  }
  return mn_tool_parse_precision (plan->precision, &m->precision, error);
}

/* Nothing is measured, and no device asked. */
static gboolean
model_device (const gchar *path, const Args *args, GError **error)
{
  Model m = {mn_device_profile_find (args->device_model, error)};
  g_autoptr (MnModel) model = NULL;
  g_autofree gchar *text = NULL;
  MnBenchModelled bench;

  if (!m.profile || !check_model_args (&args->plan, &m, error))
    return FALSE;
  model = mn_model_load (path, error);
  if (!model || !mn_model_look (model, model_frame, &m, error))
    return FALSE;
  bench = (MnBenchModelled) {mn_model_get_info (model)->name, m.profile->what,
    m.launches, m.profile->launch_us, args->per_layer};
  text = args->json ? mn_bench_modelled_to_json (&bench)
                    : mn_bench_modelled_to_text (&bench);
  g_ptr_array_unref (m.launches);
  return mn_tool_print (text, error);
}

/* ---- the command --------------------------------------------------------- */

gboolean
mn_tool_bench (gint *argc, gchar ***argv, GError **error)
{
  Args args = {{NULL}, 3, FALSE, FALSE, NULL};
  const GOptionEntry entries[] = {
    {"seconds", 's', 0, G_OPTION_ARG_DOUBLE, &args.seconds,
      "how long to measure (default: 3)", "S"},
    {"per-layer", 0, 0, G_OPTION_ARG_NONE, &args.per_layer,
      "measure each layer as well, and what this machine can do at most", NULL},
    {"json", 0, 0, G_OPTION_ARG_NONE, &args.json, "print JSON", NULL},
    {"device-model", 0, 0, G_OPTION_ARG_STRING, &args.device_model,
      "measure nothing: model the time on that GPU", "GPU"},
    {NULL}};
  const gchar *path;
  gboolean ok = FALSE;

  if (!mn_tool_parse (argc, argv, "MODEL",
          "Measures a model's time: after a warm-up, run after run.\n\n"
          "With --per-layer a line a layer: its time, its share of all "
          "layers' time, GFLOP/s\n(of integers: Gop/s; a multiply-add is "
          "two), MB of weights, input and output, and\nthe share of this "
          "machine's peak: the time that it needs at least (operations at\n"
          "the arithmetic's peak, or bytes at the rate at which as many are "
          "read, from the\ncache or memory that holds them; measured on as "
          "many threads) by the time taken.\nThe last word is the median in "
          "ms.\n\nWith --device-model a GPU's time is modelled, with neither "
          "GPU nor OpenCL, from the\nlaunches, what compilers make of their "
          "kernels, and what has been published of the\nGPU: adreno-660, "
          "mali-g610... Nothing of it is measured.",
          entries, &args.plan, error))
    goto done;
  path = mn_tool_operand (*argc, *argv, "model file", error);
  if (!path)
    goto done;
  if (!(args.seconds >= 0 && args.seconds <= 3600))
    g_set_error (error, MN_ERROR, MN_ERROR_ARGUMENT,
        "--seconds %g: not within 0 to 3600", args.seconds);
  else if (args.device_model)
    ok = model_device (path, &args, error);
  else
    ok = bench_model (path, &args, error);
done:
  g_free (args.device_model);
  mn_tool_plan_args_clear (&args.plan);
  return ok;
}
