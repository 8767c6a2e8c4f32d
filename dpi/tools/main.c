// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// qemu-dpi: the memory, interrupts and doorbells of a guest from the shell. Finds the subcommand.

#include <argp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "qemu_dpi.h"

// In the order of the help; one a line.
// clang-format off
static const struct qdpi_command *const commands[] = {
    &qdpi_command_doctor,
    &qdpi_command_map,
    &qdpi_command_read,
    &qdpi_command_write,
    &qdpi_command_fill,
    &qdpi_command_dump,
    &qdpi_command_load,
    &qdpi_command_crc,
    &qdpi_command_search,
    &qdpi_command_diff,
    &qdpi_command_watch,
    &qdpi_command_translate,
    &qdpi_command_irq,
    &qdpi_command_nmi,
    &qdpi_command_doorbell,
    &qdpi_command_events,
    &qdpi_command_stop,
    &qdpi_command_cont,
    &qdpi_command_reset,
    &qdpi_command_stats,
    &qdpi_command_run,
};
// clang-format on

enum {
    COMMAND_COUNT = sizeof commands / sizeof commands[0],
    NAME_ROOM = 64,
};

// What argp found in front of the subcommand's own arguments.
struct invocation {
    const struct qdpi_command *command;
    int first;       // index in argv of the subcommand's name
    bool help_only;  // `help NAME`
};

static const struct qdpi_command *find_command(const char *name)
{
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        if (strcmp(commands[i]->name, name) == 0) {
            return commands[i];
        }
    }
    return NULL;
}

static void choose_command(struct argp_state *state, struct invocation *invocation, char *name)
{
    if (strcmp(name, "help") == 0) {
        if (state->next >= state->argc) {
            argp_state_help(state, stdout, ARGP_HELP_STD_HELP);
        }
        invocation->help_only = true;
        name = state->argv[state->next++];
    }
    invocation->command = find_command(name);
    if (invocation->command == NULL) {
        argp_error(state, "there is no subcommand '%s'; --help lists them", name);
    }
    invocation->first = state->next - 1;
    // The rest is for the subcommand's own parser.
    state->next = state->argc;
}

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
    struct invocation *invocation = state->input;
    switch (key) {
    case ARGP_KEY_ARG:
        choose_command(state, invocation, argument);
        return 0;
    case ARGP_KEY_NO_ARGS:
        argp_error(state, "which subcommand? --help lists them");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

// argp asks with the text it has for each part of its help, and frees what comes back.
static char *list_commands(int key, const char *text, void *input)
{
    (void)input;
    if (key != ARGP_KEY_HELP_POST_DOC) {
        return (char *)text;
    }
    char *list = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&list, &size);
    if (stream == NULL) {
        return NULL;
    }
    fputs("Subcommands:\n", stream);
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        fprintf(stream, "  %-10s %s\n", commands[i]->name, commands[i]->summary);
    }
    fputs(
        "  help       The options of a subcommand: help NAME\n\n"
        "Exit status: 0 done; 1 the answer is no; 2 wrong options or arguments; 3 the guest could "
        "not be attached to; 4 an access failed; 5 a file here could not be read or written; 6 "
        "what was waited for did not come.",
        stream);
    if (fclose(stream) != 0) {
        free(list);
        return NULL;
    }
    return list;
}

static void print_version(FILE *stream, struct argp_state *state)
{
    (void)state;
    fprintf(stream, "qemu-dpi %s\n", qdpi_version());
}

static int run_command(const struct invocation *invocation, int argc, char **argv)
{
    char name[NAME_ROOM];
    char help[] = "--help";
    snprintf(name, sizeof name, "qemu-dpi %s", invocation->command->name);
    if (invocation->help_only) {
        char *help_argv[] = {name, help, NULL};
        return invocation->command->run(2, help_argv);
    }
    argv[invocation->first] = name;
    return invocation->command->run(argc - invocation->first, argv + invocation->first);
}

int main(int argc, char **argv)
{
    // The text after \v is put last, and list_commands() writes it.
    static const struct argp argp = {
        .parser = parse_option,
        .args_doc = "SUBCOMMAND [ARGUMENT...]",
        .doc = "The memory, interrupts and doorbells of a guest of stock QEMU, from the shell."
               "\vSubcommands",
        .help_filter = list_commands,
    };
    struct invocation invocation = {0};
    argp_program_version_hook = print_version;
    argp_err_exit_status = QDPI_EXIT_USAGE;
    // A reader that goes away, and a file that may not grow, are errors of write() with a sentence
    // and a status of their own.
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
    if (argp_parse(&argp, argc, argv, ARGP_IN_ORDER, NULL, &invocation) != 0) {
        return QDPI_EXIT_USAGE;
    }
    int status = run_command(&invocation, argc, argv);
    if ((status == QDPI_EXIT_OK || status == QDPI_EXIT_NO) &&
        (fflush(stdout) != 0 || ferror(stdout))) {
        fputs("qemu-dpi: writing standard output: it took not all of it; is its disk full, or has "
              "its "
              "reader gone away?\n",
              stderr);
        status = QDPI_EXIT_FILE;
    }
    return status;
}
