CREATE TABLE x_lasting.notes (
	tenant_id integer NOT NULL,
	id uuid NOT NULL,
	note text NOT NULL,
	PRIMARY KEY (tenant_id, id)
);
