/* SPDX-License-Identifier: MIT */
/*
 * listen.h - the socket: a TCP address, a Unix socket, or one from systemd
 */
#ifndef EXPVAR_HTTPD_LISTEN_H
#define EXPVAR_HTTPD_LISTEN_H

#include <stdbool.h>
#include <sys/types.h>

#define HTTPD_LISTEN_DEFAULT "127.0.0.1:9654"

struct httpd_socket {
	int fd;
	bool is_unix; /* only who may open the socket can ask */
	/* Of a Unix socket that was made here, to remove it: */
	const char *path; /* NULL: none */
	dev_t device;
	ino_t inode;
	char name[160]; /* as it is shown: http://127.0.0.1:9654/ */
};

/**
 * httpd_listen() - open the socket, non-blocking and close-on-exec
 * @address:    ADDR:PORT, [ADDR]:PORT or unix:PATH; NULL: the one that systemd
 *              hands over, or HTTPD_LISTEN_DEFAULT
 * @mode:       of a Unix socket; (mode_t)-1 for 0600
 * @ret_socket: receives it; @address must live as long
 *
 * Says what is wrong.
 *
 * Returns: 0, -EINVAL if @address is none, another -errno.
 */
int httpd_listen(const char *address, mode_t mode,
		 struct httpd_socket *ret_socket);

/* Closes it; a Unix socket is removed, if it is still the one that was made. */
void httpd_unlisten(struct httpd_socket *socket);

#endif
