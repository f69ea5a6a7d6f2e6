-- company.sql - statements of api/company.c; see scripts/embed-sql.
-- as: mortise_api

-- part: organization
(select o.name from mortise.organizations o where o.id = t.organization_id)

-- name: company_get
select version, code, mortise.company_profile(t), ${organization} from mortise.tenants t where id = (select mortise.tenant())

-- name: company_lock
select version, code, mortise.company_profile(t), ${organization} from mortise.tenants t where id = (select mortise.tenant())
for no key update

-- name: company_zone_known
select mortise.is_time_zone($1)

-- All of its profile.
-- name: company_change
update mortise.tenants t set version = t.version + 1, name = p.name, time_zone = p."timeZone", locale = p.locale,
  currency = p.currency, street = p.street, postal_code = p."postalCode", city = p.city, country = p.country,
  tax_number = p."taxNumber", phone = p.phone, email = p.email, website = p.website, hours = p.hours, holidays = p.holidays,
  notification_days = p."notificationDays"
from jsonb_to_record($1::jsonb) as p (name text, "timeZone" text, locale text, currency text, street text,
  "postalCode" text, city text, country text, "taxNumber" text, phone text, email text, website text, hours jsonb,
  holidays jsonb, "notificationDays" int)
where t.id = (select mortise.tenant()) returning t.version, t.code, mortise.company_profile(t), ${organization}
