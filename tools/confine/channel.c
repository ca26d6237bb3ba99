/* SPDX-License-Identifier: MIT */
/*
 * channel.c - messages between the process that has rights and the one that
 * has none
 */
#include "channel.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#define HEAD offsetof(struct confine_message, bytes)

/* Room for one descriptor, aligned. */
union control {
	struct cmsghdr head;
	char bytes[CMSG_SPACE(sizeof(int))];
};

int confine_channel_new(int ret_ends[2])
{
	return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ret_ends) ?
		       -errno :
		       0;
}

static int send_message(int channel, const struct confine_message *message,
			int fd, int flags)
{
	struct iovec part = { (void *)(uintptr_t)message, HEAD + message->len };
	struct msghdr head = { .msg_iov = &part, .msg_iovlen = 1 };
	union control control;

	if (fd >= 0) {
		memset(&control, 0, sizeof(control));
		head.msg_control = &control;
		head.msg_controllen = sizeof(control);
		control.head.cmsg_level = SOL_SOCKET;
		control.head.cmsg_type = SCM_RIGHTS;
		control.head.cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(&control.head), &fd, sizeof(fd));
	}
	for (;;) {
		if (sendmsg(channel, &head, MSG_NOSIGNAL | flags) >= 0)
			return 0;
		if (errno == EAGAIN)
			return -EAGAIN;
		if (errno != EINTR)
			return -EPIPE;
	}
}

int confine_send(int channel, const struct confine_message *message, int fd)
{
	return send_message(channel, message, fd, 0);
}

int confine_try_send(int channel, const struct confine_message *message,
		     int fd)
{
	return send_message(channel, message, fd, MSG_DONTWAIT);
}

static int take_descriptor(struct msghdr *head)
{
	struct cmsghdr *control = CMSG_FIRSTHDR(head);
	int fd;

	if (!control || control->cmsg_level != SOL_SOCKET ||
	    control->cmsg_type != SCM_RIGHTS ||
	    control->cmsg_len != CMSG_LEN(sizeof(int)))
		return -1;
	memcpy(&fd, CMSG_DATA(control), sizeof(fd));
	return fd;
}

int confine_receive(int channel, struct confine_message *message, int *ret_fd)
{
	struct iovec part = { message, sizeof(*message) };
	struct msghdr head = { .msg_iov = &part, .msg_iovlen = 1 };
	union control control;
	ssize_t len;
	int fd;

	if (ret_fd) {
		head.msg_control = &control;
		head.msg_controllen = sizeof(control);
	}
	do
		len = recvmsg(channel, &head, MSG_CMSG_CLOEXEC);
	while (len < 0 && errno == EINTR);
	if (len <= 0)
		return -EPIPE;
	fd = ret_fd ? take_descriptor(&head) : -1;
	if ((size_t)len < HEAD || head.msg_flags & MSG_TRUNC ||
	    message->len != (size_t)len - HEAD) {
		if (fd >= 0)
			close(fd);
		return -EBADMSG;
	}
	if (ret_fd)
		*ret_fd = fd;
	return 0;
}

void confine_set_text(struct confine_message *message, const char *text)
{
	size_t len = strlen(text);

	if (len >= sizeof(message->bytes))
		len = sizeof(message->bytes) - 1;
	memcpy(message->bytes, text, len);
	message->bytes[len] = '\0';
	message->len = (uint32_t)len + 1;
}

const char *confine_text(const struct confine_message *message)
{
	if (!message->len || memchr(message->bytes, '\0', message->len) !=
				     message->bytes + message->len - 1)
		return NULL;
	return message->bytes;
}
