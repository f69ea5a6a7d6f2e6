/* schema.h - the page of documentation about manifest.json (schema_html.c). */
#ifndef SCHEMA_H
#define SCHEMA_H

#include <stdio.h>

/* One file without scripts, readable on any screen, light and dark. */
void schema_html(FILE *f);

#endif
