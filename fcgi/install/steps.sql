-- steps.sql - statements of install/steps.c; see scripts/embed-sql.
-- as: mortise_admin

-- name: steps_left
select id, op, detail from mortise.journal where plugin_key = $1 order by id

-- name: steps_left_all
select distinct plugin_key from mortise.journal

-- A migration that was cut off is over. One that was committed is written down at once, because it decides
-- which versions can run; its hand-over follows with the next one (install/migrate.c).
-- name: steps_settle
with plugin as (select mortise.plugin_settle($1) as state)
insert into mortise.plugin_migrations (plugin_key, name, sha256, phase)
select $1, m.name, m.sha256, m.phase from plugin, mortise.plugin_pending($1) m
where plugin.state = 'ran' on conflict do nothing
