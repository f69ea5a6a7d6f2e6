/* Which addresses are public: the edges of every range, and the ways to write one address as another. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <arpa/inet.h>
#include <cmocka.h>
#include "marketplace/address.h"

static const char *ask(const char *text)
{
	struct sockaddr_storage ss = {0};
	struct sockaddr_in *four = (struct sockaddr_in *)&ss;
	struct sockaddr_in6 *six = (struct sockaddr_in6 *)&ss;

	if (inet_pton(AF_INET, text, &four->sin_addr) == 1) {
		ss.ss_family = AF_INET;
	} else {
		assert_int_equal(inet_pton(AF_INET6, text, &six->sin6_addr), 1);
		ss.ss_family = AF_INET6;
	}
	return address_special((struct sockaddr *)&ss);
}

static void test_public(void **state)
{
	static const char *const all[] = {"1.1.1.1", "9.255.255.255", "11.0.0.0", "100.63.255.255",
		"100.128.0.0", "126.255.255.255", "128.0.0.0", "169.253.255.255", "169.255.0.0",
		"172.15.255.255", "172.32.0.0", "192.0.1.0", "192.0.3.0", "192.88.98.255",
		"192.167.255.255", "192.169.0.0", "198.17.255.255", "198.20.0.0", "198.51.99.255",
		"203.0.112.255", "203.0.114.0", "223.255.255.255", "2606:4700::1111", "2001:200::1",
		"2001:db7:ffff::", "2001:db9::", "2a00::1", "3ffe::1",
		"3fff:1000::", "64:ff9b::101:101"};

	(void)state;
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (ask(all[i]))
			fail_msg("%s is public, not %s", all[i], ask(all[i]));
}

static void test_special(void **state)
{
	static const struct {
		const char *address, *what;
	} all[] = {
		{"0.0.0.0", "unspecified"},
		{"0.255.255.255", "unspecified"},
		{"10.0.0.0", "private"},
		{"10.255.255.255", "private"},
		{"100.64.0.0", "shared"},
		{"100.127.255.255", "shared"},
		{"127.0.0.1", "loopback"},
		{"127.255.255.255", "loopback"},
		{"169.254.0.0", "link-local"},
		{"169.254.169.254", "link-local"},
		{"172.16.0.0", "private"},
		{"172.31.255.255", "private"},
		{"192.0.0.8", "reserved"},
		{"192.0.2.1", "documentation"},
		{"192.88.99.1", "reserved"},
		{"192.168.0.0", "private"},
		{"192.168.255.255", "private"},
		{"198.18.0.0", "benchmarking"},
		{"198.19.255.255", "benchmarking"},
		{"198.51.100.7", "documentation"},
		{"203.0.113.7", "documentation"},
		{"224.0.0.1", "multicast"},
		{"239.255.255.255", "multicast"},
		{"240.0.0.1", "reserved"},
		{"255.255.255.255", "reserved"},
		{"::", "unspecified"},
		{"::1", "loopback"},
		{"::2", "reserved"},
		{"::127.0.0.1", "reserved"},
		{"::ffff:1.1.1.1", "IPv4-mapped"},
		{"::ffff:127.0.0.1", "IPv4-mapped"},
		{"64:ff9b::7f00:1", "loopback"},
		{"64:ff9b::a9fe:a9fe", "link-local"},
		{"64:ff9b:1::1", "reserved"},
		{"100::1", "reserved"},
		{"2001::1", "reserved"},
		{"2001:1ff::1", "reserved"},
		{"2001:db8::1", "documentation"},
		{"2002:7f00:1::", "reserved"},
		{"3fff::1", "documentation"},
		{"3fff:fff::1", "documentation"},
		{"4000::1", "reserved"},
		{"fc00::1", "private"},
		{"fdff::1", "private"},
		{"fe80::1", "link-local"},
		{"febf::1", "link-local"},
		{"fec0::1", "site-local"},
		{"ff02::1", "multicast"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		const char *what = ask(all[i].address);

		if (!what || strcmp(what, all[i].what) != 0)
			fail_msg("%s is %s, not %s", all[i].address, all[i].what,
				what ? what : "public");
	}
}

static void test_other_families(void **state)
{
	struct sockaddr_storage ss = {.ss_family = AF_UNIX};

	(void)state;
	assert_string_equal(address_special((struct sockaddr *)&ss), "foreign");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_public),
		cmocka_unit_test(test_special),
		cmocka_unit_test(test_other_families),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
