/*
 * work.h - jobs and events of plugins, an item of the queue a call (sql/040-work.sql).
 *
 *	POST /-/work	of the pool "jobs", for the steward alone: computes schedules that have come, takes the
 *			next item and runs it. 200 {"more": true} = there was one.
 */
#ifndef WORK_H
#define WORK_H

#include "http/route.h"

extern const struct route_table work_routes;
/* Of the admin pool: jobs of an installation, pausing, running and trying again (work_routes.c). */
extern const struct route_table job_routes;

#endif
