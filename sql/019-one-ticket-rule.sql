-- 019-one-ticket-rule.sql - a plugin that assigns a ticket does what the core does; what expires is found by
-- an index and goes in batches.

set local role mortise_auth;

-- As it was in 008, and: an assignee given to a new ticket, with no other state asked for, makes it
-- assigned, where the tenant has that state (api/ticket_change.c does the same).
create or replace function ticket_touched() returns trigger
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  closed bool;
  changes jsonb := '{}';
  data jsonb;
begin
  if tg_when = 'BEFORE' and new.state = 'new' and old.state = 'new' and new.assignee_id is not null
      and new.assignee_id is distinct from old.assignee_id and exists (select from ticket_states s
        where s.tenant_id = new.tenant_id and s.key = 'assigned') then
    new.state := 'assigned';
  end if;
  if new.state <> old.state then
    changes := changes || jsonb_build_object('state', jsonb_build_array(old.state, new.state));
  end if;
  if new.priority <> old.priority then
    changes := changes
      || jsonb_build_object('priority', jsonb_build_array(old.priority, new.priority));
  end if;
  if new.assignee_id is distinct from old.assignee_id then
    changes := changes
      || jsonb_build_object('assigneeId', jsonb_build_array(old.assignee_id, new.assignee_id));
  end if;
  if changes = '{}' then
    return new;
  end if;

  if tg_when = 'BEFORE' then
    select s.category = 'closed' into closed from ticket_states s
      where s.tenant_id = new.tenant_id and s.key = new.state;
    if old.closed_at is not null and closed then
      raise exception 'ticket is closed; it can only be reopened' using errcode = 'P0001';
    end if;
    if changes ? 'assigneeId' and new.assignee_id is not null and not exists (select from users u
        where u.tenant_id = new.tenant_id and u.id = new.assignee_id and u.active) then
      raise exception 'assignee must be an active user of the company' using errcode = 'P0001';
    end if;
    new.version := old.version + 1;
    new.updated_at := now();
    new.closed_at := case when closed then now() end;
    return new;
  end if;

  data := jsonb_build_object('ticketId', new.id, 'number', new.number, 'title', new.title,
    'state', new.state, 'version', new.version, 'byUserId', mortise.user_id(), 'byUserName', (select u.name from users u
      where u.tenant_id = new.tenant_id and u.id = mortise.user_id()));
  insert into ticket_history (tenant_id, ticket_id, user_id, changes)
    values (new.tenant_id, new.id, mortise.user_id(), changes);
  perform outbox_add('t.' || new.tenant_id, 'TicketUpdated', data);
  if changes ? 'assigneeId' and new.assignee_id is not null then
    perform outbox_add('u.' || new.assignee_id, 'TicketAssigned', data);
  end if;
  return null;
end $$;

-- At most so many of each; the steward asks again when that many went.
create or replace function sweep() returns bigint
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  n bigint;
  total bigint := 0;
begin
  delete from sessions where token_hash in (
    select s.token_hash from sessions s where s.expires_at < now() limit 500);
  get diagnostics n = row_count;
  total := total + n;
  delete from login_attempts where ctid in (
    select a.ctid from login_attempts a where a.last_at < now() - interval '1 day' limit 500);
  get diagnostics n = row_count;
  return total + n;
end $$;
comment on function sweep() is 'Deletes expired sessions and old failures of sign-ins, at most 500 of each.';
reset role;

-- Not tenant_id first: reached by mortise_auth's functions alone.
create index sessions_expiry on sessions (expires_at);
create index login_attempts_age on login_attempts (last_at);
