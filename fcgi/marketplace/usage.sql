-- usage.sql - statements of marketplace/usage.c; see scripts/embed-sql.
-- as: mortise_admin

-- A bucket's upper end stands for its calls: the 95th percentile is never understated, and never above the
-- longest call.
-- name: usage_days
select to_char(u.day, 'YYYY-MM-DD'), u.calls, u.errors, u.us, u.us_max, u.cpu_us,
  least(u.us_max / 1000.0, (select 2 ^ (min(b.n) - 1) from (
    select n, sum(c) over (order by n) as upto from unnest(u.buckets) with ordinality as x (c, n)
  ) b where b.upto >= 0.95 * u.calls))::text
from mortise.plugin_usage u where u.tenant_id = (select mortise.tenant())
  and u.plugin_key = $1 and u.day > (now() at time zone mortise.time_zone())::date - $2::int order by u.day

-- name: usage_sums
select coalesce(sum(installs), 0), coalesce(sum(uninstalls), 0),
  coalesce(sum(failed_installs), 0) from mortise.plugin_usage
where tenant_id = (select mortise.tenant()) and plugin_key = $1

-- name: usage_shows
select component, sum(shows), sum(render_ms)::float8 / sum(shows), max(render_max), sum(firsts),
  coalesce(sum(first_ms)::float8 / nullif(sum(firsts), 0), 0), max(first_max)
from mortise.plugin_shows where tenant_id = (select mortise.tenant()) and plugin_key = $1
  and day > (now() at time zone mortise.time_zone())::date - $2::int
group by component order by component limit 200

-- name: usage_weight
select row_count, bytes from mortise.plugin_weight($1, mortise.tenant())

-- name: usage_patience
select set_config('statement_timeout', '4000', true)
