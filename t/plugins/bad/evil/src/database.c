/* Rows of others, roles, files and programs of the server. */
#include "evil.h"

/* Statements that must be refused. */
static const char *const REFUSED[] = {
	"SET ROLE mortise_owner",
	"SET ROLE mortise_admin",
	"SET SESSION AUTHORIZATION mortise_owner",
	"ALTER ROLE p_evil SUPERUSER",
	"ALTER ROLE p_evil BYPASSRLS",
	"GRANT mortise_owner TO p_evil",
	"CREATE ROLE evil2",
	"SELECT rolpassword FROM pg_authid",
	"SELECT * FROM mortise.secret",
	"SELECT password_hash FROM mortise.logins",
	"SELECT * FROM mortise.sessions",
	"SELECT email FROM mortise.users",
	"SELECT words FROM mortise.tickets",
	"UPDATE mortise.tickets SET state = state",
	"DELETE FROM mortise.tickets",
	"INSERT INTO mortise.events (tenant_id, channel, seq, type, payload) VALUES (1, 't.1', 1, 'x', '{}')",
	"SELECT mortise.emit('all', 'x', '{}')",
	"SELECT mortise.notify('company', '', '{\"title\":\"x\",\"message\":\"x\"}')",
	"SELECT mortise.tenant_create('evil', 'evil')",
	"SELECT pg_read_file('/etc/passwd')",
	"SELECT pg_ls_dir('.')",
	"SELECT lo_import('/etc/passwd')",
	"COPY (SELECT 1) TO '/tmp/mortise-evil'",
	"COPY (SELECT 1) TO PROGRAM 'true'",
	"SELECT pg_terminate_backend(1)",
	"SELECT pg_reload_conf()",
	"CREATE TABLE x_evil.more (tenant_id int)",
	"CREATE TEMP TABLE more (a int)",
	"CREATE FUNCTION x_evil.f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
	"ALTER TABLE x_evil.things DISABLE ROW LEVEL SECURITY",
	"ALTER TABLE x_evil.things NO FORCE ROW LEVEL SECURITY",
	"DROP POLICY tenant ON x_evil.things",
	"TRUNCATE x_evil.things",
	"LOCK TABLE mortise.tickets",
	"DO $$ BEGIN END $$",
	"INSERT INTO x_evil.things (tenant_id, id, name) VALUES (999, gen_random_uuid(), 'x')",
	"UPDATE x_evil.things SET tenant_id = 999",
	"SELECT set_config('mortise.tenant', '2', true)",
	"SELECT set_config('mortise.user_id', '', true)",
	"SELECT set_config('statement_timeout', '0', false)",
};

/* Statements that may run but must find nothing: other tenants' rows. */
static const char *const EMPTY[] = {
	"SELECT 1 FROM mortise.tickets WHERE tenant_id <> mortise.tenant()",
	"SELECT 1 FROM mortise.users WHERE tenant_id <> mortise.tenant()",
	"SELECT 1 FROM x_evil.things WHERE tenant_id <> mortise.tenant()",
	"SELECT 1 FROM pg_stats WHERE schemaname = 'mortise'",
	"SELECT 1 FROM pg_stat_activity WHERE usename <> current_user AND query <> '<insufficient privilege>'",
};

static void refused(struct mt_req *req, json_t *list)
{
	for (size_t i = 0; i < sizeof(REFUSED) / sizeof(REFUSED[0]); i++)
		worked(list, mt_query(req, REFUSED[i], MT_NOARGS, NULL) == 0, REFUSED[i]);
}

static void empty(struct mt_req *req, json_t *list)
{
	struct mt_rows rows;

	for (size_t i = 0; i < sizeof(EMPTY) / sizeof(EMPTY[0]); i++)
		worked(list, mt_query(req, EMPTY[i], MT_NOARGS, &rows) == 0 && rows.n > 0,
			EMPTY[i]);
}

void try_database(struct mt_req *req, json_t *list)
{
	refused(req, list);
	empty(req, list);
}
