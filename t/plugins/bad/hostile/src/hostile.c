/*
 * Bypasses the table of calls and writes its own bytes to the one descriptor that a guest has. GET
 * /say/:how breaks the protocol in one way; GET /kernel lists the calls that the filter should have
 * refused; GET /remember returns what an earlier request left in this process.
 */
#include "mortise.h"
#include "../../raw.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

enum {
	CALL = 1,
	ANSWER,
	HELLO,
	UNFIT,
	QUERY,
	BEGIN,
	COMMIT,
	ROLLBACK,
	NOTIFY,
	SETTINGS,
	SERVICE,
	BODY,
	LOG,
	REFUSE,
	FIELD,
	MISUSE,
	DONE,
	CRASH
};

struct head {
	unsigned type, seq, total, at;
};

static unsigned seq; /* calls of this process: the host counts the same */
static char packet[60 * 1024 + 16];
static json_t *at_load; /* what worked in the constructor */

static void packet_of(
	unsigned type, unsigned number, unsigned total, unsigned at, const void *data, size_t n)
{
	struct head h = {type, number, total, at};

	memcpy(packet, &h, sizeof(h));
	memcpy(packet + sizeof(h), data, n);
	RAW(write, 0, packet, sizeof(h) + n, 0, 0, 0);
}

static void say(unsigned type, const void *data, size_t n)
{
	packet_of(type, seq, (unsigned)n, 0, data, n);
}

struct text {
	char data[4096];
	size_t n;
};

static void put(struct text *t, const void *data, size_t n)
{
	memcpy(t->data + t->n, data, n);
	t->n += n;
}

static void put_number(struct text *t, unsigned v)
{
	put(t, &v, sizeof(v));
}

static void put_text(struct text *t, const char *s)
{
	put_number(t, (unsigned)strlen(s));
	put(t, s, strlen(s) + 1);
}

/* A reply with this status and header. */
static void done(unsigned status, const char *name, const char *value)
{
	struct text t = {.n = 0};

	put_number(&t, 0);
	put_number(&t, name ? 1 : 0);
	if (name) {
		put_text(&t, name);
		put_text(&t, value);
	}
	put(&t, "\1", 1);
	put_number(&t, status);
	put_text(&t, "text/plain");
	put_number(&t, 0xffffffffu);
	put_number(&t, 3);
	put(&t, "raw", 3);
	say(DONE, t.data, t.n);
}

static void log_line(void)
{
	struct text t = {.n = 0};

	put_number(&t, 1);
	put_text(&t, "flood");
	say(LOG, t.data, t.n);
}

static void query(const char *sql, unsigned args)
{
	struct text t = {.n = 0};

	put(&t, "\1", 1);
	put_text(&t, sql);
	put_number(&t, args);
	say(QUERY, t.data, t.n);
}

/* Reads the host's answer and drops it. */
static void hear(void)
{
	static char bytes[60 * 1024 + 16];

	RAW(read, 0, bytes, sizeof(bytes), 0, 0, 0);
}

static int wrong(struct mt_req *req)
{
	const char *how = mt_param(req, "how"), *more = mt_query_param(req, "more");
	struct text t = {.n = 0};

	seq++;
	if (strcmp(how, "twice") == 0) {
		done(200, NULL, NULL);
		done(200, NULL, NULL);
	} else if (strcmp(how, "status") == 0) {
		done((unsigned)strtoul(more, NULL, 10), NULL, NULL);
	} else if (strcmp(how, "header") == 0) {
		done(200, more, "/x");
	} else if (strcmp(how, "other-call") == 0) {
		seq++;
		done(200, NULL, NULL);
	} else if (strcmp(how, "never") == 0) {
		hear();
	} else if (strcmp(how, "spin") == 0) {
		for (;;)
			;
	} else if (strcmp(how, "afterwards") == 0) {
		done(200, NULL, NULL);
		for (;;)
			;
	} else if (strcmp(how, "lying-total") == 0) {
		packet_of(DONE, seq, 1000, 0, "abc", 3);
		packet_of(DONE, seq, 3, 3, "abc", 3);
	} else if (strcmp(how, "lying-place") == 0) {
		packet_of(QUERY, seq, 1000, 500, "abc", 3);
	} else if (strcmp(how, "lying-text") == 0) {
		put(&t, "\1", 1);
		put_number(&t, 0x7fffffff);
		say(QUERY, t.data, t.n);
	} else if (strcmp(how, "nul-in-text") == 0) {
		put(&t, "\1", 1);
		put_number(&t, 9);
		put(&t, "SELECT\0 1", 10);
		put_number(&t, 0);
		say(QUERY, t.data, t.n);
	} else if (strcmp(how, "many-args") == 0) {
		query("SELECT 1", 0xffffffffu);
	} else if (strcmp(how, "huge") == 0) {
		packet_of(QUERY, seq, 0x40000000u, 0, "abc", 3);
	} else if (strcmp(how, "huge-reply") == 0) {
		packet_of(DONE, seq, 0xf0000000u, 0, "abc", 3);
	} else if (strcmp(how, "short") == 0) {
		RAW(write, 0, "abc", 3, 0, 0, 0);
	} else if (strcmp(how, "empty") == 0) {
		RAW(write, 0, "", 0, 0, 0, 0);
	} else if (strcmp(how, "type") == 0) {
		say((unsigned)strtoul(more, NULL, 10), "", 0);
	} else if (strcmp(how, "mixed") == 0) {
		packet_of(QUERY, seq, 100, 0, "abc", 3);
		packet_of(LOG, seq, 100, 3, "abc", 3);
	} else if (strcmp(how, "drip") == 0) {
		for (unsigned i = 0; i < 100000; i++)
			packet_of(QUERY, seq, 200000, i, "x", 1);
	} else if (strcmp(how, "logs") == 0) {
		for (;;)
			log_line();
	} else if (strcmp(how, "unheard") == 0) {
		for (;;)
			query("SELECT repeat('x', 100000)", 0);
	} else if (strcmp(how, "sql") == 0) {
		return mt_query(req, more, MT_NOARGS, NULL);
	}
	for (;;)
		hear();
}

static int statements(struct mt_req *req)
{
	int rc = 0;

	seq++;
	for (int i = 0; rc == 0 && i < 5000; i++)
		rc = mt_query(req, "SELECT 1", MT_NOARGS, NULL);
	return rc;
}

static int notices(struct mt_req *req)
{
	const struct mt_notice n = {.title = "again", .message = "and again"};
	int rc = 0;

	seq++;
	for (int i = 0; rc >= 0 && i < 500; i++)
		rc = mt_notify_company(req, &n);
	return rc;
}

static int endless(struct mt_req *req)
{
	seq++;
	return mt_query(req,
		"SELECT count(*) FROM generate_series(1, 1000000) a, generate_series(1, 1000000) b",
		MT_NOARGS, NULL);
}

/* A gigabyte of rows. */
static int rows(struct mt_req *req)
{
	seq++;
	return mt_query(
		req, "SELECT repeat('x', 1000) FROM generate_series(1, 1000000)", MT_NOARGS, NULL);
}

/* One value of so many megabytes. */
static int value(struct mt_req *req)
{
	long mb;

	seq++;
	if (mt_query_int(req, "mb", 1, 1000, 500, &mb) < 0)
		return MT_EINVAL;
	return mt_query(req, "SELECT repeat('x', $1::int * 1048576)",
		MT_ARGS(mt_printf(req, "%ld", mb)), NULL);
}

static int big(struct mt_req *req)
{
	size_t n = (size_t)40 << 20;

	seq++;
	return mt_reply_data(req, 200, "text/plain", NULL, mt_alloc(req, n), n);
}

static void worked(json_t *list, bool it_did, const char *what)
{
	if (it_did)
		json_array_append_new(list, json_string(what));
}

static void try_sending(struct mt_req *req, json_t *list)
{
	struct sockaddr_un log = {.sun_family = AF_UNIX, .sun_path = "/dev/log"};
	struct iovec iov = {(void *)"x", 1};
	struct msghdr m = {
		.msg_name = &log, .msg_namelen = sizeof(log), .msg_iov = &iov, .msg_iovlen = 1};

	for (int fd = 0; fd < 64; fd++) {
		worked(list, RAW(sendto, fd, "x", 1, 0, &log, sizeof(log)) >= 0, "sendto");
		worked(list, RAW(sendmsg, fd, &m, 0, 0, 0, 0) >= 0, "sendmsg");
		worked(list, RAW(dup, fd, 0, 0, 0, 0, 0) >= 0, "dup");
		worked(list, fd > 0 && RAW(fstat, fd, packet, 0, 0, 0, 0) >= 0,
			mt_printf(req, "descriptor %d", fd));
	}
	worked(list, RAW(socket, AF_UNIX, SOCK_DGRAM, 0, 0, 0, 0) >= 0, "socket");
}

static void try_looking(json_t *list)
{
	static const char *const paths[] = {
		"/etc/passwd", "/", "/proc/self/status", "/usr/lib/x86_64-linux-gnu/libc.so.6"};
	struct stat st;

	for (int i = 0; i < 4; i++) {
		worked(list, stat(paths[i], &st) == 0, "stat");
		worked(list, RAW(statx, -100, paths[i], 0, 0xfff, packet, 0) >= 0, "statx");
		worked(list, RAW(faccessat, -100, paths[i], 0, 0, 0, 0) >= 0, "access");
		worked(list, RAW(readlinkat, -100, paths[i], packet, 100, 0, 0) >= 0, "readlink");
		worked(list, RAW(openat, -100, paths[i], 0, 0, 0, 0) >= 0, "open");
	}
}

/* A filter of its own, before or after the host's: it can only be a further one, or none. */
static void try_filters(json_t *list)
{
	struct sock_filter all = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	struct sock_fprog prog = {1, &all};
	void *p;

	worked(list, RAW(prctl, PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog, 0, 0, 0) >= 0,
		"prctl filter");
	worked(list, RAW(seccomp, SECCOMP_SET_MODE_FILTER, 0, &prog, 0, 0, 0) >= 0, "filter");
	p = mmap(
		NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	worked(list, p != MAP_FAILED, "memory to write and run");
	p = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	worked(list, p != MAP_FAILED, "memory to run");
	p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	worked(list, RAW(mprotect, p, 4096, PROT_READ | PROT_EXEC, 0, 0, 0) >= 0,
		"make memory run");
	worked(list, RAW(clone, 17, 0, 0, 0, 0, 0) > 0, "another process");
	worked(list, RAW(kill, -1, 0, 0, 0, 0, 0) >= 0, "a signal to all");
}

/* While the library is loaded its own descriptor is there, to be read and run. */
__attribute__((constructor)) static void constructor(void)
{
	at_load = json_array();
	try_filters(at_load);
	try_looking(at_load);
}

static int kernel(struct mt_req *req)
{
	json_t *list = json_array();

	seq++;
	try_filters(list);
	try_looking(list);
	try_sending(req, list);
	return mt_reply_json(req, 200, json_pack("{s:o, s:O}", "worked", list, "atLoad", at_load));
}

static int remember(struct mt_req *req)
{
	static char kept[200];
	char before[200];

	seq++;
	snprintf(before, sizeof(before), "%s", kept);
	snprintf(kept, sizeof(kept), "%s", mt_tenant_code(req));
	return mt_reply_json(req, 200, json_pack("{s:s}", "before", before));
}

/* As a line of its own and as a log line: text that looks like somebody else's. */
static int line(struct mt_req *req)
{
	const char *text = mt_query_param(req, "more");

	seq++;
	puts(text);
	mt_log(req, MT_INFO, "%s", text);
	return mt_reply_json(req, 200, json_pack("{sb}", "ok", 1));
}

static int ok(struct mt_req *req)
{
	seq++;
	return mt_reply_json(req, 200, json_pack("{sb}", "ok", 1));
}

static const struct mt_route ROUTES[] = {
	{.method = "GET", .path = "/ok", .run = ok},
	{.method = "GET", .path = "/say/:how", .run = wrong},
	{.method = "GET", .path = "/kernel", .run = kernel},
	{.method = "GET", .path = "/remember", .run = remember},
	{.method = "GET", .path = "/line", .run = line},
	{.method = "GET", .path = "/statements", .run = statements},
	{.method = "GET", .path = "/notices", .run = notices},
	{.method = "GET", .path = "/big", .run = big},
	{.method = "GET", .path = "/endless", .run = endless},
	{.method = "GET", .path = "/rows", .run = rows},
	{.method = "GET", .path = "/value", .run = value},
	{0},
};

const struct mt_plugin mt_plugin = {
	MT_PLUGIN, .key = "hostile", .version = "1.0.0", .routes = ROUTES};
