// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// The private directory of one launch, and the sweep that removes those of dead launches.
//
// Creation and sweep race on purpose-built terms: a sweeper deletes only what it could lock, and a
// creator that finds its lock taken or deleted in the instant before it locked it simply starts
// over elsewhere.

#include "workspace.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

static const char shared_memory[] = "/dev/shm";
static const char directory_prefix[] = "qemu-dpi-";
static const char lock_file[] = "lock";
static const char ram_file[] = "ram";

enum { CREATION_ATTEMPTS = 16, NEWBORN_SECONDS = 60 };

// The RAM file itself, if what is in the directory is the link to one elsewhere.
static void remove_linked_ram(int directory)
{
    char path[PATH_MAX];
    const ssize_t length = readlinkat(directory, ram_file, path, sizeof path - 1);
    if (length > 0) {
        path[length] = '\0';
        unlink(path);
    }
}

static void remove_content(int directory)
{
    remove_linked_ram(directory);
    const int listing = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *entries = listing >= 0 ? fdopendir(listing) : NULL;
    if (entries == NULL) {
        if (listing >= 0) {
            close(listing);
        }
        return;
    }
    for (struct dirent *entry; (entry = readdir(entries)) != NULL;) {
        // The lock goes last: as long as it is there, a sweep that was cut short can be repeated.
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0 &&
            strcmp(entry->d_name, lock_file) != 0) {
            unlinkat(directory, entry->d_name, 0);
        }
    }
    closedir(entries);
    unlinkat(directory, lock_file, 0);
}

static void sweep_directory(int parent, const char *name)
{
    const int directory = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (directory < 0) {
        return;
    }
    struct stat status;
    if (fstat(directory, &status) != 0 || status.st_uid != geteuid()) {
        close(directory);
        return;
    }
    const int lock = openat(directory, lock_file, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
    if (lock >= 0) {
        if (flock(lock, LOCK_EX | LOCK_NB) == 0) {
            remove_content(directory);
            unlinkat(parent, name, AT_REMOVEDIR);
        }
        close(lock);
    } else if (errno == ENOENT && status.st_mtime + NEWBORN_SECONDS < time(NULL)) {
        // No lock was ever made: its launcher died in between. rmdir spares it if it holds
        // anything.
        unlinkat(parent, name, AT_REMOVEDIR);
    }
    close(directory);
}

void qdpi_workspace_sweep(void)
{
    char prefix[64];
    const int length =
        snprintf(prefix, sizeof prefix, "%s%u-", directory_prefix, (unsigned)geteuid());
    DIR *entries = opendir(shared_memory);
    if (entries == NULL) {
        return;
    }
    for (struct dirent *entry; (entry = readdir(entries)) != NULL;) {
        // A digit follows where a launcher wrote its process number; directories made by hand have
        // none.
        if (strncmp(entry->d_name, prefix, (size_t)length) == 0 && entry->d_name[length] >= '0' &&
            entry->d_name[length] <= '9') {
            sweep_directory(dirfd(entries), entry->d_name);
        }
    }
    closedir(entries);
}

// Returns 0 with the directory made and locked, -EAGAIN when a sweep came in between, or another
// -errno.
static int create_locked_directory(struct qdpi_workspace *workspace, const char *name)
{
    const char *dash = name != NULL ? "-" : "";
    snprintf(workspace->path, sizeof workspace->path, "%s/%s%u-%d%s%s-XXXXXX", shared_memory,
             directory_prefix, (unsigned)geteuid(), (int)getpid(), dash, name != NULL ? name : "");
    if (mkdtemp(workspace->path) == NULL) {
        const int error = errno;
        workspace->path[0] = '\0';
        return -error;
    }
    workspace->directory = open(workspace->path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (workspace->directory < 0) {
        return errno == ENOENT ? -EAGAIN : -errno;
    }
    workspace->lock = openat(workspace->directory, lock_file,
                             O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (workspace->lock < 0) {
        return errno == ENOENT ? -EAGAIN : -errno;
    }
    if (flock(workspace->lock, LOCK_EX | LOCK_NB) != 0) {
        return errno == EWOULDBLOCK ? -EAGAIN : -errno;
    }
    struct stat status;
    if (fstat(workspace->lock, &status) != 0) {
        return -errno;
    }
    return status.st_nlink == 0 ? -EAGAIN : 0;
}

static int check_room(const char *folder, uint64_t ram_mib, struct qdpi_failure *failure)
{
    struct statvfs room;
    if (statvfs(folder, &room) != 0) {
        const int error = errno;
        qdpi_failure_set(failure, QDPI_EXIT_NOT_STARTED, "cannot ask how much room is in %s: %s",
                         folder, strerror(error));
        return -error;
    }
    const uint64_t free_mib = ((uint64_t)room.f_bavail * room.f_frsize) >> 20;
    // A file system mounted with size=0, or a hugetlbfs without one, reports no blocks at all.
    if (room.f_blocks != 0 && free_mib < ram_mib) {
        qdpi_failure_set(
            failure, QDPI_EXIT_NOT_STARTED,
            "the guest's RAM of %" PRIu64 " MiB does not fit into %s, which has %" PRIu64
            " MiB free: give a smaller --ram, remove what fills it, or enlarge it with "
            "\"mount -o remount,size=%" PRIu64 "M %s\" (containers: --shm-size=%" PRIu64 "m)",
            ram_mib, folder, free_mib, ram_mib + 1024, folder, ram_mib + 1024);
        return -ENOSPC;
    }
    return 0;
}

// Where the RAM file goes: the directory, or a name of its own in `folder`, which may be the one
// that has the directory.
static int name_ram(struct qdpi_workspace *workspace, const char *folder)
{
    const char *own_name = strrchr(workspace->path, '/') + 1;
    const int length = folder != NULL ? snprintf(workspace->ram, sizeof workspace->ram, "%s/%s-%s",
                                                 folder, own_name, ram_file)
                                      : snprintf(workspace->ram, sizeof workspace->ram, "%s/%s",
                                                 workspace->path, ram_file);
    return length < (int)sizeof workspace->ram ? 0 : -ENAMETOOLONG;
}

static int create_ram(struct qdpi_workspace *workspace, const char *folder, uint64_t ram_mib,
                      struct qdpi_failure *failure)
{
    int error = -name_ram(workspace, folder);
    // The link comes first: whoever tidies up after us must find the file, however far we came.
    if (error == 0 && folder != NULL &&
        symlinkat(workspace->ram, workspace->directory, ram_file) != 0) {
        error = errno;
    }
    // QEMU does not clear a file that exists, so it must be one that never existed before.
    const int ram =
        error != 0 ? -1
                   : open(workspace->ram, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (error == 0 && (ram < 0 || ftruncate(ram, (off_t)(ram_mib << 20)) != 0)) {
        error = errno;
    }
    if (ram >= 0) {
        close(ram);
    }
    if (error != 0) {
        qdpi_failure_set(failure, QDPI_EXIT_NOT_STARTED,
                         "cannot create the guest's RAM file of %" PRIu64 " MiB in %s: %s; "
                         "check \"ulimit -f\", the room there and, with huge pages, that the size "
                         "is a multiple of one",
                         ram_mib, folder != NULL ? folder : workspace->path, strerror(error));
    }
    return -error;
}

int qdpi_workspace_open(struct qdpi_workspace *workspace, const char *name, const char *ram_folder,
                        uint64_t ram_mib, struct qdpi_failure *failure)
{
    int result = -EAGAIN;
    for (int attempt = 0; attempt < CREATION_ATTEMPTS && result == -EAGAIN; attempt++) {
        *workspace = (struct qdpi_workspace){.directory = -1, .lock = -1};
        result = create_locked_directory(workspace, name);
        if (result != 0) {
            qdpi_workspace_close(workspace);
        }
    }
    if (result != 0) {
        qdpi_failure_set(
            failure, QDPI_EXIT_NOT_STARTED,
            "cannot create a private directory in %s: %s; it must be a tmpfs that this user "
            "can write to",
            shared_memory, strerror(-result));
        return result;
    }
    result = check_room(ram_folder != NULL ? ram_folder : shared_memory, ram_mib, failure);
    if (result == 0) {
        result = create_ram(workspace, ram_folder, ram_mib, failure);
    }
    if (result != 0) {
        qdpi_workspace_close(workspace);
    }
    return result;
}

void qdpi_workspace_close(struct qdpi_workspace *workspace)
{
    if (workspace->directory >= 0) {
        remove_content(workspace->directory);
        close(workspace->directory);
        workspace->directory = -1;
    }
    if (workspace->path[0] != '\0') {
        rmdir(workspace->path);
        workspace->path[0] = '\0';
    }
    if (workspace->lock >= 0) {
        close(workspace->lock);
        workspace->lock = -1;
    }
}

int qdpi_workspace_file(const struct qdpi_workspace *workspace, const char *file, char *path)
{
    const int length = snprintf(path, QDPI_WORKSPACE_PATH, "%s/%s", workspace->path, file);
    return length < QDPI_WORKSPACE_PATH ? 0 : -ENAMETOOLONG;
}

int qdpi_workspace_name_manual(struct qdpi_workspace *workspace, const char *name,
                               const char *ram_folder, char *ram_directory)
{
    const char *dash = name != NULL ? "-" : "";
    *workspace = (struct qdpi_workspace){.directory = -1, .lock = -1};
    snprintf(workspace->path, sizeof workspace->path, "%s/%s%u-manual%s%s", shared_memory,
             directory_prefix, (unsigned)geteuid(), dash, name != NULL ? name : "");
    ram_directory[0] = '\0';
    if (ram_folder == NULL) {
        return name_ram(workspace, NULL);
    }
    // Not the directory's own name: the folder may be the one that has the directory.
    int length = snprintf(ram_directory, PATH_MAX, "%s/%s-ram", ram_folder,
                          strrchr(workspace->path, '/') + 1);
    if (length < PATH_MAX) {
        length = snprintf(workspace->ram, sizeof workspace->ram, "%s/%s", ram_directory, ram_file);
    }
    return length < PATH_MAX ? 0 : -ENAMETOOLONG;
}
