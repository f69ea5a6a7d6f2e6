-- 010-plugin-versions.sql - what approval, consent and rollback need to know.

alter table plugin_packages
  add column approved_at timestamptz,
  add column approved_by uuid,
  add column source text not null default 'upload' check (source in ('upload', 'marketplace', 'bundled')),
  add column signature text,
  add column hooks text[] not null default '{}';
comment on column plugin_packages.approved_at is 'Tenants may install or move to approved versions only.';
comment on column plugin_packages.signature is 'A detached minisign signature of the ZIP, as its file stands.';
comment on column plugin_packages.hooks is 'Hooks of the library, by the trial load.';
update plugin_packages set approved_at = uploaded_at, approved_by = uploaded_by;

alter table installations
  add column previous_sha256 text references plugin_packages,
  add column consented text[] not null default '{}';
comment on column installations.previous_sha256 is 'The last version that worked here: where a rollback goes.';
comment on column installations.consented is 'Permissions that the tenant''s admin confirmed.';
-- Of all tenants: the owner is under the policies too, while they are forced.
alter table installations no force row level security;
update installations i set consented = coalesce((
  select array_agg(p) from plugin_packages k, jsonb_array_elements_text(k.manifest->'permissions') p
  where k.sha256 = i.package_sha256), '{}');
alter table installations force row level security;
