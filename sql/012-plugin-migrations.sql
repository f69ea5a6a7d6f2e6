-- 012-plugin-migrations.sql - which migrations a plugin's tables have seen, which a tenant's rows have
-- seen, and rows that an uninstall kept for a while.

alter table plugin_migrations
  add column phase text not null default 'expand' check (phase in ('expand', 'contract'));
comment on column plugin_migrations.phase is 'What it did: expand added, contract took away. Moving '
  'a tenant''s rows is in plugin_tenant_migrations.';

-- Goes with the installation: who installs again begins with the newest tables and no rows.
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

-- A plugin's role moves the rows, and the record is made in the same transaction; but it must not be
-- able to make one by itself. So the admin pool announces the move under a random token, and gives it
-- away in the transaction's last statement, when the plugin's own statements are over.
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

do $$
declare
  t text;
begin
  foreach t in array array['plugin_exports', 'plugin_export_parts'] loop
    execute format('alter table %I enable row level security, force row level security', t);
    execute format('create policy tenant on %I using (tenant_id = (select mortise.tenant()))', t);
    execute format('create policy auth on %I to mortise_auth using (true) with check (true)', t);
    execute format('grant select, insert, delete on %I to mortise_admin', t);
    execute format('grant select, delete on %I to mortise_auth', t);
  end loop;
end $$;

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
    select format('%s has not run', h.name) as why
      from has h where h.name not like '%.contract.sql'
        and not exists (select from ran r where r.name = h.name)
    union all
    select format('%s ran with other content', h.name)
      from has h join ran r on r.name = h.name and r.sha256 <> h.sha256
    union all
    select format('%s took away what this version needs', r.name)
      from ran r where r.phase = 'contract' and not exists (select from has h where h.name = r.name)
    union all
    select 'there is no such package' where not exists (select from package)
  ) v
$$;
comment on function plugin_fit(text) is
  'Why a package can''t run on its plugin''s tables as they are; NULL when it can.';
grant execute on function plugin_fit(text) to mortise_api, mortise_admin, mortise_steward;

set local role mortise_auth;

-- The last statement of a transaction of p_<key> that moved a tenant's rows: the record, for whoever
-- knows the token.
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
    raise exception 'no rows are being moved' using errcode = '42501';
  end if;
  insert into plugin_tenant_migrations as t (tenant_id, plugin_key, name, sha256)
    select move.tenant_id, move.plugin_key, x.name, x.sha256
    from jsonb_to_recordset(move.migrations) as x (name text, sha256 text)
    on conflict on constraint plugin_tenant_migrations_pkey
      do update set sha256 = excluded.sha256, applied_at = now();
  return jsonb_array_length(move.migrations);
end $$;
comment on function plugin_moved(text) is 'Records that a tenant''s rows were moved; needs the token.';

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

grant execute on function plugin_moved(text) to mortise_plugin;
grant execute on function exports_expire() to mortise_steward;
reset role;
