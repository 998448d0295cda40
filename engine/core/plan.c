/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A model compiled by one backend. */

#include "engine/core/internal.h"
#include "engine/core/passed.h"
#include "engine/base/pool.h"

typedef struct
{
  MnPlan *plan;
  const MnPlanOptions *options;
  GError *error;
} Compile;

/* FALSE: it was compiled, and does not compute what it should. The precision
 * becomes the plan's. */
static gboolean
compile_as (Compile *c, MnPlanOptions *options)
{
  MnPlan *plan = c->plan;
  const MnBackend *backend = plan->backend;

  plan->plan = backend->compile (plan->context,
      mn_model_get_graph (plan->model), options, &c->error);
  if (plan->plan && backend->plan_precision)
    options->precision = backend->plan_precision (plan->plan);
  if (!plan->plan || !backend->self_test
      || mn_passes_self_test (plan, options, &c->error))
    return TRUE;
  g_clear_pointer (&plan->plan, backend->plan_free);
  return !g_error_matches (c->error, MN_ERROR, MN_ERROR_COMPILE);
}

static void
compile_job (gpointer data)
{
  Compile *c = data;
  MnPlanOptions options = *c->options;
  MnPlan *plan = c->plan;
  gboolean ok;

  if (!mn_model_hold (plan->model, &c->error))
    return;
  ok = compile_as (c, &options);
  /* It may be what tuning has chosen that the device computes wrongly. */
  if (!ok && options.tuning != MN_TUNING_OFF) {
    g_clear_error (&c->error);
    options.tuning = MN_TUNING_OFF;
    ok = compile_as (c, &options);
  }
  /* Or what the backend chose to compute in: it need not be enough for the
   * network, nor right in the device's driver. */
  if (!ok && c->options->precision == MN_PRECISION_AUTO
      && options.precision == MN_PRECISION_F16) {
    plan->remark = g_strdup_printf ("%s; it computes in float32",
        c->error->message);
    g_clear_error (&c->error);
    options.precision = MN_PRECISION_F32;
    compile_as (c, &options);
  }
  mn_model_release (plan->model);
}

gchar *
mn_model_explain_precision (MnModel *model, MnPrecision precision)
{
  const gchar *name = precision == MN_PRECISION_BF16 ? "bfloat16" : "float16";

  if ((precision != MN_PRECISION_BF16 && precision != MN_PRECISION_F16)
      || mn_graph_is_float (mn_model_get_graph (model)))
    return NULL;
  return g_strdup_printf ("%s: precision %s is ignored: it is for networks of "
                          "floats, and this one computes in integers",
      mn_model_get_info (model)->name, name);
}

MnPlan *
mn_plan_new (MnContext *context, MnModel *model, const MnPlanOptions *options,
    GError **error)
{
  const gchar *name = options->backend ? options->backend : "cpu";
  const MnBackend *backend = mn_context_get_backend (context, name);
  MnPlanOptions resolved = *options;
  g_autoptr (MnPlan) self = NULL;
  MnDeviceThread *thread;
  Compile c = {NULL, &resolved, NULL};
  MnJob job = {
    NULL,
  };

  if (!backend) {
    g_set_error (error, MN_ERROR, MN_ERROR_NO_BACKEND,
        "there is no backend \"%s\" in this build", name);
    return NULL;
  }
  if (!mn_context_start_device_thread (context, backend, error))
    return NULL;
  if (!mn_graph_is_float (mn_model_get_graph (model)))
    resolved.precision = MN_PRECISION_AUTO;
  self = g_new0 (MnPlan, 1);
  self->refcount = 1;
  self->context = mn_context_ref (context);
  self->model = mn_model_ref (model);
  self->backend = backend;
  self->profile = options->profile;
  c.plan = self;
  /* The job lies on this stack, so there is no leaving before it is done;
   * a caller that cannot wait calls from a job of its own (runner.c). */
  thread = mn_context_get_device_thread (context, backend);
  mn_device_thread_post (thread, &job, compile_job, &c);
  mn_device_thread_wait (thread, &job, MN_FOREVER);
  if (!self->plan) {
    g_propagate_error (error, c.error);
    return NULL;
  }
  return g_steal_pointer (&self);
}

/* All that makes two plans of the same model differ. */
static gchar *
options_key (MnModel *model, const MnPlanOptions *o)
{
  return g_strdup_printf ("%p|%s|%s|%d|%d|%u|%d|%d", (gpointer) model,
      o->backend ? o->backend : "cpu", o->device ? o->device : "", o->precision,
      o->tuning, o->threads, o->profile, o->automatic);
}

MnPlan *
mn_plan_get (MnContext *context, MnModel *model, const MnPlanOptions *options,
    GError **error)
{
  MnRegistry *registry = mn_context_get_plans (context);
  MnPlanOptions resolved = *options;
  g_autofree gchar *key = NULL;
  MnPlan *self, *shared;

  /* Once: the number may be another one a moment later. */
  resolved.threads = mn_pool_resolve_threads (options->threads);
  key = options_key (model, &resolved);
  self = mn_registry_find (registry, key);
  if (self)
    return self;
  self = mn_plan_new (context, model, &resolved, error);
  if (!self)
    return NULL;
  self->key = g_strdup (key);
  shared = mn_registry_add (registry, key, self);
  if (shared != self) {
    g_clear_pointer (&self->key, g_free);
    mn_plan_unref (self);
  }
  return shared;
}

MnPlan *
mn_plan_ref (MnPlan *self)
{
  g_atomic_int_inc (&self->refcount);
  return self;
}

static void
free_job (gpointer data)
{
  MnPlan *self = data;

  if (self->plan)
    self->backend->plan_free (self->plan);
  mn_model_unref (self->model);
  g_free (self->remark);
  g_free (self->key);
  g_free (self);
}

void
mn_plan_unref (MnPlan *self)
{
  MnContext *context;

  if (!self
      || !(self->key ? mn_registry_drop (mn_context_get_plans (self->context),
                           self->key, self)
                     : g_atomic_int_dec_and_test (&self->refcount)))
    return;
  context = self->context;
  mn_device_thread_post_detached (mn_context_get_device_thread (context,
                                      self->backend),
      free_job, self);
  mn_context_unref (context);
}

MnModel *
mn_plan_get_model (MnPlan *self)
{
  return self->model;
}

const gchar *
mn_plan_get_backend (MnPlan *self)
{
  return self->backend->name;
}

const gchar *
mn_plan_get_device (MnPlan *self)
{
  return self->backend->plan_device (self->plan);
}

gboolean
mn_plan_imports (MnPlan *self, MnMemory memory, guint64 modifier)
{
  return memory == MN_MEMORY_HOST
      || (self->backend->imports
          && self->backend->imports (self->plan, memory, modifier));
}
