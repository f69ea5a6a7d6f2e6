/*
 * files.c - the plugin's files in the request's company, through functions of sql/045-files.sql, which
 * know it by its role. Their bytes are out of a host's reach: people add and fetch them (api/plugin_files.c).
 */
#include "host/call.h"

#include "base/id.h"
#include "host/files.sql.h"

int files_list(struct call *c, const struct message_service *m, struct service_answer *ret)
{
	const char *after = m->args[0];

	if (after && *after && !id_is_uuid(after))
		return op_fail(&c->r->op, MT_EINVAL, "Give the id of a file as after");
	return query_own(
		c, HOST_FILE_LIST.sql, DB_ARGS(after && *after ? after : NULL), &ret->rows);
}

int files_delete(struct call *c, const struct message_service *m, struct service_answer *ret)
{
	struct rows rows;
	int rc;

	(void)ret;
	if (!m->args[0] || !id_is_uuid(m->args[0]))
		return op_fail(&c->r->op, MT_ENOENT, "There is no such file");
	if ((rc = query_own(c, HOST_FILE_DELETE.sql, DB_ARGS(m->args[0]), &rows)) < 0)
		return rc;
	return row_bool(&rows, 0, 0) ? 0 : op_fail(&c->r->op, MT_ENOENT, "There is no such file");
}
