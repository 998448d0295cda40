/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Writes what the whole networks' plans have compiled on the device that
 * FAKE_DEVICE names (fake_device.h). usage: write-programs FOLDER
 *   FOLDER/programs   a line each: kernel, tab, build options
 *   FOLDER/KERNEL.cl  the sources
 *   FOLDER/launches   a line each, parted by tabs: network, layer, kernel and
 *                     options, items, items a group, floating-point
 *                     operations, bytes
 * With those that read the frames of cameras and decoders; a precision that
 * no plan can have is left out. */

#include "opencl/lower/plan.h"
#include "opencl/opencl.h"
#include "tests/kernels/network.h"

#define SIZE 224
#define WIDTH 1920
#define HEIGHT 1080

static const struct
{
  const gchar *name; /* behind the network's */
  MnPrecision precision;
} precisions[] = {{"", MN_PRECISION_F32}, {"-half", MN_PRECISION_F16}};

static const MnFormat formats[] = {
  MN_FORMAT_NV12, MN_FORMAT_I420, MN_FORMAT_YUY2, MN_FORMAT_RGBX};

static void
write_file (const gchar *folder, const gchar *name, const gchar *text)
{
  g_autofree gchar *path = g_build_filename (folder, name, NULL);
  GError *error = NULL;

  if (!g_file_set_contents (path, text, -1, &error))
    g_error ("%s", error->message);
}

static void
add_launches (const MnBackendPlan *plan, const gchar *network, GString *text)
{
  guint i;

  for (i = 0; i < plan->launches->len; i++) {
    const MnClLaunch *l = g_ptr_array_index (plan->launches, i);
    const gsize *g = l->global, *n = l->local;

    g_string_append_printf (text, "%s\t%s\t%s %s\t", network, l->layer,
        l->program->name, l->program->options);
    g_string_append_printf (text,
        "%" G_GSIZE_FORMAT " %" G_GSIZE_FORMAT " %" G_GSIZE_FORMAT "\t", g[0],
        g[1], g[2]);
    g_string_append_printf (text,
        "%" G_GSIZE_FORMAT " %" G_GSIZE_FORMAT " %" G_GSIZE_FORMAT "\t", n[0],
        n[1], n[2]);
    g_string_append_printf (text, "%.0f\t%.0f\n", l->flops, l->bytes);
  }
}

/* What reads frames may be built only when they are known. */
static void
set_inputs (MnBackendPlan *plan)
{
  static const gfloat mean[4] = {127, 127, 127}, std[4] = {128, 128, 128};
  GError *error = NULL;
  MnBackendSession *session = mn_backend_opencl.session_new (plan, 1, &error);
  guint i;

  for (i = 0; session && i < G_N_ELEMENTS (formats); i++) {
    MnInput in = {.source = {formats[i], WIDTH, HEIGHT}};
    MnPreprocess p;

    if (!mn_preprocess_init (&p, &in, SIZE, SIZE, 3, mean, std,
            plan->graph->input_scale, plan->graph->input_offset, &error)
        || !mn_backend_opencl.set_input (session, &p, &error))
      break;
  }
  if (error)
    g_error ("%s", error->message);
  mn_backend_opencl.session_free (session);
}

/* All that the plan had built, also what it has not taken. */
static void
add_programs (const MnBackendPlan *plan, GHashTable *programs)
{
  guint i;

  for (i = 0; i < plan->programs->len; i++) {
    const MnClProgram *p = g_ptr_array_index (plan->programs, i);

    g_hash_table_add (programs,
        g_strdup_printf ("%s\t%s\n", p->name, p->options));
  }
}

static void
plan_network (MnContext *context, const gchar *name, guint precision,
    GHashTable *programs, GString *launches)
{
  g_autoptr (MnGraph) graph = network_new_named (name, SIZE, NETWORK_FUSED, 1);
  g_autofree gchar *full = g_strconcat (name, precisions[precision].name, NULL);
  MnPlanOptions options = {.precision = precisions[precision].precision};
  g_autoptr (GError) error = NULL;
  MnBackendPlan *plan = mn_backend_opencl.compile (context, graph, &options,
      &error);

  if (!plan && g_error_matches (error, MN_ERROR, MN_ERROR_UNSUPPORTED)
      && precision > 0) {
    g_print ("%s: %s\n", full, error->message);
    return;
  }
  if (!plan)
    g_error ("%s", error->message);
  set_inputs (plan);
  add_programs (plan, programs);
  add_launches (plan, full, launches);
  mn_backend_opencl.plan_free (plan);
}

int
main (int argc, char **argv)
{
  g_autoptr (GHashTable)
      programs = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GString) launches = g_string_new (NULL);
  g_autoptr (GString) text = g_string_new (NULL);
  g_autoptr (GList) lines = NULL;
  const MnClSource *s;
  MnContext *context;
  GList *l;
  guint i, j;

  if (argc != 2)
    g_error ("usage: write-programs FOLDER");
  context = mn_context_new ();
  for (i = 0; network_name (i); i++) {
    for (j = 0; j < G_N_ELEMENTS (precisions); j++)
      plan_network (context, network_name (i), j, programs, launches);
  }
  mn_context_unref (context);
  lines = g_list_sort (g_hash_table_get_keys (programs),
      (GCompareFunc) g_strcmp0);
  for (l = lines; l; l = l->next)
    g_string_append (text, l->data);
  write_file (argv[1], "programs", text->str);
  write_file (argv[1], "launches", launches->str);
  for (s = mn_cl_sources; s->name; s++) {
    g_autofree gchar *name = g_strconcat (s->name, ".cl", NULL);

    write_file (argv[1], name, s->text);
  }
  return 0;
}
