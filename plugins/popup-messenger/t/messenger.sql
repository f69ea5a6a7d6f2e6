-- Runs with pgTAP in a scratch schema, as the plugin in a company of the demo. Everything is undone at its end.
SELECT plan(4);

INSERT INTO x_popup_messenger.conversations (id, one, other) SELECT gen_random_uuid(), min(u.id::text)::uuid, max(u.id::text)::uuid FROM mortise.users u;
SELECT throws_ok('INSERT INTO x_popup_messenger.conversations (id, one, other) SELECT gen_random_uuid(), one, other FROM x_popup_messenger.conversations',
	'23505', NULL, 'two people have one conversation');
SELECT throws_ok('INSERT INTO x_popup_messenger.conversations (id, one, other) SELECT gen_random_uuid(), other, one FROM x_popup_messenger.conversations',
	'23514', NULL, 'whichever began it');
INSERT INTO x_popup_messenger.messages (id, conversation_id, sender_id, body) SELECT gen_random_uuid(), id, one, 'hello' FROM x_popup_messenger.conversations;
DELETE FROM x_popup_messenger.conversations;
SELECT is_empty('SELECT FROM x_popup_messenger.messages', 'messages go with their conversation');
INSERT INTO x_popup_messenger.conversations (id, one, other) SELECT gen_random_uuid(), min(u.id::text)::uuid, max(u.id::text)::uuid FROM mortise.users u;
SELECT in_company('harbor');
SELECT is_empty('SELECT FROM x_popup_messenger.conversations', 'another company sees none of it');

SELECT * FROM finish();
