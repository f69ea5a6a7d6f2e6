-- 042-plugin-fetch.sql - calls of plugins to other servers (fcgi/host/fetch.c): what a plugin may call, and the log of
-- what it called.
--
-- A line is written after the plugin's transaction, by its host, because the call took place even if the plugin's rows are
-- undone. A plugin can't write one: hosts mark their own transaction by SET, which a guest's statement can't be.

create table plugin_fetches (
  id bigint generated always as identity,
  tenant_id int not null references tenants,
  plugin_key text not null references plugins on delete cascade,
  at timestamptz not null default now(),
  user_id uuid,
  request_id text not null check (length(request_id) <= 64),
  method text not null check (length(method) <= 16),
  host text not null check (length(host) <= 300),
  path text not null check (length(path) <= 500),
  status int,
  bytes_sent bigint not null,
  bytes bigint not null,
  ms int not null,
  error text check (length(error) <= 300),
  primary key (tenant_id, plugin_key, id)
);
comment on table plugin_fetches is 'Calls of a tenant''s plugins to other servers, the newest 500 of each plugin. '
  'Policy "tenant". path without query; error is why there was no answer.';
alter table plugin_fetches enable row level security, force row level security;
create policy tenant on plugin_fetches using (tenant_id = (select mortise.tenant()));
create policy auth on plugin_fetches to mortise_auth using (true) with check (true);
grant select on plugin_fetches to mortise_admin, mortise_steward;
grant select, insert, delete on plugin_fetches to mortise_auth;

set local role mortise_auth;

-- What the calling plugin's version may call, as its manifest's permissions name it, which were consented to at its
-- installation; and which of its secrets are only for that.
create function plugin_network(version text) returns table (words text[], fetch_only text[])
language sql stable security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
  select array(select substr(w, 9) from jsonb_array_elements_text(case jsonb_typeof(p.manifest -> 'permissions')
      when 'array' then p.manifest -> 'permissions' else '[]' end) w where left(w, 8) = 'network:'),
    array(select d ->> 'key' from jsonb_array_elements(case jsonb_typeof(p.manifest -> 'settings')
      when 'array' then p.manifest -> 'settings' else '[]' end) d where d ->> 'use' = 'fetch')
  from installations i
  join plugin_packages p on p.plugin_key = i.plugin_key and p.version = plugin_network.version
  where i.tenant_id = (select mortise.tenant())
    and left(session_user, 2) = 'p_' and i.plugin_key = replace(substr(session_user, 3), '_', '-')
$$;
comment on function plugin_network(text) is 'Servers that the calling plugin may call, and its secrets for that alone.';

create function fetch_log(request text, calls jsonb) returns void
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  key constant text := replace(substr(session_user, 3), '_', '-');
  mine constant int := mortise.tenant();
begin
  if current_setting('mortise.host', true) is distinct from 'yes' or left(session_user, 2) <> 'p_' then
    raise exception 'fetch-log' using errcode = '42501';
  end if;
  insert into plugin_fetches (tenant_id, plugin_key, user_id, request_id, method, host, path, status, bytes_sent, bytes, ms,
      error)
    select mine, key, mortise.user_id(), left(request, 64), left(c.method, 16), left(c.host, 300), left(c.path, 500), c.status,
      c.sent, c.bytes, c.ms, left(c.error, 300)
    from jsonb_to_recordset(calls) c (method text, host text, path text, status int, sent bigint, bytes bigint, ms int,
      error text)
    where exists (select from installations i where i.tenant_id = mine and i.plugin_key = key);
  delete from plugin_fetches f where f.tenant_id = mine and f.plugin_key = key and f.id <= (
    select o.id from plugin_fetches o where o.tenant_id = mine and o.plugin_key = key order by o.id desc offset 500 limit 1);
end $$;
comment on function fetch_log(text, jsonb) is 'Adds to the log of calls; refused but to a plugin''s host.';

revoke all on function plugin_network(text), fetch_log(text, jsonb) from public;
grant execute on function plugin_network(text) to mortise_plugin; -- fetch_log() by the permission network:...
reset role;
