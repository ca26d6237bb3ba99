/* SPDX-License-Identifier: MIT */
/*
 * elf.h - what the file of a program says of its loader and libraries
 *
 * A file may say anything: sizes and offsets lead to reads of the file, never
 * beyond memory of ours.
 */
#ifndef EXPVAR_RUN_ELF_H
#define EXPVAR_RUN_ELF_H

#include <elf.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/*
 * Its loader. The length; 0 if it has none, as static programs; -ENOEXEC if
 * the file is no program.
 */
ssize_t run_elf_interpreter(int fd, const Elf64_Ehdr *header, char *text,
			    size_t size);

/* Whether it is linked with a library whose name begins so. */
bool run_elf_needs(int fd, const Elf64_Ehdr *header, const char *name);

#endif
