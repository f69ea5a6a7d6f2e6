-- 018-statistics.sql - tables that plugins read keep their statistics again.
--
-- They had none, because a plugin could say EXPLAIN, and row estimates tell of all tenants' values. Now
-- its statements are sent by the host, which lets no EXPLAIN pass, and the planner has its freedom. (A
-- database that was made after that has nothing to change here.)

do $$
declare
  a record;
begin
  for a in
    select c.oid::regclass as name, t.attname
    from pg_catalog.pg_class c
    join pg_catalog.pg_attribute t on t.attrelid = c.oid and t.attnum > 0 and not t.attisdropped
    where c.oid in ('tickets'::regclass, 'users'::regclass) and t.attstattarget = 0
  loop
    execute format('alter table %s alter %I set statistics -1', a.name, a.attname);
  end loop;
end $$;
