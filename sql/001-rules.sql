-- 001-rules.sql - what tables, functions and statements share.

-- The roles of people; fcgi/base/perm.c has the same list, and t/api/rules.t.mjs compares the two. The
-- permissions of each are a table there.
create function role_names() returns text[]
language sql immutable parallel safe
return array['Technician', 'Dispatcher', 'Admin', 'SystemAdmin'];
grant execute on function role_names() to mortise_core;

-- A time as the API writes it; clock_iso() of fcgi/base/clock.c is the same in C.
create function iso(at timestamptz) returns text
language sql stable parallel safe
return to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"');
grant execute on function iso(timestamptz) to mortise_core;
