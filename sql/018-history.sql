-- 018-history.sql - what happened to rows of resources that have no table of history of their own.

-- id is the time in microseconds, as in ticket_history: gaps in a sequence would reveal other tenants'
-- activity.
create table history (
  tenant_id int not null default mortise.tenant(),
  resource text not null check (length(resource) between 1 and 60),
  row_id text not null check (length(row_id) between 1 and 200),
  id bigint not null default (extract(epoch from clock_timestamp()) * 1000000)::bigint,
  user_id uuid,
  at timestamptz not null default now(),
  changes changes not null,
  primary key (tenant_id, resource, row_id, id),
  foreign key (tenant_id, user_id) references users
);
comment on table history is 'Who changed what of a row of a resource: {"name": ["old", "new"], ...}. Policy "tenant", and '
  '"own_read" as the comment''s.';
alter table history enable row level security, force row level security;
create policy tenant on history using (tenant_id = (select mortise.tenant()));
grant select, insert on history to mortise_api, mortise_admin;

-- That of a comment is seen by who sees the comment, which its own policies tell here.
create function comment_seen(comment text) returns bool
language plpgsql stable
as $$
begin
  return exists (select from mortise.ticket_comments c where c.tenant_id = mortise.tenant() and c.id = comment::uuid);
end $$;
grant execute on function comment_seen(text) to mortise_core;
create policy own_read on history as restrictive for select to mortise_api, mortise_admin
  using (case when (select mortise.own_tickets()) = 'read' and resource = 'comments'
    then comment_seen(row_id)::int else 1 end <> 0);
