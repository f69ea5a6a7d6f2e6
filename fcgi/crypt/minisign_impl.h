/* minisign_impl.h - what minisign.c and minisign_make.c share: lines of minisign's files. */
#ifndef MINISIGN_IMPL_H
#define MINISIGN_IMPL_H

#include <stdbool.h>
#include <stddef.h>

#define MINISIGN_UNTRUSTED "untrusted comment: "
#define MINISIGN_TRUSTED "trusted comment: "

struct minisign_text {
	const char *at, *end;
};

bool minisign_comment(struct minisign_text *t, const char *name, const char **ret, size_t *ret_len);
bool minisign_base64(struct minisign_text *t, void *ret, size_t n);
bool minisign_at_end(const struct minisign_text *t);

#endif
