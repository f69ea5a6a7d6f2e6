/*
 * head.h - the allowed head of a plugin's reply: pure rules that the guest applies, so that a
 * handler gets the error where it makes the mistake, and that the host enforces.
 */
#ifndef HEAD_H
#define HEAD_H

#include <stdbool.h>

/* Why a header may not be sent; NULL = it may. */
const char *head_fault(const char *name, const char *value);
/* The fault in status, content type or file name (NULL = none) of a reply; NULL = it has none. */
const char *head_reply_fault(int status, const char *type, const char *file_name);
/* Is this type shown in place? Others, which might carry scripts, are saved by the browser. */
bool head_is_shown(const char *type);

#endif
