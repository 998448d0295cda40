/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the runner's files share: runner.c brings frames to the device or to
 * the CPU, runner_device.c knows how it stands with the device, runner_cpu.c
 * with the CPU, runner_lanes.c with its threads that compute frames side by
 * side. Lanes touch nothing but their own work and sessions; all the rest
 * belongs to the one thread that calls the runner. */

#ifndef MN_RUNNER_PRIVATE_H
#define MN_RUNNER_PRIVATE_H

#include "engine/mn_worker.h"
#include "engine/run/runner_start.h"

G_BEGIN_DECLS

typedef enum
{
  MN_DEVICE_NONE, /* none wanted, or none there */
  MN_DEVICE_IDLE, /* to be started after the first result, with
                   * the second frame */
  MN_DEVICE_STARTING,
  MN_DEVICE_READY,
  MN_DEVICE_RESTING,
  MN_DEVICE_DEAD
} MnDeviceState;

typedef enum
{
  MN_FLIGHT_FREE,
  MN_FLIGHT_ON_DEVICE,
  MN_FLIGHT_ON_LANE,
  MN_FLIGHT_LEFT, /* the device failed: the CPU is to do it */
  MN_FLIGHT_DONE
} MnFlightState;

typedef struct
{
  MnWork work; /* first: the work of a lane is its flight */
  MnFlightState state;
  MnTicket ticket; /* ours; 0: free */
  guint n;
  MnFrame *frames[MN_MAX_BATCH];   /* NULL once nobody reads them any more */
  MnTicket inner;                  /* on the device */
  gint64 deadline;                 /* the device's for this frame */
  MnInput input;                   /* for a lane */
  guint serial;                    /* of the input; 0: none was set */
  MnResult *results[MN_MAX_BATCH]; /* once it is done; NULL: error says why */
  GError *error;
} MnFlight;

/* One session of one thread; its thread's, while there is one. */
typedef struct
{
  MnSession *session;
  guint serial; /* of the input that it knows; 0: none */
} MnLane;

struct _MnRunner
{
  MnContext *context;
  MnModel *model;
  MnRunnerOptions options;
  gchar *device_backend, *device_name;
  MnPlan *cpu_plan; /* NULL, as is cpu: not needed just now */
  MnSession *cpu;
  guint cpu_serial;                   /* as for a lane */
  const gchar *cpu_name, *cpu_device; /* interned */
  MnWorker *worker;                  /* of the lanes; NULL: not needed so far */
  MnLane lanes[MN_RUNNER_MAX_LANES]; /* all on cpu_plan */
  guint n_lanes;
  gboolean told_of_lanes; /* that there can be none */
  guint depth;
  guint served;           /* frames in a row by the device */
  MnDeviceThread *thread; /* of the device, once it was started */
  MnPlan *device_plan;
  MnSession *device;
  MnDeviceState state;
  MnRunnerStart *start; /* while STARTING */
  gint64 start_deadline;
  MnRace race;       /* the device against the CPU */
  gboolean answered; /* a first result is out */
  guint failures;    /* in a row */
  gint64 retry_at;
  gboolean cannot_import; /* this plan's device could not once */
  guint serial;           /* of input; 0: none was set */
  gboolean input_stale;   /* the device has not heard of it yet */
  MnInput input;
  MnFlight flights[MN_RUNNER_MAX_IN_FLIGHT];
  MnTicket last_ticket;
  GMutex lock;                 /* of what follows */
  GQueue warnings;             /* GError * */
  const gchar *active_backend; /* interned */
  const gchar *active_device;
  MnPlan *importer;    /* not owned: what computes now and may be given
                        * frames in other memory; NULL: nothing */
  const gchar *status; /* of the device; interned */
  GMutex done_lock;    /* of what follows; held while done is called */
  void (*done) (gpointer data);
  gpointer done_data;
  GDestroyNotify done_destroy;
};

/* How many flights are in that state. */
guint mn_runner_count (MnRunner *runner, MnFlightState state);
/* Frames as they have to be for the CPU. */
gboolean mn_flight_prepare (MnFlight *flight, GError **error);
/* Nobody reads the frames any more. */
void mn_flight_drop_frames (MnFlight *flight);
/* A warning to be fetched. Takes it. */
void mn_runner_push_warning (MnRunner *runner, GError *warning);
/* What computes from here on; interned here. */
void mn_runner_set_active (MnRunner *runner, const gchar *backend,
    const gchar *device);

/* runner_cpu.c */

/* Makes plan and session, where there are none, and tells them of the input.
 * FALSE: there is no CPU to fall back on. */
gboolean mn_runner_cpu_start (MnRunner *runner, GError **error);
void mn_runner_cpu_stop (MnRunner *runner);
/* As mn_session_set_input, for now or for later; serial: the input's. */
gboolean mn_runner_cpu_set_input (MnRunner *runner, const MnInput *input,
    guint serial, GError **error);
/* Computes a flight's frames with all threads, here and now. */
gboolean
mn_runner_cpu_compute (MnRunner *runner, MnFlight *flight, GError **error);
/* The device has computed a frame. Once it has for a while, the CPU's copy of
 * the model goes; the next failure brings it back. */
void mn_runner_cpu_rest (MnRunner *runner);
/* The CPU is what computes from here on. */
void mn_runner_cpu_take_over (MnRunner *runner);

/* runner_lanes.c */

/* How many there can be; 1: none. */
guint mn_runner_lanes_count (MnRunner *runner);
/* Makes their sessions; there is a CPU plan. */
gboolean mn_runner_lanes_make (MnRunner *runner, GError **error);
/* Gives a flight to them. FALSE: there are none, which was said. */
gboolean mn_runner_lanes_push (MnRunner *runner, MnFlight *flight);
/* Joins the threads and frees the sessions. Nothing is on them. */
void mn_runner_lanes_stop (MnRunner *runner);

/* runner_device.c */

/* Starts the device, or arranges for a start after the first result. FALSE:
 * it is needed, and cannot be had. */
gboolean mn_runner_device_start (MnRunner *runner, GError **error);
/* Looks whether a start is over. */
void mn_runner_device_poll (MnRunner *runner);
/* TRUE: it is time to start the device, or to try it again. */
gboolean mn_runner_device_is_due (MnRunner *runner);
/* Does so; flight: the next one, with frames that are prepared. */
void mn_runner_device_begin (MnRunner *runner, const MnFlight *flight);
/* Tells a device that is READY of an input that it has not heard of. */
void mn_runner_device_apply_input (MnRunner *runner);
/* Puts the device aside and says so. Takes cause. */
void mn_runner_device_failed (MnRunner *runner, GError *cause);
/* The same for one that could not read a frame where it lies: it goes on, with
 * frames in host memory. */
void mn_runner_device_cannot_import (MnRunner *runner, GError *cause);
/* The same for a device that has not answered by the deadline, to a call made
 * at since: it is not waited for again. */
void mn_runner_device_late (MnRunner *runner, gint64 since);
/* Ends whatever goes on with the device, and waits for that a while. */
void mn_runner_device_stop (MnRunner *runner);

G_END_DECLS

#endif /* MN_RUNNER_PRIVATE_H */
