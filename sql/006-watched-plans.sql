-- 006-watched-plans.sql - the policies "watched" on the core's tables that plugins can be granted.
--
-- See mortise.unwatched() in bootstrap.sql. For plugins alone: the core's plans stay as they are.

create policy watched on tickets as restrictive to mortise_plugin
  using ((select mortise.unwatched())) with check (true);
create policy watched on users as restrictive to mortise_plugin
  using ((select mortise.unwatched())) with check (true);
