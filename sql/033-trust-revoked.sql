-- 033-trust-revoked.sql - what a revoked key signed stops on all hosts, not at their next look.
--
-- A row k.<key id> of rights_ended is for the stewards of all hosts: the set of packages that may run is another.
-- `mortise trust revoke` waits until each has looked and decisions of before are forgotten.

alter table rights_ended drop constraint rights_ended_channel_check;
alter table rights_ended add check
  (channel ~ '^([stu]\.[a-z0-9-]{1,60}|p\.[0-9]{1,10}\.[a-z0-9-]{1,40}|k\.[0-9A-F]{16})$');

set local role mortise_auth;

create function key_revoked() returns trigger
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
begin
  insert into rights_ended (channel) values ('k.' || new.id);
  return null;
end $$;

grant execute on function key_revoked(), rights_mark(), rights_pending(bigint) to mortise_owner;
reset role;

create trigger key_revoked after update of revoked_at on trust_keys for each row
  when (old.revoked_at is null and new.revoked_at is not null) execute function key_revoked();
