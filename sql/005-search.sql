-- 005-search.sql - how a ticket is found: by words, parts of words, several of them, words with a typing error.
--
-- LIKE is not leakproof, so under row-level security the planner may not use an index for it: it would have to read
-- all of a tenant's tickets. The functions below belong to mortise_auth, whose policies let it read every tenant;
-- their own conditions are the guard. Every key of the words' index begins with the tenant, so what a search costs
-- depends on the tenant's own tickets.
--
-- Title and description are kept in small letters beside the ticket, because a change of state must not index them
-- again. Indexed are whole words, a tenth of what groups of three letters would be. Which words contain a part, or
-- resemble a word that no ticket has, is looked up in the tenant's list of words, to which only new ones are added.

create table ticket_texts (
  tenant_id int not null,
  number int not null,
  words text not null,
  primary key (tenant_id, number)
);
comment on table ticket_texts is 'Title and description of each ticket in small letters, written by a trigger. '
  'Policy "tenant".';
alter table ticket_texts enable row level security, force row level security;
create policy tenant on ticket_texts using (tenant_id = (select mortise.tenant()));
create policy auth on ticket_texts to mortise_auth using (true) with check (true);
grant select on ticket_texts to mortise_api, mortise_admin;
grant select, insert, update, delete on ticket_texts to mortise_auth;

create table ticket_words (
  tenant_id int not null references tenants,
  word text not null
);
create index ticket_words_word on ticket_words (tenant_id, word collate "C");
comment on table ticket_words is 'Every word of a tenant''s tickets, written by a trigger. A word that two transactions '
  'met first is there twice: neither waits for the other. Words that no ticket has any more stay. Policy "tenant".';
alter table ticket_words enable row level security, force row level security;
create policy tenant on ticket_words using (tenant_id = (select mortise.tenant()));
create policy auth on ticket_words to mortise_auth using (true) with check (true);
grant select, insert on ticket_words to mortise_auth;

do $$
begin
  if exists (select from pg_catalog.pg_opclass where opcname = 'gin_trgm_ops')
      and exists (select from pg_catalog.pg_opclass where opcname = 'int4_ops' and opcmethod = (
        select oid from pg_catalog.pg_am where amname = 'gin')) then
    create index ticket_words_parts on ticket_words using gin (tenant_id mortise_ext.int4_ops,
      word mortise_ext.gin_trgm_ops);
  end if;
end $$;

-- In small letters, words separated by spaces.
create function search_text(text) returns text
language sql immutable parallel safe
return lower(btrim(translate($1, E'\r\n\t', '   ')));

-- For LIKE: what contains it.
create function like_pattern(part text) returns text
language sql immutable parallel safe
return '%' || regexp_replace(part, '([\\%_])', '\\\1', 'g') || '%';

-- What the index has of a text: its words, each behind its tenant. Everything in it is immutable (a number || text
-- isn't), so that the planner puts the expression in the function's place: as a call, each new ticket would parse and
-- plan it. Everybody who may read the table may call it, too, because a session that first met the index as somebody
-- who may not would keep the call, and take the index for that of another expression.
create function search_keys(tenant_id int, words text) returns text[]
language sql immutable parallel safe
return string_to_array(tenant_id::text || ':' || replace(words, ' ', ' ' || tenant_id::text || ':'), ' ');
grant execute on function search_text(text), like_pattern(text) to mortise_auth;
grant execute on function search_keys(int, text) to mortise_auth, mortise_api, mortise_admin;

-- A change may wait for others that move 256 kB of new keys into the index, not for 4 MB.
create index ticket_texts_words on ticket_texts using gin (search_keys(tenant_id, words))
  with (gin_pending_list_limit = 256);

set local role mortise_auth;

create function ticket_text_follow() returns trigger
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan -- planning would take longer than the statements
as $$
declare
  text text := search_text(new.title || ' ' || new.description);
  unknown text[];
begin
  -- A key of an index has a greatest length.
  if length(text) > 100 and text ~ '[^ ]{101}' then
    text := regexp_replace(text, '([^ ]{100})', '\1 ', 'g');
  end if;
  if tg_op = 'INSERT' then
    insert into ticket_texts (tenant_id, number, words) values (new.tenant_id, new.number, text);
  else
    insert into ticket_texts as t (tenant_id, number, words) values (new.tenant_id, new.number, text)
      on conflict (tenant_id, number) do update set words = excluded.words where t.words <> excluded.words;
  end if;
  -- Most tickets have none. Each is looked up by itself, never by a join.
  unknown := array(select w from unnest(string_to_array(text, ' ')) w where w <> '' and (select true from ticket_words o
    where o.tenant_id = new.tenant_id and o.word = w collate "C" limit 1) is null);
  if unknown <> '{}' then
    insert into ticket_words (tenant_id, word) select distinct new.tenant_id, w from unnest(unknown) w;
  end if;
  return null;
end $$;
grant execute on function ticket_text_follow() to mortise_owner;

-- About how many of the tenant's tickets have all of these, judging by the newest.
create function ticket_share(parts text[], last int, sample int) returns int
language plpgsql stable security definer
set search_path = mortise, pg_catalog, pg_temp
set enable_seqscan = off
as $$
declare
  tenant constant int := mortise.tenant();
  patterns constant text[] := array(select like_pattern(p) from unnest(parts) p);
begin
  return (select count(*) from ticket_texts t where t.tenant_id = tenant and t.number > last - sample
    and t.words like all (patterns)) * last / sample;
end $$;

-- Numbers of the tenant's tickets whose text has all the parts; NULL when there are so many that they are found
-- sooner by looking through a list in its own order. The index has words. So a part of several words is looked for in
-- the texts that have all of them; where these are too many to be read, it is said to be in none, and a search goes on
-- with its words in any order.
create function ticket_numbers(parts text[], most int) returns int[]
language plpgsql stable security definer
set search_path = mortise, pg_catalog, pg_temp
set enable_seqscan = off
as $$
declare
  tenant constant int := mortise.tenant();
  sample constant int := 1000; -- of the newest tickets
  texts constant int := 5000; -- that are read where the index doesn't decide
  last constant int := (select t.number from ticket_texts t where t.tenant_id = tenant order by t.number desc limit 1);
  -- The index of groups of three letters has those of all tenants, so it takes longer than reading a short list of
  -- words: the expression keeps it from being used.
  word constant text := case when last <= 10 * sample then '(word || '''')' else 'word' end;
  patterns constant text[] := array(select like_pattern(p) from unnest(parts) p);
  words constant text[] := string_to_array(array_to_string(parts, ' '), ' ');
  is_phrase constant bool := cardinality(parts) = 1 and cardinality(words) between 2 and 8;
  condition text := '';
  conditions int := 0;
  keys text[];
  numbers int[];
  part text;
  exact bool;
  read int;
begin
  if last is null then
    return '{}';
  elsif last <= 2 * sample then
    return array(select t.number from ticket_texts t where t.tenant_id = tenant and t.words like all (patterns));
  elsif ticket_share(parts, last, sample) > most then
    return null;
  elsif is_phrase and ticket_share(words, last, sample) > texts then
    return '{}';
  end if;

  -- Three letters are the least that the list of words is searched by; a part of which there are too many words
  -- selects nothing by itself.
  for part in
    select distinct w from unnest(words) w
      where length(w) >= 3 or length(w) = (select max(length(o)) from unnest(words) o)
  loop
    execute format('select array_agg($1 || '':'' || w.word) from (select word from ticket_words
        where tenant_id = $1 and %s like $2 limit 5001) w', word)
      into keys using tenant, like_pattern(part);
    if keys is null then
      return '{}';
    elsif cardinality(keys) <= 5000 then
      condition := condition || format(' and search_keys(t.tenant_id, t.words) && %L::text[]', keys);
      conditions := conditions + 1;
    end if;
  end loop;
  if condition = '' then
    return null;
  end if;
  exact := cardinality(parts) = cardinality(words) and conditions = cardinality(words);
  execute 'select coalesce(array_agg(t.number) filter (where t.words like all ($2)), ''{}''), count(*)
      from (select t.number, t.words from ticket_texts t where t.tenant_id = $1' || condition || ' limit $3 + 1) t'
    into numbers, read using tenant, patterns, case when exact then most else texts end;
  if cardinality(numbers) > most then
    return null;
  elsif exact or read <= texts then
    return numbers;
  end if;
  return case when is_phrase then '{}' end;
end $$;

-- The tenant's word that a person may have meant: two letters exchanged, or else the most similar one.
create function ticket_word_meant(part text) returns text
language plpgsql stable security definer
set search_path = mortise, mortise_ext, pg_catalog, pg_temp
set enable_seqscan = off
as $$
declare
  tenant constant int := mortise.tenant();
  found text;
begin
  select w.word into found from ticket_words w where w.tenant_id = tenant and w.word = any (array(
    select overlay(part placing reverse(substr(part, i, 2)) from i for 2) from generate_series(1, length(part) - 1) i)
    collate "C") limit 1;
  if found is null and to_regproc('mortise_ext.similarity') is not null then
    execute 'select w.word from (select distinct btrim(word, ''.,;:!?()[]"'''''') as word from ticket_words
        where tenant_id = $1 and word % $2 and word !~ ''[0-9]''
          and abs(length(word) - length($2)) <= 2) w
      order by similarity(w.word, $2) desc, abs(length(w.word) - length($2)), w.word limit 1'
      into found using tenant, part;
  end if;
  return found;
end $$;

-- Finds tickets: what was asked for as it is, else all its words in any order, else with the tenant's own words in
-- place of those that no ticket has. patterns: what a found ticket's text is like; numbers: as ticket_numbers() says;
-- corrected: the words that were found in place of those asked for, or NULL.
create function ticket_search(asked text, most int, out patterns text[], out numbers int[], out corrected text)
language plpgsql stable security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  parts text[] := array[search_text(asked)];
  words text[] := string_to_array(parts[1], ' ');
begin
  numbers := ticket_numbers(parts, most);
  if numbers = '{}' and cardinality(words) between 2 and 8 then
    parts := words;
    numbers := ticket_numbers(parts, most);
  end if;
  if numbers = '{}' and cardinality(words) between 1 and 8 then
    words := array(select case when length(w) < 4 or w ~ '[0-9]' or ticket_numbers(array[w], 0) is distinct from '{}' then w
      else coalesce(ticket_word_meant(w), w) end from unnest(words) with ordinality o (w, n) order by n);
    if words <> parts then
      parts := words;
      numbers := ticket_numbers(parts, most);
      corrected := case when numbers is distinct from '{}' then array_to_string(words, ' ') end;
    end if;
  end if;
  if numbers is not null and asked ~ '^#?[0-9]{1,9}$' then
    numbers := array_remove(numbers, ltrim(asked, '#')::int) || ltrim(asked, '#')::int;
  end if;
  patterns := array(select like_pattern(p) from unnest(parts) p);
end $$;
comment on function ticket_search(text, int) is 'Tickets of the tenant by words, parts of words, or words with a typing '
  'error (then corrected is the words that were found); numbers is NULL when there are more than so many.';
grant execute on function ticket_search(text, int) to mortise_api, mortise_admin;
reset role;

create trigger tickets_text after insert or update of title, description, number on tickets for each row
  execute function ticket_text_follow();
