-- admit.sql - statements of marketplace/admit.c; see scripts/embed-sql.
-- as: mortise_admin

-- name: admit_way_back
select 1 from mortise.installations where previous_sha256 = $1 limit 1
