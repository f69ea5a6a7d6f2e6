-- 011-plugin-settings.sql - a tenant's settings of a plugin, and its sealed secrets.
--
-- Secrets are sealed by the core before they are stored (fcgi/crypt/seal.h): neither this database nor a dump
-- of it can open them. Values that the present version's schema doesn't know stay, so that a rollback finds
-- its settings again.

create table plugin_settings (
  tenant_id int not null references tenants,
  plugin_key text not null references plugins,
  settings jsonb not null default '{}' check (jsonb_typeof(settings) = 'object'),
  secrets jsonb not null default '{}' check (jsonb_typeof(secrets) = 'object'),
  key_id int check (key_id > 0),
  version int not null default 1,
  changed_at timestamptz not null default now(),
  changed_by uuid,
  primary key (tenant_id, plugin_key),
  check ((key_id is null) = (secrets = '{}'))
);
comment on table plugin_settings is 'What a tenant set for a plugin. Policy "tenant"; secrets are sealed '
  'by key key_id of key_dir/settings.key. Plugins read through plugin_settings().';
alter table plugin_settings enable row level security, force row level security;
create policy tenant on plugin_settings using (tenant_id = (select mortise.tenant()));
create policy auth on plugin_settings to mortise_auth using (true) with check (true);
-- `mortise secrets` reads in the order of the key, and often counts rows that another key sealed.
create index plugin_settings_key on plugin_settings (tenant_id, key_id);
grant select (tenant_id, plugin_key, key_id, version) on plugin_settings to mortise_api;
grant select, insert, update, delete on plugin_settings to mortise_admin;
grant select, update (secrets, key_id), delete on plugin_settings to mortise_auth;

set local role mortise_auth;

-- For a plugin's worker: its own settings (by session_user) in the transaction's tenant, with the defaults of
-- the given version: while a tenant switches versions both run, and only the worker knows its own. A wrong
-- version gives it other defaults of its own plugin, nothing else. One row; none without an installation. No
-- pattern and no backslash: a plugin's session could change what those mean.
create function plugin_settings(version text)
returns table (settings jsonb, secrets jsonb, key_id int)
language sql stable security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
  select coalesce((
      select jsonb_object_agg(d ->> 'key', d -> 'default')
      from jsonb_array_elements(case jsonb_typeof(p.manifest -> 'settings')
        when 'array' then p.manifest -> 'settings' else '[]' end) d
      where d ? 'default'), '{}') || coalesce(s.settings, '{}'),
    coalesce(s.secrets, '{}'), s.key_id
  from installations i
  left join plugin_packages p on p.plugin_key = i.plugin_key and p.version = plugin_settings.version
  left join plugin_settings s on s.tenant_id = i.tenant_id and s.plugin_key = i.plugin_key
  where i.tenant_id = (select mortise.tenant())
    and left(session_user, 2) = 'p_' and i.plugin_key = replace(substr(session_user, 3), '_', '-')
$$;
comment on function plugin_settings(text) is
  'Settings of the calling plugin in the transaction''s tenant, with the defaults of this version of it; '
  'secrets as they are sealed.';

-- At uninstall.
create function settings_remove(tenant int, key text) returns void
language sql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
  delete from plugin_settings s where s.tenant_id = tenant and s.plugin_key = key
$$;

grant execute on function plugin_settings(text) to mortise_plugin;
grant execute on function settings_remove(int, text) to mortise_admin;
reset role;
