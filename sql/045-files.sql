-- 045-files.sql - files of tickets: their rows; the bytes are in files_dir (fcgi/base/files.h), once a company and hash.
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
      return query select r.tenant_id, r.sha256, exists (select from ticket_files f
        where f.tenant_id = r.tenant_id and f.sha256 = r.sha256);
    end if;
  end loop;
end $$;

-- The company's row is locked, so that two at once pass neither limit, and bytes that two rows have count once.
create function file_limited() returns trigger
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  most constant int := company_limit(new.tenant_id, 'storage');
  l company_limits;
begin
  insert into company_limits as c (tenant_id) values (new.tenant_id)
    on conflict (tenant_id) do update set file_bytes = c.file_bytes returning * into l;
  if (select count(*) from ticket_files f where f.tenant_id = new.tenant_id and f.ticket_id = new.ticket_id) >= 100 then
    raise exception 'files-many: 100' using errcode = 'P0001';
  elsif exists (select from ticket_files f where f.tenant_id = new.tenant_id and f.sha256 = new.sha256) then
    return new;
  elsif most > 0 and l.bytes + l.file_bytes + new.size > most * 1048576::bigint then
    raise exception 'limit-storage: %', most using errcode = 'P0001';
  end if;
  update company_limits c set file_bytes = c.file_bytes + new.size where c.tenant_id = new.tenant_id;
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
    insert into company_limits as c (tenant_id) values (f.tenant_id)
      on conflict (tenant_id) do update set file_bytes = c.file_bytes;
    if not exists (select from ticket_files x where x.tenant_id = f.tenant_id and x.sha256 = f.sha256) then
      update company_limits c set file_bytes = greatest(0, c.file_bytes - f.size) where c.tenant_id = f.tenant_id;
      insert into file_removals as r (tenant_id, sha256, due_at) values (f.tenant_id, f.sha256, now())
        on conflict (tenant_id, sha256) do update set due_at = least(r.due_at, excluded.due_at);
    end if;
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

grant execute on function file_limited(), file_changed() to mortise_owner;
grant execute on function file_begin(text), file_hold(text) to mortise_api;
grant execute on function file_removals_take(int) to mortise_steward;
reset role;

create trigger file_limited before insert on ticket_files for each row execute function file_limited();
create trigger file_changed after insert or delete on ticket_files for each row execute function file_changed();
