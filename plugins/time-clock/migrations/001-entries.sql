-- Rows of a tenant, guarded by row-level security on tenant_id (forced at hand-over).
CREATE TABLE x_time_clock.time_clock_entries (
	tenant_id integer NOT NULL,
	id uuid NOT NULL,
	technician_id uuid NOT NULL,
	technician_name text NOT NULL,
	ticket_id uuid NOT NULL,
	ticket_number integer NOT NULL,
	clock_in timestamptz NOT NULL,
	clock_out timestamptz,
	clocked_in_by uuid NOT NULL,
	clocked_out_by uuid,
	PRIMARY KEY (tenant_id, id),
	CONSTRAINT time_clock_entries_order CHECK (clock_out >= clock_in)
);

-- One open entry per technician: the second clock-in fails here, whatever races it.
CREATE UNIQUE INDEX time_clock_entries_open
	ON x_time_clock.time_clock_entries (tenant_id, technician_id) WHERE clock_out IS NULL;

CREATE INDEX time_clock_entries_ticket
	ON x_time_clock.time_clock_entries (tenant_id, ticket_id, clock_in);
CREATE INDEX time_clock_entries_technician
	ON x_time_clock.time_clock_entries (tenant_id, technician_id, clock_in);
CREATE INDEX time_clock_entries_time
	ON x_time_clock.time_clock_entries (tenant_id, clock_in);

COMMENT ON TABLE x_time_clock.time_clock_entries IS
	'Who worked on which ticket from when to when; names and numbers as they were then. Tenant rows.';
