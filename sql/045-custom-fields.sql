-- 045-custom-fields.sql - fields that a company adds to its tickets: their definitions. Values are in tickets.custom, by key,
-- and checked by fcgi/api/custom.c. A field that is deleted is archived: its values stay, and come back with it.

create table custom_fields (
  tenant_id int not null default mortise.tenant() references tenants,
  id uuid not null,
  resource text not null check (resource in ('tickets')),
  key text not null check (length(key) between 1 and 40 and key ~ '^[a-z][A-Za-z0-9]*$'),
  label text not null check (length(label) between 1 and 60),
  help text check (length(help) between 1 and 300),
  type text not null check (type in ('text', 'longtext', 'number', 'decimal', 'date', 'choice', 'person', 'boolean')),
  options text[] not null default '{}' check (cardinality(options) <= 50),
  required bool not null default false,
  in_list bool not null default false,
  position int not null default 0,
  version int not null default 1,
  archived_at timestamptz,
  primary key (tenant_id, id),
  unique (tenant_id, resource, key)
);
comment on table custom_fields is 'Fields that a company added to its tickets. Policy "tenant". in_list = a column of the list.';
alter table custom_fields enable row level security, force row level security;
create policy tenant on custom_fields using (tenant_id = (select mortise.tenant()));
create policy auth on custom_fields to mortise_auth using (true) with check (true);
grant select, insert, update on custom_fields to mortise_api;
grant select on custom_fields to mortise_admin, mortise_steward;
grant select, delete on custom_fields to mortise_auth;

set local role mortise_auth;

-- So many are shown on one page. Changes of one company's take turns.
create function custom_fields_count() returns trigger
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
begin
  perform pg_advisory_xact_lock(hashtextextended('mortise custom ' || new.tenant_id, 0));
  if (select count(*) from custom_fields f where f.tenant_id = new.tenant_id and f.resource = new.resource and f.archived_at is null) > 30 then
    raise exception 'custom-fields-many: %', 30 using errcode = 'P0001';
  elsif (select count(*) from custom_fields f where f.tenant_id = new.tenant_id and f.resource = new.resource and f.archived_at is null
      and f.in_list) > 3 then
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
  was constant jsonb := to_jsonb(old) - '{tenant_id,id,resource,version,position,archived_at}'::text[];
  is_now constant jsonb := to_jsonb(new) - '{tenant_id,id,resource,version,position,archived_at}'::text[];
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
grant execute on function audit_custom_field() to mortise_owner;
reset role;

create trigger custom_fields_count after insert or update of archived_at, in_list on custom_fields for each row
  when (new.archived_at is null) execute function custom_fields_count();
create trigger audit_custom_field after insert or update on custom_fields for each row execute function audit_custom_field();
