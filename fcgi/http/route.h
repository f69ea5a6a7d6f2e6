/*
 * route.h - handlers are data: method, path, permission and fields are in a const table and are
 * checked before `run`, so that a handler holds business logic only.
 *
 * Paths: "/api/tickets/:id/comments". A parameter is one segment. An unknown path is 404, a known
 * path with another method 405 with Allow. Unknown body fields, wrong types and missing fields are
 * collected into one 422.
 */
#ifndef ROUTE_H
#define ROUTE_H

#include "http/req.h"

/* A field or route declares what is special about it; the rest is zero. */
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

enum field_type {
	FIELD_END,
	FIELD_STRING, /* min..max = length in characters (code points) */
	FIELD_TEXT,   /* as STRING, line breaks allowed */
	FIELD_INT,    /* min..max = value */
	FIELD_BOOL,
	FIELD_UUID,
	FIELD_EMAIL,
	FIELD_ENUM, /* `one_of` = "low|normal|high" */
	FIELD_OBJECT,
	FIELD_ARRAY,   /* min..max = entries; with `one_of` words out of it, or FIELD_TEXTS */
	FIELD_DECIMAL, /* a number; min..max = value */
	FIELD_TIME,    /* a moment: RFC 3339 with its zone */
	FIELD_DATE,
	FIELD_COLUMNS, /* of a resource's own route: what a new row may be given (resource/) */
};

#define FIELD_TEXTS "" /* `one_of` of an array: any texts */

#define FIELD_REQUIRED 1u
#define FIELD_NULLABLE 2u /* null is a value: "take it away" */

struct field {
	const char *name;
	enum field_type type;
	unsigned flags;
	long min, max;
	const char *one_of;
	const struct field
		*of; /* the members of an object; of what is answered also of an array's entries */
	const struct field *entry; /* of what is given: what each entry of an array is */
};

#define ROUTE_PUBLIC 1u	    /* no sign-in needed */
#define ROUTE_RAW_BODY 2u   /* the handler reads the body itself */
#define ROUTE_ANY_ORIGIN 4u /* no Origin check (routes of bearer tokens alone) */
#define ROUTE_PREFIX 8u	    /* path is a prefix: "/api/plugins/:key/" and all below; all methods */
#define ROUTE_FOREIGN 16u   /* a plugin answers it: never to a page, frame, script or worker */
#define ROUTE_ASSET 32u	    /* a file of a plugin's interface: scripts and styles, but no page */
#define ROUTE_SYSTEM 64u    /* sessions of the system administration may call it as well */
#define ROUTE_CONFIRM 128u  /* gives rights away: requires a recently entered password */
/* With it: gives somebody's account away, so a page needs the password for it, not for something before. */
#define ROUTE_CONFIRM_NOW 256u
#define ROUTE_ENROL 512u /* also for who has to set up two-step sign-in before anything else */

struct route {
	const char *method; /* "GET", ...; "*" with ROUTE_PREFIX */
	const char *path;
	const char *permission;	    /* "tickets:read"; NULL = any signed-in user */
	const struct field *fields; /* NULL = no body read; ends with FIELD_END */
	unsigned flags;
	size_t body_max; /* bytes; 0 = 1 MiB */
	int (*run)(struct req *);
	/* Parameters of the query; others are ignored. NULL = none, or the handler checks them. */
	const struct field *query;
	/* JSON of its reply, for the description: NULL = a resource's, or of another type. */
	const struct field *answer;
	const char *type; /* of a reply that isn't JSON: "text/markdown", or any */
	/* Where `permission` is NULL: the scope that an API token needs for it; SCOPE_NONE = any token may
	 * call it, NULL = none, as a person does it at the screen. */
	const char *scope;
};

#define SCOPE_NONE ""
#define SCOPE_PLUGINS "plugins:call"
#define SCOPE_NOTIFICATIONS "notifications:read"

/* An API resource exports one of these; ends with .path = NULL. */
struct route_table {
	const char *name;
	const struct route *routes;
};

/* The answer of a route that has none: 204. */
extern const struct field answer_none[];
/* Members of an answer: one that is always there, that may be null, that is an object or a list of them. */
#define ANSWER(name, type)                                                                         \
	{                                                                                          \
		name, FIELD_##type, FIELD_REQUIRED                                                 \
	}
#define ANSWER_NULL(name, type)                                                                    \
	{                                                                                          \
		name, FIELD_##type, FIELD_REQUIRED | FIELD_NULLABLE                                \
	}
#define ANSWER_OF(name, type, fields)                                                              \
	{                                                                                          \
		name, FIELD_##type, FIELD_REQUIRED, .of = (fields)                                 \
	}
#define ANSWER_END                                                                                 \
	{                                                                                          \
		.type = FIELD_END                                                                  \
	}
#define ANSWER_ITEMS(fields) ((const struct field[]){ANSWER_OF("items", ARRAY, fields), ANSWER_END})

/* Finds the route of method and path. */
struct route_match {
	const struct route *route;
	int n_params;
	struct req_param param[REQ_PARAMS_MAX];
	const char *allow; /* with MT_EMETHOD: the methods that this path has */
};

/* MT_ENOENT or MT_EMETHOD. */
int route_find(struct op *op, const struct route_table *const *tables, const char *method,
	const char *path, struct route_match *ret);
/* Finds the request's route: fills r->route and its parameters, and sets Allow. path: r->path, or
 * the path that an address of another kind stands for. */
int route_take(struct req *r, const struct route_table *const *tables, const char *path);
/* Content-Type, size, JSON, fields. */
int route_check_body(struct req *r);
/* The parameters of the query against the route's; one that is empty counts as not given. */
int route_check_query(struct req *r);

/* Checks the fields of an object in a body, whose JSON pointer is `at` ("" = the body itself), and
 * adds every fault. */
int fields_check(struct err *e, const char *at, const struct field *fields, const json_t *o);

#endif
