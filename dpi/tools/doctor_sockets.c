// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// Who is at a UNIX socket: the kernel's socket diagnosis says which sockets belong to each other,
// /proc says whose they are.

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "doctor_processes.h"

enum {
    ANSWER_SIZE = 32768,
    KERNEL_MINOR_BITS = 20,
};

/// What is looked for, and what was found of it.
struct search {
    uint32_t file_device;
    uint32_t file_inode;
    uint32_t listener;  // inodes of sockets; 0: none
    uint32_t client;
    bool held;
};

static bool ask(int netlink)
{
    const struct {
        struct nlmsghdr header;
        struct unix_diag_req request;
    } question = {
        .header = {.nlmsg_len = sizeof question,
                   .nlmsg_type = SOCK_DIAG_BY_FAMILY,
                   .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP},
        .request = {.sdiag_family = AF_UNIX,
                    .udiag_states = UINT32_MAX,
                    .udiag_show = UDIAG_SHOW_VFS | UDIAG_SHOW_PEER},
    };
    return send(netlink, &question, sizeof question, 0) == (ssize_t)sizeof question;
}

/// One socket of the kernel's list.
static void look_at(const struct nlmsghdr *header, struct search *search)
{
    const struct unix_diag_msg *message = NLMSG_DATA(header);
    size_t left = header->nlmsg_len - NLMSG_LENGTH(sizeof *message);
    const struct rtattr *attribute =
        (const struct rtattr *)(const void *)((const char *)message + NLMSG_ALIGN(sizeof *message));
    const struct unix_diag_vfs *file = NULL;
    uint32_t peer = 0;

    for (; RTA_OK(attribute, left); attribute = RTA_NEXT(attribute, left)) {
        if (attribute->rta_type == UNIX_DIAG_VFS) {
            file = RTA_DATA(attribute);
        } else if (attribute->rta_type == UNIX_DIAG_PEER) {
            memcpy(&peer, RTA_DATA(attribute), sizeof peer);
        }
    }
    if (file == NULL || file->udiag_vfs_ino != search->file_inode ||
        file->udiag_vfs_dev != search->file_device) {
        return;
    }
    if (message->udiag_state == TCP_LISTEN) {
        search->listener = message->udiag_ino;
    } else if (message->udiag_ino != 0) {
        // One without an inode waits to be accepted.
        search->held = true;
        search->client = peer;
    }
}

/// @return whether the kernel told everything.
static bool look_at_all(int netlink, struct search *search)
{
    _Alignas(struct nlmsghdr) char answer[ANSWER_SIZE];
    for (;;) {
        const ssize_t size = recv(netlink, answer, sizeof answer, 0);
        if (size <= 0) {
            return false;
        }
        size_t left = (size_t)size;
        const struct nlmsghdr *header = (const struct nlmsghdr *)(const void *)answer;
        for (; NLMSG_OK(header, left); header = NLMSG_NEXT(header, left)) {
            if (header->nlmsg_type == NLMSG_DONE) {
                return true;
            }
            if (header->nlmsg_type != SOCK_DIAG_BY_FAMILY) {
                return false;
            }
            look_at(header, search);
        }
    }
}

static bool has_socket(const char *process, const char *wanted)
{
    char path[64];
    char target[64];
    snprintf(path, sizeof path, "/proc/%.20s/fd", process);
    DIR *descriptors = opendir(path);
    const struct dirent *entry;
    bool has = false;
    while (descriptors != NULL && !has && (entry = readdir(descriptors)) != NULL) {
        const ssize_t length =
            readlinkat(dirfd(descriptors), entry->d_name, target, sizeof target - 1);
        target[length > 0 ? length : 0] = '\0';
        has = strcmp(target, wanted) == 0;
    }
    if (descriptors != NULL) {
        closedir(descriptors);
    }
    return has;
}

static pid_t owner_of(uint32_t inode)
{
    char wanted[32];
    DIR *processes = inode != 0 ? opendir("/proc") : NULL;
    const struct dirent *entry;
    pid_t owner = 0;
    snprintf(wanted, sizeof wanted, "socket:[%u]", inode);
    while (processes != NULL && owner == 0 && (entry = readdir(processes)) != NULL) {
        if (isdigit((unsigned char)entry->d_name[0]) && has_socket(entry->d_name, wanted)) {
            owner = (pid_t)strtol(entry->d_name, NULL, 10);
        }
    }
    if (processes != NULL) {
        closedir(processes);
    }
    return owner;
}

struct qdpi_socket_use qdpi_socket_use(const char *path)
{
    struct qdpi_socket_use use = {.known = false};
    struct stat about;
    if (stat(path, &about) != 0) {
        return use;
    }
    struct search search = {
        .file_device = (uint32_t)(major(about.st_dev) << KERNEL_MINOR_BITS | minor(about.st_dev)),
        .file_inode = (uint32_t)about.st_ino,
    };
    const int netlink = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
    if (netlink < 0) {
        return use;
    }
    use.known = ask(netlink) && look_at_all(netlink, &search);
    close(netlink);
    if (use.known) {
        use.held = search.held;
        use.listener = owner_of(search.listener);
        use.holder = owner_of(search.client);
    }
    return use;
}
