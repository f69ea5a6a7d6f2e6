-- 009-plugin-migrations.sql - which migrations a plugin's tables have seen, and which a tenant's rows.

create table plugin_migrations (
  plugin_key text not null references plugins,
  name text not null,
  sha256 text not null,
  applied_at timestamptz not null default now(),
  phase text not null default 'expand' check (phase in ('expand', 'contract')),
  primary key (plugin_key, name)
);
comment on table plugin_migrations is 'Which migrations of a plugin ran. No tenant''s data.';
comment on column plugin_migrations.phase is 'What it did: expand added, contract took away. Moving '
  'a tenant''s rows is in plugin_tenant_migrations.';
grant select on plugin_migrations to mortise_api, mortise_admin, mortise_steward;
grant insert, update, delete on plugin_migrations to mortise_admin;
grant delete on plugin_migrations to mortise_steward;

-- Deleted with the installation: installing again begins with the newest tables and no rows.
create table plugin_tenant_migrations (
  tenant_id int not null,
  plugin_key text not null,
  name text not null,
  sha256 text not null check (sha256 ~ '^[0-9a-f]{64}$'),
  applied_at timestamptz not null default now(),
  primary key (tenant_id, plugin_key, name),
  foreign key (tenant_id, plugin_key) references installations (tenant_id, plugin_key) on delete cascade
);
comment on table plugin_tenant_migrations is 'Which migrations moved a tenant''s rows, and when last: '
  'again each time it switches to a version that has them, and once more when the version before has '
  'gone. Policy "tenant"; the admin pool reads all; written by plugin_moved() in the transaction that '
  'moved them.';
alter table plugin_tenant_migrations enable row level security, force row level security;
create policy tenant on plugin_tenant_migrations using (tenant_id = (select mortise.tenant()));
create policy auth on plugin_tenant_migrations to mortise_auth using (true) with check (true);
create policy all_tenants on plugin_tenant_migrations for select to mortise_admin using (true);
grant select, delete on plugin_tenant_migrations to mortise_admin;
grant select, insert, update on plugin_tenant_migrations to mortise_auth;

-- A plugin's role moves the rows, and the record is made in the same transaction; but the role must not be
-- able to make one on its own. So the admin pool announces the move under a random token, and reveals it in
-- the transaction's last statement, when the plugin's own statements are over.
create table plugin_moves (
  tenant_id int not null,
  plugin_key text not null,
  token_hash bytea not null check (length(token_hash) = 32),
  migrations jsonb not null, -- [{"name": ..., "sha256": ...}]
  primary key (tenant_id, plugin_key),
  foreign key (tenant_id, plugin_key) references installations (tenant_id, plugin_key) on delete cascade
);
comment on table plugin_moves is 'Moves of a tenant''s rows that are under way. Policy "tenant"; one '
  'that was cut off is overwritten by the next.';
alter table plugin_moves enable row level security, force row level security;
create policy tenant on plugin_moves using (tenant_id = (select mortise.tenant()));
create policy auth on plugin_moves to mortise_auth using (true) with check (true);
grant select, insert, update, delete on plugin_moves to mortise_admin;
grant select, delete on plugin_moves to mortise_auth;

-- Can this version run on the plugin's tables as they are? NULL, or why not. All that it adds must be
-- there, with its bytes, and nothing gone that it doesn't know to be gone.
create function plugin_fit(sha256 text) returns text
language sql stable
set search_path = mortise, pg_catalog, pg_temp
as $$
  with package as (
    select k.plugin_key from plugin_packages k where k.sha256 = plugin_fit.sha256
  ), has as (
    select substr(f.path, length('migrations/') + 1) as name, f.sha256
    from plugin_files f
    where f.package_sha256 = plugin_fit.sha256 and f.path like 'migrations/%'
      and f.path not like '%.tenant.sql'
  ), ran as (
    select m.name, m.sha256, m.phase from plugin_migrations m join package using (plugin_key)
  )
  select string_agg(v.why, '; ' order by v.why) from (
    select 'fit-not-run: ' || h.name as why
      from has h where h.name not like '%.contract.sql'
        and not exists (select from ran r where r.name = h.name)
    union all
    select 'fit-other: ' || h.name
      from has h join ran r on r.name = h.name and r.sha256 <> h.sha256
    union all
    select 'fit-taken: ' || r.name
      from ran r where r.phase = 'contract' and not exists (select from has h where h.name = r.name)
    union all
    select 'fit-no-package' where not exists (select from package)
  ) v
$$;
comment on function plugin_fit(text) is
  'Why a package can''t run on its plugin''s tables as they are; NULL when it can.';
grant execute on function plugin_fit(text) to mortise_api, mortise_admin, mortise_steward;

set local role mortise_auth;

-- The last statement of a transaction of p_<key> that moved a tenant's rows: makes the record, given the
-- token.
create function plugin_moved(token text) returns int
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  move record;
begin
  delete from plugin_moves m
    where m.tenant_id = (select mortise.tenant())
      and session_user = 'p_' || replace(m.plugin_key, '-', '_')
      and m.token_hash = sha256(convert_to(plugin_moved.token, 'UTF8'))
    returning m.tenant_id, m.plugin_key, m.migrations into move;
  if not found then
    raise exception 'move-unknown' using errcode = '42501';
  end if;
  insert into plugin_tenant_migrations as t (tenant_id, plugin_key, name, sha256)
    select move.tenant_id, move.plugin_key, x.name, x.sha256
    from jsonb_to_recordset(move.migrations) as x (name text, sha256 text)
    on conflict on constraint plugin_tenant_migrations_pkey
      do update set sha256 = excluded.sha256, applied_at = now();
  return jsonb_array_length(move.migrations);
end $$;
comment on function plugin_moved(text) is 'Records that a tenant''s rows were moved; needs the token.';

grant execute on function plugin_moved(text) to mortise_plugin;
reset role;
