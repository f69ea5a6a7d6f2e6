/*
 * plugin.c - MLflow: what it offers. The handlers are in server.c, models.c and sync.c.
 */
#include "mlflow.h"

#define READ "mlflow:read"
#define SYNC "mlflow:sync"

static const struct mt_field LIST[] = {
	{.name = "q", .type = MT_STRING, .max = 100},
	{.name = "sort", .type = MT_ENUM, .one_of = "name|-name|updatedAt|-updatedAt"},
	{0},
};

static const struct mt_route ROUTES[] = {
	{"GET", "/models", READ, .run = list_models, .query = LIST},
	{"GET", "/models/:id", READ, .run = get_model},
	{"GET", "/models/:id/versions", READ, .run = list_versions},
	{"GET", "/status", READ, .run = get_status},
	{"POST", "/sync", SYNC, .run = post_sync},
	{0},
};

static const struct mt_hook HOOKS[] = {
	{"validate", on_validate},
	{"test-connection", on_test_connection},
	{0},
};

static const struct mt_hook JOBS[] = {
	{"sync", run_sync},
	{0},
};

const struct mt_plugin mt_plugin = {
	MT_PLUGIN,
	.key = MT_PLUGIN_KEY,
	.version = MT_PLUGIN_VERSION,
	.routes = ROUTES,
	.hooks = HOOKS,
	.jobs = JOBS,
};
