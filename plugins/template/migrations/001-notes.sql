-- Notes of a tenant, guarded by row-level security on tenant_id (forced when the plugin gets its tables).
CREATE TABLE x_my_plugin.notes (
	tenant_id integer NOT NULL,
	id uuid NOT NULL,
	ticket_id uuid NOT NULL,
	text text NOT NULL,
	author text NOT NULL,
	created_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (tenant_id, id)
);

CREATE INDEX notes_ticket ON x_my_plugin.notes (tenant_id, ticket_id, created_at);

COMMENT ON TABLE x_my_plugin.notes IS 'What people noted on tickets. Tenant rows.';
