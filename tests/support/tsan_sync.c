/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* For builds with ThreadSanitizer, which sees nothing of what GLib and
 * GStreamer do to keep threads apart: they are not built with it, and GLib's
 * locks are made of instructions and futexes. Here each of these functions
 * tells it what the original promises, and then calls that. Linked into a
 * program, they come before the libraries' own. */

#include <dlfcn.h>
#include <gst/check/gstharness.h>
#include <sched.h>

extern void __tsan_acquire (void *address);
extern void __tsan_release (void *address);

/* The libraries' headers have some of them as macros. */
#undef g_object_ref
#undef g_mutex_lock
#undef g_mutex_trylock
#undef g_mutex_unlock

#define ORIGINAL(name) \
  static __typeof__ (name) *original; \
  __typeof__ (name) *call = __atomic_load_n (&original, __ATOMIC_RELAXED); \
\
  if (!call) { \
    call = (__typeof__ (name) *) dlsym (RTLD_NEXT, #name); \
    __atomic_store_n (&original, call, __ATOMIC_RELAXED); \
  }

#define EXPORTED __attribute__ ((visibility ("default")))

/* What takes something that another thread gave up. */
#define TAKES(name, type) \
  EXPORTED void name (type *it) \
  { \
    ORIGINAL (name) \
    call (it); \
    __tsan_acquire (it); \
  }

#define TRIES(name, type) \
  EXPORTED gboolean name (type *it) \
  { \
    ORIGINAL (name) \
    if (!call (it)) \
      return FALSE; \
    __tsan_acquire (it); \
    return TRUE; \
  }

#define GIVES(name, type) \
  EXPORTED void name (type *it) \
  { \
    ORIGINAL (name) \
    __tsan_release (it); \
    call (it); \
  }

/* What nobody else must see of this file. */
#define UNSEEN __attribute__ ((no_sanitize ("thread")))
#define N_GATES 64

static gint gates[N_GATES];                    /* atomic: 1 is closed */
static _Thread_local GDestroyNotify clear_box; /* of a counted box */

static gint *
gate_of (gconstpointer it)
{
  return &gates[(gsize) it / 64 % N_GATES];
}

UNSEEN static void
close_gate (gconstpointer it)
{
  while (__atomic_exchange_n (gate_of (it), 1, __ATOMIC_ACQUIRE))
    sched_yield ();
}

UNSEEN static void
open_gate (gconstpointer it)
{
  __atomic_store_n (gate_of (it), 0, __ATOMIC_RELEASE);
}

/* The last one to let go sees what the others did: who is not the last lets
 * go behind the gate, so that who finds a count of one is. */
#define LETS_GO(name, type, count) \
  UNSEEN static gboolean name##_is_shared (type *it) \
  { \
    return __atomic_load_n (count, __ATOMIC_ACQUIRE) > 1; \
  } \
  EXPORTED void name (type *it) \
  { \
    gboolean shared; \
\
    ORIGINAL (name) \
    __tsan_release (it); \
    close_gate (it); \
    shared = name##_is_shared (it); \
    if (shared) \
      call (it); \
    open_gate (it); \
    if (shared) \
      return; \
    __tsan_acquire (it); \
    call (it); \
  }

/* ---- locks ------------------------------------------------------------ */

TAKES (g_mutex_lock, GMutex)
TRIES (g_mutex_trylock, GMutex)
GIVES (g_mutex_unlock, GMutex)
TAKES (g_rec_mutex_lock, GRecMutex)
TRIES (g_rec_mutex_trylock, GRecMutex)
GIVES (g_rec_mutex_unlock, GRecMutex)
TAKES (g_rw_lock_writer_lock, GRWLock)
GIVES (g_rw_lock_writer_unlock, GRWLock)
TAKES (g_rw_lock_reader_lock, GRWLock)
GIVES (g_rw_lock_reader_unlock, GRWLock)
EXPORTED void
g_cond_wait (GCond *cond, GMutex *mutex)
{
  ORIGINAL (g_cond_wait)
  __tsan_release (mutex);
  call (cond, mutex);
  __tsan_acquire (mutex);
}

EXPORTED gboolean
g_cond_wait_until (GCond *cond, GMutex *mutex, gint64 end)
{
  gboolean signalled;

  ORIGINAL (g_cond_wait_until)
  __tsan_release (mutex);
  signalled = call (cond, mutex, end);
  __tsan_acquire (mutex);
  return signalled;
}

/* ---- references --------------------------------------------------------- */

LETS_GO (g_object_unref, void, &((GObject *) it)->ref_count)
LETS_GO (gst_mini_object_unref, GstMiniObject, &it->refcount)
/* Whose count is in no header: by now it is zero. */
static void
clear_last (gpointer box)
{
  GDestroyNotify clear = clear_box;

  __tsan_acquire (box);
  clear (box);
}

EXPORTED void
g_atomic_rc_box_release_full (gpointer box, GDestroyNotify clear)
{
  GDestroyNotify outer = clear_box;

  ORIGINAL (g_atomic_rc_box_release_full)
  clear_box = clear;
  __tsan_release (box);
  call (box, clear_last);
  clear_box = outer;
}

/* Whoever may write has seen that all others let go. */
EXPORTED gboolean
gst_mini_object_is_writable (const GstMiniObject *object)
{
  gboolean writable;

  ORIGINAL (gst_mini_object_is_writable)
  writable = call (object);
  __tsan_acquire ((void *) object);
  return writable;
}

EXPORTED GstMiniObject *
gst_mini_object_make_writable (GstMiniObject *object)
{
  ORIGINAL (gst_mini_object_make_writable)
  __tsan_release (object);
  object = call (object);
  __tsan_acquire (object);
  return object;
}

/* ---- buffers ------------------------------------------------------------ */

/* What is pushed may come out of a harness on another thread. */
EXPORTED GstFlowReturn
gst_pad_push (GstPad *pad, GstBuffer *buffer)
{
  ORIGINAL (gst_pad_push)
  __tsan_release (buffer);
  return call (pad, buffer);
}

#define PULLS(name) \
  EXPORTED GstBuffer *name (GstHarness *harness) \
  { \
    GstBuffer *buffer; \
\
    ORIGINAL (name) \
    buffer = call (harness); \
    __tsan_acquire (buffer); \
    return buffer; \
  }

PULLS (gst_harness_pull)
PULLS (gst_harness_try_pull)
/* ---- messages ----------------------------------------------------------- */

EXPORTED gboolean
gst_bus_post (GstBus *bus, GstMessage *message)
{
  ORIGINAL (gst_bus_post)
  __tsan_release (message);
  __tsan_release (bus);
  return call (bus, message);
}

EXPORTED GstMessage *
gst_bus_timed_pop_filtered (GstBus *bus, GstClockTime timeout,
    GstMessageType types)
{
  GstMessage *message;

  ORIGINAL (gst_bus_timed_pop_filtered)
  message = call (bus, timeout, types);
  __tsan_acquire (bus);
  return message;
}
