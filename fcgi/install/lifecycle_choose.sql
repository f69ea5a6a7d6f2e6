-- lifecycle_choose.sql - statements of install/lifecycle_choose.c; see scripts/embed-sql.
-- as: mortise_admin

-- name: choose_newest
select newest_approved from mortise.plugins where key = $1
