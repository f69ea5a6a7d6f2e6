/*
 * hosts.h - a version's pool is open on every host before any request is sent there.
 *
 * The steward of each host opens the pools that the database wants, and polls only every few
 * seconds. So an operation notifies all stewards (sql/017-rights.sql) when the pool is wanted, and
 * before it switches waits until each of them has reported that the pool is open there.
 */
#ifndef HOSTS_H
#define HOSTS_H

#include "install/target.h"

/* A host that hasn't reported for ten seconds is down and is not waited for; a live one has this
 * long, which includes unpacking the package. */
#define HOSTS_WAIT_MS 15000

/* After the commit that makes the pool of t->pkg wanted. */
int hosts_want_pool(struct target *t);
/* Ends the transaction of an installation whose plugin starts now: its pool is wanted from then on. */
int hosts_start_pool(struct target *t);
/* MT_EBUSY when a host has not opened it in time. */
int hosts_wait(struct target *t);
/* Where a host that can't do it must not keep others from it: its name is in the log. */
int hosts_try_wait(struct target *t);

#endif
