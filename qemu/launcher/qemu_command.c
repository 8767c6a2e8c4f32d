// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// The argument vector of QEMU. qemu/README.md says which failure each option prevents.

#include "qemu_command.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HOTPLUG_MIB = 1024 };  // QEMU has memory slots only if maxmem leaves something to plug in

__attribute__((format(printf, 2, 3))) static void add(struct qdpi_qemu_command *command,
                                                      const char *format, ...)
{
    if (command->error != 0) {
        return;
    }
    if (command->count + 1 >= command->capacity) {
        const size_t capacity = command->capacity * 2 + 64;
        char **arguments = realloc(command->arguments, capacity * sizeof *arguments);
        if (arguments == NULL) {
            command->error = -ENOMEM;
            return;
        }
        command->arguments = arguments;
        command->capacity = capacity;
    }
    char *text;
    va_list values;
    va_start(values, format);
    const int length = vasprintf(&text, format, values);
    va_end(values);
    if (length < 0) {
        command->error = -ENOMEM;
        return;
    }
    command->arguments[command->count++] = text;
    command->arguments[command->count] = NULL;
}

static void add_pair(struct qdpi_qemu_command *command, const char *option, const char *value)
{
    if (value != NULL) {
        add(command, "%s", option);
        add(command, "%s", value);
    }
}

// In a QEMU option list a comma ends the value; a doubled one stands for itself.
static char *double_commas(const char *text)
{
    char *doubled = malloc(strlen(text) * 2 + 1);
    if (doubled == NULL) {
        return NULL;
    }
    char *end = doubled;
    for (; *text != '\0'; text++) {
        *end++ = *text;
        if (*text == ',') {
            *end++ = ',';
        }
    }
    *end = '\0';
    return doubled;
}

static void add_monitor(struct qdpi_qemu_command *command, const char *socket_path)
{
    add(command, "-qmp");
    add(command, "unix:%s,server=on,wait=off", socket_path);
}

static void add_memory(struct qdpi_qemu_command *command, const struct qdpi_options *options,
                       const char *ram_path)
{
    char *path = double_commas(ram_path);
    if (path == NULL) {
        command->error = -ENOMEM;
        return;
    }
    add(command, "-object");
    add(command, "memory-backend-file,id=mem,size=%" PRIu64 "M,mem-path=%s,share=on%s",
        options->ram_mib, path, options->prealloc ? ",prealloc=on" : "");
    free(path);
    add(command, "-machine");
    add(command, "%s,memory-backend=mem", options->machine);
    add(command, "-m");
    add(command, "%" PRIu64 "M,slots=%u,maxmem=%" PRIu64 "M", options->ram_mib, options->slots,
        options->ram_mib + HOTPLUG_MIB);
}

// `socket_path`, or NULL, is where the launcher listens for the guest's console.
static void add_console(struct qdpi_qemu_command *command, const char *socket_path,
                        const char *console)
{
    char *path = double_commas(console);
    if (path == NULL) {
        command->error = -ENOMEM;
        return;
    }
    add(command, "-chardev");
    if (socket_path != NULL) {
        add(command, "socket,id=console,path=%s,logfile=%s", socket_path, path);
    } else {
        add(command, "file,id=console,path=%s", path);
    }
    add(command, "-serial");
    add(command, "chardev:console");
    free(path);
}

int qdpi_bridge_socket(const struct qdpi_workspace *workspace, unsigned bridge, char *path)
{
    char file[24];
    snprintf(file, sizeof file, "qmp%u.sock", bridge);
    return qdpi_workspace_file(workspace, file, path);
}

int qdpi_qemu_command_build(struct qdpi_qemu_command *command, const struct qdpi_options *options,
                            const struct qdpi_workspace *workspace, const char *console)
{
    *command = (struct qdpi_qemu_command){0};
    char path[QDPI_WORKSPACE_PATH];

    add(command, "%s", options->qemu);
    add_pair(command, "-name", options->name);
    add(command, "-nodefaults");
    add(command, "-no-user-config");
    add_pair(command, "-display", "none");
    add_pair(command, "-accel", options->accel);
    // Room for a second CPU makes TCG keep the guest's atomic instructions atomic towards RTL; with
    // exactly one it compiles them to plain loads and stores.
    add(command, "-smp");
    add(command, "%u,maxcpus=%u", options->cpus, options->cpus > 1 ? options->cpus : 2);

    add_memory(command, options, workspace->ram);
    add_pair(command, "-device", "pc-testdev");
    add_pair(command, "-device", "isa-debug-exit,iobase=0xf4,iosize=0x04");
    command->error = command->error != 0
                         ? command->error
                         : qdpi_workspace_file(workspace, QDPI_CONSOLE_SOCKET, path);
    add_console(command, options->interactive ? path : NULL, console);
    if (options->gdb) {
        command->error = command->error != 0
                             ? command->error
                             : qdpi_workspace_file(workspace, QDPI_GDB_SOCKET, path);
        add(command, "-chardev");
        add(command, "socket,id=gdb,path=%s,server=on,wait=off", path);
        add_pair(command, "-gdb", "chardev:gdb");
    }

    // The launcher's own monitor comes first: QEMU opens them in this order, so that the appearance
    // of any later socket tells that this one listens already.
    command->error = command->error != 0
                         ? command->error
                         : qdpi_workspace_file(workspace, QDPI_LAUNCHER_SOCKET, path);
    add_monitor(command, path);
    for (unsigned bridge = 0; bridge < options->bridges && command->error == 0; bridge++) {
        command->error = qdpi_bridge_socket(workspace, bridge, path);
        add_monitor(command, path);
    }

    add_pair(command, "-kernel", options->kernel);
    add_pair(command, "-initrd", options->initrd);
    add_pair(command, "-append", options->append);
    if (options->paused) {
        add(command, "-S");
    }
    for (size_t i = 0; i < options->qemu_arg_count; i++) {
        add(command, "%s", options->qemu_args[i]);
    }
    return command->error;
}

void qdpi_qemu_command_release(struct qdpi_qemu_command *command)
{
    for (size_t i = 0; i < command->count; i++) {
        free(command->arguments[i]);
    }
    free(command->arguments);
    *command = (struct qdpi_qemu_command){0};
}

static bool needs_quotes(const char *word)
{
    static const char plain[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./:=,+@%-";
    return word[0] == '\0' || word[strspn(word, plain)] != '\0';
}

static void print_quoted(FILE *line, const char *word)
{
    if (!needs_quotes(word)) {
        fputs(word, line);
        return;
    }
    fputc('\'', line);
    for (; *word != '\0'; word++) {
        // Nothing can be escaped inside single quotes: close them, say the quote, open them again.
        fputs(*word == '\'' ? "'\\'" : "", line);
        fputc(*word, line);
    }
    fputc('\'', line);
}

char *qdpi_shell_line(char *const *arguments)
{
    char *text = NULL;
    size_t length = 0;
    FILE *line = open_memstream(&text, &length);
    if (line == NULL) {
        return NULL;
    }
    for (size_t i = 0; arguments[i] != NULL; i++) {
        fputs(i == 0 ? "" : " ", line);
        print_quoted(line, arguments[i]);
    }
    const bool complete = ferror(line) == 0;
    if (fclose(line) != 0 || !complete) {
        free(text);
        return NULL;
    }
    return text;
}
