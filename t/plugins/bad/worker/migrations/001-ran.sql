CREATE TABLE x_worker.ran (
	tenant_id integer NOT NULL,
	id uuid NOT NULL,
	job text NOT NULL,
	args jsonb NOT NULL,
	began_at timestamptz NOT NULL,
	ended_at timestamptz NOT NULL,
	PRIMARY KEY (tenant_id, id)
);
