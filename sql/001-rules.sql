-- 001-rules.sql - what tables, functions and statements share.

-- The built-in roles of people; fcgi/base/perm.c has the same list, and t/api/rules.t.mjs compares the two.
create function role_names() returns text[]
language sql immutable parallel safe
return array['Technician', 'Dispatcher', 'Admin', 'SystemAdmin'];
grant execute on function role_names() to mortise_core;

-- The core's permissions and which built-in roles have them; fcgi/base/perm.c has their names. A system admin has
-- all; what no other role has reaches beyond a company, and companies can't give it. Who has one has those that it
-- implies: all tickets contain one's own, and nobody changes what they don't see.
create function core_permissions() returns table (place int, name text, label text, roles text[], implies text[])
language sql immutable parallel safe
begin atomic
  values
    (1, 'tickets:read', 'See tickets', '{Technician,Dispatcher,Admin}'::text[], '{tickets:read:own}'::text[]),
    (2, 'tickets:read:own', 'See own tickets', '{Technician,Dispatcher,Admin}', '{}'),
    (3, 'tickets:write', 'Create and change tickets', '{Technician,Dispatcher,Admin}',
      '{tickets:read,tickets:read:own,tickets:write:own}'),
    (4, 'tickets:write:own', 'Create tickets and change own ones', '{Technician,Dispatcher,Admin}', '{tickets:read:own}'),
    (5, 'users:read', 'See people', '{Technician,Dispatcher,Admin}', '{}'),
    (6, 'users:write', 'Manage people', '{Admin}', '{}'),
    (7, 'notifications:send', 'Send notifications', '{Dispatcher,Admin}', '{}'),
    (8, 'stats:read', 'See statistics', '{Admin}', '{}'),
    (9, 'plugins:manage', 'Install and manage plugins', '{Admin}', '{}'),
    (10, 'plugins:upload', 'Upload packages for all companies', '{}', '{}'),
    (11, 'roles:manage', 'Manage roles', '{Admin}', '{}'),
    (12, 'company:manage', 'Manage the company', '{Admin}', '{}'),
    (13, 'audit:read', 'See the audit log', '{Admin}', '{}'),
    (14, 'tenants:manage', 'Manage all companies', '{}', '{}'),
    (15, 'mail:manage', 'See and send the server''s mails', '{}', '{}'),
    (16, 'tokens:manage', 'Manage API tokens', '{Admin}', '{}'),
    (17, 'company:export', 'Export all data of the company', '{Admin}', '{}'),
    (18, 'teams:manage', 'Manage teams', '{Admin}', '{}'),
    (19, 'webhooks:manage', 'Manage webhooks', '{Admin}', '{}');
end;
grant execute on function core_permissions() to mortise_core;

-- A time as the API writes it; clock_iso() of fcgi/base/clock.c is the same in C.
create function iso(at timestamptz) returns text
language sql stable parallel safe
return to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"');
grant execute on function iso(timestamptz) to mortise_core;

-- Names of areas and cities, which browsers know as well: PostgreSQL alone accepts also offsets and abbreviations.
create function is_time_zone(zone text) returns bool
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
  perform now() at time zone zone;
  return zone ~ '^(UTC|[A-Z][A-Za-z]+(/[A-Z][A-Za-z_]+(-[A-Za-z_]+)*){1,2})$';
exception when invalid_parameter_value then
  return false;
end $$;
grant execute on function is_time_zone(text) to mortise_core;
