-- 045-custom-fields.sql - fields that a company adds to its tickets: their definitions. Values are in tickets.custom, by key,
-- and checked by fcgi/api/custom.c. A field that is deleted is archived: its values stay, and come back with it.
--
-- Those of plugins, named <plugin>:<name>, are those of the version that a company runs: there while it is enabled, archived
-- while it isn't, and gone with their values when it is uninstalled. What they are is the plugin's; whether they must be
-- filled in, and are columns of the list, is the company's.

create table custom_fields (
  tenant_id int not null default mortise.tenant() references tenants,
  id uuid not null,
  resource text not null check (resource in ('tickets')),
  key text not null,
  label text not null check (length(label) between 1 and 60),
  help text check (length(help) between 1 and 300),
  type text not null check (type in ('text', 'longtext', 'number', 'decimal', 'date', 'choice', 'person', 'boolean')),
  options text[] not null default '{}' check (cardinality(options) <= 50),
  required bool not null default false,
  in_list bool not null default false,
  position int not null default 0,
  version int not null default 1,
  archived_at timestamptz,
  plugin_key text,
  plugin_name text,
  primary key (tenant_id, id),
  unique (tenant_id, resource, key),
  check (case when plugin_key is null then length(key) between 1 and 40 and key ~ '^[a-z][A-Za-z0-9]*$'
    else key ~ ('^' || plugin_key || ':[a-z][A-Za-z0-9]{0,39}$') and plugin_name is not null end)
);
comment on table custom_fields is 'Fields that a company added to its tickets. Policy "tenant". in_list = a column of the list.';
comment on column custom_fields.plugin_key is 'The plugin that brought it; null = the company made it.';
alter table custom_fields enable row level security, force row level security;
create policy tenant on custom_fields using (tenant_id = (select mortise.tenant()));
create policy auth on custom_fields to mortise_auth using (true) with check (true);
grant select, insert, update on custom_fields to mortise_api;
grant select on custom_fields to mortise_admin, mortise_steward;
grant select, insert, update, delete on custom_fields to mortise_auth;
grant update (custom) on tickets to mortise_auth;

set local role mortise_auth;

-- So many are shown on one page. Changes of one company's take turns. A manifest brings 10 at most, which aren't counted, and
-- a plugin that is enabled again has its columns as they were.
create function custom_fields_count() returns trigger
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
begin
  perform pg_advisory_xact_lock(hashtextextended('mortise custom ' || new.tenant_id, 0));
  if new.plugin_key is null and (select count(*) from custom_fields f where f.tenant_id = new.tenant_id
      and f.resource = new.resource and f.archived_at is null and f.plugin_key is null) > 30 then
    raise exception 'custom-fields-many: %', 30 using errcode = 'P0001';
  elsif new.in_list and (new.plugin_key is null or not old.in_list) and (select count(*) from custom_fields f
      where f.tenant_id = new.tenant_id and f.resource = new.resource and f.archived_at is null and f.in_list) > 3 then
    raise exception 'custom-columns-many: %', 3 using errcode = 'P0001';
  end if;
  return null;
end $$;
grant execute on function custom_fields_count() to mortise_owner;

create function audit_custom_field() returns trigger
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  other constant text[] := '{tenant_id,id,resource,version,position,archived_at,plugin_key,plugin_name}';
  was constant jsonb := to_jsonb(old) - other;
  is_now constant jsonb := to_jsonb(new) - other;
begin
  if tg_op = 'INSERT' then
    perform audit_add(new.tenant_id, 'company.field-added', 'field', new.id::text, new.label, null, is_now);
  elsif (old.archived_at is null) <> (new.archived_at is null) then
    perform audit_add(new.tenant_id, case when new.archived_at is null then 'company.field-restored' else 'company.field-deleted' end,
      'field', new.id::text, new.label, null, null);
  elsif was <> is_now then
    perform audit_add(new.tenant_id, 'company.field-changed', 'field', new.id::text, new.label, audit_changed(was, is_now),
      audit_changed(is_now, was));
  end if;
  return null;
end $$;

create function installation_fields() returns trigger
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  wanted constant jsonb := (select p.manifest from plugin_packages p where p.sha256 = new.package_sha256);
  fields constant jsonb := case when new.state = 'enabled' and jsonb_typeof(wanted -> 'customFields') = 'array'
    then wanted -> 'customFields' else '[]' end;
begin
  -- A type stays, as there may be values of it: a version that has another one keeps the field as it was.
  insert into custom_fields as c (tenant_id, id, resource, key, label, help, type, options, position, plugin_key, plugin_name)
    select new.tenant_id, gen_random_uuid(), f ->> 'resource', new.plugin_key || ':' || (f ->> 'name'), f ->> 'label',
      f ->> 'help', f ->> 'type', array(select jsonb_array_elements_text(coalesce(f -> 'options', '[]'))), 500 + n,
      new.plugin_key, wanted ->> 'displayName'
    from jsonb_array_elements(fields) with ordinality x (f, n)
    on conflict (tenant_id, resource, key) do update set label = excluded.label, help = excluded.help,
      options = case when c.type = excluded.type then excluded.options else c.options end,
      plugin_name = excluded.plugin_name, archived_at = null, version = c.version + 1
      where (c.label, c.help, c.plugin_name, c.archived_at) is distinct from
        (excluded.label, excluded.help, excluded.plugin_name, excluded.archived_at)
        or (c.type = excluded.type and c.options <> excluded.options);
  update custom_fields c set archived_at = now(), version = c.version + 1
    where c.tenant_id = new.tenant_id and c.plugin_key = new.plugin_key and c.archived_at is null
      and not exists (select from jsonb_array_elements(fields) f where new.plugin_key || ':' || (f ->> 'name') = c.key);
  return null;
end $$;

-- With the installation go its fields, and what people filled in.
create function installation_fields_gone() returns trigger
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  keys text[];
begin
  with gone as (delete from custom_fields c where c.tenant_id = old.tenant_id and c.plugin_key = old.plugin_key
    returning c.key)
  select array_agg(key) into keys from gone;
  if keys is not null then
    update tickets t set custom = t.custom - keys where t.tenant_id = old.tenant_id and t.custom ?| keys;
  end if;
  return null;
end $$;
grant execute on function audit_custom_field(), installation_fields(), installation_fields_gone() to mortise_owner;
reset role;

create function custom_field_of_plugin() returns trigger
language plpgsql
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  own constant text[] := '{required,in_list,position,version}';
begin
  if to_jsonb(new) - own <> to_jsonb(old) - own then
    raise exception 'custom-field-of-plugin: %', old.plugin_name using errcode = 'P0001';
  end if;
  return new;
end $$;

create trigger custom_fields_count after insert or update of archived_at, in_list on custom_fields for each row
  when (new.archived_at is null) execute function custom_fields_count();
create trigger audit_custom_field after insert or update on custom_fields for each row execute function audit_custom_field();
create trigger custom_field_of_plugin before update on custom_fields for each row
  when (old.plugin_key is not null and session_user = 'mortise_api') execute function custom_field_of_plugin();
create trigger fields after insert or update of state, package_sha256 on installations
  for each row execute function installation_fields();
create trigger fields_gone after delete on installations for each row execute function installation_fields_gone();
