/* SPDX-License-Identifier: MIT */
/*
 * elf.c - what the file of a program says of its loader and libraries
 */
#include "elf.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define PARTS_MAX 64u
#define ENTRIES_MAX 512u
#define NAME_MAX_ 64u

struct parts {
	Elf64_Phdr part[PARTS_MAX];
	size_t count;
};

static bool read_at(int fd, void *to, size_t size, uint64_t offset)
{
	return pread(fd, to, size, (off_t)offset) == (ssize_t)size;
}

static bool read_parts(int fd, const Elf64_Ehdr *header, struct parts *parts)
{
	parts->count = header->e_phnum;
	return header->e_phentsize == sizeof(parts->part[0]) &&
	       parts->count <= PARTS_MAX &&
	       read_at(fd, parts->part, parts->count * sizeof(parts->part[0]),
		       header->e_phoff);
}

static const Elf64_Phdr *find(const struct parts *parts, uint32_t type)
{
	size_t i;

	for (i = 0; i < parts->count; i++)
		if (parts->part[i].p_type == type)
			return &parts->part[i];
	return NULL;
}

ssize_t run_elf_interpreter(int fd, const Elf64_Ehdr *header, char *text,
			    size_t size)
{
	const Elf64_Phdr *part;
	struct parts parts;

	if (!read_parts(fd, header, &parts))
		return -ENOEXEC;
	part = find(&parts, PT_INTERP);
	if (!part)
		return 0;
	if (!part->p_filesz || part->p_filesz >= size ||
	    !read_at(fd, text, part->p_filesz, part->p_offset))
		return -ENOEXEC;
	text[part->p_filesz] = '\0';
	return (ssize_t)part->p_filesz;
}

/* Where in the file an address of the program is; 0: nowhere. */
static uint64_t offset_of(const struct parts *parts, uint64_t address)
{
	size_t i;

	for (i = 0; i < parts->count; i++)
		if (parts->part[i].p_type == PT_LOAD &&
		    address - parts->part[i].p_vaddr < parts->part[i].p_filesz)
			return address - parts->part[i].p_vaddr +
			       parts->part[i].p_offset;
	return 0;
}

static bool has_name(int fd, uint64_t offset, const char *name)
{
	char text[NAME_MAX_];
	size_t len = strlen(name);

	return len < sizeof(text) && read_at(fd, text, len, offset) &&
	       !memcmp(text, name, len);
}

bool run_elf_needs(int fd, const Elf64_Ehdr *header, const char *name)
{
	Elf64_Dyn entries[ENTRIES_MAX];
	const Elf64_Phdr *part;
	struct parts parts;
	uint64_t names = 0;
	size_t count, i;

	if (!read_parts(fd, header, &parts))
		return false;
	part = find(&parts, PT_DYNAMIC);
	if (!part || part->p_filesz > sizeof(entries) ||
	    !read_at(fd, entries, part->p_filesz, part->p_offset))
		return false;
	count = part->p_filesz / sizeof(entries[0]);
	for (i = 0; i < count; i++)
		if (entries[i].d_tag == DT_STRTAB)
			names = offset_of(&parts, entries[i].d_un.d_ptr);
	for (i = 0; i < count && names; i++)
		if (entries[i].d_tag == DT_NEEDED &&
		    has_name(fd, names + entries[i].d_un.d_val, name))
			return true;
	return false;
}
