// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// What is missing or dangerous in a command line beside the machine itself: monitors, consoles,
// default devices.

#include <stdio.h>
#include <string.h>
#include <sys/un.h>

#include "doctor_line_facts.h"

static const char advised_monitor[] = "-qmp unix:/dev/shm/NAME.sock,server=on,wait=off";

enum { SOCKET_PATH_MOST = sizeof((struct sockaddr_un *)0)->sun_path - 1 };

static void judge_no_monitor(const struct qdpi_line_monitors *monitors,
                             struct qdpi_findings *findings)
{
    const char *found = "QEMU has no QMP monitor";
    if (monitors->clients > 0) {
        found = "QEMU connects its QMP monitor to somebody else (server=off)";
    } else if (monitors->others > 0) {
        found = "QEMU's QMP monitor is on no UNIX socket, or on one that was handed to it";
    }
    struct qdpi_finding *finding = qdpi_findings_add(
        findings, "no-monitor", QDPI_FINDING_MISSING,
        QDPI_NEED_EVENTS | QDPI_NEED_DOORBELL | QDPI_NEED_INTERRUPT,
        "over it the bridge finds the memory map, takes doorbells and events, and "
        "raises interrupts",
        "%s", found);
    qdpi_finding_remedy(finding, "%s", advised_monitor);
}

static void judge_monitor(const struct qdpi_line_monitor *monitor, struct qdpi_findings *findings)
{
    struct qdpi_finding *finding;
    if (strlen(monitor->path) > SOCKET_PATH_MOST) {
        finding = qdpi_findings_add(
            findings, "socket-path", QDPI_FINDING_MISSING, QDPI_NEED_ALL,
            "QEMU does not start, and nobody can connect",
            "the path of the QMP socket has %zu characters, and a UNIX socket's has at most %d",
            strlen(monitor->path), (int)SOCKET_PATH_MOST);
        qdpi_finding_remedy(finding, "%s", advised_monitor);
    }
    if (monitor->wait) {
        finding = qdpi_findings_add(findings, "monitor-wait", QDPI_FINDING_HAZARD, QDPI_NEED_EVENTS,
                                    "QEMU does not start, nor open the sockets behind this one, "
                                    "before somebody connects",
                                    "the QMP socket %s has wait=on", monitor->path);
        qdpi_finding_remedy(finding, "-qmp unix:%s,server=on,wait=off", monitor->path);
    }
}

void qdpi_line_judge_monitors(const struct qdpi_line_monitors *monitors,
                              struct qdpi_findings *findings)
{
    if (monitors->count == 0) {
        judge_no_monitor(monitors, findings);
        return;
    }
    qdpi_findings_add(findings, "events", QDPI_FINDING_GOOD, QDPI_NEED_EVENTS, NULL,
                      "%zu QMP monitor%s, the first at %s", monitors->count,
                      monitors->count > 1 ? "s" : "", monitors->list[0].path);
    for (size_t i = 0; i < monitors->count; i++) {
        judge_monitor(&monitors->list[i], findings);
    }
    if (monitors->count == 1) {
        struct qdpi_finding *finding =
            qdpi_findings_add(findings, "one-monitor", QDPI_FINDING_NOTE, QDPI_NEED_EVENTS,
                              "a QMP socket serves one client at a time: a second bridge, or this "
                              "command beside the simulator, needs one more",
                              "there is one QMP monitor");
        qdpi_finding_remedy(finding, "%s", advised_monitor);
    }
}

/// Whether what the guest writes to `chardev` can pile up until QEMU stands still. A client of
/// somebody's is read by him, as a rule; a listener takes whoever comes.
static bool may_block(const struct qdpi_command_line *line, const char *target)
{
    const struct qdpi_line_option *option = NULL;
    if (strncmp(target, "mon:", 4) == 0) {
        target += 4;
    }
    if (strncmp(target, "pipe:", 5) == 0) {
        return true;
    }
    if (strncmp(target, "chardev:", 8) == 0) {
        target += 8;
    }
    while ((option = qdpi_command_line_next(line, "chardev", option)) != NULL) {
        const char *id = qdpi_line_property(option, "id");
        const char *kind = qdpi_line_first(option, "backend");
        if (id != NULL && kind != NULL && strcmp(id, target) == 0) {
            return strcmp(kind, "pipe") == 0 ||
                   (strcmp(kind, "socket") == 0 && qdpi_line_switch(option, "server", false));
        }
    }
    return false;
}

static bool is_listener(const struct qdpi_line_option *option, const char *target)
{
    if (strncmp(target, "mon:", 4) == 0) {
        target += 4;
    }
    return (strncmp(target, "unix:", 5) == 0 || strncmp(target, "tcp:", 4) == 0 ||
            strncmp(target, "telnet:", 7) == 0) &&
           qdpi_line_switch(option, "server", false);
}

static void judge_console(const char *option, const char *target, struct qdpi_findings *findings)
{
    struct qdpi_finding *finding = qdpi_findings_add(
        findings, "undrained-console", QDPI_FINDING_HAZARD, QDPI_NEED_ALL,
        "a client that connects and does not read stops the whole of QEMU, monitors included, at "
        "the guest's next output",
        "what the guest says goes to a socket or pipe: -%s %s", option, target);
    qdpi_finding_remedy(finding,
                        "-chardev file,id=console,path=/dev/shm/NAME.log -serial chardev:console");
}

static void judge_consoles(const struct qdpi_command_line *line, struct qdpi_findings *findings)
{
    static const char *const names[] = {"serial", "parallel", "debugcon", "virtioconsole"};
    static const char *const drivers[] = {"isa-serial", "isa-debugcon", "isa-parallel",
                                          "pci-serial"};
    const struct qdpi_line_option *option = NULL;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        while ((option = qdpi_command_line_next(line, names[i], option)) != NULL) {
            const char *target = qdpi_line_property(option, "");
            if (target != NULL && (may_block(line, target) || is_listener(option, target))) {
                judge_console(names[i], target, findings);
            }
        }
    }
    while ((option = qdpi_command_line_next(line, "device", option)) != NULL) {
        const char *driver = qdpi_line_first(option, "driver");
        const char *chardev = qdpi_line_property(option, "chardev");
        for (size_t i = 0; i < sizeof drivers / sizeof drivers[0]; i++) {
            if (driver != NULL && chardev != NULL && strcmp(driver, drivers[i]) == 0 &&
                may_block(line, chardev)) {
                judge_console("device", driver, findings);
            }
        }
    }
}

static void judge_defaults(const struct qdpi_command_line *line, struct qdpi_findings *findings)
{
    struct qdpi_finding *finding;
    if (!qdpi_command_line_has(line, "nodefaults")) {
        finding = qdpi_findings_add(
            findings, "no-nodefaults", QDPI_FINDING_HAZARD, QDPI_NEED_MEMORY | QDPI_NEED_INTERRUPT,
            "a VGA card takes 0xa0000-0xbffff out of RAM, a network card and a CD drive come "
            "along, and interrupt lines are not free",
            "QEMU adds its default devices");
        qdpi_finding_remedy(finding, "-nodefaults");
    }
    if (!qdpi_command_line_has(line, "display") && !qdpi_command_line_has(line, "nographic")) {
        finding = qdpi_findings_add(findings, "display", QDPI_FINDING_NOTE, QDPI_NEED_ALL,
                                    "QEMU looks for a screen, or ends when there is none",
                                    "no display is chosen");
        qdpi_finding_remedy(finding, "-display none");
    }
    if (qdpi_command_line_has(line, "readconfig")) {
        qdpi_findings_add(findings, "readconfig", QDPI_FINDING_NOTE, QDPI_NEED_ALL,
                          "options that stand there may change all this",
                          "-readconfig names a file that was not looked at");
    }
}

void qdpi_line_judge_rest(const struct qdpi_command_line *line, struct qdpi_findings *findings)
{
    judge_consoles(line, findings);
    judge_defaults(line, findings);
    if (qdpi_command_line_has(line, "S")) {
        qdpi_findings_add(findings, "paused", QDPI_FINDING_NOTE, QDPI_NEED_ALL, NULL,
                          "-S: the guest waits at its first instruction until it is continued");
    }
}
