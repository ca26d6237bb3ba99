/* SPDX-License-Identifier: MIT */
/*
 * program.c - the program that is to be started, and whether it can be counted
 */
#include "program.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "common/message.h"
#include "elf.h"

/* Interpreters that are scripts themselves, and the like: as the kernel. */
#define DEPTH_MAX 5
/* Of a script's first line the kernel reads no more. */
#define LINE_MAX_ 256
#define OURSELVES "/proc/self/exe"

/* ---- where it is ---- */

static int try(const char *path)
{
	struct stat stat_;

	if (stat(path, &stat_))
		return -errno;
	if (!S_ISREG(stat_.st_mode) || access(path, X_OK))
		return -EACCES;
	return 0;
}

static const char *search_path(char *room, size_t size)
{
	const char *path = getenv("PATH");

	if (path)
		return path;
	return confstr(_CS_PATH, room, size) ? room : "/bin:/usr/bin";
}

int run_program_find(const char *name, struct run_program *ret_program)
{
	char room[256], *to = ret_program->path;
	const char *at, *end;
	int error = -ENOENT, one, len;

	if (strchr(name, '/')) {
		if (strlen(name) >= PATH_MAX)
			return -ENAMETOOLONG;
		strcpy(to, name);
		return try(to);
	}
	if (!*name)
		return -ENOENT;
	for (at = search_path(room, sizeof(room)); at; at = *end ? end + 1 : NULL) {
		end = strchrnul(at, ':');
		len = snprintf(to, PATH_MAX, "%.*s%s%s", (int)(end - at), at,
			       end > at ? "/" : "", name);
		one = len < PATH_MAX ? try(to) : -ENAMETOOLONG;
		if (!one)
			return 0;
		if (one == -EACCES)
			error = one;
	}
	return error;
}

/* ---- what it is ---- */

static int refuse(const char *path, const char *why)
{
	dump_say(path, "%s", why);
	return -EINVAL;
}

static bool is_elf(const char *start, size_t len)
{
	return len >= sizeof(Elf64_Ehdr) && !memcmp(start, ELFMAG, SELFMAG);
}

/* Of our own program, which is one that can be counted. */
static void read_own(Elf64_Ehdr *header, char *interpreter, size_t size)
{
	int fd = open(OURSELVES, O_RDONLY | O_CLOEXEC);

	*interpreter = '\0';
	memset(header, 0, sizeof(*header));
	if (fd < 0)
		return;
	if (pread(fd, header, sizeof(*header), 0) == sizeof(*header))
		(void)run_elf_interpreter(fd, header, interpreter, size);
	close(fd);
}

static int check_elf(const char *path, int fd, const char *start)
{
	char interpreter[PATH_MAX], own_interpreter[PATH_MAX];
	Elf64_Ehdr header, own;

	memcpy(&header, start, sizeof(header));
	read_own(&own, own_interpreter, sizeof(own_interpreter));
	if (header.e_ident[EI_CLASS] != ELFCLASS64 ||
	    (own.e_machine && header.e_machine != own.e_machine))
		return refuse(path, "is a program for another kind of "
				    "processor, or a 32-bit one");
	switch (run_elf_interpreter(fd, &header, interpreter,
				    sizeof(interpreter))) {
	case 0:
		return refuse(path, "is a static program: nothing can be "
				    "preloaded into it, so nothing can be "
				    "counted");
	case -ENOEXEC:
		return 0; /* for execve() to say */
	default:
		break;
	}
	if (*own_interpreter && strcmp(interpreter, own_interpreter))
		return refuse(path, "is a program of another C library: ours "
				    "cannot be preloaded into it");
	/* It ends such a program to find another library before it. */
	if (run_elf_needs(fd, &header, "libasan.so"))
		return refuse(path, "is compiled with AddressSanitizer, which "
				    "has an allocator of its own");
	return 0;
}

static int check_rights(const char *path, int fd)
{
	struct statvfs filesystem;
	struct stat stat;

	if (getuid() != geteuid() || getgid() != getegid())
		return refuse(path, "cannot be counted, as the real and the "
				    "effective user are not the same");
	if (fstat(fd, &stat) || fstatvfs(fd, &filesystem))
		return 0;
	if (filesystem.f_flag & ST_NOSUID)
		return 0;
	if ((stat.st_mode & S_ISUID && stat.st_uid != geteuid()) ||
	    (stat.st_mode & S_ISGID && stat.st_mode & S_IXGRP &&
	     stat.st_gid != getegid()))
		return refuse(path, "is a setuid or setgid program: nothing "
				    "can be preloaded into it");
	if (geteuid() != 0 && fgetxattr(fd, "security.capability", NULL, 0) > 0)
		return refuse(path, "has capabilities of its own: nothing can "
				    "be preloaded into it");
	return 0;
}

/* ---- scripts ---- */

static int check(struct run_program *program, const char *path, int depth);

static bool is_env(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash && !strcmp(slash + 1, "env");
}

/* `#!/usr/bin/env [-S] [NAME=VALUE] python3 -u`: what is looked for. */
static const char *wanted_of_env(char *arguments)
{
	char *rest, *word;

	for (word = strtok_r(arguments, " \t", &rest); word;
	     word = strtok_r(NULL, " \t", &rest))
		if (word[0] != '-' && !strchr(word, '='))
			return word;
	return NULL;
}

static int check_env(struct run_program *program, char *arguments, int depth)
{
	const char *wanted = wanted_of_env(arguments);
	struct run_program found = { 0 };

	/* What is wrong otherwise env says. */
	if (!wanted || run_program_find(wanted, &found))
		return 0;
	program->envs++;
	return check(program, found.path, depth + 1);
}

static int check_script(struct run_program *program, char *line, int depth)
{
	char *name = line + 2, *end;
	int error;

	line[strcspn(line, "\n")] = '\0';
	name += strspn(name, " \t");
	end = name + strcspn(name, " \t");
	if (end == name)
		return 0;
	if (*end)
		*end++ = '\0';
	error = check(program, name, depth + 1);
	if (!error && is_env(name))
		error = check_env(program, end, depth);
	return error;
}

/* ---- all ---- */

static int check_opened(struct run_program *program, const char *path, int fd,
			int depth)
{
	char start[LINE_MAX_ + 1];
	ssize_t len = pread(fd, start, LINE_MAX_, 0);

	if (len < 0)
		return 0;
	start[len] = '\0';
	if (is_elf(start, (size_t)len)) {
		int error = check_rights(path, fd);

		return error ? error : check_elf(path, fd, start);
	}
	if (start[0] == '#' && start[1] == '!')
		return check_script(program, start, depth);
	/* What execve() does not know is for the shell. */
	return check(program, "/bin/sh", depth + 1);
}

static int check(struct run_program *program, const char *path, int depth)
{
	int fd, error;

	if (depth > DEPTH_MAX)
		return 0; /* for execve() to say */
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return errno == EACCES ?
			       refuse(path, "may be run, but not read: "
					    "nothing can be preloaded into it "
					    "for sure") :
			       0;
	error = check_opened(program, path, fd, depth);
	close(fd);
	return error;
}

int run_program_check(struct run_program *program)
{
	program->envs = 0;
	return check(program, program->path, 0);
}
