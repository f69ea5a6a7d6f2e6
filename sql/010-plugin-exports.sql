-- 010-plugin-exports.sql - exports of a tenant's rows of a plugin, available for a while after their
-- deletion.

create table plugin_exports (
  tenant_id int not null references tenants,
  id uuid not null,
  plugin_key text not null,
  version text not null,
  created_by uuid,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  size bigint not null check (size >= 0),
  primary key (tenant_id, id)
);
create index plugin_exports_newest on plugin_exports (tenant_id, created_at desc, id);
comment on table plugin_exports is 'A tenant''s rows of a plugin as a ZIP, made before they were '
  'deleted. Policy "tenant"; exports_expire() takes them away.';
alter table plugin_exports enable row level security, force row level security;
create policy tenant on plugin_exports using (tenant_id = (select mortise.tenant()));
create policy auth on plugin_exports to mortise_auth using (true) with check (true);
grant select, insert, delete on plugin_exports to mortise_admin;
grant select, delete on plugin_exports to mortise_auth;

create table plugin_export_parts (
  tenant_id int not null,
  export_id uuid not null,
  n int not null,
  data bytea not null check (length(data) <= 1 << 20),
  primary key (tenant_id, export_id, n),
  foreign key (tenant_id, export_id) references plugin_exports on delete cascade
);
alter table plugin_export_parts alter data set storage external; -- a ZIP doesn't get smaller
comment on table plugin_export_parts is 'An export''s bytes, a megabyte a row. Policy "tenant".';
alter table plugin_export_parts enable row level security, force row level security;
create policy tenant on plugin_export_parts using (tenant_id = (select mortise.tenant()));
create policy auth on plugin_export_parts to mortise_auth using (true) with check (true);
grant select, insert, delete on plugin_export_parts to mortise_admin;
grant select, delete on plugin_export_parts to mortise_auth;

set local role mortise_auth;

create function exports_expire() returns bigint
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  n bigint;
begin
  delete from plugin_exports e using (
    select x.tenant_id, x.id from plugin_exports x where x.expires_at < now() limit 20) old
    where e.tenant_id = old.tenant_id and e.id = old.id;
  get diagnostics n = row_count;
  return n;
end $$;
comment on function exports_expire() is 'Deletes exports whose time is over, at most 20 at a time.';

grant execute on function exports_expire() to mortise_steward;
reset role;
