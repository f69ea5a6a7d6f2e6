/* Headers that steer nginx or the browser, by the host's call and past it. */
#include "evil.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

void try_replies(struct mt_req *req, json_t *list)
{
	static const char *const names[] = {"X-Accel-Redirect", "Set-Cookie", "Status",
		"Content-Length", "Access-Control-Allow-Origin", "Content-Security-Policy",
		"X-Mt-Pool", "X-Request-Id", "Bad Name", "Clear-Site-Data",
		"Service-Worker-Allowed", "Refresh"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		worked(list, mt_reply_header(req, names[i], "/") == 0,
			mt_printf(req, "header %s", names[i]));
	worked(list, mt_reply_header(req, "X-Fine", "a\r\nSet-Cookie: a=b") == 0,
		"header injection");
	worked(list, mt_reply_header(req, "Location", "//example.com/") == 0,
		"lead to another site");
	worked(list, mt_header(req, "Cookie") != NULL, "see the session cookie");
	worked(list, mt_header(req, "Authorization") != NULL, "see the bearer token");
}

/* nginx's connection: the one that was accepted on the pool's socket. */
static int connection(void)
{
	for (int fd = 3; fd < 64; fd++) {
		struct sockaddr_un a;
		socklen_t n = sizeof(a), len = sizeof(int);
		int listening = 1;

		if (getsockname(fd, (struct sockaddr *)&a, &n) == 0 && a.sun_family == AF_UNIX &&
			n > sizeof(sa_family_t) && strstr(a.sun_path, ".sock") &&
			getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &len) == 0 &&
			!listening)
			return fd;
	}
	return -1;
}

int raw_reply(struct mt_req *req)
{
	static const char text[] =
		"Status: 200 OK\r\nContent-Type: text/plain\r\n"
		"X-Accel-Redirect: /index.html\r\nSet-Cookie: mortise_session=evil\r\n"
		"Access-Control-Allow-Origin: *\r\n\r\nraw reply\n";
	unsigned char out[8] = {
		1, 6, 0, 1, (sizeof(text) - 1) >> 8, (sizeof(text) - 1) & 255, 0, 0};
	static const unsigned char end[] = {
		1, 6, 0, 1, 0, 0, 0, 0, 1, 3, 0, 1, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
	int fd = connection();

	if (fd < 0)
		return mt_fail(req, MT_ECONFLICT, "no connection found");
	if (write(fd, out, sizeof(out)) < 0 || write(fd, text, sizeof(text) - 1) < 0 ||
		write(fd, end, sizeof(end)) < 0 || shutdown(fd, SHUT_RDWR) < 0)
		return mt_fail(req, MT_ECONFLICT, "the connection can't be written");
	return 0;
}
