/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The search. Each site by itself, those with the most work first: its tiles
 * with the group of the rule, then other groups of the best tile (FULL: of
 * each). What wins has to win again and again, in turn with the table's. */

#include "opencl/lower/measure.h"
#include "opencl/lower/tuning.h"

gint64 mn_cl_tune_time[] = {
  [MN_TUNING_FAST] = 2 * G_TIME_SPAN_SECOND,
  [MN_TUNING_FULL] = 20 * G_TIME_SPAN_SECOND,
};

/* How many tiles of a site are tried beside the table's, and groups of a tile;
 * FULL: all. */
#define FAST_TILES 4
#define FAST_GROUPS 3

/* What is little faster is not believed to be. */
#define CLEARLY 0.97
#define N_TURNS 3

/* Items a group: more only leave less of the device to choose from. */
#define MOST_ITEMS 256

typedef struct
{
  MnBackendPlan *plan;
  MnClMakeAll make_all;
  guint n_builders;
  gboolean background;
  MnClMeasure *measure;
  gint64 deadline, longest; /* us: when it has to end, and what the longest
                             * step took so far */
  gboolean lost;
  MnClSite *site;
  guint index;         /* of the site's first launch in the plan */
  MnClChoice best;     /* so far */
  gdouble table, time; /* ns of the table's choice, and of the best */
  MnClLaunch like;     /* the launch that was measured last, without args */
} Tuner;

static const MnClLaunch *
first_launch (const Tuner *t)
{
  return g_ptr_array_index (t->plan->launches, t->index);
}

static gboolean
is_cancelled (const MnBackendPlan *plan)
{
  return plan->cancelled && g_atomic_int_get (plan->cancelled);
}

static gboolean
may_go_on (const Tuner *t)
{
  return !t->lost && !is_cancelled (t->plan)
      && g_get_monotonic_time () + t->longest <= t->deadline;
}

/* ---- one form ----------------------------------------------------------- */

/* Builds the form that is chosen, and says whether there is a point in running
 * it. */
static gboolean
build_form (Tuner *t)
{
  MnBackendPlan *plan = t->plan;
  const MnClProgram *program;
  MnClOptions options;

  if (!mn_cl_site_take (plan, t->site, &options))
    return FALSE;
  program = mn_cl_plan_program (plan, t->site->kernel, options.text, NULL);
  return program && program->private_size <= plan->tensor_input->private_size;
}

/* The launch that a rehearsal with the choice has made. NULL: it is not what
 * was chosen, or leaves more to do for who comes behind it. */
static const MnClLaunch *
find_launch (const Tuner *t, const MnClWalk *walk)
{
  const MnClLaunch *first = first_launch (t), *launch;

  if (walk->launches->len != t->plan->launches->len)
    return NULL;
  launch = g_ptr_array_index (walk->launches, t->index);
  return launch->site == t->site->number && launch->program->program
          && launch->parts <= first->parts
      ? launch
      : NULL;
}

static gdouble
measure (Tuner *t, const MnClLaunch *launch)
{
  g_autoptr (GError) error = NULL;
  gdouble time = mn_cl_measure_time (t->measure, launch, &error);

  t->like = *launch;
  if (error)
    g_debug ("tuning: %s", error->message);
  t->lost |= g_error_matches (error, MN_ERROR, MN_ERROR_LOST);
  return time;
}

/* ns; 0: it cannot be had. */
static gdouble
time_choice (Tuner *t, const MnClChoice *choice)
{
  gint64 start = g_get_monotonic_time ();
  const MnClLaunch *launch;
  gdouble time = 0;
  MnClWalk walk;

  t->site->choice = *choice;
  if (build_form (t)) {
    if (mn_cl_plan_rehearse (t->plan, t->make_all, &walk)) {
      launch = find_launch (t, &walk);
      time = launch ? measure (t, launch) : 0;
    }
    mn_cl_walk_clear (&walk);
  }
  t->site->choice = (MnClChoice) {0};
  t->longest = MAX (t->longest, g_get_monotonic_time () - start);
  return time;
}

static gboolean
try_choice (Tuner *t, const MnClChoice *choice)
{
  gdouble time = time_choice (t, choice);

  if (time > 0 && time < t->time) {
    t->best = *choice;
    t->time = time;
  }
  return time > 0;
}

/* ---- candidates --------------------------------------------------------- */

static MnClChoice
choice_of (const MnClVariant *v)
{
  return (MnClChoice) {v->width, v->pixels, v->step, v->split, {0}};
}

/* Doubles and halves the group's sides. FALSE: that is no group for it. */
static gboolean
move_group (const Tuner *t, const gsize *local, const gint8 *move,
    guint32 *moved)
{
  const MnClDevice *device = t->plan->device;
  const MnClLaunch *like = &t->like;
  gsize items = 1;
  guint i;

  for (i = 0; i < 3; i++) {
    gsize side = move[i] < 0 ? local[i] >> -move[i] : local[i] << move[i];

    if (side == 0 || side > device->max_items[i]
        || (move[i] > 0 && side >= 2 * like->items[i]))
      return FALSE;
    items *= side;
    moved[i] = side;
  }
  return items <= MIN (like->program->max_group, MOST_ITEMS);
}

/* Groups of the form that was measured last. */
static void
try_groups (Tuner *t, MnClChoice choice, guint most)
{
  static const gint8 moves[][3] = {{0, 1, 0}, {1, -1, 0}, {-1, 1, 0},
    {0, -1, 0}, {1, 0, 0}, {0, 0, 1}, {-1, 0, 0}, {0, 2, 0}, {0, 1, -1}};
  const gsize local[3] = {t->like.local[0], t->like.local[1], t->like.local[2]};
  guint n = 0, i;

  for (i = 0; i < G_N_ELEMENTS (moves) && n < most && may_go_on (t); i++) {
    /* Who share the inputs are in dimension 2, all of them. */
    if ((choice.split > 1 && moves[i][2] != 0)
        || !move_group (t, local, moves[i], choice.local))
      continue;
    try_choice (t, &choice);
    n++;
  }
}

/* The site's programs side by side, as far as they are not there. */
static void
build_forms (Tuner *t)
{
  g_autoptr (GPtrArray)
      wishes = g_ptr_array_new_with_free_func ((GDestroyNotify)
              mn_cl_program_free);
  const MnClSite *site = t->site;
  gint64 start = g_get_monotonic_time ();
  guint i;

  if (!may_go_on (t))
    return;
  t->plan->wishes = wishes;
  for (i = 0; i < MIN (site->n, FAST_TILES + 1); i++)
    mn_cl_plan_program (t->plan, site->kernel, site->forms[i].options.text,
        NULL);
  t->plan->wishes = NULL;
  mn_cl_plan_build (t->plan, wishes, t->n_builders, t->background);
  t->longest = MAX (t->longest, g_get_monotonic_time () - start);
}

static void
try_forms (Tuner *t)
{
  const MnClSite *site = t->site;
  gboolean full = t->plan->tuning->level == MN_TUNING_FULL;
  guint n = 0, i;

  build_forms (t);
  for (i = 0; i < site->n && may_go_on (t); i++) {
    MnClChoice choice = choice_of (site->forms[i].variant);
    gboolean is_table = g_str_equal (site->forms[i].options.text,
        first_launch (t)->program->wanted);

    if (!full && !is_table && n++ == FAST_TILES)
      break;
    if ((is_table || try_choice (t, &choice)) && full) {
      /* The groups start from the rule's, of this form. */
      if (is_table)
        t->like = *first_launch (t);
      try_groups (t, choice, G_MAXUINT);
    }
  }
}

/* The best tile's form, or the table's where nothing is better. FALSE: the
 * table's is none that the site knows. */
static gboolean
best_tile (const Tuner *t, MnClChoice *choice)
{
  const MnClSite *site = t->site;
  guint i;

  *choice = t->best;
  for (i = 0; choice->width == 0 && i < site->n; i++) {
    if (g_str_equal (site->forms[i].options.text,
            first_launch (t)->program->wanted))
      *choice = choice_of (site->forms[i].variant);
  }
  return choice->width > 0;
}

static void
try_best_groups (Tuner *t)
{
  MnClChoice choice;

  if (!best_tile (t, &choice) || !may_go_on (t))
    return;
  /* What was measured last may be another tile. */
  if (t->best.width == 0)
    t->like = *first_launch (t);
  else if (time_choice (t, &choice) == 0)
    return;
  try_groups (t, choice, FAST_GROUPS);
}

/* ---- a site ------------------------------------------------------------- */

/* In turn with the table's, each time: one of two that are alike, on a device
 * that others use too, wins now and then. */
static gboolean
wins_again (Tuner *t)
{
  guint i;

  if (t->time > CLEARLY * t->table)
    return FALSE;
  for (i = 0; i < N_TURNS; i++) {
    gdouble table = may_go_on (t) ? measure (t, first_launch (t)) : 0;
    gdouble time = table > 0 ? time_choice (t, &t->best) : 0;

    if (time == 0 || time > CLEARLY * table)
      return FALSE;
  }
  return TRUE;
}

static void
tune_site (Tuner *t)
{
  gint64 start = g_get_monotonic_time ();
  g_autoptr (GError) error = NULL;

  t->best = (MnClChoice) {0};
  if (mn_cl_measure_set (t->measure, first_launch (t), &error))
    t->table = t->time = measure (t, first_launch (t));
  if (error)
    g_debug ("tuning: %s", error->message);
  t->lost |= g_error_matches (error, MN_ERROR, MN_ERROR_LOST);
  t->longest = MAX (t->longest, g_get_monotonic_time () - start);
  if (error || t->table == 0)
    return;
  try_forms (t);
  if (t->plan->tuning->level == MN_TUNING_FAST)
    try_best_groups (t);
  if (t->best.width == 0 || !wins_again (t))
    return;
  t->site->choice = t->best;
  g_debug ("tuning: %s: %.3f ms, not %.3f, with %u channels, %u pixels, %u "
           "lanes, groups of %ux%ux%u",
      first_launch (t)->layer, t->time / 1e6, t->table / 1e6, t->best.width,
      t->best.pixels, t->best.split, t->best.local[0], t->best.local[1],
      t->best.local[2]);
}

/* ---- all of them -------------------------------------------------------- */

typedef struct
{
  MnClSite *site;
  guint index;
  gdouble flops; /* of all its launches */
} Work;

static gint
compare_work (gconstpointer a, gconstpointer b)
{
  const Work *x = a, *y = b;

  return x->flops < y->flops ? 1 : x->flops > y->flops ? -1 : 0;
}

/* Those that have launches, the most work first. */
static GArray *
list_work (const MnBackendPlan *plan)
{
  GArray *list = g_array_new (FALSE, FALSE, sizeof (Work));
  guint i, j;

  for (i = 0; i < plan->tuning->sites->len; i++) {
    Work work = {g_ptr_array_index (plan->tuning->sites, i), 0, 0};

    for (j = plan->launches->len; j-- > 0;) {
      const MnClLaunch *launch = g_ptr_array_index (plan->launches, j);

      if (launch->site != work.site->number)
        continue;
      work.index = j;
      work.flops += launch->flops;
    }
    if (work.flops > 0)
      g_array_append_val (list, work);
  }
  g_array_sort (list, compare_work);
  return list;
}

/* What a rehearsal has made takes the memory of what it is to stand for.
 * FALSE: it is something else, or not all of it is there. */
static gboolean
take_memory (const MnBackendPlan *plan, MnClWalk *walk)
{
  guint i, j;

  if (walk->launches->len != plan->launches->len
      || walk->values->len != plan->values->len)
    return FALSE;
  for (i = 0; i < plan->launches->len; i++) {
    const MnClLaunch *from = g_ptr_array_index (plan->launches, i);
    MnClLaunch *to = g_ptr_array_index (walk->launches, i);

    if (!to->program->program || !g_str_equal (to->layer, from->layer)
        || !g_str_equal (to->program->name, from->program->name))
      return FALSE;
    for (j = 0; j < to->n_args; j++) {
      if (to->args[j].kind != MN_CL_ARG_MEM)
        continue;
      if (j >= from->n_args || from->args[j].kind != MN_CL_ARG_MEM)
        return FALSE;
      to->args[j].mem = from->args[j].mem;
    }
  }
  for (i = 0; i < plan->values->len; i++)
    mn_value (walk->values, i)->constant = mn_value (plan->values, i)->constant;
  return TRUE;
}

/* Programs that nothing asks for any more: never run in a whole network, they
 * are not to be kept. */
static void
drop_programs (MnBackendPlan *plan, const GPtrArray *asked)
{
  guint i = 0;

  while (i < plan->programs->len) {
    gpointer program = g_ptr_array_index (plan->programs, i);

    if (program == (gpointer) plan->tensor_input
        || g_ptr_array_find ((GPtrArray *) asked, program, NULL))
      i++;
    else
      g_ptr_array_remove_index (plan->programs, i);
  }
}

/* The plan with all that was chosen. FALSE: it stays as it was. */
static gboolean
apply (MnBackendPlan *plan, MnClMakeAll make_all)
{
  g_autoptr (GPtrArray) asked = g_ptr_array_new ();
  gboolean ok;
  MnClWalk walk;

  plan->asked = asked;
  ok = mn_cl_plan_rehearse (plan, make_all, &walk) && take_memory (plan, &walk);
  plan->asked = NULL;
  if (ok) {
    mn_cl_walk_exchange (plan, &walk);
    drop_programs (plan, asked);
  }
  mn_cl_walk_clear (&walk);
  return ok;
}

static void
forget_choices (MnClTuning *tuning)
{
  guint i;

  for (i = 0; i < tuning->sites->len; i++)
    ((MnClSite *) g_ptr_array_index (tuning->sites, i))->choice = (MnClChoice) {
      0};
}

void
mn_cl_plan_tune (MnBackendPlan *plan, MnClMakeAll make_all, guint n_builders,
    gboolean background)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GArray) list = list_work (plan);
  Tuner t = {.plan = plan,
    .make_all = make_all,
    .n_builders = n_builders,
    .background = background};
  guint before = plan->programs->len, i;

  if (list->len == 0)
    return;
  t.deadline = g_get_monotonic_time () + mn_cl_tune_time[plan->tuning->level];
  t.measure = mn_cl_measure_new (plan, &error);
  if (error)
    g_debug ("tuning: %s", error->message);
  for (i = 0; t.measure && i < list->len && may_go_on (&t); i++) {
    const Work *work = &g_array_index (list, Work, i);

    t.site = work->site;
    t.index = work->index;
    tune_site (&t);
  }
  plan->tuning->is_new = t.measure && !t.lost && !is_cancelled (plan);
  mn_cl_measure_free (t.measure);
  if (!plan->tuning->is_new || !apply (plan, make_all)) {
    plan->tuning->is_new = FALSE;
    forget_choices (plan->tuning);
    g_ptr_array_set_size (plan->programs, before);
  }
}
