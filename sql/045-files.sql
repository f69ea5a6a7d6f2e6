-- 045-files.sql - files of tickets and of plugins: their rows; the bytes are in files_dir (fcgi/base/files.h), once a company
-- and hash.
--
-- No row is without its bytes, whenever a process is killed: an upload writes down what it is about to store
-- (file_begin), and its transaction takes the lock of that hash (file_hold), puts the bytes in their place and adds the
-- row. Bytes that no row names are in file_removals, and the steward removes them under the same lock.

create table ticket_files (
  tenant_id int not null default mortise.tenant(),
  id uuid not null,
  ticket_id uuid not null,
  author_id uuid not null,
  name text not null check (length(name) between 1 and 200),
  type text not null check (type ~ '^[a-z]+/[A-Za-z0-9.+_-]{1,100}$'),
  size bigint not null check (size >= 0),
  sha256 text not null check (sha256 ~ '^[0-9a-f]{64}$'),
  width int check (width > 0),
  height int check (height > 0),
  thumbnail bool not null default false,
  created_at timestamptz not null default now(),
  primary key (tenant_id, id),
  foreign key (tenant_id, ticket_id) references tickets on delete cascade,
  foreign key (tenant_id, author_id) references users
);
create index ticket_files_ticket on ticket_files (tenant_id, ticket_id, created_at, id);
create index ticket_files_hash on ticket_files (tenant_id, sha256);
comment on table ticket_files is 'Files of tickets; type, width and height are what their bytes are. Policy "tenant", and '
  '"own_read", "own_add" and "own_remove" as the ticket''s.';
alter table ticket_files enable row level security, force row level security;
create policy tenant on ticket_files using (tenant_id = (select mortise.tenant()));
create policy auth on ticket_files to mortise_auth using (true) with check (true);
create policy own_read on ticket_files as restrictive for select to mortise_api, mortise_admin
  using (case when (select mortise.own_tickets()) = 'read' then ticket_mine(ticket_id)::int else 1 end <> 0);
create policy own_add on ticket_files as restrictive for insert to mortise_api, mortise_admin
  with check (case when (select mortise.own_tickets()) is not null then ticket_mine(ticket_id)::int else 1 end <> 0);
create policy own_remove on ticket_files as restrictive for delete to mortise_api, mortise_admin
  using (case when (select mortise.own_tickets()) is not null then ticket_mine(ticket_id)::int else 1 end <> 0);
grant select, insert, delete on ticket_files to mortise_api;
grant select, delete on ticket_files to mortise_auth;
grant select (id, ticket_id, author_id, name, type, size, sha256, width, height, thumbnail, created_at, tenant_id)
  on ticket_files to mortise_steward;

create table plugin_kept_files (
  tenant_id int not null default mortise.tenant() references tenants,
  plugin_key text not null references plugins on delete cascade,
  id uuid not null,
  name text not null check (length(name) between 1 and 200 and name !~ '[[:cntrl:]/\\]'),
  type text not null check (type ~ '^[a-z]+/[A-Za-z0-9.+_-]{1,100}$'),
  size bigint not null check (size >= 0),
  sha256 text not null check (sha256 ~ '^[0-9a-f]{64}$'),
  width int check (width > 0),
  height int check (height > 0),
  thumbnail bool not null default false,
  created_by uuid,
  created_at timestamptz not null default now(),
  primary key (tenant_id, plugin_key, id)
);
create index plugin_kept_files_hash on plugin_kept_files (tenant_id, sha256);
comment on table plugin_kept_files is 'Files of plugins. Policy "auth": mortise_auth alone, through the functions below.';
alter table plugin_kept_files enable row level security, force row level security;
create policy auth on plugin_kept_files to mortise_auth using (true) with check (true);
grant select, insert, delete on plugin_kept_files to mortise_auth;
-- an export of the company
grant select (tenant_id, plugin_key, id, name, type, size, sha256, width, height, thumbnail, created_by, created_at)
  on plugin_kept_files to mortise_steward;
create policy company on plugin_kept_files to mortise_steward using (tenant_id = (select mortise.tenant()));

create table file_removals (
  tenant_id int not null references tenants on delete cascade,
  sha256 text not null,
  due_at timestamptz not null,
  primary key (tenant_id, sha256)
);
comment on table file_removals is 'Bytes that no row may name. Policy "auth": mortise_auth alone, through the functions below.';
alter table file_removals enable row level security, force row level security;
create policy auth on file_removals to mortise_auth using (true) with check (true);
grant select, insert, update, delete on file_removals to mortise_auth;

set local role mortise_auth;

create function file_lock(tenant int, hash text) returns bigint
language sql immutable
return hashtextextended('mortise file ' || tenant || ' ' || hash, 0);

-- Does a row name these bytes?
create function file_used(tenant int, hash text) returns bool
language sql stable
return exists (select from ticket_files f where f.tenant_id = tenant and f.sha256 = hash)
  or exists (select from plugin_kept_files f where f.tenant_id = tenant and f.sha256 = hash);

-- Of the transaction's company. What isn't a row within the hour is removed.
create function file_begin(hash text) returns void
language sql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
  insert into file_removals as r (tenant_id, sha256, due_at) values (mortise.tenant(), file_begin.hash, now() + interval '1 hour')
    on conflict (tenant_id, sha256) do update set due_at = excluded.due_at
$$;

-- Nobody removes these bytes before the transaction's end.
create function file_hold(hash text) returns void
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
begin
  perform pg_advisory_xact_lock(file_lock(mortise.tenant(), file_hold.hash));
  delete from file_removals r where r.tenant_id = mortise.tenant() and r.sha256 = file_hold.hash;
end $$;

-- For the steward, which removes what isn't used before it commits.
create function file_removals_take(most int) returns table (tenant int, hash text, used bool)
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  r file_removals;
begin
  for r in select * from file_removals o where o.due_at <= now() order by o.due_at limit most for update skip locked loop
    if pg_try_advisory_xact_lock(file_lock(r.tenant_id, r.sha256)) then
      delete from file_removals o where o.tenant_id = r.tenant_id and o.sha256 = r.sha256;
      return query select r.tenant_id, r.sha256, file_used(r.tenant_id, r.sha256);
    end if;
  end loop;
end $$;

-- The company's row is locked, so that two at once pass neither limit, and bytes that two rows have count once.
create function file_come(tenant int, hash text, size bigint) returns void
language plpgsql
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  most constant int := company_limit(tenant, 'storage');
  l company_limits;
begin
  select * into l from company_limits c where c.tenant_id = tenant;
  if file_used(tenant, hash) then
    return;
  elsif most > 0 and l.bytes + l.file_bytes + file_come.size > most * 1048576::bigint then
    raise exception 'limit-storage: %', most using errcode = 'P0001';
  end if;
  update company_limits c set file_bytes = c.file_bytes + file_come.size where c.tenant_id = tenant;
end $$;

create function file_lock_company(tenant int) returns void
language sql
set search_path = mortise, pg_catalog, pg_temp
as $$
  insert into company_limits as c (tenant_id) values (tenant)
    on conflict (tenant_id) do update set file_bytes = c.file_bytes
$$;

-- The row is gone: so may be the bytes.
create function file_gone(tenant int, hash text, size bigint) returns void
language plpgsql
set search_path = mortise, pg_catalog, pg_temp
as $$
begin
  perform file_lock_company(tenant);
  if not file_used(tenant, hash) then
    update company_limits c set file_bytes = greatest(0, c.file_bytes - file_gone.size) where c.tenant_id = tenant;
    insert into file_removals as r (tenant_id, sha256, due_at) values (tenant, hash, now())
      on conflict (tenant_id, sha256) do update set due_at = least(r.due_at, excluded.due_at);
  end if;
end $$;

create function file_limited() returns trigger
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
begin
  perform file_lock_company(new.tenant_id);
  if (select count(*) from ticket_files f where f.tenant_id = new.tenant_id and f.ticket_id = new.ticket_id) >= 100 then
    raise exception 'files-many: 100' using errcode = 'P0001';
  end if;
  perform file_come(new.tenant_id, new.sha256, new.size);
  return new;
end $$;

-- What follows from a file that came or went: the ticket's history, an event, what the company stores.
create function file_changed() returns trigger
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  f constant ticket_files := coalesce(new, old);
  t tickets;
begin
  if tg_op = 'DELETE' then
    perform file_gone(f.tenant_id, f.sha256, f.size);
  end if;
  perform company_limit_note(f.tenant_id, 'storage');
  -- Deleted with its ticket, or with its company, nobody reads it any more.
  select * into t from tickets x where x.tenant_id = f.tenant_id and x.id = f.ticket_id;
  if t.id is null or mortise.user_id() is null then
    return null;
  end if;
  insert into ticket_history (tenant_id, ticket_id, user_id, changes) values (f.tenant_id, t.id, mortise.user_id(),
    jsonb_build_object('attachment', case tg_op when 'INSERT' then jsonb_build_array(null, f.name) else jsonb_build_array(f.name, null) end));
  perform outbox_add(f.tenant_id, 't.' || f.tenant_id, case tg_op when 'INSERT' then 'TicketFileAdded' else 'TicketFileRemoved' end,
    jsonb_build_object('ticketId', t.id, 'number', t.number, 'title', t.title, 'state', t.state, 'version', t.version,
      'fileId', f.id, 'name', f.name, 'byUserId', mortise.user_id(), 'byUserName', (select u.name from users u
        where u.tenant_id = f.tenant_id and u.id = mortise.user_id())));
  return null;
end $$;

-- --- files of plugins -------------------------------------------------------------------------------------------

create function plugin_file_quota() returns bigint
language sql stable
return coalesce((select b.value from bounds b where b.name = 'plugin_files_mb'), 256)::bigint << 20;

-- A plugin's quota counts each of its files, also where two have the same bytes.
create function plugin_file_limited() returns trigger
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  n bigint;
  bytes bigint;
begin
  perform file_lock_company(new.tenant_id);
  select count(*), coalesce(sum(f.size), 0) into n, bytes from plugin_kept_files f
    where f.tenant_id = new.tenant_id and f.plugin_key = new.plugin_key;
  if n >= 1000 then
    raise exception 'plugin-files-many: 1000' using errcode = '53100';
  elsif bytes + new.size > plugin_file_quota() then
    raise exception 'plugin-files-full: %', plugin_file_quota() >> 20 using errcode = '53100';
  end if;
  perform file_come(new.tenant_id, new.sha256, new.size);
  return new;
end $$;

create function plugin_file_changed() returns trigger
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
begin
  if tg_op = 'DELETE' then
    perform file_gone(old.tenant_id, old.sha256, old.size);
  end if;
  perform company_limit_note(coalesce(new.tenant_id, old.tenant_id), 'storage');
  return null;
end $$;

-- With the installation go its files.
create function plugin_files_uninstalled() returns trigger
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
begin
  delete from plugin_kept_files f where f.tenant_id = old.tenant_id and f.plugin_key = old.plugin_key;
  return null;
end $$;

-- The plugin that is meant, when it is installed in the transaction's company with the permission "files".
create function plugin_file_whose(plugin text) returns text
language plpgsql stable
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  mine constant text := plugin_storage_whose(plugin);
begin
  if not exists (select from installations i join plugin_packages p on p.sha256 = i.package_sha256
      where i.tenant_id = mortise.tenant() and i.plugin_key = mine and p.manifest -> 'permissions' ? 'files') then
    raise exception 'plugin-files-none: %', left(mine, 40) using errcode = 'P0002';
  end if;
  return mine;
end $$;

-- Who reads and writes files of a plugin in pages, and how large one may be: "uploads" of the manifest.
create function plugin_file_rights(plugin text) returns table (read text, write text, max_mb int)
language plpgsql stable security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  mine constant text := plugin_file_whose(plugin_file_rights.plugin);
begin
  return query select p.manifest -> 'uploads' ->> 'read', p.manifest -> 'uploads' ->> 'write',
      coalesce((p.manifest -> 'uploads' ->> 'maxMb')::int, 25)
    from installations i join plugin_packages p on p.sha256 = i.package_sha256
    where i.tenant_id = mortise.tenant() and i.plugin_key = mine;
end $$;

-- For the core alone, as it has the hash; of an enabled plugin.
create function plugin_file_get(plugin text, id uuid)
returns table (name text, type text, sha256 text, thumbnail bool)
language sql stable security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
  select f.name, f.type, f.sha256, f.thumbnail from plugin_kept_files f
    join installations i on i.tenant_id = f.tenant_id and i.plugin_key = f.plugin_key and i.state = 'enabled'
    where f.tenant_id = mortise.tenant() and f.plugin_key = plugin_file_get.plugin and f.id = plugin_file_get.id
$$;

-- In the order of their ids, which is that of their time.
create function plugin_file_list(plugin text, after uuid, most int)
returns table (id uuid, name text, type text, size bigint, width int, height int, thumbnail bool, created_by uuid, created_at text)
language plpgsql stable security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  mine constant text := plugin_file_whose(plugin_file_list.plugin);
begin
  return query select f.id, f.name, f.type, f.size, f.width, f.height, f.thumbnail, f.created_by, iso(f.created_at)
    from plugin_kept_files f where f.tenant_id = mortise.tenant() and f.plugin_key = mine
      and (plugin_file_list.after is null or f.id > plugin_file_list.after)
    order by f.id limit greatest(1, least(100, coalesce(most, 100)));
end $$;

-- For the core alone, which has put the bytes in their place in this transaction (file_hold): a plugin that named a hash
-- could read another's file. The row as JSON.
create function plugin_file_add(plugin text, id uuid, name text, type text, size bigint, sha256 text, width int, height int,
  thumbnail bool) returns text
language sql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
  insert into plugin_kept_files as f (plugin_key, id, name, type, size, sha256, width, height, thumbnail, created_by)
    values (plugin_file_whose(plugin), plugin_file_add.id, plugin_file_add.name, plugin_file_add.type, plugin_file_add.size,
      plugin_file_add.sha256, nullif(plugin_file_add.width, 0), nullif(plugin_file_add.height, 0), plugin_file_add.thumbnail,
      mortise.user_id())
    returning json_build_object('id', f.id, 'name', f.name, 'type', f.type, 'size', f.size, 'width', f.width, 'height', f.height,
      'thumbnail', f.thumbnail, 'authorId', f.created_by, 'createdAt', iso(f.created_at))::text
$$;

create function plugin_file_delete(plugin text, id uuid) returns bool
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  mine constant text := plugin_file_whose(plugin_file_delete.plugin);
begin
  delete from plugin_kept_files f where f.tenant_id = mortise.tenant() and f.plugin_key = mine and f.id = plugin_file_delete.id;
  return found;
end $$;

grant execute on function plugin_file_add(text, uuid, text, text, bigint, text, int, int, bool), plugin_file_get(text, uuid),
  plugin_file_rights(text),
  plugin_file_list(text, uuid, int), plugin_file_delete(text, uuid) to mortise_api;
grant execute on function plugin_file_limited(), plugin_file_changed(), plugin_files_uninstalled() to mortise_owner;
grant execute on function file_limited(), file_changed() to mortise_owner;
grant execute on function file_begin(text), file_hold(text) to mortise_api;
grant execute on function file_removals_take(int) to mortise_steward;
reset role;

create trigger file_limited before insert on ticket_files for each row execute function file_limited();
create trigger file_changed after insert or delete on ticket_files for each row execute function file_changed();
create trigger file_limited before insert on plugin_kept_files for each row execute function plugin_file_limited();
create trigger file_changed after insert or delete on plugin_kept_files for each row execute function plugin_file_changed();
create trigger files_gone after delete on installations for each row execute function plugin_files_uninstalled();
