/*
 * parts.h - Parts: an inventory. What is shared by its files.
 */
#ifndef PARTS_H
#define PARTS_H

#include "mortise.h"

/* A numeric(12, 2) of the tables has no more than this. */
#define QUANTITY_MAX 1000000000

int list_parts(struct mt_req *req);   /* GET /parts */
int export_parts(struct mt_req *req); /* GET /parts/export */
int get_part(struct mt_req *req);     /* GET /parts/:id */
int post_part(struct mt_req *req);    /* POST /parts */
int patch_part(struct mt_req *req);   /* PATCH /parts/:id */
int delete_part(struct mt_req *req);  /* DELETE /parts/:id */

int list_moves(struct mt_req *req);   /* GET /parts/:id/moves */
int post_move(struct mt_req *req);    /* POST /parts/:id/moves */
int ticket_moves(struct mt_req *req); /* GET /tickets/:ticketId/moves */

int get_report(struct mt_req *req); /* GET /report */
int low_stock(struct mt_req *req);  /* the job */

/* "There is no such part" unless the path's :id is an id; NULL after saying so. */
const char *part_id(struct mt_req *req);
int no_part(struct mt_req *req);

#endif
