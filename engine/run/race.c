/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* In the cache: the two times, as little-endian 64-bit numbers. */

#include "engine/run/race.h"

#include "engine/base/cache.h"

#include <string.h>

/* The first ones warm up, the best one counts. */
#define N_FRAMES 5

/* us; nothing that was measured takes longer. */
#define LONGEST (1 * G_TIME_SPAN_HOUR)

gchar *
mn_race_name (MnModel *model, const gchar *device, MnPlan *cpu,
    MnPrecision precision)
{
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);
  g_autofree gchar *content = device ? mn_model_get_digest (model) : NULL;
  g_autofree gchar *number = g_strdup_printf ("%d", precision);

  if (!content)
    return NULL;
  mn_cache_add_text (sum, content);
  mn_cache_add_text (sum, device);
  mn_cache_add_text (sum, mn_plan_get_backend (cpu));
  mn_cache_add_text (sum, mn_plan_get_device (cpu));
  mn_cache_add_text (sum, number);
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

static void
free_frame (MnFrame *frame)
{
  g_free (frame->user_data);
  g_free (frame);
}

/* A tensor of zeros, which lives as long as the frame. NULL: no memory. */
static MnFrame *
frame_new (const MnModelInfo *info)
{
  MnFrameDesc desc = {
    .format = MN_FORMAT_TENSOR, .width = info->width, .height = info->height};
  gsize size = (gsize) info->width * info->height * info->channels
      * mn_dtype_size (info->input_dtype);
  guint8 *data = g_try_malloc0 (size);
  MnFrame *frame;

  if (!data)
    return NULL;
  frame = g_new0 (MnFrame, 1);
  mn_frame_init (frame, &desc, free_frame, data);
  frame->memory = MN_MEMORY_HOST;
  frame->n_planes = 1;
  frame->planes[0].data = data;
  frame->planes[0].size = size;
  return frame;
}

/* The best time of a frame in us, at least 1; 0 with an error. */
static gint64
time_frames (MnSession *session, MnFrame *frame, GError **error)
{
  gint64 best = G_MAXINT64;
  guint i;

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
mn_race_run (MnRace *race, MnModel *model, MnSession *device, MnPlan *cpu,
    const gint *cancelled, GError **error)
{
  MnFrame *frame = frame_new (mn_model_get_info (model));
  g_autoptr (MnSession) rival = frame ? mn_session_new (cpu, NULL) : NULL;
  gboolean ok = TRUE;

  if (rival) {
    /* As the runner has it. */
    mn_session_set_threads (rival, mn_cpus_count ());
    mn_session_set_cancelled (rival, cancelled);
    race->cpu = time_frames (rival, frame, NULL);
    race->device = time_frames (device, frame, error);
    ok = race->device > 0;
  }
  mn_frame_unref (frame);
  return ok;
}

gboolean
mn_race_lost (const MnRace *race)
{
  return race->cpu > 0 && race->device > race->cpu;
}
