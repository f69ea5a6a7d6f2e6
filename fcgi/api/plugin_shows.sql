-- plugin_shows.sql - statements of api/plugin_shows.c; see scripts/embed-sql.
-- as: mortise_api

-- Only of components that the manifest of an enabled version names: nothing else makes a row.
-- name: shows_add
insert into mortise.plugin_shows as s
  (tenant_id, plugin_key, component, day, shows, render_ms, render_max, firsts, first_ms, first_max)
select i.tenant_id, i.plugin_key, x.component, (now() at time zone mortise.time_zone())::date, sum(x.shows), sum(x."renderMs"),
  max(x."renderMax"), sum(x.firsts), sum(x."firstMs"), max(x."firstMax")
from jsonb_to_recordset($1::jsonb) x ("pluginKey" text, component text, shows int, "renderMs" int, "renderMax" int, firsts int,
  "firstMs" int, "firstMax" int)
join mortise.installations i on i.tenant_id = (select mortise.tenant()) and i.plugin_key = x."pluginKey" and i.state = 'enabled'
join mortise.plugin_packages p on p.sha256 = i.package_sha256
where jsonb_path_exists(p.manifest, '$.**{1 to 4} ? (@.component == $c || @.componentName == $c)',
  jsonb_build_object('c', x.component))
group by 1, 2, 3, 4 order by 1, 2, 3
on conflict (tenant_id, plugin_key, component, day) do update set shows = s.shows + excluded.shows,
  render_ms = s.render_ms + excluded.render_ms, render_max = greatest(s.render_max, excluded.render_max),
  firsts = s.firsts + excluded.firsts, first_ms = s.first_ms + excluded.first_ms,
  first_max = greatest(s.first_max, excluded.first_max)
