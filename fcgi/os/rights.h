/*
 * rights.h - what of root's power the master keeps.
 */
#ifndef RIGHTS_H
#define RIGHTS_H

/* Changing user and group, signals to other users' workers, files and sockets of conf.user; the rest of
 * the capabilities is given up for this process and everything that it ever starts. */
void rights_trim(void);

#endif
