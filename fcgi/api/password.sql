-- password.sql - statements of api/password.c; see scripts/embed-sql.
-- as: mortise_api

-- name: link_try
select wait_seconds, purpose, email, name, company, expires, second_factor from mortise.link_try($1, $2, $3::int)

-- name: link_redeem
select mortise.link_redeem($1, $2, $3, $4, $5::int)

-- name: login_known
select mortise.login_right($1, $2, $3)

-- name: password_change
select mortise.password_change($1, $2, $3::bool)

-- name: mail_forgotten
select mortise.mail_forgotten($1, $2::uuid, $3, $4::int)
