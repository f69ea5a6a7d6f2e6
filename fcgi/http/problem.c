/* problem.c - see problem.h. */
#include "http/problem.h"

#include <stddef.h>
#include "base/message.h"
#include "mt_err.h"

static const struct problem problems[] = {
	{MT_EINTERNAL, 500, "internal-error", N_("Internal error")}, /* and what has no line */
	{MT_EINVAL, 400, "bad-request", N_("Bad request")},
	{MT_EFIELDS, 422, "invalid-fields", N_("Invalid fields")},
	{MT_EAUTH, 401, "not-signed-in", N_("Not signed in")},
	{MT_EPERM, 403, "not-allowed", N_("Not allowed")},
	{MT_ENOENT, 404, "not-found", N_("Not found")},
	{MT_EMETHOD, 405, "method-not-allowed", N_("Method not allowed")},
	{MT_ECONFLICT, 409, "conflict", N_("Conflict")},
	{MT_ETOOBIG, 413, "too-large", N_("Too large")},
	{MT_EMEDIA, 415, "unsupported-media-type", N_("Unsupported media type")},
	{MT_ERATE, 429, "too-many-requests", N_("Too many requests")},
	{MT_EUPSTREAM, 502, "bad-gateway", N_("Bad gateway")},
	{MT_EBUSY, 503, "unavailable", N_("Unavailable")},
	{MT_ETIMEOUT, 504, "timeout", N_("Time-out")},
	{MT_EFULL, 507, "no-room", N_("No room left")},
};
#define N_PROBLEMS (sizeof(problems) / sizeof(problems[0]))

const struct problem *problem_of(int code)
{
	for (size_t i = 0; i < N_PROBLEMS; i++)
		if (problems[i].code == code)
			return &problems[i];
	return &problems[0];
}

int problem_code(int status)
{
	for (size_t i = 0; i < N_PROBLEMS; i++)
		if (problems[i].status == status)
			return problems[i].code;
	return MT_EINTERNAL;
}
