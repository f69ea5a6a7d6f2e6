-- 019-plugin-settings-of-version.sql - a plugin's process has the defaults of its own version.
--
-- While a tenant moves from one version to another both run: which one asks only it can say. A wrong
-- answer gives it other defaults of its own plugin, nothing else.

set local role mortise_auth;

drop function plugin_settings();
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
  'Settings of the calling plugin in the ticket''s tenant, with the defaults of this version of it; '
  'secrets as they are sealed.';
grant execute on function plugin_settings(text) to mortise_plugin;
reset role;
