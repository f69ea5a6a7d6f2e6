/* registration.h - commands of `mortise tenant` for companies that register themselves. */
#ifndef CLI_REGISTRATION_H
#define CLI_REGISTRATION_H

#include "cli/cli.h"

extern const struct cli_command registration_approve, registration_refuse, registration_invite;
int registration_list(struct cli *c);

#endif
