-- Runs with pgTAP in a scratch schema, as the plugin in a company of the demo. Everything is undone at its end.
SELECT plan(3);

INSERT INTO x_mlflow.mlflow_model_records (id, model_name, description) VALUES (gen_random_uuid(), 'fraud', '');
SELECT throws_ok('INSERT INTO x_mlflow.mlflow_model_records (id, model_name, description) VALUES (gen_random_uuid(), ''fraud'', '''')',
	'23505', NULL, 'a model is there once');
SELECT throws_ok('SELECT FROM mortise.tickets', '42501', NULL, 'tickets are none of its business');
SELECT in_company('harbor');
SELECT is_empty('SELECT FROM x_mlflow.mlflow_model_records', 'another company sees none of it');

SELECT * FROM finish();
