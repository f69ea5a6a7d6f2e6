-- setup_plan.sql - statements of cli/setup_plan.c; see scripts/embed-sql.
-- as: postgres

-- The database whose Mortise has the roles of this cluster, if it is another one.
-- name: setup_rival
select d.datname from pg_roles r join pg_database d on d.datname =
  substring(shobj_description(r.oid, 'pg_authid') from '^Mortise [(]database (.*)[)]:')
where r.rolname = 'mortise_owner' and d.datname <> $1

-- Roles that aren't there; is the database?
-- name: setup_missing
select coalesce((select string_agg(name, ', ' order by n) from unnest('{mortise_core,mortise_plugin,mortise_auth,
    mortise_owner,mortise_api,mortise_admin,mortise_steward}'::text[]) with ordinality r (name, n)
  where to_regrole(name) is null), ''), exists (select from pg_database where datname = $1)

-- Somebody else's database: it has relations, and no schema of ours.
-- name: setup_foreign
select to_regnamespace('mortise') is null and exists (select from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where n.nspname !~ '^pg_' and n.nspname <> 'information_schema' and not exists (select from pg_depend d
    where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e'))

-- The first line that counts for a role and doesn't take its password; no line number: none counts. p_* is any
-- plugin's role.
-- name: setup_hba
select h.line_number, h.type || ' ' || array_to_string(h.database, ',') || ' ' || array_to_string(h.user_name, ',') ||
  ' ' || h.auth_method
from (values ('mortise_owner', '+mortise_core'), ('mortise_api', '+mortise_core'), ('mortise_admin', '+mortise_core'),
  ('mortise_steward', '+mortise_core'), ('p_*', '+mortise_plugin')) r (name, grp)
left join lateral (select * from pg_hba_file_rules where error is null and type = 'local'
    and database && array['all', $1::text] and user_name && array['all', r.name, r.grp]
  order by line_number limit 1) h on true
where h.auth_method is null or h.auth_method not in ('scram-sha-256', 'md5', 'password', 'trust')
order by h.line_number nulls last limit 1

-- name: setup_hba_file
select current_setting('hba_file'), (pg_stat_file(current_setting('hba_file'))).modification > pg_conf_load_time()
