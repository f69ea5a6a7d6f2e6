-- 005-search.sql - how a ticket is found: by words, parts of words, several of them, words with a typing error.
--
-- LIKE is not leakproof, so under row-level security the planner may not use an index for it: it would have to read
-- all of a tenant's tickets. The functions below belong to mortise_auth, whose policies let it read every tenant;
-- their own conditions are the guard. Every key of the words' index begins with the tenant, so what a search costs
-- depends on the tenant's own tickets.
--
-- Title and description are kept in small letters in the ticket's row: what finds it also filters and sorts it, by one
-- read. Indexed are whole words, a tenth of what groups of three letters would be. Which words contain a part, or
-- resemble a word that no ticket has, is looked up in the tenant's list of words, to which only new ones are added.

create table ticket_words (
  tenant_id int not null references tenants,
  word text not null
);
create index ticket_words_word on ticket_words (tenant_id, word collate "C");
create index ticket_words_sign on ticket_words (tenant_id) include (word) where word like '%#%'; -- as in "#17"
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
grant execute on function search_text(text), like_pattern(text) to mortise_auth;

-- The words of a text, each behind its tenant. The expression stands here as it is, not as a function of ours, because
-- everybody who writes a ticket, plugins as well, would have to be allowed to call that.
-- A change may wait for others that move 256 kB of new keys into the index, not for 4 MB.
create index tickets_words on tickets using gin (string_to_array(tenant_id::text || ':' ||
  replace(words, ' ', ' ' || tenant_id::text || ':'), ' ')) with (gin_pending_list_limit = 256);

set local role mortise_auth;

-- The same expression, for statements; the planner puts it in the function's place.
create function search_keys(tenant_id int, words text) returns text[]
language sql immutable parallel safe
return string_to_array(tenant_id::text || ':' || replace(words, ' ', ' ' || tenant_id::text || ':'), ' ');

create function ticket_words_follow() returns trigger
language plpgsql security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  unknown text[];
begin
  if tg_op = 'UPDATE' and new.title = old.title and new.description = old.description then
    return new;
  end if;
  new.words := search_text(new.title || ' ' || new.description);
  -- A key of an index has a greatest length.
  if length(new.words) > 100 and new.words ~ '[^ ]{101}' then
    new.words := regexp_replace(new.words, '([^ ]{100})', '\1 ', 'g');
  end if;
  -- Most tickets have none. Each is looked up by itself, never by a join.
  unknown := array(select w from unnest(string_to_array(new.words, ' ')) w where w <> '' and (select true
    from ticket_words o where o.tenant_id = new.tenant_id and o.word = w collate "C" limit 1) is null);
  if unknown <> '{}' then
    insert into ticket_words (tenant_id, word) select distinct new.tenant_id, w from unnest(unknown) w;
  end if;
  return new;
end $$;
grant execute on function ticket_words_follow() to mortise_owner;

-- What the index has of the tenant's words that contain this; NULL where they are too many to select anything by.
create function ticket_keys(part text, last int) returns text[]
language plpgsql stable security definer
set search_path = mortise, pg_catalog, pg_temp
set enable_seqscan = off
as $$
declare
  most constant int := 5000;
  -- The index of groups of three letters has those of all tenants, so it takes longer than reading a short list of
  -- words; and it doesn't know a number sign. The expression keeps it from being used.
  condition constant text := case when part like '%#%' then 'word like ''%#%'' and (word || '''')'
    when last <= 10000 then '(word || '''')' else 'word' end;
  keys text[];
begin
  execute format('select coalesce(array_agg($1 || '':'' || w.word), ''{}'') from (select word from ticket_words
      where tenant_id = $1 and %s like $2 limit $3 + 1) w', condition)
    into keys using mortise.tenant(), like_pattern(part), most;
  return case when cardinality(keys) <= most then keys end;
end $$;

-- A page of a list as parts of SQL about a ticket `t`: the key of its order, that order, what is on this side of a ticket
-- whose key and id are put in, what is behind it, and what is behind the cursor; and how many rows the page has.
create type ticket_page as (key text, ordering text, up_to text, behind text, after text, rows int);

-- NULL where there is no such order. after, after_id: of the cursor, times in microseconds.
create function ticket_page(sort text, is_down bool, after bigint, after_id uuid, rows int) returns ticket_page
language plpgsql stable
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  key constant text := case sort when 'updated' then 't.updated_at' when 'created' then 't.created_at'
    when 'number' then 't.number' when 'priority' then $k$(case t.priority when 'low' then 1 when 'normal' then 2
      when 'high' then 3 when 'urgent' then 4 end)$k$ end;
  place constant text := case when sort = 'number' then 't.number' else '(' || key || ', t.id)' end;
  put_in constant text := case when sort = 'number' then '%L' else '(%L, %L)' end;
  value constant text := case when sort in ('updated', 'created')
    then (timestamptz 'epoch' + after * interval '1 microsecond')::text else after::text end;
  behind constant text := place || case when is_down then ' < ' else ' > ' end || put_in;
begin
  if key is null then
    return null;
  end if;
  return (key, key || case when is_down then ' desc' else '' end
      || case when sort = 'number' then '' when is_down then ', t.id desc' else ', t.id' end,
    place || case when is_down then ' >= ' else ' <= ' end || put_in, behind,
    case when after is null then 'true' else format(behind, value, after_id) end, rows);
end $$;

-- Of the tickets of a condition, at most so many: how many there are, how many have these words in a row or else in any
-- order, and the numbers of those, of a page only its own. is_sure: the condition says already that all words are there.
create function ticket_read(condition text, most int, words text[], is_sure bool, page ticket_page,
  out read int, out total int, out numbers int[], out in_a_row bool)
language plpgsql stable security definer
set search_path = mortise, pg_catalog, pg_temp
set enable_seqscan = off
set effective_io_concurrency = 64 -- rows that are not in memory are read side by side
as $$
declare
  agg constant text := format('(array_agg(t.number order by %s) filter (where %s and t.is_%%s))[:%s]',
    coalesce(page.ordering, 't.number'), replace(coalesce(page.after, 'true'), '%', '%%'), coalesce(page.rows, most));
  is_one constant bool := cardinality(words) < 2; -- which is in a row with itself
  patterns constant text[] := array(select like_pattern(w) from unnest(words) w);
  phrase constant text := like_pattern(array_to_string(words, ' '));
  loose_total int;
  loose int[];
begin
  execute format('select count(*), count(*) filter (where t.is_phrase), %s, count(*) filter (where t.is_loose), %s
    from (select *, %s as is_phrase, %s as is_loose from tickets t where %s limit $3) t',
    format(agg, 'phrase'), format(agg, 'loose'),
    case when is_sure and is_one then 'true' else 't.words like $1' end,
    case when is_one then 'false' when is_sure then 'true' else 't.words like all ($2)' end, condition)
    into read, total, numbers, loose_total, loose using phrase, patterns, most;
  in_a_row := total > 0;
  if not in_a_row then
    total := loose_total;
    numbers := loose;
  end if;
  numbers := coalesce(numbers, '{}');
end $$;

-- The numbers of a page's tickets, looked for so many tickets at a time in the page's order; NULL when they are not among
-- the first. The bitmaps of the words' index and of the order's are put together, and only tickets of both are read. The
-- planner doesn't know that the newest tickets are few of one tenant: it is made to shun pages of the table, not of indexes.
create function ticket_window(condition text, wide int, words text[], page ticket_page) returns int[]
language plpgsql stable security definer
set search_path = mortise, pg_catalog, pg_temp
set enable_seqscan = off
set random_page_cost = 1
set seq_page_cost = 20
as $$
declare
  most constant int := 150000;
  numbers int[] := '{}';
  looked int := 0;
  here text;
  key text;
  id uuid;
begin
  while looked + wide <= most loop
    here := format('t.tenant_id = %s and %s', mortise.tenant(), page.after);
    execute format('select %s, t.id from tickets t where %s order by %s offset %s limit 1',
      page.key, here, page.ordering, wide) into key, id;
    here := here || case when key is null then '' else ' and ' || format(page.up_to, key, id) end;
    numbers := numbers || (ticket_read(here || condition, wide + 1, words, true, page)).numbers;
    if key is null or cardinality(numbers) >= page.rows then
      return numbers;
    end if;
    page.after := format(page.behind, key, id);
    looked := looked + wide;
  end loop;
  return null;
end $$;

-- As ticket_numbers() below, of somebody who sees own tickets only: these are few, and all are read.
create function ticket_own_numbers(words text[], most int, out numbers int[], out total int, out in_a_row bool)
language plpgsql stable security definer
set search_path = mortise, pg_catalog, pg_temp
set enable_seqscan = off
as $$
declare
  phrase constant text := like_pattern(array_to_string(words, ' '));
  patterns constant text[] := array(select like_pattern(w) from unnest(words) w);
  loose int[];
begin
  select coalesce(array_agg(t.number), '{}'), coalesce(array_agg(t.number) filter (where t.words like phrase), '{}')
    into loose, numbers from (
      select o.number, o.words from tickets o where o.tenant_id = mortise.tenant() and o.assignee_id = mortise.user_id()
        and o.words like all (patterns)
      union all
      select o.number, o.words from tickets o where o.tenant_id = mortise.tenant() and o.created_by = mortise.user_id()
        and o.assignee_id is distinct from mortise.user_id() and o.words like all (patterns)
      limit most + 1) t;
  in_a_row := numbers <> '{}' or loose = '{}';
  if not in_a_row then
    numbers := loose;
  end if;
  total := cardinality(numbers);
  if cardinality(loose) > most then
    numbers := null;
    total := null;
  end if;
end $$;

-- Numbers of the tenant's tickets whose text has these words in a row, or where no text has, all of them in any order; and
-- how many these are, where 1,001 are "more than 1,000". Of a page its own numbers are enough.
--
-- numbers is NULL when they are so many that they are found sooner by looking through a list in its own order, which the
-- newest tickets tell. Between these and the few that can all be read are words in one of 100 to 1,000 tickets: of those the
-- first in the page's order are found by two indexes. The index has words. So what is in a row is looked for in the texts
-- that have all the words; where these are too many to be read, that is left out.
create function ticket_numbers(words text[], most int, page ticket_page, out numbers int[], out total int,
  out in_a_row bool)
language plpgsql stable security definer
set search_path = mortise, pg_catalog, pg_temp
set enable_seqscan = off
as $$
declare
  tenant constant int := mortise.tenant();
  texts constant int := 5000; -- that are read where the index doesn't decide
  newest constant int := 1000;
  last constant int := (select t.number from tickets t where t.tenant_id = tenant order by t.number desc limit 1);
  is_phrase constant bool := cardinality(words) > 1;
  phrase constant text := like_pattern(array_to_string(words, ' '));
  patterns constant text[] := array(select like_pattern(w) from unnest(words) w);
  condition text := '';
  is_sure bool := true; -- the condition has each part
  keys text[];
  part text;
  phrases int; -- among the newest
  share bigint; -- that have all words
  wide real; -- of the order, for as many as a page has
  few int;
  found record;
begin
  if mortise.own_tickets() = 'read' then
    found := ticket_own_numbers(words, greatest(most, 1));
    numbers := found.numbers;
    total := found.total;
    in_a_row := found.in_a_row;
    return;
  end if;
  in_a_row := true;
  most := least(most, 2 * sqrt(last)) * 2;
  if last is null or last <= 2000 then
    found := ticket_read('t.tenant_id = ' || tenant, 2000, words, false, page);
    numbers := found.numbers;
    total := found.total;
    in_a_row := found.in_a_row or total = 0;
    return;
  end if;
  select count(*) filter (where t.words like phrase), count(*) filter (where t.words like all (patterns))
    into phrases, share from tickets t where t.tenant_id = tenant and t.number > last - newest;
  if phrases::bigint * last / newest > (case when page is null then most else greatest(1000, last / 100) end) then
    return;
  end if;
  share := share * last / newest;
  if is_phrase and share between texts / 2 and texts * 3 then -- too near to read them in vain
    share := (select count(*) from tickets t where t.tenant_id = tenant and t.number > last - 5 * newest
      and t.words like all (patterns)) * last / (5 * newest);
  end if;
  if is_phrase and share > texts then
    in_a_row := false;
    return;
  end if;

  -- Three letters are the least that the list of words is searched by. "+ 0" below keeps the planner, which takes a
  -- tenant's tickets to be few, from reading all of them.
  foreach part in array words loop
    keys := case when length(part) >= 3 or length(part) = (select max(length(w)) from unnest(words) w)
      then ticket_keys(part, last) end;
    if keys = '{}' then
      numbers := '{}';
      total := 0;
      return;
    elsif keys is null then
      is_sure := false;
    else
      condition := condition || format(' and search_keys(t.tenant_id, t.words) && %L::text[]', keys);
    end if;
  end loop;
  if condition = '' then
    return;
  end if;
  wide := page.rows * 1.25 * least(last / 1000, newest / greatest(phrases, 1));
  few := case when is_phrase then texts when page is null or wide > 50000 then most else 1000 end;
  found := ticket_read(format('t.tenant_id + 0 = %s%s', tenant, condition), few + 1, words, is_sure, page);
  in_a_row := found.in_a_row or not is_phrase;
  if found.read <= few then
    numbers := found.numbers;
    total := found.total;
  elsif is_phrase then
    in_a_row := false;
  elsif page is not null then
    numbers := ticket_window(condition, least(wide, page.rows * 1.25 * last / few)::int, words, page);
    total := 1001;
  end if;
end $$;

-- The tenant's word that a person may have meant: one with two letters exchanged, one more, one less, or another one,
-- looked up as it is and before a full stop or a comma; or else the most similar one.
create function ticket_word_meant(part text) returns text
language plpgsql stable security definer
set search_path = mortise, mortise_ext, pg_catalog, pg_temp
set enable_seqscan = off
as $$
declare
  tenant constant int := mortise.tenant();
  letters constant text[] := string_to_array('a b c d e f g h i j k l m n o p q r s t u v w x y z ä ö ü ß', ' ');
  n constant int := length(part);
  near text[] := array(select w from (
    select 1, overlay(part placing reverse(substr(part, i, 2)) from i for 2) from generate_series(1, n - 1) i
    union all select 2, overlay(part placing l from i for 0) from generate_series(1, n + 1) i, unnest(letters) l
    union all select 3, overlay(part placing '' from i for 1) from generate_series(1, n) i
    union all select 4, overlay(part placing l from i for 1) from generate_series(1, n) i, unnest(letters) l) o (kind, w)
    order by kind);
  found text;
begin
  near := near || array(select w || '.' from unnest(near) w) || array(select w || ',' from unnest(near) w);
  -- One by one: the planner takes a tenant's words to be few, and would read all of them.
  select btrim(w.word, '.,') into found from unnest(near) with ordinality o (w, nth) cross join lateral
    (select word from ticket_words where tenant_id = tenant and word = o.w collate "C" limit 1) w order by nth limit 1;
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
-- corrected: the words that were found in place of those asked for, or NULL. sort and what follows it name a page of a
-- list without other conditions; sort is NULL where all are wanted. total: of a page.
create function ticket_search(asked text, most int, sort text, is_down bool, after bigint, after_id uuid, rows int,
  out patterns text[], out numbers int[], out corrected text, out total int)
language plpgsql stable security definer
set search_path = mortise, pg_catalog, pg_temp
as $$
declare
  words text[] := string_to_array(search_text(asked), ' ');
  number constant int := case when asked ~ '^#?[0-9]{1,9}$' then ltrim(asked, '#')::int end;
  page constant ticket_page := case when number is null then ticket_page(sort, is_down, after, after_id, rows) end;
  others text[];
  found record := ticket_numbers(words, most, page);
begin
  if found.total = 0 and cardinality(words) between 1 and 8 then
    others := array(select case when length(w) < 4 or w ~ '[0-9]' or (cardinality(words) > 1
        and (ticket_numbers(array[w], 0, null)).total is distinct from 0) then w
      else coalesce(ticket_word_meant(w), w) end from unnest(words) with ordinality o (w, n) order by n);
    if others <> words then
      words := others;
      found := ticket_numbers(words, most, page);
      corrected := case when found.total is distinct from 0 then array_to_string(words, ' ') end;
    end if;
  end if;
  numbers := case when number is null or found.numbers is null then found.numbers
    else array_remove(found.numbers, number) || number end;
  total := case when page is not null then found.total end;
  patterns := array(select like_pattern(p) from unnest(case when found.in_a_row then array[array_to_string(words, ' ')]
    else words end) p);
end $$;
comment on function ticket_search(text, int, text, bool, bigint, uuid, int) is 'Tickets of the tenant by words, parts of '
  'words, or words with a typing error (then corrected is the words that were found); numbers is NULL when they are too '
  'many to be found by an index.';
grant execute on function ticket_search(text, int, text, bool, bigint, uuid, int) to mortise_api, mortise_admin;
reset role;

create trigger tickets_words before insert or update of title, description on tickets for each row
  execute function ticket_words_follow();
