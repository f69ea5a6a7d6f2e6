-- setup.sql - statements of cli/setup.c; see scripts/embed-sql.
-- as: postgres

-- Our own roles that sign in, and plugins' workers. Has it a password?
-- name: setup_roles
select a.rolname, a.rolpassword is not null from pg_authid a
where a.rolcanlogin and (a.rolname in ('mortise_owner', 'mortise_api', 'mortise_admin', 'mortise_steward')
  or exists (select from pg_auth_members m where m.roleid = 'mortise_plugin'::regrole and m.member = a.oid
    and a.rolname ~ '^p_[a-z0-9_]+$'))

-- name: setup_database
select from pg_database where datname = $1

-- Databases that a plugin's role could enter beside ours. Is the cluster ours alone?
-- name: setup_open
select d.datname, d.datname in ('postgres', 'template1') and not exists (select from pg_database o
  where not o.datistemplate and o.datname not in ('postgres', current_database()))
from pg_database d where d.datallowconn and d.datname <> current_database()
  and has_database_privilege('mortise_plugin', d.oid, 'connect') order by 1

-- name: setup_trust
select string_agg(line_number::text, ', ' order by line_number) from pg_hba_file_rules
where auth_method = 'trust' and not 'replication' = any (database)

-- name: setup_alone
select pg_advisory_lock(hashtextextended('mortise.setup', 0))
