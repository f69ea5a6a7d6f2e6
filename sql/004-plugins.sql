-- 004-plugins.sql - packages, which tenant has which installed, and steps in flight.
--
-- was: a0f00d70d62fadc631083e34ab474c806be25e5eb6f3222ea7381926d4b877e5 (tables without statistics; 018 gives them back)

create table plugins (
  key text primary key check (key ~ '^[a-z][a-z0-9-]{1,39}$' and key !~ '--|-$'),
  number int not null unique generated always as identity,
  created_at timestamptz not null default now()
);
comment on table plugins is 'Every plugin ever uploaded; number gives its workers their user id. '
  'No tenant''s data: nothing of who has it installed.';

create table plugin_packages (
  sha256 text primary key check (sha256 ~ '^[0-9a-f]{64}$'),
  plugin_key text not null references plugins,
  version text not null,
  manifest jsonb not null,
  routes jsonb not null,
  zip bytea not null,
  size bigint not null,
  status text not null default 'unsigned',
  uploaded_by uuid,
  uploaded_at timestamptz not null default now(),
  quarantined_at timestamptz,
  quarantine_reason text,
  unique (plugin_key, version)
);
-- A ZIP doesn't get smaller; without compression a part can be read without the whole.
alter table plugin_packages alter zip set storage external;
comment on table plugin_packages is 'Packages by the hash of their ZIP. No tenant''s data.';

create table plugin_files (
  package_sha256 text not null references plugin_packages on delete cascade,
  path text not null,
  size bigint not null,
  sha256 text not null check (sha256 ~ '^[0-9a-f]{64}$'),
  primary key (package_sha256, path)
);
comment on table plugin_files is 'Every file of a package with its hash. No tenant''s data.';

create table plugin_migrations (
  plugin_key text not null references plugins,
  name text not null,
  sha256 text not null,
  applied_at timestamptz not null default now(),
  primary key (plugin_key, name)
);
comment on table plugin_migrations is 'Which migrations of a plugin ran. No tenant''s data.';

create table installations (
  tenant_id int not null references tenants,
  id uuid not null,
  plugin_key text not null references plugins,
  package_sha256 text not null references plugin_packages,
  state text not null check (state in ('installing', 'enabled', 'disabled', 'removing')),
  installed_by uuid,
  installed_at timestamptz not null default now(),
  changed_at timestamptz not null default now(),
  primary key (tenant_id, id),
  unique (tenant_id, plugin_key)
);
comment on table installations is 'Which plugin a tenant has. Policy "tenant"; the admin pool and the '
  'steward see all (last one out removes the plugin, which pools are wanted).';
alter table installations enable row level security, force row level security;
create policy tenant on installations using (tenant_id = (select mortise.tenant()));
create policy all_tenants on installations to mortise_admin, mortise_steward
  using (true) with check (true);

create table journal (
  id bigint primary key generated always as identity,
  plugin_key text not null,
  op text not null,
  detail jsonb not null default '{}',
  started_at timestamptz not null default now()
);
comment on table journal is 'Steps of a plugin''s life that are not finished, for recovery. The row '
  'goes when the step is done. Reached by the admin pool and the steward; detail may name a tenant.';

grant select on plugins, plugin_packages, plugin_files, plugin_migrations, installations
  to mortise_api, mortise_admin, mortise_steward;
grant insert, update, delete on plugins, plugin_packages, plugin_files, plugin_migrations,
  installations to mortise_admin;
grant update on plugin_packages, installations to mortise_steward;
grant delete on installations, plugin_migrations to mortise_steward;
grant select, insert, update, delete on journal to mortise_admin, mortise_steward;
