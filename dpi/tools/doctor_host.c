// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// What this machine has for a guest: room, files, permissions.

#include "doctor_host.h"

#include <errno.h>
#include <inttypes.h>
#include <libgen.h>
#include <linux/magic.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <unistd.h>

enum {
    BLOCK = 512,  // the unit of st_blocks
    PERMISSIONS = 0777,
};

void qdpi_host_owner(const char *path, char owner[QDPI_OWNER_MAX])
{
    struct stat about;
    if (stat(path, &about) != 0) {
        snprintf(owner, QDPI_OWNER_MAX, "nobody known");
        return;
    }
    const struct passwd *user = getpwuid(about.st_uid);
    snprintf(owner, QDPI_OWNER_MAX, "%.32s (uid %u)", user != NULL ? user->pw_name : "?",
             (unsigned)about.st_uid);
}

/// The directory that `path` is in. @return to free(), or NULL.
static char *directory_of(const char *path)
{
    char *copy = strdup(path);
    char *directory = copy != NULL ? strdup(dirname(copy)) : NULL;
    free(copy);
    return directory;
}

/// Room that is left where `place` is, less what the file there has already.
static void judge_room(const char *place, const struct qdpi_backend *backend, uint64_t taken,
                       enum qdpi_severity severity, struct qdpi_findings *findings)
{
    const uint64_t needed = backend->size > taken ? backend->size - taken : 0;
    const uint64_t mebibyte = UINT64_C(1) << 20;
    struct statvfs room;
    char need[QDPI_SIZE_TEXT_MAX];
    if (statvfs(place, &room) != 0) {
        return;
    }
    const uint64_t left = (uint64_t)room.f_bavail * room.f_frsize;
    // One without a limit (hugetlbfs, ramfs, tmpfs with size=0) reports no blocks at all.
    if (room.f_blocks == 0 || left >= needed) {
        return;
    }
    struct qdpi_finding *finding =
        qdpi_findings_add(findings, "no-room", severity, QDPI_NEED_MEMORY,
                          "a file system that fills up kills QEMU and the simulator in the middle "
                          "of a run; `mount -o "
                          "remount,size=...` makes a tmpfs larger",
                          "%s has room for %" PRIu64 "M, and the guest may want %s more", place,
                          left / mebibyte, qdpi_size_text(needed, need));
    // Half of it: the simulation wants some too.
    const uint64_t less = left / mebibyte / 2 > 0 ? left / mebibyte / 2 : 1;
    qdpi_finding_remedy(finding,
                        "-m %" PRIu64 "M -object memory-backend-file,id=%s,size=%" PRIu64
                        "M,mem-path=%s,share=on",
                        less, backend->id, less, backend->path);
}

static void judge_file_system(const char *place, const struct qdpi_backend *backend,
                              struct qdpi_findings *findings)
{
    struct statfs system;
    if (statfs(place, &system) != 0 || system.f_type == TMPFS_MAGIC ||
        system.f_type == HUGETLBFS_MAGIC || system.f_type == RAMFS_MAGIC) {
        return;
    }
    struct qdpi_finding *finding = qdpi_findings_add(
        findings, "file-on-disk", QDPI_FINDING_HAZARD, QDPI_NEED_MEMORY,
        "the guest's RAM is written back to the disk again and again, which slows both sides down",
        "the RAM file %s is on a disk, not on tmpfs or hugetlbfs", backend->path);
    char size[QDPI_SIZE_TEXT_MAX];
    qdpi_finding_remedy(finding,
                        "-object memory-backend-file,id=%s,size=%s,mem-path=/dev/shm/NAME,share=on",
                        backend->id, qdpi_size_text(backend->size, size));
}

static void judge_access(const struct qdpi_backend *backend, struct qdpi_findings *findings)
{
    char owner[QDPI_OWNER_MAX];
    const int reason = errno;
    qdpi_host_owner(backend->path, owner);
    struct qdpi_finding *finding =
        qdpi_findings_add(findings, "file-permission", QDPI_FINDING_MISSING, QDPI_NEED_MEMORY,
                          "a bridge maps the file for reading and writing",
                          "the RAM file %s cannot be opened by uid %u: %s; its owner is %s",
                          backend->path, (unsigned)geteuid(), strerror(reason), owner);
    qdpi_finding_remedy(finding, "run QEMU and the simulator as the same user");
}

void qdpi_host_judge_file(const struct qdpi_backend *backend, struct qdpi_findings *findings)
{
    struct stat about;
    struct qdpi_finding *finding;
    char size[QDPI_SIZE_TEXT_MAX];
    if (stat(backend->path, &about) != 0 && (errno == ENOENT || errno == ENOTDIR)) {
        finding = qdpi_findings_add(
            findings, "file-missing", QDPI_FINDING_MISSING, QDPI_NEED_MEMORY,
            "QEMU goes on with a file that has no name, which nobody else can open",
            "there is no file %s: it was removed, or QEMU runs in another container",
            backend->path);
        qdpi_finding_remedy(finding, "start QEMU again, and leave the file where it is");
        return;
    }
    if (access(backend->path, R_OK | W_OK) != 0) {
        judge_access(backend, findings);
        return;
    }
    if (S_ISDIR(about.st_mode)) {
        finding =
            qdpi_findings_add(findings, "file-is-directory", QDPI_FINDING_MISSING, QDPI_NEED_MEMORY,
                              "QEMU makes a file without a name there, which nobody else can open",
                              "mem-path=%s is a directory", backend->path);
        qdpi_finding_remedy(finding,
                            "-object memory-backend-file,id=%s,size=%s,mem-path=%s/ram,share=on",
                            backend->id, qdpi_size_text(backend->size, size), backend->path);
        return;
    }
    if ((uint64_t)about.st_size < backend->size) {
        finding = qdpi_findings_add(
            findings, "file-short", QDPI_FINDING_MISSING, QDPI_NEED_MEMORY,
            "an access behind the end of the file kills QEMU",
            "the RAM file %s has %" PRIu64 " bytes, fewer than the %s of the backend",
            backend->path, (uint64_t)about.st_size, qdpi_size_text(backend->size, size));
        qdpi_finding_remedy(finding, "start QEMU again, and do not truncate its file");
        return;
    }
    if ((about.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
        finding =
            qdpi_findings_add(findings, "file-writable", QDPI_FINDING_HAZARD, QDPI_NEED_MEMORY,
                              "who can write the guest's RAM can make the guest do anything",
                              "other users can write the RAM file %s (mode %03o)", backend->path,
                              (unsigned)about.st_mode & PERMISSIONS);
        qdpi_finding_remedy(finding, "chmod 600 %s", backend->path);
    }
    const uint64_t taken = (uint64_t)about.st_blocks * BLOCK;
    judge_file_system(backend->path, backend, findings);
    judge_room(backend->path, backend, taken, QDPI_FINDING_HAZARD, findings);
}

static void judge_existing(const struct qdpi_backend *backend, const struct stat *about,
                           struct qdpi_findings *findings)
{
    struct qdpi_finding *finding;
    if (!S_ISREG(about->st_mode) || access(backend->path, R_OK | W_OK) != 0) {
        qdpi_host_judge_file(backend, findings);
        return;
    }
    if (about->st_blocks > 0) {
        finding = qdpi_findings_add(
            findings, "file-exists", QDPI_FINDING_HAZARD, QDPI_NEED_MEMORY,
            "QEMU does not clear a file that exists: the guest would boot on the last one's bytes",
            "the RAM file %s is there already, with content", backend->path);
        qdpi_finding_remedy(finding, "rm %s", backend->path);
    }
}

void qdpi_host_judge_place(const struct qdpi_backend *backend, struct qdpi_findings *findings)
{
    struct stat about;
    uint64_t taken = 0;
    char *directory = directory_of(backend->path);
    if (directory == NULL) {
        return;
    }
    if (stat(backend->path, &about) == 0) {
        judge_existing(backend, &about, findings);
        taken = (uint64_t)about.st_blocks * BLOCK;
    } else if (access(directory, W_OK | X_OK) != 0) {
        struct qdpi_finding *finding =
            qdpi_findings_add(findings, "file-directory", QDPI_FINDING_MISSING, QDPI_NEED_MEMORY,
                              "QEMU does not start when it cannot make its RAM file",
                              "no file can be made in %s: %s", directory, strerror(errno));
        char size[QDPI_SIZE_TEXT_MAX];
        qdpi_finding_remedy(
            finding, "-object memory-backend-file,id=%s,size=%s,mem-path=/dev/shm/NAME,share=on",
            backend->id, qdpi_size_text(backend->size, size));
        free(directory);
        return;
    }
    judge_file_system(directory, backend, findings);
    judge_room(directory, backend, taken, QDPI_FINDING_MISSING, findings);
    free(directory);
}

void qdpi_host_judge_socket_place(const char *path, struct qdpi_findings *findings)
{
    char *directory = directory_of(path);
    if (directory != NULL && access(directory, W_OK | X_OK) != 0) {
        struct qdpi_finding *finding =
            qdpi_findings_add(findings, "socket-directory", QDPI_FINDING_MISSING, QDPI_NEED_ALL,
                              "QEMU does not start when it cannot make its sockets",
                              "no socket can be made in %s: %s", directory, strerror(errno));
        qdpi_finding_remedy(finding, "-qmp unix:/dev/shm/NAME.sock,server=on,wait=off");
    }
    free(directory);
}
