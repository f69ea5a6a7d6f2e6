-- 008-plugins.sql - packages, their files, and which tenant has which installed.

create table plugins (
  key text primary key check (key ~ '^[a-z][a-z0-9-]{1,39}$' and key !~ '--|-$'),
  number int not null unique generated always as identity,
  created_at timestamptz not null default now(),
  newest_approved text
);
comment on table plugins is 'Every plugin ever uploaded; number gives its workers their user id. '
  'No tenant''s data: nothing of who has it installed.';
comment on column plugins.newest_approved is 'The highest version that was ever approved, also when its '
  'package is gone: what is older can''t be approved any more, so nobody brings a known hole back.';

-- The full names of the permissions that a manifest defines.
create function permissions_named(key text, manifest jsonb) returns text[]
language sql immutable
set search_path = pg_catalog, pg_temp
as $$
  select coalesce(array_agg(key || ':' || (d->>'name')), '{}')
  from jsonb_array_elements(case when jsonb_typeof(manifest->'definesPermissions') = 'array'
    then manifest->'definesPermissions' else '[]' end) d
$$;
grant execute on function permissions_named(text, jsonb) to mortise_core;

create table plugin_packages (
  sha256 text primary key check (sha256 ~ '^[0-9a-f]{64}$'),
  plugin_key text not null references plugins,
  version text not null,
  manifest jsonb not null,
  routes jsonb not null,
  zip bytea not null,
  size bigint not null,
  uploaded_by uuid,
  uploaded_at timestamptz not null default now(),
  quarantined_at timestamptz,
  quarantine_reason jsonb,
  approved_at timestamptz,
  approved_by uuid,
  source text not null default 'upload' check (source in ('upload', 'marketplace', 'bundled')),
  signature text,
  hooks text[] not null default '{}',
  blake2b text check (blake2b ~ '^[0-9a-f]{128}$'),
  imports jsonb not null default '{}',
  refused_at timestamptz,
  -- taking a manifest apart for each request to /api/me was most of its statement
  defines text[] not null generated always as (permissions_named(plugin_key, manifest)) stored,
  unique (plugin_key, version)
);
-- A ZIP doesn't get smaller; without compression a part can be read without the whole.
alter table plugin_packages alter zip set storage external;
comment on table plugin_packages is 'Packages by the hash of their ZIP. No tenant''s data.';
comment on column plugin_packages.quarantine_reason is 'A message: its key and values.';
comment on column plugin_packages.approved_at is 'Tenants may install or move to approved versions only.';
comment on column plugin_packages.signature is 'A detached minisign signature of the ZIP, as its file stands.';
comment on column plugin_packages.hooks is 'Hooks of the library, by the trial load.';
comment on column plugin_packages.blake2b is 'BLAKE2b-512 of the ZIP: what a signature signs. Null = '
  'uploaded before; it is taken from the ZIP then.';
comment on column plugin_packages.imports is 'What the library imports from others: allowed n, '
  'notable [symbol].';
comment on column plugin_packages.refused_at is 'Since when the trust policy doesn''t let it run though '
  'somebody has it enabled; the steward writes it when it reads the wanted pools, because the api '
  'pool neither knows the operator''s keys nor judges signatures.';

create table plugin_files (
  package_sha256 text not null references plugin_packages on delete cascade,
  path text not null,
  size bigint not null,
  sha256 text not null check (sha256 ~ '^[0-9a-f]{64}$'),
  primary key (package_sha256, path)
);
comment on table plugin_files is 'Every file of a package with its hash. No tenant''s data.';

create table installations (
  tenant_id int not null references tenants,
  id uuid not null,
  plugin_key text not null references plugins,
  package_sha256 text not null references plugin_packages,
  state text not null check (state in ('installing', 'enabled', 'disabled', 'removing')),
  installed_by uuid,
  installed_at timestamptz not null default now(),
  changed_at timestamptz not null default now(),
  previous_sha256 text references plugin_packages,
  consented text[] not null default '{}',
  left_sha256 text,
  left_at timestamptz,
  primary key (tenant_id, id),
  unique (tenant_id, plugin_key)
);
comment on table installations is 'Which plugin a tenant has. Policy "tenant"; the admin pool and the '
  'steward see all (last one out removes the plugin, which pools are wanted).';
comment on column installations.previous_sha256 is 'The last version that worked here: where a rollback goes.';
comment on column installations.consented is 'Permissions that the tenant''s admin confirmed.';
comment on column installations.left_sha256 is 'The version that was switched off last: its pool stays a '
  'few seconds longer, for requests that were on their way to it.';
alter table installations enable row level security, force row level security;
create policy tenant on installations using (tenant_id = (select mortise.tenant()));
create policy all_tenants on installations to mortise_admin, mortise_steward
  using (true) with check (true);
create policy auth on installations for select to mortise_auth using (true);

grant select on plugins, plugin_packages, plugin_files, installations
  to mortise_api, mortise_admin, mortise_steward;
grant insert, update, delete on plugins, plugin_packages, plugin_files, installations to mortise_admin;
grant update on plugin_packages to mortise_steward;
grant update, delete on installations to mortise_steward;
grant select on plugins, plugin_packages, installations to mortise_auth;
