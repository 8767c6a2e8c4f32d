// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// The files that hold guest RAM, mapped into this process. The only module that opens and maps
// them.

#ifndef QDPI_GUEST_RAM_H_
#define QDPI_GUEST_RAM_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "guest_copy.h"
#include "last_error.h"

/** One mapped RAM file. */
struct qdpi_ram_file {
    char *name; /**< the QEMU object it belongs to; "" where there is none */
    char *path;
    uint64_t offset; /**< of what is mapped at `host`, in the file */
    unsigned char *host;
    uint64_t size;
    dev_t device; /**< and `inode`: which file it was when it was opened */
    ino_t inode;
    bool known; /**< `name` stands for this file: QEMU has said so, and has shown it ever since */
};

/** All RAM files of one guest. They stay mapped until qdpi_guest_ram_close(), so that an access
 *  that is under way while memory is unplugged still has ground to stand on. */
struct qdpi_guest_ram {
    struct qdpi_ram_file *files;
    size_t count;
    char **foreign; /**< names of RAM that is in no file of ours, for instance of a VGA card */
    size_t foreign_count;
    struct qdpi_ground *ground; /**< what the SIGBUS guard and the file systems do to it */
    bool any_owner;             /**< files of other users are asked for */
    bool prefault;              /**< pages that exist are mapped with their file */
    pid_t qemu;                 /**< the process whose RAM it is; 0: not known */
};

void qdpi_guest_ram_init(struct qdpi_guest_ram *ram, struct qdpi_ground *ground);

/**
 * Map `size` bytes of the file at `path` (0: as many as it has), from `offset` on, which is a
 * multiple of the page size.
 * @return its index; -ENOENT: there is none, or not the one that QEMU has mapped; -EACCES: no
 *         permission, or it is another user's; -EIO; -ENOMEM; -EOPNOTSUPP: not a file, or too
 *         small.
 */
int qdpi_guest_ram_add(struct qdpi_guest_ram *ram, const char *name, const char *path,
                       uint64_t offset, uint64_t size, struct qdpi_error *error);

/** The index of the file of QEMU object `name`, the newest if there were several, or -ENOENT. Only
 *  if it is known it is QEMU's as well. */
int qdpi_guest_ram_find(const struct qdpi_guest_ram *ram, const char *name);

/** Whether what is mapped for `name` still is the file that QEMU has from `path`, and `size` bytes
 * of it from `offset` on. What has been put there since is not QEMU's. */
bool qdpi_guest_ram_is_current(const struct qdpi_guest_ram *ram, const char *name, const char *path,
                               uint64_t offset, uint64_t size);

/** Remember that RAM called `name` is in no file that we can map. @return 0 or -ENOMEM. */
int qdpi_guest_ram_add_foreign(struct qdpi_guest_ram *ram, const char *name);
bool qdpi_guest_ram_is_foreign(const struct qdpi_guest_ram *ram, const char *name);

/** Any name may stand for something else now. */
void qdpi_guest_ram_forget_names(struct qdpi_guest_ram *ram);

/** Unmap everything. */
void qdpi_guest_ram_close(struct qdpi_guest_ram *ram);

#endif  // QDPI_GUEST_RAM_H_
