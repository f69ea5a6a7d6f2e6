/*
 * banned.h - functions that are too easy to get wrong; using one is a compile error.
 * Included on the command line for every core file.
 */
#ifndef BANNED_H
#define BANNED_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#undef alloca /* a macro of glibc: what is poisoned may not be one */
#pragma GCC poison strcpy strcat strncpy strncat sprintf vsprintf gets strtok atoi atol atoll
#pragma GCC poison alloca system popen mktemp tmpnam

#endif
