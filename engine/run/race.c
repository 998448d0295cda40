/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* In the cache: the two times, as little-endian 64-bit numbers. */

#include "engine/run/race.h"

#include "engine/base/cache.h"

#include <string.h>

/* The first ones warm up, the best one counts. */
#define N_FRAMES 5

/* us; nothing that was measured takes longer. */
#define LONGEST (1 * G_TIME_SPAN_HOUR)

/* ---- the course --------------------------------------------------------- */

static void
free_frame (MnFrame *frame)
{
  g_free (frame->user_data);
  g_free (frame);
}

/* Planes as they are, one behind the other. */
static void
copy_planes (const MnFrame *from, MnFrame *to, guint8 *memory)
{
  guint i;

  for (i = 0; i < from->n_planes; i++) {
    memcpy (memory, from->planes[i].data, from->planes[i].size);
    to->planes[i].data = memory;
    memory += from->planes[i].size;
  }
}

static MnFrame *
copy_frame (MnModel *model, const MnInput *input, const MnFrame *frame)
{
  const MnModelInfo *info = mn_model_get_info (model);
  gsize part = mn_frame_copy_size (&input->source), whole = 0;
  MnFrame *copy;
  guint8 *memory;
  guint i;

  for (i = 0; i < frame->n_planes; i++)
    whole += frame->planes[i].data ? frame->planes[i].size : 0;
  if (frame->memory != MN_MEMORY_HOST || whole == 0)
    return NULL;
  memory = g_try_malloc0 (part ? part : whole);
  if (!memory)
    return NULL;
  copy = g_new0 (MnFrame, 1);
  mn_frame_init (copy, &frame->desc, free_frame, memory);
  memcpy (copy->planes, frame->planes, sizeof copy->planes);
  if (!part)
    copy_planes (frame, copy, memory);
  else if (!mn_frame_copy (frame, input, info->width, info->height, memory,
               copy->planes, NULL))
    g_clear_pointer (&copy, mn_frame_unref);
  return copy;
}

MnRaceCourse *
mn_race_course_new (MnPlan *cpu, const MnInput *input, const MnFrame *frame)
{
  MnFrame *copy = copy_frame (mn_plan_get_model (cpu), input, frame);
  MnRaceCourse *self;

  if (!copy)
    return NULL;
  self = g_new0 (MnRaceCourse, 1);
  self->cpu = mn_plan_ref (cpu);
  self->input = *input;
  self->frame = copy;
  return self;
}

void
mn_race_course_free (MnRaceCourse *self)
{
  if (!self)
    return;
  mn_plan_unref (self->cpu);
  mn_frame_unref (self->frame);
  g_free (self);
}

/* ---- in the cache -------------------------------------------------------- */

/* All of an input that its speed depends on. Free with g_free. */
static gchar *
describe_input (const MnInput *input)
{
  const MnFrameDesc *s = &input->source;

  return g_strdup_printf ("%d %ux%u %d %u/%u %d,%d %dx%d %d", s->format,
      s->width, s->height, s->orientation, s->par_n, s->par_d, s->crop.x,
      s->crop.y, s->crop.width, s->crop.height, input->fit);
}

gchar *
mn_race_name (const gchar *device, const MnRaceCourse *course,
    const MnPlanOptions *options)
{
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);
  g_autofree gchar *content = device
      ? mn_model_get_digest (mn_plan_get_model (course->cpu))
      : NULL;
  g_autofree gchar *numbers = g_strdup_printf ("%d %d", options->precision,
      options->tuning);
  g_autofree gchar *input = describe_input (&course->input);

  if (!content)
    return NULL;
  mn_cache_add_text (sum, content);
  mn_cache_add_text (sum, device);
  mn_cache_add_text (sum, mn_plan_get_backend (course->cpu));
  mn_cache_add_text (sum, mn_plan_get_device (course->cpu));
  mn_cache_add_text (sum, input);
  mn_cache_add_text (sum, numbers);
  mn_cache_add_text (sum, MN_VERSION);
  return g_strconcat (g_checksum_get_string (sum), ".race", NULL);
}

gboolean
mn_race_load (const gchar *name, MnRace *race)
{
  g_autoptr (GBytes) bytes = mn_cache_load (name);
  gint64 times[2];

  if (!bytes || g_bytes_get_size (bytes) != sizeof times)
    return FALSE;
  memcpy (times, g_bytes_get_data (bytes, NULL), sizeof times);
  race->device = GINT64_FROM_LE (times[0]);
  race->cpu = GINT64_FROM_LE (times[1]);
  race->kept = race->device > 0 && race->device <= LONGEST && race->cpu > 0
      && race->cpu <= LONGEST;
  if (!race->kept)
    race->device = race->cpu = 0;
  return race->kept;
}

void
mn_race_store (const gchar *name, const MnRace *race)
{
  const gint64 times[2] = {
    GINT64_TO_LE (race->device), GINT64_TO_LE (race->cpu)};
  g_autoptr (GBytes) bytes = g_bytes_new (times, sizeof times);

  mn_cache_store (name, bytes);
}

/* ---- the race ------------------------------------------------------------ */

/* The best time of a frame in us, at least 1; 0 with an error. */
static gint64
time_frames (MnSession *session, const MnRaceCourse *course, GError **error)
{
  MnFrame *frame = course->frame;
  gint64 best = G_MAXINT64;
  guint i;

  if (!mn_session_set_input (session, &course->input, error))
    return 0;
  for (i = 0; i < N_FRAMES; i++) {
    gint64 start = g_get_monotonic_time ();
    g_autoptr (MnResult) result = NULL;
    MnTicket ticket;

    if (!mn_session_submit (session, &frame, 1, &ticket, error)
        || !mn_session_wait (session, ticket, MN_FOREVER, &result, error))
      return 0;
    best = MIN (best, g_get_monotonic_time () - start);
  }
  return MAX (best, 1);
}

gboolean
mn_race_run (MnRace *race, const MnRaceCourse *course, MnSession *device,
    const gint *cancelled, GError **error)
{
  g_autoptr (MnSession) rival = mn_session_new (course->cpu, NULL);

  if (!rival)
    return TRUE;
  /* As the runner has it. */
  mn_session_set_threads (rival, mn_cpus_count ());
  mn_session_set_cancelled (rival, cancelled);
  race->cpu = time_frames (rival, course, NULL);
  race->device = time_frames (device, course, error);
  return race->device > 0;
}

gboolean
mn_race_lost (const MnRace *race)
{
  return race->cpu > 0 && race->device > race->cpu;
}
