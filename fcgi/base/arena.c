/*
 * arena.c - bump allocation in blocks; what is large gets a block of its own.
 */
#include "base/arena.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#define GAP 16 /* between allocations, so that the sanitizer sees who writes or reads past one */
#else
#define ASAN_POISON_MEMORY_REGION(at, n) ((void)(at), (void)(n))
#define ASAN_UNPOISON_MEMORY_REGION(at, n) ((void)(at), (void)(n))
#define GAP 0
#endif

#define BLOCK_SIZE 8192
#define LARGE (BLOCK_SIZE / 2)
#define ALIGN 16

struct block {
	struct block *next;
	size_t used, size;
	_Alignas(ALIGN) unsigned char data[];
};

struct cleanup {
	struct cleanup *next;
	void (*fn)(void *);
	void *arg;
};

struct note {
	struct note *next;
	const char *text, *note;
};

struct arena {
	struct block *first; /* survives arena_clear; the others are newer and come before it */
	struct block *head;
	struct block *large; /* one allocation each */
	struct cleanup *cleanups;
	struct note *notes; /* newest first */
};

static void out_of_memory(void)
{
	static const char text[] = "{\"level\":\"error\",\"msg\":\"out of memory\"}\n";

	if (write(STDERR_FILENO, text, sizeof(text) - 1) < 0)
		_exit(70);
	_exit(70);
}

static struct block *block_new(size_t size)
{
	struct block *b;

	if (size > SIZE_MAX / 2)
		out_of_memory();
	b = malloc(sizeof(*b) + size);
	if (b == NULL)
		out_of_memory();
	b->next = NULL;
	b->used = 0;
	b->size = size;
	ASAN_POISON_MEMORY_REGION(b->data, size);
	return b;
}

static void blocks_free(struct block *b, const struct block *end)
{
	while (b != end) {
		struct block *next = b->next;

		free(b);
		b = next;
	}
}

struct arena *arena_new(void)
{
	struct arena *p = calloc(1, sizeof(*p));

	if (p == NULL)
		out_of_memory();
	p->first = p->head = block_new(BLOCK_SIZE);
	return p;
}

void arena_clear(struct arena *p)
{
	/* A cleanup may register another one or allocate: read the list again each time. */
	while (p->cleanups != NULL) {
		struct cleanup *c = p->cleanups;

		p->cleanups = c->next;
		c->fn(c->arg);
	}
	p->notes = NULL;
	blocks_free(p->large, NULL);
	blocks_free(p->head, p->first);
	p->large = NULL;
	p->head = p->first;
	p->first->used = 0;
	ASAN_POISON_MEMORY_REGION(p->first->data, p->first->size);
}

void arena_free(struct arena *p)
{
	if (p == NULL)
		return;
	arena_clear(p);
	free(p->first);
	free(p);
}

void *arena_alloc(struct arena *p, size_t n)
{
	struct block *b = p->head;
	size_t asked = n;
	void *ret;

	if (n > SIZE_MAX / 4)
		out_of_memory();
	n = ((n + ALIGN - 1) & ~(size_t)(ALIGN - 1)) + GAP;
	if (n > LARGE) {
		b = block_new(n);
		b->next = p->large;
		p->large = b;
	} else if (n > b->size - b->used) {
		b = block_new(BLOCK_SIZE);
		b->next = p->head;
		p->head = b;
	}
	ret = b->data + b->used;
	b->used += n;
	ASAN_UNPOISON_MEMORY_REGION(ret, asked);
	return ret;
}

void *arena_zalloc(struct arena *p, size_t n)
{
	return memset(arena_alloc(p, n), 0, n);
}

char *arena_strndup(struct arena *p, const char *s, size_t n)
{
	char *ret;

	if (n > SIZE_MAX / 4)
		out_of_memory();
	ret = arena_alloc(p, n + 1);
	if (n > 0)
		memcpy(ret, s, n);
	ret[n] = '\0';
	return ret;
}

char *arena_strdup(struct arena *p, const char *s)
{
	return s == NULL ? NULL : arena_strndup(p, s, strlen(s));
}

char *arena_vprintf(struct arena *p, const char *fmt, va_list ap)
{
	char text[256]; /* enough for most */
	va_list ap2;
	char *ret;
	int n;

	va_copy(ap2, ap);
	n = vsnprintf(text, sizeof(text), fmt, ap2);
	va_end(ap2);
	if (n < 0)
		return arena_strndup(p, "", 0);
	if ((size_t)n < sizeof(text))
		return arena_strndup(p, text, (size_t)n);
	ret = arena_alloc(p, (size_t)n + 1);
	vsnprintf(ret, (size_t)n + 1, fmt, ap);
	return ret;
}

char *arena_printf(struct arena *p, const char *fmt, ...)
{
	va_list ap;
	char *ret;

	va_start(ap, fmt);
	ret = arena_vprintf(p, fmt, ap);
	va_end(ap);
	return ret;
}

void arena_cleanup(struct arena *p, void (*fn)(void *), void *arg)
{
	struct cleanup *c = arena_alloc(p, sizeof(*c));

	c->fn = fn;
	c->arg = arg;
	c->next = p->cleanups;
	p->cleanups = c;
}

void arena_note(struct arena *p, const char *text, const char *note)
{
	struct note *n = arena_alloc(p, sizeof(*n));

	*n = (struct note){p->notes, text, note};
	p->notes = n;
}

const char *arena_noted(const struct arena *p, const char *text)
{
	for (const struct note *n = p->notes; n != NULL; n = n->next)
		if (n->text == text)
			return n->note;
	return NULL;
}
