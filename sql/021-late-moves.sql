-- 021-late-moves.sql - the admin pool looks for tenants whose last rows of an older version are to be moved.

create policy all_tenants on plugin_tenant_migrations for select to mortise_admin using (true);
comment on table plugin_tenant_migrations is 'Which migrations moved a tenant''s rows, and when last: '
  'again each time it switches to a version that has them, and once more when the version before has '
  'gone. Policy "tenant"; the admin pool reads all; written by plugin_moved() in the transaction that '
  'moved them.';
