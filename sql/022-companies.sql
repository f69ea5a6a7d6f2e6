-- 022-companies.sql - the companies of the server, as system admins see and change them.
--
-- The admin pool calls these for the system administration, after it has checked that a system admin asks.
-- Like the operator's commands they act as nobody of a company, so the rules between people (019-people.sql)
-- don't bind them.

set local role mortise_auth;

create function tenant_json(t tenants) returns json
language sql stable security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
  select json_build_object('code', t.code, 'name', t.name, 'state', t.state, 'stateReason', t.state_reason,
    'stateSince', iso(t.state_since), 'createdAt', iso(t.created_at),
    'people', (select count(*) from users u where u.tenant_id = t.id and u.active and not u.pending),
    'invited', (select count(*) from users u where u.tenant_id = t.id and u.active and u.pending),
    'plugins', (select count(*) from installations i where i.tenant_id = t.id),
    'tickets', (select c.value from counters c where c.tenant_id = t.id and c.name = 'ticket'),
    'lastSignInAt', (select iso(max(s.seen_at)) from logins l join login_sources s on s.email = l.email
      where l.tenant_id = t.id))
$$;

-- Whom a company is found by: its name, its code, and the addresses of its people.
create function tenant_page(search text, state text, sort text, size int, skip int)
returns table (total bigint, items json)
language sql stable security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
  with found as (
    select t as tenant,
      case when tenant_page.sort in ('people', '-people') then
        (select count(*) from users u where u.tenant_id = t.id and u.active and not u.pending) end as people
    from tenants t
    where (tenant_page.state is null or t.state = tenant_page.state)
      and (tenant_page.search is null or strpos(lower(t.name || ' ' || t.code), lower(tenant_page.search)) > 0
        or t.id = (select l.tenant_id from logins l where l.email = lower(tenant_page.search)))
  ), page as (
    select f.tenant, row_number() over (order by
        case when tenant_page.sort = 'people' then f.people when tenant_page.sort = '-people' then -f.people end,
        case when tenant_page.sort = 'created' then (f.tenant).created_at end,
        case when tenant_page.sort = '-created' then (f.tenant).created_at end desc,
        case when tenant_page.sort = '-name' then lower((f.tenant).name) end desc,
        lower((f.tenant).name), (f.tenant).code) as place
    from found f order by place limit size offset skip
  )
  select (select count(*) from found),
    coalesce((select json_agg(tenant_json(p.tenant) order by p.place) from page p), '[]')
$$;

create function tenant_show(code text) returns json
language sql stable security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
  select tenant_json(t) from tenants t where t.code = tenant_show.code
$$;

grant execute on function tenant_page(text, text, text, int, int), tenant_show(text),
  tenant_set_state(text, text, text), user_link(text, text, int, int) to mortise_admin;
reset role;
