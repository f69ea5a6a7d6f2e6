-- bootstrap.sql - what only a superuser can make: roles, the schema, whom a transaction is for.
--
-- `mortise setup` runs the bootstrap files in Mortise's own database as superuser, each in one
-- transaction, in the order of their names, at every start. So every statement here can be repeated,
-- and a new version of a function simply replaces the old one. Tables live in the numbered migrations,
-- which mortise_owner runs.
--
-- Nothing here calls a function or reads a table that mortise_owner could replace: that would make
-- the owner of the schema a superuser.

-- --- roles -----------------------------------------------------------------------------------------
-- Roles belong to the whole cluster: one Mortise a cluster. Passwords are set by `mortise setup`;
-- a role without one can't log in.
do $$
declare
  r text;
begin
  foreach r in array array['mortise_core', 'mortise_plugin', 'mortise_auth'] loop
    if to_regrole(r) is null then
      execute format('create role %I nologin', r);
    end if;
    execute format('alter role %I nologin nosuperuser nocreatedb nocreaterole noreplication '
      'nobypassrls', r);
  end loop;
  foreach r in array array['mortise_owner', 'mortise_api', 'mortise_admin', 'mortise_steward'] loop
    if to_regrole(r) is null then
      execute format('create role %I login', r);
    end if;
    execute format('alter role %I login nosuperuser nocreatedb nocreaterole noreplication '
      'nobypassrls', r);
  end loop;
end $$;

comment on role mortise_core is 'Mortise: holds what PUBLIC lost in the catalogues';
comment on role mortise_plugin is 'Mortise: every plugin role is a member; what all plugins may';
comment on role mortise_auth is 'Mortise: owns the functions that look across tenants';
-- `mortise setup` reads this one back, so that two databases don't fight for the same roles.
do $$
begin
  execute format('comment on role mortise_owner is %L',
    format('Mortise (database %s): runs migrations, owns the tables', current_database()));
end $$;
comment on role mortise_api is 'Mortise: the api pool';
comment on role mortise_admin is 'Mortise: the admin pool';
comment on role mortise_steward is 'Mortise: the steward';

grant mortise_core to mortise_auth, mortise_api, mortise_admin, mortise_steward;
-- Migrations make functions as mortise_auth (SET ROLE); NOINHERIT, or the policies that let
-- mortise_auth see every tenant would hold for the owner as well.
alter role mortise_owner noinherit;
grant mortise_auth to mortise_owner;

-- --- database --------------------------------------------------------------------------------------
do $$
declare
  db text := current_database();
  r text;
begin
  execute format('revoke all on database %I from public', db);
  execute format('grant connect on database %I to mortise_owner, mortise_api, mortise_admin, '
    'mortise_steward, mortise_plugin', db);
  execute format('alter database %I set timezone = ''UTC''', db);
  -- Compiling a plan costs more than any statement of ours takes.
  execute format('alter database %I set jit = off', db);
  -- A request has one process of the server, whatever it searches for.
  execute format('alter database %I set max_parallel_workers_per_gather = 0', db);
  foreach r in array array['mortise_owner', 'mortise_api', 'mortise_admin', 'mortise_steward'] loop
    execute format('alter role %I in database %I reset all', r, db);
    execute format('alter role %I in database %I set search_path = mortise', r, db);
  end loop;
  -- Frequently used rows are in memory. A session keeps its plans: one that was made to read a small table from end to
  -- end would do so when that is large.
  foreach r in array array['mortise_api', 'mortise_steward'] loop
    execute format('alter role %I in database %I set random_page_cost = 1.1', r, db);
    execute format('alter role %I in database %I set enable_seqscan = off', r, db);
  end loop;
end $$;
revoke all on schema public from public;

-- A function is nobody's until it is granted.
alter default privileges revoke execute on functions from public;
alter default privileges for role mortise_owner revoke execute on functions from public;
alter default privileges for role mortise_auth revoke execute on functions from public;

create schema if not exists mortise authorization mortise_owner;
revoke all on schema mortise from public;
grant usage on schema mortise to mortise_api, mortise_admin, mortise_steward,
  mortise_plugin;
grant usage, create on schema mortise to mortise_auth;
comment on schema mortise is 'Core tables and functions. Plugins have schemas of their own, x_<key>.';

-- Extensions of PostgreSQL's own contrib package: an index for searches (005-search.sql). Without them searches
-- read all of a company's tickets, within search_timeout_ms.
create schema if not exists mortise_ext;
revoke all on schema mortise_ext from public;
grant usage on schema mortise_ext to mortise_owner, mortise_core;
comment on schema mortise_ext is 'Extensions that the core uses; out of reach of plugins.';
do $$
begin
  if (select count(*) from pg_available_extensions where name in ('pg_trgm', 'btree_gin')) = 2 then
    create extension if not exists pg_trgm schema mortise_ext;
    create extension if not exists btree_gin schema mortise_ext;
    grant execute on function mortise_ext.similarity(text, text), mortise_ext.similarity_op(text, text)
      to mortise_auth;
  else
    raise warning 'pg_trgm and btree_gin are not installed (postgresql-contrib): searches will be slow';
  end if;
end $$;

-- --- the tenant and user of a transaction -------------------------------------------------------------
-- Set by our own processes at the beginning of each transaction, and gone at its end (db/db.c). A plugin's
-- statement can't set it: hosts don't send SET and RESET, and plugins' roles may not execute set_config()
-- (bootstrap-harden.sql). The functions are plain SQL without rights or settings of their own, so the planner
-- inlines them: (select mortise.tenant()) reads the setting once per statement. A setting of an ended
-- transaction leaves an empty text.
create or replace function mortise.tenant() returns int
language sql stable parallel safe
return nullif(pg_catalog.current_setting('mortise.tenant', true), '')::int;
revoke all on function mortise.tenant() from public;
grant execute on function mortise.tenant() to mortise_owner, mortise_core, mortise_plugin;
comment on function mortise.tenant() is
  'Tenant of the transaction; NULL when it has none. Used as (select mortise.tenant()).';

create or replace function mortise.user_id() returns uuid
language sql stable parallel safe
return nullif(pg_catalog.current_setting('mortise.user_id', true), '')::uuid;
revoke all on function mortise.user_id() from public;
grant execute on function mortise.user_id() to mortise_owner, mortise_core, mortise_plugin;
comment on function mortise.user_id() is 'User of the transaction; NULL when it stands for nobody.';

create or replace function mortise.own_tickets() returns text
language sql stable parallel safe
return nullif(pg_catalog.current_setting('mortise.own', true), '');
revoke all on function mortise.own_tickets() from public;
grant execute on function mortise.own_tickets() to mortise_owner, mortise_core, mortise_plugin;
comment on function mortise.own_tickets() is
  'What the user of the transaction may do with own tickets only: ''read'' (and so all else), ''write'', or NULL.';

-- --- migrations ------------------------------------------------------------------------------------
create table if not exists mortise.migrations (
  name text primary key,
  sha256 text not null,
  applied_at timestamptz not null default now()
);
alter table mortise.migrations owner to mortise_owner;
revoke all on mortise.migrations from public;
comment on table mortise.migrations is
  'Which numbered files ran, and their hashes. No tenant''s data; only mortise_owner reaches it.';
