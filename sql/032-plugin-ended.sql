-- 032-plugin-ended.sql - calls and guests of a plugin end with its installation.
--
-- A row p.<tenant>.<key> of rights_ended is for the masters of all hosts: what the plugin runs for that tenant
-- ends. Not when an installation begins to be removed, because hooks run then; and not when its version
-- changes, because calls of the old version may finish.

alter table rights_ended drop constraint rights_ended_channel_check;
alter table rights_ended add check (channel ~ '^([stu]\.[a-z0-9-]{1,60}|p\.[0-9]{1,10}\.[a-z0-9-]{1,40})$');

set local role mortise_auth;

create function installation_ended() returns trigger
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
begin
  insert into rights_ended (channel) values ('p.' || old.tenant_id || '.' || old.plugin_key);
  return null;
end $$;

-- A host whose steward has not been heard of for ten seconds is down or can't do it: nobody waits for it, and
-- what it has open ends by itself when no heartbeat comes for a minute.
create or replace function rights_pending(mark bigint) returns text
language sql stable security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
  select string_agg(distinct h.host, ',')
  from stewards h cross join rights_ended e
  where h.seen_at > clock_timestamp() - interval '10 s' and e.id <= mark
    and e.ended_at > clock_timestamp() - interval '90 s'
    and not exists (select from rights_closed c where c.id = e.id and c.host = h.host)
$$;

grant execute on function installation_ended() to mortise_owner;
reset role;

create trigger installation_disabled after update of state on installations for each row
  when (old.state <> 'disabled' and new.state = 'disabled') execute function installation_ended();
create trigger installation_removed after delete on installations for each row
  execute function installation_ended();
