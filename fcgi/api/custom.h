/*
 * custom.h - fields that a company added to a resource: a column `custom` of type OBJECT, {key: value}.
 */
#ifndef CUSTOM_H
#define CUSTOM_H

#include "resource/resource.h"

/* A resource's check(): what is given must be values of fields of the company. They join what the
 * row has, null or an empty text takes one away. A new row has those that are required. */
int custom_check(struct change *c, const char *resource);

/* A resource's member(): a field of the company, by its key. */
int custom_member(struct op *op, const char *resource, const char *key, struct column *ret);

#endif
