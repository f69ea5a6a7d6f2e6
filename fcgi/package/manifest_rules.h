/*
 * manifest_rules.h - the closed schema of manifest.json as data. The checks (manifest.c), the JSON
 * Schema (manifest_schema.c) and the page of documentation (cli/schema_html.c) all read it.
 */
#ifndef MANIFEST_RULES_H
#define MANIFEST_RULES_H

#include <stdbool.h>

#define RULE_REQUIRED 1u
#define RULE_LINES 2u  /* text may have line breaks and tabs */
#define RULE_PACKED 4u /* `mortise plugin pack` writes it */

enum rule_kind {
	RULE_END,
	RULE_STRING,
	RULE_INT,
	RULE_NUMBER,
	RULE_BOOL,
	RULE_STRINGS, /* each there once */
	RULE_OBJECT,
	RULE_OBJECTS,
	RULE_HASHES, /* path -> SHA-256 */
	RULE_ANY_OBJECT,
	RULE_ANY, /* checked by other rules: manifest_setting.c */
};

/* Rules for a text. */
struct value_kind {
	const char *name;
	bool (*valid)(const char *value);
	const char *want;	   /* what would be right */
	const char *pattern;	   /* the same as ECMA 262, for the JSON Schema; NULL with one_of */
	const char *const *one_of; /* closed list, NULL-terminated */
	const char *const *without; /* words that the pattern would allow */
};

struct rule {
	const char *name;
	enum rule_kind kind;
	unsigned flags;
	long min, max; /* characters, value, or entries; both 0 = any */
	const struct value_kind *value;
	const struct rule *sub;
	const char *unique; /* of OBJECTS: the member that is each one's own */
	const char *doc;
	const char *example; /* JSON; NULL = none */
};

extern const struct rule manifest_rules[];
/* The answer of a report's endpoint; anything else in it is accepted and not shown. */
extern const struct rule manifest_report_rules[];
#define RULE_ENTRY_MAX 120 /* characters of an entry of STRINGS */

#endif
