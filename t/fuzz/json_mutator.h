/*
 * json_mutator.h - changes of a JSON text that leave it JSON, so that the rules behind the parser are
 * reached; half of the changes are libFuzzer's own on the bytes.
 *
 * Include it in a fuzzer whose input is JSON, after MUTATOR_NAMES: the members that its rules know.
 */
#ifndef JSON_MUTATOR_H
#define JSON_MUTATOR_H

#include <jansson.h>
#include "fuzz.h"

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t n, size_t max, unsigned seed);

static const char *const NAMES[] = {MUTATOR_NAMES};
static unsigned mutator_state;

static unsigned mutator_random(unsigned below)
{
	mutator_state = mutator_state * 1103515245u + 12345u;
	return (mutator_state >> 8) % below;
}

static json_t *mutator_value(void)
{
	switch (mutator_random(14)) {
	case 0:
		return json_null();
	case 1:
		return json_true();
	case 2:
		return json_integer(mutator_random(3) - 1);
	case 3:
		return json_integer(INT64_MAX);
	case 4:
		return json_integer(INT64_MIN);
	case 5:
		return json_real(1e308);
	case 6:
		return json_object();
	case 7:
		return json_array();
	case 8:
		return json_string("");
	case 9:
		return json_stringn("a\0b", 3);
	case 10:
		return json_string("\xe2\x80\xa8\n\x7f\"\\");
	case 11: {
		char *s = malloc(4000);
		json_t *v;

		memset(s, 'a', 4000);
		v = json_stringn(s, 1 + mutator_random(4000));
		free(s);
		return v;
	}
	case 12: {
		json_t *v = json_array();

		for (unsigned i = mutator_random(100); i > 0; i--)
			json_array_append_new(v, json_string("x"));
		return v;
	}
	default:
		return json_string("../../x");
	}
}

/* A text with one byte changed by libFuzzer, which knows what it was compared with. */
static json_t *mutator_text(const json_t *v)
{
	size_t n = json_string_length(v);
	uint8_t *s = malloc(n + 64);
	json_t *out;

	memcpy(s, json_string_value(v), n);
	n = LLVMFuzzerMutate(s, n, n + 64);
	out = json_stringn((char *)s, n);
	free(s);
	return out ? out : json_string("?"); /* it may be no UTF-8 any more */
}

static json_t *mutator_changed(const json_t *v)
{
	if (json_is_string(v) && mutator_random(3) > 0)
		return mutator_text(v);
	return mutator_random(3) ? mutator_value() : json_deep_copy(v);
}

/* Changes one value somewhere below v. */
static void mutator_change(json_t *v)
{
	size_t size = json_is_object(v) ? json_object_size(v) : json_array_size(v);
	size_t at = size ? mutator_random((unsigned)size) : 0;
	json_t *child;

	if (json_is_array(v)) {
		child = json_array_get(v, at);
		if (child && (json_is_object(child) || json_is_array(child)) && mutator_random(4))
			mutator_change(child);
		else if (!child || !mutator_random(4))
			json_array_append_new(v, child ? json_deep_copy(child) : mutator_value());
		else if (!mutator_random(4))
			json_array_remove(v, at);
		else
			json_array_set_new(v, at, mutator_changed(child));
		return;
	}
	void *it = json_object_iter(v);

	while (it && at-- > 0)
		it = json_object_iter_next(v, it);
	if (!it || !mutator_random(8)) {
		json_object_set_new(
			v, NAMES[mutator_random(sizeof(NAMES) / sizeof(*NAMES))], mutator_value());
		return;
	}
	child = json_object_iter_value(it);
	if ((json_is_object(child) || json_is_array(child)) && mutator_random(4)) {
		mutator_change(child);
	} else if (!mutator_random(6)) {
		char *key = strdup(json_object_iter_key(it));

		json_object_del(v, key);
		free(key);
	} else {
		json_object_iter_set_new(v, it, mutator_changed(child));
	}
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t n, size_t max, unsigned seed)
{
	json_t *v;
	size_t len;

	mutator_state = seed;
	v = mutator_random(2) ? json_loadb((char *)data, n, 0, NULL) : NULL;
	if (!v)
		return LLVMFuzzerMutate(data, n, max);
	for (unsigned i = 1 + mutator_random(3); i > 0; i--)
		mutator_change(v);
	len = json_dumpb(v, (char *)data, max, JSON_COMPACT);
	json_decref(v);
	return len > 0 && len <= max ? len : LLVMFuzzerMutate(data, n, max);
}

#endif
