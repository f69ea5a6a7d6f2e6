-- 005-search.sql - a search in tickets finds rare words by an index.
--
-- ILIKE is not leakproof, so under row-level security the planner may not use an index for it: it would have
-- to read all of a tenant's tickets. This function belongs to mortise_auth, which bypasses row-level
-- security; its own condition is the guard. The index begins with tenant_id (btree_gin), so what a search
-- costs depends on the tenant's own tickets.

do $$
begin
  if exists (select from pg_catalog.pg_opclass where opcname = 'gin_trgm_ops')
      and exists (select from pg_catalog.pg_opclass where opcname = 'int4_ops' and opcmethod = (
        select oid from pg_catalog.pg_am where amname = 'gin')) then
    create index tickets_words on tickets using gin (tenant_id mortise_ext.int4_ops,
      title mortise_ext.gin_trgm_ops, description mortise_ext.gin_trgm_ops);
  end if;
end $$;

set local role mortise_auth;

create function ticket_matches(pattern text, most int) returns uuid[]
language plpgsql stable security definer
set search_path = mortise, pg_catalog, pg_temp
set enable_seqscan = off
as $$
declare
  ids uuid[];
begin
  -- less than three letters or digits in a row are in no index: as if there were many
  if pattern !~ '[[:alnum:]]{3}' then
    return null;
  end if;
  -- planned with the pattern, because only that shows whether the index helps
  execute 'select array(select t.id from tickets t where t.tenant_id = $1
      and (t.title ilike $2 or t.description ilike $2) limit $3 + 1)'
    into ids using mortise.tenant(), pattern, most;
  return case when cardinality(ids) <= most then ids end;
end $$;
comment on function ticket_matches(text, int) is 'Ids of the tenant''s tickets whose title or description '
  'matches; NULL when there are more than so many, or when the index can''t be used.';
grant execute on function ticket_matches(text, int) to mortise_api;
reset role;
