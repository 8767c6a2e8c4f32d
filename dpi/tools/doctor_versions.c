// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// What this machine has for a guest: KVM, and the QEMU that is installed.

#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "deadline.h"
#include "doctor_command_line.h"
#include "doctor_host.h"

enum {
    OLDEST_TRIED = 702,  // major * 100 + minor
    NEWEST_TRIED = 1101,
    KVM_VERSION = 12,
    PROGRAM_MS = 5000,
};

/// @return NULL: KVM works; else why not.
static const char *refusal_of_kvm(void)
{
    const int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
    if (kvm < 0) {
        return strerror(errno);
    }
    const int version = ioctl(kvm, KVM_GET_API_VERSION, 0);
    close(kvm);
    return version == KVM_VERSION ? NULL : "another version of its interface";
}

void qdpi_host_settle_accelerator(struct qdpi_machine_facts *facts)
{
    facts->kvm = facts->kvm && !(facts->kvm_or_tcg && refusal_of_kvm() != NULL);
}

void qdpi_host_judge_kvm(bool wanted, struct qdpi_findings *findings)
{
    static const char why[] = "QEMU does not start with -accel kvm where KVM does not work";
    const char *refusal = refusal_of_kvm();
    if (refusal == NULL) {
        qdpi_findings_add(findings, "kvm", QDPI_FINDING_NOTE, 0, NULL, "/dev/kvm can be used");
    } else {
        struct qdpi_finding *finding =
            qdpi_findings_add(findings, "kvm", wanted ? QDPI_FINDING_MISSING : QDPI_FINDING_NOTE,
                              wanted ? QDPI_NEED_ALL : 0, wanted ? why : NULL,
                              "KVM cannot be used: /dev/kvm: %s", refusal);
        if (wanted) {
            qdpi_finding_remedy(finding, "-accel tcg");
        }
    }
}

void qdpi_host_judge_version(int major, int minor, const char *version,
                             struct qdpi_findings *findings)
{
    const int number = major * 100 + minor;
    const bool tried = number >= OLDEST_TRIED && number <= NEWEST_TRIED;
    qdpi_findings_add(findings, "version",
                      number < OLDEST_TRIED ? QDPI_FINDING_HAZARD : QDPI_FINDING_NOTE, 0, NULL,
                      "QEMU %s%s", version, tried ? "" : "; the bridge was tried with 7.2 to 11.1");
}

/// Start `program --version` as the leader of a process group, with no input. @return 0 or errno.
static int start(char *program, int output, pid_t *pid)
{
    char option[] = "--version";
    char *const words[] = {program, option, NULL};
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t ignored_here;
    sigemptyset(&ignored_here);
    sigaddset(&ignored_here, SIGPIPE);
    sigaddset(&ignored_here, SIGXFSZ);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setsigdefault(&attributes, &ignored_here);
    const int refusal = posix_spawnp(pid, program, &actions, &attributes, words, environ);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return refusal;
}

/// What `program --version` prints first. @return whether it could be run.
static bool ask_version(char *program, char *text, size_t room)
{
    int output[2];
    pid_t pid;
    size_t length = 0;
    if (pipe2(output, O_CLOEXEC) != 0) {
        return false;
    }
    const int refusal = start(program, output[1], &pid);
    const bool spawned = refusal == 0;
    close(output[1]);
    const struct timespec deadline = qdpi_deadline_in(PROGRAM_MS);
    while (spawned && length < room - 1) {
        struct pollfd readable = {.fd = output[0], .events = POLLIN};
        const int left = qdpi_deadline_left_ms(&deadline);
        if (left == 0 || poll(&readable, 1, left) <= 0) {
            break;
        }
        const ssize_t count = read(output[0], text + length, room - 1 - length);
        if (count <= 0) {
            break;
        }
        length += (size_t)count;
    }
    close(output[0]);
    text[length] = '\0';
    if (spawned) {
        // It has answered or never will, and may be a script that has started others.
        kill(-pid, SIGKILL);
        waitpid(pid, NULL, 0);
    }
    errno = refusal;
    return spawned;
}

void qdpi_host_judge_program(const char *program, struct qdpi_findings *findings)
{
    static const char words[] = "version ";
    char text[256];
    if (!qdpi_command_line_is_qemu(program)) {
        // Another program may do anything when it is started, whatever it is asked.
        qdpi_findings_add(findings, "version", QDPI_FINDING_NOTE, 0, NULL,
                          "%s is not called like a QEMU and was not asked for its version",
                          program);
        return;
    }
    char *name = strdup(program);
    const bool asked = name != NULL && ask_version(name, text, sizeof text);
    const int reason = errno;
    free(name);
    if (!asked) {
        struct qdpi_finding *finding =
            qdpi_findings_add(findings, "no-qemu", QDPI_FINDING_MISSING, QDPI_NEED_ALL, NULL,
                              "%s cannot be run: %s", program, strerror(reason));
        qdpi_finding_remedy(finding, "install QEMU (Debian: qemu-system-x86), or name its path");
        return;
    }
    char *version = strstr(text, words);
    version = version != NULL ? version + strlen(words) : text;
    char *end;
    const long major = strtol(version, &end, 10);
    if (end == version || *end != '.') {
        qdpi_findings_add(findings, "version", QDPI_FINDING_HAZARD, 0, NULL,
                          "%s --version does not answer as a QEMU does", program);
        return;
    }
    const long minor = strtol(end + 1, NULL, 10);
    version[strcspn(version, " (\n")] = '\0';
    qdpi_host_judge_version((int)major, (int)minor, version, findings);
}
