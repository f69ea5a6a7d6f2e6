CREATE TABLE x_versions.things (
	tenant_id integer NOT NULL,
	id uuid NOT NULL,
	note text NOT NULL,
	PRIMARY KEY (tenant_id, id)
);
