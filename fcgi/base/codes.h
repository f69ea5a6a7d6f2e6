/*
 * codes.h - codes that the world agreed upon: countries, currencies.
 */
#ifndef CODES_H
#define CODES_H

#include <stdbool.h>

/* ISO 3166-1 alpha-2: "DE" */
bool code_is_country(const char *s);
/* ISO 4217, of money that is in use: "EUR" */
bool code_is_currency(const char *s);

#endif
