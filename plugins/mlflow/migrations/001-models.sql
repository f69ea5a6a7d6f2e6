-- Rows of a tenant, guarded by row-level security on tenant_id (forced at hand-over).
CREATE TABLE x_mlflow.mlflow_model_records (
	tenant_id integer NOT NULL,
	id uuid NOT NULL,
	model_name text NOT NULL,
	description text NOT NULL,
	version text,
	stage text,
	status text,
	run_id text,
	source text,
	created_at timestamptz,
	updated_at timestamptz,
	PRIMARY KEY (tenant_id, id),
	CONSTRAINT mlflow_model_records_name UNIQUE (tenant_id, model_name)
);
CREATE INDEX mlflow_model_records_order ON x_mlflow.mlflow_model_records (tenant_id, lower(model_name), id);
CREATE INDEX mlflow_model_records_updated ON x_mlflow.mlflow_model_records (tenant_id, (coalesce(updated_at, '-infinity')), id);

COMMENT ON TABLE x_mlflow.mlflow_model_records IS
	'Registered models as the tracking server had them at the last synchronisation, with their newest version. Tenant rows.';

CREATE TABLE x_mlflow.syncs (
	tenant_id integer NOT NULL,
	id uuid NOT NULL,
	at timestamptz NOT NULL DEFAULT now(),
	models integer,
	removed integer,
	ms integer NOT NULL,
	fault text,
	PRIMARY KEY (tenant_id, id)
);
CREATE INDEX syncs_at ON x_mlflow.syncs (tenant_id, at, id);

COMMENT ON TABLE x_mlflow.syncs IS 'The newest 50 synchronisations; fault is why one failed. Tenant rows.';
