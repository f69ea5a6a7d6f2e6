-- 044-plugin-data.sql - what plugins do with the core's tickets and comments, by their permissions tickets:read and
-- tickets:write: plain statements of their own, on the columns that these grant. Policies are those of people, and triggers
-- add what the engine of resources does: number, author, state's rule, version, history, events.
--
-- Where nobody asks, in a job or a handler of events, it is the plugin's own doing: its author is a row of users for the
-- plugin in that company (kind "service"), named "Plugin Parts", which stays as the author when the plugin is gone.
--
-- Rows of a plugin's tables may name tickets and people. A foreign key would lock the core's table at each installation, so
-- a manifest declares them (`references`), and they go with what they name.

grant update (value) on counters to mortise_auth;
grant insert on history to mortise_auth;

set local role mortise_auth;

create function plugin_author() returns uuid
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  key constant text := replace(substr(session_user, 3), '_', '-');
  mine constant uuid := md5(concat_ws(':', 'mortise.plugin', mortise.tenant(), key))::uuid;
begin
  if mortise.user_id() is not null then
    return mortise.user_id();
  end if;
  insert into users as u (tenant_id, id, email, name, active, kind)
    select mortise.tenant(), mine, mine || '@plugin.invalid', 'Plugin ' || left(coalesce((select p.manifest ->> 'displayName'
      from installations i join plugin_packages p on p.sha256 = i.package_sha256
      where i.tenant_id = mortise.tenant() and i.plugin_key = key), key), 110), false, 'service'
    on conflict on constraint users_pkey do update set name = excluded.name where u.name <> excluded.name;
  return mine;
end $$;

create function ticket_created_by_plugin() returns trigger
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  follows constant jsonb := ticket_rule(null, jsonb_strip_nulls(jsonb_build_object(
    'state', case when tg_when = 'AFTER' or new.state <> 'new' then new.state end, 'assigneeId', new.assignee_id)));
  data jsonb;
begin
  if tg_when = 'BEFORE' then
    new.id := coalesce(new.id, gen_random_uuid());
    new.created_by := plugin_author();
    new.state := coalesce(follows ->> 'state', new.state);
    new.closed_at := follows ->> 'closedAt';
    update counters c set value = c.value + 1 where c.tenant_id = new.tenant_id and c.name = 'ticket'
      returning c.value into new.number;
    return new;
  end if;

  data := ticket_event(new, new.created_by);
  insert into ticket_history (tenant_id, ticket_id, user_id, changes)
    select new.tenant_id, new.id, new.created_by, jsonb_object_agg(v.name, jsonb_build_array(null, v.value))
    from (values ('title', to_jsonb(new.title)), ('state', to_jsonb(new.state)), ('priority', to_jsonb(new.priority)),
      ('assigneeId', to_jsonb(new.assignee_id))) v (name, value) where v.value is not null;
  perform outbox_add(new.tenant_id, 't.' || new.tenant_id, 'TicketCreated', data);
  perform outbox_add(new.tenant_id, c.name, e.key, data)
    from jsonb_each(follows -> 'events') e, jsonb_array_elements_text(e.value) c (name);
  return null;
end $$;

-- As fcgi/api/comments.c: its author and administrators change a comment, and one that was taken away stays so.
create function comment_by_plugin() returns trigger
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  author constant uuid := plugin_author();
  ticket tickets;
  data jsonb;
begin
  if tg_op = 'UPDATE' and new.body = old.body and new.archived_at is not distinct from old.archived_at then
    return new;
  elsif tg_when = 'BEFORE' and tg_op = 'INSERT' then
    new.id := coalesce(new.id, gen_random_uuid());
    new.author_id := author;
    return new;
  elsif tg_when = 'BEFORE' then
    if old.author_id <> author and not exists (select from users u where u.tenant_id = new.tenant_id and u.id = author
        and 'company:manage' = any (core_of(u.tenant_id, u.roles))) then
      raise exception 'comment-author' using errcode = '42501';
    elsif old.archived_at is not null then
      raise exception 'comment-archived' using errcode = 'P0001';
    end if;
    new.version := old.version + 1;
    new.updated_at := now();
    return new;
  end if;

  select t.* into ticket from tickets t where t.tenant_id = new.tenant_id and t.id = new.ticket_id;
  data := ticket_event(ticket, author) || jsonb_build_object('commentId', new.id);
  insert into history (tenant_id, resource, row_id, user_id, changes) values (new.tenant_id, 'comments', new.id::text, author,
    case when tg_op = 'INSERT' then '{}' else jsonb_strip_nulls(jsonb_build_object(
      'body', case when new.body <> old.body then jsonb_build_array(old.body, new.body) end))
      || case when new.archived_at is not null then jsonb_build_object('archivedAt', jsonb_build_array(null, iso(new.archived_at)))
        else '{}' end end);
  perform outbox_add(new.tenant_id, 't.' || new.tenant_id, case when tg_op = 'INSERT' then 'TicketCommented'
    when new.archived_at is not null then 'TicketCommentArchived' else 'TicketCommentUpdated' end, data);
  if new.archived_at is null then
    perform outbox_add(new.tenant_id, c.name, e.key, data)
      from jsonb_each(comment_rule(case when tg_op = 'UPDATE' then old end,
        jsonb_build_object('ticketId', new.ticket_id, 'body', new.body)) -> 'events') e, jsonb_array_elements_text(e.value) c (name);
  end if;
  return null;
end $$;

-- What plugins have of tickets that are deleted, which only their company is.
create function tickets_gone() returns trigger
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
begin
  perform plugin_references_end(g.tenant_id, 'tickets', array_agg(g.id)) from gone g group by g.tenant_id;
  return null;
end $$;
grant execute on function ticket_created_by_plugin(), comment_by_plugin(), tickets_gone() to mortise_owner;
reset role;

create trigger tickets_created_by_plugin before insert on tickets for each row
  when (session_user like 'p\_%') execute function ticket_created_by_plugin();
create trigger tickets_created_by_plugin_after after insert on tickets for each row
  when (session_user like 'p\_%') execute function ticket_created_by_plugin();
create trigger comments_by_plugin before insert or update on ticket_comments for each row
  when (session_user like 'p\_%') execute function comment_by_plugin();
create trigger comments_by_plugin_after after insert or update on ticket_comments for each row
  when (session_user like 'p\_%') execute function comment_by_plugin();
create trigger tickets_gone after delete on tickets referencing old table as gone for each statement
  execute function tickets_gone();
