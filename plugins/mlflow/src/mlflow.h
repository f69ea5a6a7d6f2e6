/*
 * mlflow.h - MLflow: registered models of a tracking server. What is shared by its files.
 */
#ifndef MLFLOW_H
#define MLFLOW_H

#include "mortise.h"

/*
 * GET on the tracking server's REST API, version 2.0 (https://mlflow.org/docs/latest/rest-api.html):
 * path is "registered-models/search", query "max_results=1". 0 and the answer, a new reference.
 * MT_ECONFLICT while no server is set, MT_EUPSTREAM when it answers something else than JSON with 200.
 */
int server_get(struct mt_req *req, const char *path, const char *query, json_t **ret);

/* A text as a part of a query: percent-encoded (RFC 3986). */
const char *url_encoded(struct mt_req *req, const char *s);

int on_validate(struct mt_req *req);
int on_test_connection(struct mt_req *req);

int list_models(struct mt_req *req);   /* GET /models */
int get_model(struct mt_req *req);     /* GET /models/:id */
int list_versions(struct mt_req *req); /* GET /models/:id/versions */

int get_status(struct mt_req *req); /* GET /status */
int post_sync(struct mt_req *req);  /* POST /sync */
int run_sync(struct mt_req *req);   /* the job */

#endif
