/* SPDX-License-Identifier: MIT */
/*
 * channel.h - messages between the process that has rights and the one that
 * has none
 *
 * Neither side believes the other: lengths are checked against what arrived,
 * and the side with the rights takes no descriptors.
 */
#ifndef EXPVAR_CONFINE_CHANNEL_H
#define EXPVAR_CONFINE_CHANNEL_H

#include <stddef.h>
#include <stdint.h>

#define CONFINE_BYTES 16384

struct confine_message {
	uint32_t what; /* the call, or the kind of answer */
	int32_t result;
	uint32_t number;
	uint32_t len; /* of bytes; only these are sent */
	char bytes[CONFINE_BYTES];
};

/* Two ends; close-on-exec. 0 or -errno. */
int confine_channel_new(int ret_ends[2]);

/* @fd goes along, -1: none. 0, or -EPIPE if nobody is there any more. */
int confine_send(int channel, const struct confine_message *message, int fd);
/* Likewise, or -EAGAIN instead of waiting for room. */
int confine_try_send(int channel, const struct confine_message *message,
		     int fd);

/*
 * @ret_fd receives the descriptor that came along, or -1; NULL: none is taken.
 * 0, -EPIPE, or -EBADMSG for what is no message.
 */
int confine_receive(int channel, struct confine_message *message, int *ret_fd);

/* Replaces the bytes by a text with its NUL, cut to what fits. */
void confine_set_text(struct confine_message *message, const char *text);

/* The bytes as a text, or NULL if they are none. */
const char *confine_text(const struct confine_message *message);

#endif
