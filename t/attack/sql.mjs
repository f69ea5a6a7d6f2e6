// Statements that a hostile plugin tries, each with what must become of it. Plain data: for a guest that
// sends them as its own (the host refuses by the first word, PostgreSQL by rights), and for p_<key> with a
// session of its own. {name} stands for the plugin's key with _, {other} for another tenant's number.

/** First words that never leave our process: [row, statement]. */
export const UNSAYABLE = [
  ["A3", "SET statement_timeout = 0"],
  ["A3", "SET LOCAL statement_timeout = 0"],
  ["A3", "SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE"],
  ["A3", "set client_connection_check_interval = 0"],
  ["A11", "SET mortise.tenant = {other}"],
  ["A11", "SET LOCAL mortise.tenant = {other}"],
  ["A11", "/* SELECT */ SET LOCAL mortise.tenant = {other}"],
  ["A11", "-- SELECT\nSET LOCAL mortise.tenant = {other}"],
  ["A11", "-- SELECT\rSET LOCAL mortise.tenant = {other}"],
  ["A11", "/* /* SELECT */ SELECT */ SET LOCAL mortise.tenant = {other}"],
  ["A11", "\ufeffSET LOCAL mortise.tenant = {other}"],
  ["A11", "(SET LOCAL mortise.tenant = {other})"],
  ["A11", "RESET ALL"],
  ["A11", "RESET mortise.tenant"],
  ["A11", "DISCARD ALL"],
  ["A12", "ALTER ROLE p_{name} SET default_transaction_read_only = on"],
  ["A12", "ALTER ROLE p_{name} PASSWORD 'mine'"],
  ["A12", "ALTER USER p_{name} VALID UNTIL '2000-01-01'"],
  ["A15", "VACUUM"],
  ["A15", "ANALYZE mortise.tickets"],
  ["A15", "EXPLAIN ANALYZE SELECT * FROM mortise.tickets"],
  ["A4", "LOCK TABLE x_{name}.things IN ACCESS EXCLUSIVE MODE"],
  ["A5", "TRUNCATE x_{name}.things"],
  ["queue", "NOTIFY a, 'b'"],
  ["queue", "LISTEN a"],
  ["queue", "UNLISTEN *"],
  ["session", "BEGIN"], ["session", "START TRANSACTION"], ["session", "COMMIT"], ["session", "END"], ["session", "ROLLBACK"], ["session", "ABORT"],
  ["session", "COMMIT AND CHAIN"], ["session", "SAVEPOINT a"], ["session", "RELEASE a"], ["session", "PREPARE TRANSACTION 'a'"],
  ["session", "PREPARE a AS SELECT 1"], ["session", "EXECUTE a"], ["session", "DEALLOCATE ALL"], ["session", "DECLARE c CURSOR WITH HOLD FOR SELECT 1"],
  ["session", "FETCH ALL FROM c"], ["session", "MOVE ALL FROM c"], ["session", "CLOSE ALL"], ["session", "SHOW ALL"], ["session", "CHECKPOINT"],
  ["session", "LOAD 'auto_explain'"], ["session", "SET ROLE mortise_api"], ["session", "SET SESSION AUTHORIZATION postgres"],
  ["session", "SET CONSTRAINTS ALL IMMEDIATE"], ["session", "REASSIGN OWNED BY p_{name} TO postgres"], ["session", "DROP OWNED BY p_{name}"],
  ["data", "COPY x_{name}.things TO STDOUT"], ["data", "COPY x_{name}.things FROM STDIN"], ["data", "COPY x_{name}.things TO PROGRAM 'true'"],
  ["data", "DO $$ BEGIN END $$"], ["data", "CALL f()"], ["data", "CREATE TEMP TABLE t (i int)"], ["data", "CREATE TABLE x_{name}.t (i int)"],
  ["data", "ALTER TABLE x_{name}.things DISABLE ROW LEVEL SECURITY"], ["data", "DROP TABLE x_{name}.things"], ["data", "GRANT ALL ON x_{name}.things TO PUBLIC"],
  ["data", "REVOKE ALL ON x_{name}.things FROM p_{name}"], ["data", "COMMENT ON TABLE x_{name}.things IS 'x'"], ["data", "REFRESH MATERIALIZED VIEW m"],
  ["data", "REINDEX TABLE x_{name}.things"], ["data", "CLUSTER x_{name}.things"], ["data", "IMPORT FOREIGN SCHEMA a FROM SERVER b INTO c"],
  ["data", "SECURITY LABEL ON TABLE x_{name}.things IS 'x'"], ["data", "TABLE x_{name}.things"], ["empty", ""], ["empty", ";"], ["empty", "-- nothing"],
];

/** Several statements in one message: the extended protocol takes one. */
export const SEVERAL = [
  "SELECT 1; SET LOCAL mortise.tenant = {other}",
  "SELECT 1;SET statement_timeout = 0;SELECT 2",
  "SELECT 1 -- \r; SET LOCAL mortise.tenant = {other}",
  "SELECT 'a'\n'b\\'; SET LOCAL mortise.tenant = {other} --'",
  "SELECT $a$ $b$ $a$; COMMIT",
  "WITH x AS (SELECT 1) SELECT * FROM x; ROLLBACK",
];

/** Begin with a word that is allowed; PostgreSQL refuses them by rights (42501) for every sender. */
export const REFUSED = [
  ["A11", "SELECT set_config('mortise.tenant', '{other}', true)"],
  ["A11", "SELECT set_config('mortise.tenant', '{other}', false)"],
  ["A11", "WITH x AS (SELECT set_config('mortise.tenant', '{other}', true)) SELECT * FROM x"],
  ["A11", "VALUES (set_config('mortise.tenant', '{other}', true))"],
  ["A11", "UPDATE pg_catalog.pg_settings SET setting = '{other}' WHERE name = 'mortise.tenant'"],
  ["A11", "INSERT INTO x_{name}.things (tenant_id) VALUES ({other})"],
  ["A11", "UPDATE x_{name}.things SET tenant_id = {other}"],
  ["A3", "SELECT set_config('statement_timeout', '0', false)"],
  ["A3", "SELECT pg_sleep(60)"],
  ["A3", "SELECT pg_advisory_lock(1)"], ["A3", "SELECT pg_try_advisory_xact_lock(1)"],
  ["A3", "SELECT pg_terminate_backend(1)"], ["A3", "SELECT pg_cancel_backend(1)"], ["A3", "SELECT pg_reload_conf()"],
  ["A3", "SELECT setseed(0.5)"],
  ["queue", "SELECT pg_notify('a', repeat('x', 7000)) FROM generate_series(1, 20000)"],
  ["data", "SELECT lo_create(0)"], ["data", "SELECT lo_from_bytea(0, 'x')"], ["data", "SELECT pg_read_file('/etc/passwd')"],
  ["data", "SELECT query_to_xml('select 1', true, true, '')"], ["data", "SELECT * FROM ts_stat('select 1')"],
  ["data", "SELECT 1 AS a INTO x_{name}.made"], ["data", "SELECT nextval('mortise.plugins_number_seq')"],
  ["A15", "SELECT * FROM pg_stats"], ["A15", "SELECT * FROM pg_class"], ["A15", "SELECT * FROM pg_roles"], ["A15", "SELECT * FROM pg_stat_activity"],
  ["A15", "SELECT pg_relation_size('mortise.tickets')"], ["A15", "SELECT ctid FROM mortise.tickets"],
  ["data", "SELECT * FROM mortise.sessions"], ["data", "SELECT words FROM mortise.tickets"], ["data", "DELETE FROM mortise.tickets"],
  ["data", "SELECT mortise.emit('all', 'x', '{}')"], ["data", "SELECT mortise.plugin_drop('{name}')"], ["data", "SELECT mortise.plugin_sessions_end(1, 1, 1)"],
];

/** A15: what names tell a plugin's role, as sql/README.md has it: [statement, first words of what is answered]. {other} is
 * the name of another plugin, x_{other}.theirs its table. */
export const NAMES = [
  ["SELECT 'p_{other}'::regrole", "p_{other}"],
  ["SELECT 'p_nobody'::regrole", "42704"],
  ["SELECT 'x_{other}'::regnamespace", "x_{other}"],
  ["SELECT 'x_nobody'::regnamespace", "3F000"],
  ["SELECT count(*) FROM generate_series(10, 200000) n WHERE n::oid::regrole::text = 'p_{other}'", "1"],
  ["SELECT count(*) FROM generate_series(10, 200000) n WHERE n::oid::regclass::text = 'x_{other}.theirs'", "1"],
  ["SELECT 'mortise.sessions'::regclass", "mortise.sessions"],
  // Whether a table of another's schema exists can't be learned by its name.
  ["SELECT 'x_{other}.theirs'::regclass", "42501"],
  ["SELECT 'x_{other}.nothing'::regclass", "42501"],
  ["SELECT * FROM x_{other}.theirs", "42501"],
  ["SELECT * FROM x_{other}.nothing", "42501"],
  ["SELECT * FROM x_nobody.nothing", "42P01"],
  ["SELECT to_regrole('p_{other}')", "42501"],
  ["SELECT to_regclass('x_{other}.theirs')", "42501"],
  ["SELECT has_table_privilege('p_{other}', 'x_{other}.theirs', 'select')", "42501"],
  ["SELECT obj_description('mortise.tickets'::regclass)", "42501"],
  ["SELECT pg_describe_object(1260, 10, 0)", "42501"],
];
/** Only with a session: its warnings name what it may not touch. The host refuses it by its first word. */
export const NAMES_WITH_SESSION = ["VACUUM", "ANALYZE"];

export const fill = (sql, { name, other }) => sql.replaceAll("{name}", name).replaceAll("{other}", String(other));
