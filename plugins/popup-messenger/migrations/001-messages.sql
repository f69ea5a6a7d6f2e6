-- Rows of a tenant, guarded by row-level security on tenant_id (forced at hand-over). Who of the tenant sees a row is
-- guarded by the plugin's statements: each asks for the person.
CREATE TABLE x_popup_messenger.conversations (
	tenant_id integer NOT NULL,
	id uuid NOT NULL,
	-- Two people, the smaller id first.
	one uuid NOT NULL,
	other uuid NOT NULL,
	-- Up to when each has read.
	one_read timestamptz,
	other_read timestamptz,
	last_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (tenant_id, id),
	CONSTRAINT conversations_people UNIQUE (tenant_id, one, other),
	CONSTRAINT conversations_order CHECK (one < other)
);
CREATE INDEX conversations_other ON x_popup_messenger.conversations (tenant_id, other);

COMMENT ON TABLE x_popup_messenger.conversations IS 'Pairs of people who have written to each other. Tenant rows.';

CREATE TABLE x_popup_messenger.messages (
	tenant_id integer NOT NULL,
	id uuid NOT NULL,
	conversation_id uuid NOT NULL,
	sender_id uuid NOT NULL,
	body text NOT NULL,
	sent_at timestamptz NOT NULL DEFAULT clock_timestamp(),
	PRIMARY KEY (tenant_id, id),
	FOREIGN KEY (tenant_id, conversation_id) REFERENCES x_popup_messenger.conversations ON DELETE CASCADE
);
CREATE INDEX messages_order ON x_popup_messenger.messages (tenant_id, conversation_id, sent_at, id);
CREATE INDEX messages_sent ON x_popup_messenger.messages (tenant_id, sent_at);

COMMENT ON TABLE x_popup_messenger.messages IS 'What was written, as long as the setting keep_days says. Tenant rows.';
