/* schema.h - what is made of the tables that packages are checked with: a page of documentation
 * (schema_html.c) and the types of @mortise/sdk (schema_types.c). */
#ifndef SCHEMA_H
#define SCHEMA_H

#include <stdio.h>

/* One file without scripts, readable on any screen, light and dark. */
void schema_html(FILE *f);
/* public/sdk/src/slots.ts */
void schema_types(FILE *f);

#endif
