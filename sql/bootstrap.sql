-- bootstrap.sql - what only a superuser can make: roles, the schema, the signed ticket.
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
  foreach r in array array['mortise_core', 'mortise_plugin', 'mortise_sec', 'mortise_auth'] loop
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
comment on role mortise_sec is 'Mortise: owns the ticket secret and what verifies with it';
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

grant mortise_core to mortise_sec, mortise_auth, mortise_api, mortise_admin, mortise_steward;
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
  foreach r in array array['mortise_owner', 'mortise_api', 'mortise_admin', 'mortise_steward'] loop
    execute format('alter role %I in database %I set search_path = mortise', r, db);
  end loop;
  -- Tables that plugins may read have no statistics (see 004-plugins.sql), so the planner takes every
  -- tenant for small: it would read and sort all tickets for a page. Walking the index in order is
  -- right for small and large ones.
  execute format('alter role mortise_api in database %I set enable_bitmapscan = off', db);
  execute format('alter role mortise_api in database %I set random_page_cost = 1.1', db);
end $$;
revoke all on schema public from public;

-- A function is nobody's until it is granted.
alter default privileges revoke execute on functions from public;
alter default privileges for role mortise_owner revoke execute on functions from public;
alter default privileges for role mortise_auth revoke execute on functions from public;
alter default privileges for role mortise_sec revoke execute on functions from public;

create schema if not exists mortise authorization mortise_owner;
revoke all on schema mortise from public;
grant usage on schema mortise to mortise_sec, mortise_api, mortise_admin, mortise_steward,
  mortise_plugin;
grant usage, create on schema mortise to mortise_auth;
comment on schema mortise is 'Core tables and functions. Plugins have schemas of their own, x_<key>.';

-- --- the ticket ------------------------------------------------------------------------------------
-- The two pads are SHA-256's blocks of the ticket key, xored as HMAC wants them (RFC 2104); prepared,
-- a verification is two calls of the built-in sha256(). `mortise setup` writes the row.
create table if not exists mortise.secret (
  kid int primary key check (kid = 1),
  ipad bytea not null check (length(ipad) = 64),
  opad bytea not null check (length(opad) = 64)
);
alter table mortise.secret owner to mortise_sec;
revoke all on mortise.secret from public;
comment on table mortise.secret is
  'The pads of the ticket key. No tenant''s data; only mortise_sec may read it, no policy needed.';

-- Verifies the ticket of this transaction and returns its tenant, or NULL. The fields are parsed only
-- after the MAC holds. Comparing hashes of both MACs tells a stopwatch nothing.
create or replace function mortise.tenant() returns int
language plpgsql stable parallel safe security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  t constant text := current_setting('mortise.ticket', true);
  pad record;
begin
  if t is null or t = '' then
    return null;
  end if;
  select s.ipad, s.opad into pad from mortise.secret s where s.kid = 1;
  if sha256(convert_to(right(t, 64), 'UTF8')) is distinct from
      sha256(convert_to(encode(sha256(pad.opad ||
        sha256(pad.ipad || convert_to(left(t, -64) || session_user, 'UTF8'))), 'hex'), 'UTF8')) then
    return null;
  end if;
  if split_part(t, '.', 3)::bigint < extract(epoch from clock_timestamp()) then
    return null;
  end if;
  return split_part(t, '.', 1)::int;
end $$;
alter function mortise.tenant() owner to mortise_sec;
revoke all on function mortise.tenant() from public;
grant execute on function mortise.tenant() to mortise_owner, mortise_core, mortise_plugin;
comment on function mortise.tenant() is
  'Tenant of the transaction''s ticket; NULL without a valid one. Used as (select mortise.tenant()).';

create or replace function mortise.user_id() returns uuid
language plpgsql stable parallel safe security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  if mortise.tenant() is null then
    return null;
  end if;
  -- a ticket that stands for nobody (the core itself) has an empty or a dash user
  return case when length(split_part(current_setting('mortise.ticket', true), '.', 2)) = 36
    then split_part(current_setting('mortise.ticket', true), '.', 2)::uuid end;
end $$;
alter function mortise.user_id() owner to mortise_sec;
revoke all on function mortise.user_id() from public;
grant execute on function mortise.user_id() to mortise_owner, mortise_core, mortise_plugin;
comment on function mortise.user_id() is 'User of the transaction''s ticket; NULL without one.';

-- --- watched plans ---------------------------------------------------------------------------------
-- EXPLAIN ANALYZE counts the rows that a policy hid ("Rows Removed by Filter"), and a leakproof condition
-- such as title < 'M' may run before the policy's own: together they would tell a plugin every value of
-- every tenant. So tables that a plugin reaches have a second, restrictive policy `watched` on this. It
-- mentions no column, so the planner asks it once and before any row is read. The word can't be hidden:
-- current_query() is what the client sent, and plugins have no way to run text from elsewhere. (EXPLAIN
-- without ANALYZE runs nothing and has no statistics to show, see plugin_handover.) No backslash in the
-- pattern: the session may set standard_conforming_strings off, and then it would mean something else.
create or replace function mortise.unwatched() returns bool
language plpgsql stable parallel restricted
as $$
begin
  if session_user operator(pg_catalog.~) '^[op]_'
      and pg_catalog.current_query() operator(pg_catalog.~*)
        '(^|[^[:alnum:]_])explain($|[^[:alnum:]_])' collate "C" then
    raise exception 'a plugin may not EXPLAIN'
      using errcode = '42501', hint = 'A word "explain" in a statement belongs into a parameter.';
  end if;
  return true;
end $$;
alter function mortise.unwatched() owner to mortise_sec;
revoke all on function mortise.unwatched() from public;
grant execute on function mortise.unwatched() to mortise_owner, mortise_core, mortise_plugin;
comment on function mortise.unwatched() is
  'True, or an error when a plugin runs EXPLAIN. Used by the policies "watched".';

-- Among conditions of a filter the cheapest runs first. The policies' own is int4 = int4: a little
-- cheaper than all others it comes before what a plugin adds, which then sees no foreign row.
alter function pg_catalog.int4eq(int, int) cost 0.1;

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
