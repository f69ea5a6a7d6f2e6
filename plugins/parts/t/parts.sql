-- Runs with pgTAP in a scratch schema, as the plugin in a company of the demo: grants and row-level security are those
-- of an installation. Everything is undone at its end. `mortise plugin test --only sql`
SELECT plan(7);

INSERT INTO x_parts.parts (id, sku, name, unit, stock, least)
	VALUES ('00000000-0000-4000-8000-0000000000aa', 'V-20', 'Valve', 'pcs', 3, 2);
SELECT throws_ok('UPDATE x_parts.parts SET stock = -1', '23514', NULL, 'a stock is never below nothing');
SELECT throws_ok('INSERT INTO x_parts.parts (id, sku, name, unit) VALUES (gen_random_uuid(), ''V-20'', ''Another'', ''pcs'')',
	'23505', NULL, 'a number is there once');
INSERT INTO x_parts.moves (id, part_id, kind, change, stock, ticket_id, ticket_number, moved_by_name)
	SELECT gen_random_uuid(), '00000000-0000-4000-8000-0000000000aa', 'take', -1, 2, t.id, t.number, 'Ann'
	FROM mortise.tickets t ORDER BY t.number LIMIT 1;
SELECT is((SELECT count(*)::int FROM x_parts.moves), 1, 'what is taken for a ticket is kept');
SELECT throws_ok('INSERT INTO x_parts.moves (id, part_id, kind, change, stock, moved_by_name) VALUES (gen_random_uuid(), gen_random_uuid(), ''take'', -1, 2, ''Ann'')',
	'23503', NULL, 'of a part that there is');
DELETE FROM x_parts.parts;
SELECT is_empty('SELECT FROM x_parts.moves', 'a part goes with its history');

INSERT INTO x_parts.parts (id, sku, name, unit) VALUES (gen_random_uuid(), 'V-20', 'Valve', 'pcs');
SELECT in_company('harbor');
SELECT is_empty('SELECT FROM x_parts.parts', 'another company sees none of it');
SELECT lives_ok('INSERT INTO x_parts.parts (id, sku, name, unit) VALUES (gen_random_uuid(), ''V-20'', ''Valve'', ''pcs'')',
	'and has its own numbers');

SELECT * FROM finish();
