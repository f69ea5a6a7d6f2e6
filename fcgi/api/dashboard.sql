-- dashboard.sql - statements of api/dashboard.c; see scripts/embed-sql.
-- as: mortise_api

-- name: dashboard_get
select widgets from mortise.dashboards

-- name: dashboard_set
insert into mortise.dashboards (widgets) values ($1::jsonb)
on conflict (tenant_id, user_id) do update set widgets = excluded.widgets, updated_at = now()

-- name: dashboard_reset
delete from mortise.dashboards
