/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What somebody does to a pipeline while it runs: act of a Row. Each plays it
 * to its end. */

#ifndef TABLE_ACTS_H
#define TABLE_ACTS_H

#include "tests/pipelines/table/run.h"

G_BEGIN_DECLS

/* `in` gets a frame, and the next one once that has come out: 4 so, then 8
 * at once. */
void act_lockstep (Run *run);
/* The same, all with PTS 0. */
void act_same_pts (Run *run);
/* The same, through the file descriptor of an fdsrc `fd`; RGB, 64x64. */
void act_pipe (Run *run);
/* A mobilenetoverlay and a picture on a tee `t`, once 10 frames are out. */
void act_late_overlay (Run *run);
/* A picture on a tee `t` behind the overlay. */
void act_late_picture (Run *run);
/* Property schedule of `m` is changed every 10 frames. */
void act_schedules (Run *run);
/* From its second second to its fourth, at a rate of 1, 2 and -1. */
void act_seek (Run *run);
void act_seek_fast (Run *run);
void act_seek_backwards (Run *run);
/* Paused for a moment; stopped and started again; ended from outside. */
void act_pause (Run *run);
void act_restart (Run *run);
void act_end (Run *run);
/* `m` says that it has one thread. */
void act_one_thread (Run *run);

G_END_DECLS

#endif /* TABLE_ACTS_H */
