/*
 * A hostile guest while it has a request: its packets come over a real socket to the host's talk(). There
 * is no database behind it, so statements fail; everything in front of them is real.
 *
 * Input, again and again: type, oddity, two bytes of length, so many bytes. Oddities: 1 another call's
 * number, 2 a length that lies, 4 a place that lies, 8 half of a message in two packets.
 */
#include "fuzz.h"

#include <sys/socket.h>
#include "base/clock.h"
#include "base/log.h"
#include "host/call.h"
#include "host/proc.h"

static struct proc PROC = {.fd = -1};
static struct db *DB;

/* Not called by talk(), which gets PROC. */
static struct proc *take(struct host *h, int tenant)
{
	(void)h;
	(void)tenant;
	return &PROC;
}

static void send_packet(int fd, const struct wire_head *h, const uint8_t *data, size_t n)
{
	struct iovec iov[2] = {{(void *)(uintptr_t)h, sizeof(*h)}, {(void *)(uintptr_t)data, n}};
	struct msghdr msg = {.msg_iov = iov, .msg_iovlen = 2};

	(void)!sendmsg(fd, &msg, MSG_DONTWAIT | MSG_NOSIGNAL);
}

static void send_all(int fd, const uint8_t *data, size_t n)
{
	while (n >= 4) {
		unsigned odd = data[1];
		size_t len = (size_t)data[2] << 8 | data[3];
		struct wire_head h = {.type = data[0], .seq = PROC.seq};

		data += 4;
		n -= 4;
		len = len > n ? n : len;
		h.total = (uint32_t)len;
		if (odd & 1)
			h.seq ^= 1;
		if (odd & 2)
			h.total += (odd >> 4) * 1000;
		if (odd & 4)
			h.at = odd >> 4;
		if (odd & 8 && len > 1) {
			send_packet(fd, &h, data, len / 2);
			h.at = (uint32_t)(len / 2);
			send_packet(fd, &h, data + len / 2, len - len / 2);
		} else {
			send_packet(fd, &h, data, len);
		}
		data += len;
		n -= len;
	}
}

static void serve(struct call *c, const uint8_t *data, size_t n)
{
	bool failed;
	int fd[2], rc;

	fuzz_check(proc_pair(fd) == 0);
	PROC = (struct proc){.id = 1, .fd = fd[0], .ready = true, .seq = 7, .ended = true};
	send_all(fd[1], data, n);
	shutdown(fd[1], SHUT_WR);
	rc = talk(c, &PROC, &failed);
	fuzz_check(!failed || (rc < 0 && c->r->op.err.code != 0));
	fuzz_check(c->n_logs <= HOST_LOGS_MAX + 1);
	query_rollback(c); /* as host/serve.c does */
	if (!failed && rc == 0 && c->r->op.err.code == 0)
		for (int i = 0; i < c->r->n_headers; i++)
			fuzz_check(!strpbrk(c->r->header[i].value, "\r\n"));
	settings_end(c);
	if (PROC.fd >= 0)
		close(PROC.fd);
	close(fd[1]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static char *envp[] = {(char *)"MT_USER=0190a5c0-0000-7000-8000-000000000000",
		(char *)"MT_USER_NAME=A%20b", (char *)"HTTP_ACCEPT=*/*", NULL};
	static struct db_opts opts = {.host = "/nonexistent", .dbname = "a", .user = "a"};
	static const struct mt_plugin plugin = {MT_PLUGIN, .key = "a", .version = "1.0.0"};
	struct arena *p = arena_new();
	struct fuzz_body body = {.at = data, .left = n, .piece = 100};
	struct req *r = malloc(sizeof(*r));
	struct host h = {.plugin = &plugin,
		.key = "a",
		.pool = "a@0",
		.steward_fd = -1,
		.take = take,
		.limit = {.reply_mb = 1, .statements = 20, .rate = {[RATE_NOTIFICATIONS] = 5}}};
	struct call c = {.host = &h,
		.r = r,
		.tenant = 1,
		.hook = "",
		.path = "/x",
		.as = {.tenant = 1},
		.body_max = 1000,
		.settings_key = (char *)""};

	if (!DB) {
		DB = db_new(&opts);
		log_init("fuzz", LOG_LV_ERROR);
	}
	h.db = DB;
	fuzz_req(r, p, envp, &body);
	r->op.db = DB; /* as host/serve.c does: "returning" goes by it */
	c.raw_body = n % 2;
	r->op.id = "0123456789abcdef";
	r->op.deadline = clock_ms() + 2000;
	serve(&c, data, n);
	free(r);
	arena_free(p);
	return 0;
}
