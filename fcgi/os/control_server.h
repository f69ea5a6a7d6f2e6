/*
 * control_server.h - the master's side of the control socket (control.h has the client's).
 */
#ifndef CONTROL_SERVER_H
#define CONTROL_SERVER_H

#include <stdint.h>
#include "os/pool_list.h"
#include "os/trial.h"

struct conn;

struct control_server {
	struct pool_list *list;
	struct trials *trials;
	int64_t started; /* the master */
	struct watch in;
	struct conn *conns;
};

int control_server_open(struct control_server *s); /* 0 or -1: logged */
void control_server_close(struct control_server *s);
/* A struct env's on_quarantine: reports it to the steward. */
void control_server_quarantine(void *server, const char *pool, const char *reason);

#endif
