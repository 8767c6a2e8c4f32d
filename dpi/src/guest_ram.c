// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// The files that hold guest RAM, mapped into this process.

#include "guest_ram.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "ownership.h"
#include "process_maps.h"
#include "sigbus_guard.h"

void qdpi_guest_ram_init(struct qdpi_guest_ram *ram, struct qdpi_ground *ground)
{
    ram->files = NULL;
    ram->count = 0;
    ram->foreign = NULL;
    ram->foreign_count = 0;
    ram->ground = ground;
    ram->any_owner = false;
    ram->prefault = false;
    ram->qemu = 0;
}

static int not_a_file(const char *path, struct qdpi_error *error)
{
    return qdpi_fail(error, -EOPNOTSUPP,
                     "RAM file %s is not a regular file; give mem-path= the name of a file, for "
                     "instance in /dev/shm",
                     path);
}

static int open_failed(const char *path, int reason, struct qdpi_error *error)
{
    switch (reason) {
    case ENOENT:
    case ENOTDIR:
        return qdpi_fail(error, -ENOENT,
                         "open RAM file %s: there is no such file; QEMU's mem-path must be an "
                         "absolute path that this process sees too, and a file, not a directory",
                         path);
    case EACCES:
    case EPERM:
        return qdpi_fail(error, -EACCES,
                         "open RAM file %s: %s; run the simulator as the user who runs QEMU, or "
                         "give this user read and write permission",
                         path, strerror(reason));
    case EROFS:
        return qdpi_fail(
            error, -EACCES,
            "open RAM file %s: the file system is mounted read-only here; RTL writes to "
            "the guest's memory: mount it for reading and writing",
            path);
    case EISDIR:
    case ENXIO:
        return not_a_file(path, error);
    default:
        return qdpi_fail(error, reason == ENOMEM ? -ENOMEM : -EIO, "open RAM file %s: %s", path,
                         strerror(reason));
    }
}

/** Whether QEMU is sure to have mapped another file of this name. */
static bool is_another(const struct qdpi_guest_ram *ram, const char *path, const struct stat *now)
{
    return ram->qemu > 0 && qdpi_process_maps(ram->qemu, path, now) == QDPI_MAPPED_DELETED;
}

/** The file is not there. */
static int not_found(const struct qdpi_guest_ram *ram, const char *path, struct qdpi_error *error)
{
    if (!is_another(ram, path, NULL))
        return open_failed(path, ENOENT, error);
    return qdpi_fail(error, -ENOENT,
                     "open RAM file %s: there is no such file any more: it was removed after QEMU "
                     "(process %ld) had opened it; start QEMU again, and leave the file where it "
                     "is until all have attached",
                     path, (long)ram->qemu);
}

/** Open `path`, check that it can hold `*size` bytes behind `offset`, and settle `*size` if it is
 * 0.
 */
static int open_checked(const struct qdpi_guest_ram *ram, const char *path, uint64_t offset,
                        uint64_t *size, struct stat *status, struct qdpi_error *error)
{
    // O_NONBLOCK: a FIFO of that name must not hang the simulator. Files ignore it.
    int fd = qdpi_ownership_open("open RAM file", path, O_RDWR | O_NONBLOCK, ram->any_owner, status,
                                 error);

    if (fd == -ENOENT)
        return not_found(ram, path, error);
    if (fd < 0)
        return open_failed(path, -fd, error);
    if (!S_ISREG(status->st_mode)) {
        close(fd);
        return not_a_file(path, error);
    }
    if (is_another(ram, path, status)) {
        close(fd);
        return qdpi_fail(error, -ENOENT,
                         "RAM file %s is not the guest's: it was replaced after QEMU (process %ld) "
                         "had opened the one before; start QEMU again, and leave the file where it "
                         "is",
                         path, (long)ram->qemu);
    }
    if (*size == 0 && (uint64_t)status->st_size > offset)
        *size = ((uint64_t)status->st_size - offset) & ~UINT64_C(4095);
    if (*size == 0 || (uint64_t)status->st_size < offset + *size) {
        close(fd);
        return qdpi_fail(error, -EOPNOTSUPP,
                         "RAM file %s is too small: %" PRIu64 " bytes are needed, it has %" PRIu64
                         "; it was truncated or belongs to another guest: start QEMU with a fresh "
                         "one, and let the endpoint give the right size",
                         path, offset + (*size == 0 ? UINT64_C(4096) : *size),
                         (uint64_t)status->st_size);
    }
    return fd;
}

/** Whether it is of a file system without another place for its pages than memory. */
static bool is_in_memory(int fd)
{
    struct statfs about;

    return fstatfs(fd, &about) == 0 &&
           (about.f_type == TMPFS_MAGIC || about.f_type == HUGETLBFS_MAGIC);
}

/** Map the pages that there are. Not the holes: to look at one makes a page of it. A page that
 *  cannot be had is the SIGBUS guard's business. */
static void prefault(const struct qdpi_ram_file *file, int fd)
{
    const off_t first = (off_t)file->offset;
    const off_t behind = (off_t)(file->offset + file->size);
    off_t end = first;

    for (;;) {
        const off_t start = lseek(fd, end, SEEK_DATA);

        if (start < 0 || start >= behind)
            return;
        end = lseek(fd, start, SEEK_HOLE);
        if (end < 0 || end > behind)
            end = behind;
        qdpi_touch_to_read(file->host + (start - first), (size_t)(end - start));
    }
}

int qdpi_guest_ram_add(struct qdpi_guest_ram *ram, const char *name, const char *path,
                       uint64_t offset, uint64_t size, struct qdpi_error *error)
{
    struct qdpi_ram_file *files;
    struct qdpi_ram_file *file;
    int reason;
    struct stat status = {0};
    int fd = open_checked(ram, path, offset, &size, &status, error);

    if (fd < 0)
        return fd;
    files = realloc(ram->files, (ram->count + 1) * sizeof *files);
    if (files == NULL) {
        close(fd);
        return qdpi_fail(error, -ENOMEM, "map RAM file %s: out of memory", path);
    }
    ram->files = files;
    file = &files[ram->count];
    file->name = strdup(name);
    file->path = strdup(path);
    file->offset = offset;
    file->size = size;
    file->device = status.st_dev;
    file->inode = status.st_ino;
    file->known = true;
    file->host = MAP_FAILED;
    if (file->name != NULL && file->path != NULL)
        file->host =
            mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, fd, (off_t)offset);
    reason = errno;
    if (file->host == MAP_FAILED) {
        close(fd);
        free(file->name);
        free(file->path);
        return qdpi_fail(error, -ENOMEM,
                         "map %" PRIu64 " bytes of RAM file %s: %s; raise the limit on address "
                         "space (ulimit -v) or give the guest less RAM",
                         size, path, strerror(reason));
    }
    if (qdpi_sigbus_guard_add(file->host, size, &ram->ground->lost) != 0) {
        close(fd);
        munmap(file->host, size);
        free(file->name);
        free(file->path);
        return qdpi_fail(error, -ENOMEM,
                         "map RAM file %s: the SIGBUS guard has no room for a further file; close "
                         "bridges that are no longer needed",
                         path);
    }
    if (!is_in_memory(fd))
        qdpi_store_relaxed_int(&ram->ground->hollow, 1);
    if (ram->prefault)
        prefault(file, fd);
    close(fd);
    return (int)ram->count++;
}

int qdpi_guest_ram_find(const struct qdpi_guest_ram *ram, const char *name)
{
    for (size_t i = ram->count; i > 0; i--) {
        if (strcmp(ram->files[i - 1].name, name) == 0)
            return (int)(i - 1);
    }
    return -ENOENT;
}

bool qdpi_guest_ram_is_current(const struct qdpi_guest_ram *ram, const char *name, const char *path,
                               uint64_t offset, uint64_t size)
{
    struct stat status;
    int index = qdpi_guest_ram_find(ram, name);

    if (index < 0 || ram->files[index].offset != offset || ram->files[index].size != size)
        return false;
    // Unlinked since, as is done to leave nothing behind: QEMU goes on with it, and so do we.
    if (stat(path, &status) != 0)
        return errno == ENOENT && strcmp(ram->files[index].path, path) == 0;
    if (ram->files[index].device == status.st_dev && ram->files[index].inode == status.st_ino)
        return true;
    // Replaced since: QEMU goes on with the one before, unless it is the backend that is new.
    return strcmp(ram->files[index].path, path) == 0 && is_another(ram, path, &status);
}

int qdpi_guest_ram_add_foreign(struct qdpi_guest_ram *ram, const char *name)
{
    char **names = realloc(ram->foreign, (ram->foreign_count + 1) * sizeof ram->foreign[0]);

    if (names == NULL)
        return -ENOMEM;
    ram->foreign = names;
    names[ram->foreign_count] = strdup(name);
    if (names[ram->foreign_count] == NULL)
        return -ENOMEM;
    ram->foreign_count++;
    return 0;
}

bool qdpi_guest_ram_is_foreign(const struct qdpi_guest_ram *ram, const char *name)
{
    for (size_t i = 0; i < ram->foreign_count; i++) {
        if (strcmp(ram->foreign[i], name) == 0)
            return true;
    }
    return false;
}

void qdpi_guest_ram_forget_names(struct qdpi_guest_ram *ram)
{
    for (size_t i = 0; i < ram->count; i++)
        ram->files[i].known = false;
    for (size_t i = 0; i < ram->foreign_count; i++)
        free(ram->foreign[i]);
    free(ram->foreign);
    ram->foreign = NULL;
    ram->foreign_count = 0;
}

void qdpi_guest_ram_close(struct qdpi_guest_ram *ram)
{
    for (size_t i = 0; i < ram->count; i++) {
        qdpi_sigbus_guard_remove(ram->files[i].host);
        munmap(ram->files[i].host, ram->files[i].size);
        free(ram->files[i].name);
        free(ram->files[i].path);
    }
    free(ram->files);
    ram->files = NULL;
    ram->count = 0;
    qdpi_guest_ram_forget_names(ram);
}
