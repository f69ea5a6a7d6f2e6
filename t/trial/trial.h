#ifndef TRIAL_H
#define TRIAL_H

#include "resource/resource.h"

extern const struct resource user_resource; /* api/users.c */
extern const struct resource van_resource, trip_resource, van_kind_resource;

#endif
