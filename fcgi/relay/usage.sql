-- usage.sql - statements of relay/usage.c; see scripts/embed-sql.
-- as: mortise_steward

-- Only where the plugin is installed, by the company's days. The number of calls is the sum of its buckets whatever the datagram
-- claims, so that the shares always add up.
-- name: usage_write
insert into mortise.plugin_usage as u
  (tenant_id, plugin_key, day, calls, errors, us, us_max, cpu_us, buckets)
select i.tenant_id, i.plugin_key, (now() at time zone t.time_zone)::date, s.v[1], least(s.v[2], s.v[1]), s.v[3], s.v[4],
  s.v[5], s.v[6:17]
from jsonb_to_recordset($1::jsonb) as s (k text, t int, v bigint[])
join mortise.installations i on i.tenant_id = s.t and i.plugin_key = s.k
join mortise.tenants t on t.id = s.t
on conflict (tenant_id, plugin_key, day) do update set
  calls = u.calls + excluded.calls, errors = u.errors + excluded.errors,
  us = u.us + excluded.us, us_max = greatest(u.us_max, excluded.us_max),
  cpu_us = u.cpu_us + excluded.cpu_us,
  buckets = (select array_agg(coalesce(a, 0) + coalesce(b, 0) order by n)
    from unnest(u.buckets, excluded.buckets) with ordinality as x (a, b, n))

-- name: usage_clean
with shows as (delete from mortise.plugin_shows where day < current_date - $1::int)
delete from mortise.plugin_usage where day < current_date - $1::int
