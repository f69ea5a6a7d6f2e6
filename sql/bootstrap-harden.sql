-- bootstrap-harden.sql - revokes from PUBLIC what a plugin doesn't need, and grants it to the core.
--
-- A plugin's role is a member of PUBLIC, and its host could be taken over, so PUBLIC must have no rights: no
-- catalogues (names, sizes, statistics, other people's queries), no volatile or stable built-ins (advisory
-- locks, large objects, server state, transaction numbers, running SQL from a string), no language. All of it
-- is granted to mortise_core, so nothing changes for the core. A minor upgrade of PostgreSQL may add
-- functions: this runs again at every `mortise setup`.

revoke usage on language sql, plpgsql from public;
grant usage on language sql, plpgsql to mortise_core, mortise_owner;

-- Functions. Everybody keeps all that are IMMUTABLE, those that operators, casts, types and index methods
-- need, and everyday ones by name.
do $$
declare
  keep constant text[] := array[
    -- now
    'now', 'statement_timestamp', 'clock_timestamp', 'transaction_timestamp', 'timeofday',
    -- dates and times
    'age', 'date', 'date_bin', 'date_part', 'date_trunc', 'extract', 'generate_series', 'interval',
    'make_timestamptz', 'overlaps', 'time', 'timestamp', 'timestamptz', 'timetz', 'timezone',
    'to_char', 'to_date', 'to_number', 'to_timestamp',
    -- random
    'gen_random_uuid', 'random',
    -- settings: reading only. A role that may set them could act as any tenant, and would have no deadline
    'current_setting',
    -- sequences: guarded by grants on each
    'currval', 'lastval', 'nextval',
    -- text and arrays
    'array_to_string', 'concat', 'concat_ws', 'convert', 'convert_from', 'convert_to', 'format',
    'length', 'pg_client_encoding', 'pg_column_size', 'pg_typeof', 'quote_literal',
    'quote_nullable', 'string_to_array',
    -- full text
    'json_to_tsvector', 'jsonb_to_tsvector', 'phraseto_tsquery', 'plainto_tsquery', 'to_tsquery',
    'to_tsvector', 'ts_headline', 'websearch_to_tsquery',
    -- JSON
    'array_to_json', 'json_agg', 'json_build_array', 'json_build_object', 'json_object_agg',
    'json_populate_record', 'json_populate_recordset', 'json_to_record', 'json_to_recordset',
    'jsonb_agg', 'jsonb_build_array', 'jsonb_build_object', 'jsonb_object_agg',
    'jsonb_path_exists_tz', 'jsonb_path_match_tz', 'jsonb_path_query_array_tz',
    'jsonb_path_query_first_tz', 'jsonb_path_query_tz', 'jsonb_populate_record',
    'jsonb_populate_recordset', 'jsonb_to_record', 'jsonb_to_recordset', 'row_to_json', 'to_json',
    'to_jsonb',
    -- who one is
    'current_database', 'current_schema', 'pg_backend_pid', 'version'];
  f record;
begin
  for f in
    select p.oid::regprocedure::text as sig
    from pg_proc p
    where p.pronamespace in ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
      and p.provolatile <> 'i'
      and p.prorettype not in ('trigger'::regtype, 'event_trigger'::regtype)
      and not p.proname = any (keep)
      and p.oid not in (
        select oprcode from pg_operator
        union select castfunc from pg_cast
        union select aggtransfn from pg_aggregate
        union select aggfinalfn from pg_aggregate
        union select amproc from pg_amproc
        union select unnest(array[typinput, typoutput, typreceive, typsend, typmodin, typmodout,
          typsubscript]) from pg_type)
      and exists (select from aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
        where a.grantee = 0)
  loop
    execute format('revoke execute on routine %s from public', f.sig);
    execute format('grant execute on routine %s to mortise_core, mortise_owner', f.sig);
  end loop;
end $$;

-- Catalogues.
do $$
declare
  r record;
begin
  for r in
    select c.oid::regclass::text as name
    from pg_class c
    where c.relnamespace in ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
      and c.relkind in ('r', 'v')
      and (exists (select from aclexplode(c.relacl) a where a.grantee = 0)
        or exists (select from pg_attribute t, aclexplode(t.attacl) a
          where t.attrelid = c.oid and a.grantee = 0))
  loop
    execute format('grant select on %s to mortise_core, mortise_owner', r.name);
    execute format('revoke all on %s from public', r.name);
  end loop;
end $$;
revoke usage on schema information_schema from public;
grant usage on schema information_schema to mortise_core, mortise_owner;
