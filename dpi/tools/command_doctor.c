// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// qemu-dpi doctor: whether a simulator could attach, and what is missing.

#include <argp.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "attachment.h"
#include "command.h"
#include "doctor_examination.h"
#include "doctor_processes.h"
#include "doctor_report.h"
#include "json_output.h"

enum {
    KEY_PID = 0x100,
    KEY_NEED,
    KEY_JSON,
};

struct request {
    struct qdpi_attachment attachment;
    pid_t pid;  // 0: not given
    unsigned needs;
    bool json;
    char **words;  // a command line; NULL: not given
    size_t word_count;
};

static const struct argp_option options[] = {
    {.name = "pid", .key = KEY_PID, .arg = "N", .doc = "The QEMU to examine, by process number"},
    {.name = "need",
     .key = KEY_NEED,
     .arg = "FEATURE,...",
     .doc = "What must work: memory, doorbells, interrupts, events, atomics; default: all"},
    {.name = "json", .key = KEY_JSON, .doc = "The findings for a program"},
    {0},
};

static pid_t parse_pid(struct argp_state *state, const char *text)
{
    char *end;
    errno = 0;
    const long number = strtol(text, &end, 10);
    if (end == text || *end != '\0' || errno != 0 || number <= 0 || number > INT_MAX) {
        argp_error(state, "--pid=%s: give the number of a process", text);
        return 0;
    }
    return (pid_t)number;
}

static unsigned parse_needs(struct argp_state *state, const char *text)
{
    unsigned needs = 0;
    const char *name = text;
    for (;;) {
        const size_t length = strcspn(name, ",");
        const unsigned need = qdpi_need_by_name(name, length);
        if (need == 0) {
            argp_error(
                state,
                "--need=%s: '%.*s' is none of memory, doorbells, interrupts, events, atomics", text,
                (int)length, name);
            return 0;
        }
        needs |= need;
        if (name[length] == '\0') {
            return needs;
        }
        name += length + 1;
    }
}

static void check_combination(const struct argp_state *state, const struct request *request)
{
    const int subjects = (request->attachment.endpoint != NULL ? 1 : 0) +
                         (request->pid != 0 ? 1 : 0) + (request->words != NULL ? 1 : 0);
    if (subjects > 1) {
        argp_error(state, "give one of --endpoint, --pid and a command line");
    }
}

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
    struct request *request = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &request->attachment;
        return 0;
    case KEY_PID:
        request->pid = parse_pid(state, argument);
        return 0;
    case KEY_NEED:
        request->needs = parse_needs(state, argument);
        return 0;
    case KEY_JSON:
        request->json = true;
        return 0;
    case ARGP_KEY_ARGS:
        request->words = state->argv + state->next;
        request->word_count = (size_t)(state->argc - state->next);
        // Words without `--` before them are easily mistaken: an option of QEMU would end up here.
        if (strcmp(state->argv[state->next - 1], "--") != 0) {
            argp_error(state, "'%s': a command line to examine goes after --",
                       state->argv[state->next]);
        }
        return 0;
    case ARGP_KEY_NO_ARGS:
        if (state->argc > 1 && strcmp(state->argv[state->argc - 1], "--") == 0) {
            argp_error(state, "after -- goes the command line to examine");
        }
        return 0;
    case ARGP_KEY_END:
        check_combination(state, request);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

/// Report, now or by adding to `reports`, and forget.
static int report(const struct request *request, struct qdpi_examination *examination,
                  json_t *reports)
{
    const int status = qdpi_report_status(examination, request->needs);
    if (request->json) {
        json_array_append_new(reports, qdpi_report_json(examination, request->needs));
    } else {
        qdpi_report_print(examination, request->needs);
    }
    memset(examination, 0, sizeof *examination);
    return status;
}

static int worse(int status, int other)
{
    return status > other ? status : other;
}

static int examine_all(const struct request *request, struct qdpi_examination *examination,
                       json_t *reports)
{
    pid_t found[QDPI_PROCESSES_MAX];
    const int count = qdpi_processes_find(found);
    int status = count > 0 ? QDPI_EXIT_OK : QDPI_EXIT_ATTACH;
    if (count < 0) {
        fprintf(stderr, "qemu-dpi: looking for QEMUs in /proc: %s; give --endpoint\n",
                strerror(-count));
    } else if (count == 0) {
        fputs("qemu-dpi: looking for QEMUs of this user: none runs; start one with "
              "`qdpi-launch --kernel=FILE`, or give --endpoint\n",
              stderr);
    }
    for (int i = 0; i < count; i++) {
        if (i > 0 && !request->json) {
            printf("\n");
        }
        qdpi_examine_process(examination, found[i], request->attachment.timeout_ms);
        status = worse(status, report(request, examination, reports));
    }
    return status;
}

static int examine(const struct request *request, struct qdpi_examination *examination,
                   json_t *reports)
{
    const char *endpoint = request->attachment.endpoint;
    const char *variable = getenv("QEMU_DPI");
    if (endpoint == NULL && variable != NULL && variable[0] != '\0') {
        endpoint = "env:QEMU_DPI";
    }
    if (request->words != NULL) {
        qdpi_examine_words(examination, request->words, request->word_count);
    } else if (request->pid != 0) {
        qdpi_examine_process(examination, request->pid, request->attachment.timeout_ms);
    } else if (endpoint != NULL) {
        qdpi_examine_endpoint(examination, endpoint, request->attachment.timeout_ms);
    } else {
        return examine_all(request, examination, reports);
    }
    return report(request, examination, reports);
}

static int run(int argc, char **argv)
{
    static const struct argp_child children[] = {{.argp = &qdpi_attachment_argp}, {0}};
    static const struct argp argp = {
        .options = options,
        .parser = parse_option,
        .args_doc = "\n-- QEMU [OPTION...]\n-- qdpi-launch [OPTION...]",
        .doc =
            "Whether a simulator could attach to a guest now, and what is missing: which feature, "
            "why, and the option of QEMU that brings it."
            "\vExamines what --endpoint or --pid names, or the command line after --, which is "
            "not started; else $QEMU_DPI; else all QEMUs of this user.\n\n"
            "Exit status: 0 ready for all that --need asks for; 1 something of it is missing; 3 "
            "a simulator cannot attach. Of several QEMUs the worst counts.",
        .children = children,
    };
    struct request request = {.needs = QDPI_NEED_ALL};
    if (argp_parse(&argp, argc, argv, ARGP_IN_ORDER, NULL, &request) != 0) {
        return QDPI_EXIT_USAGE;
    }
    struct qdpi_examination *examination = calloc(1, sizeof *examination);
    json_t *reports = json_array();
    if (examination == NULL || reports == NULL) {
        fputs("qemu-dpi: doctor: out of memory\n", stderr);
        free(examination);
        json_decref(reports);
        return QDPI_EXIT_FILE;
    }
    int status = examine(&request, examination, reports);
    free(examination);
    if (request.json) {
        const int printed = qdpi_json_print(reports);
        status = printed != QDPI_EXIT_OK ? printed : status;
    } else {
        json_decref(reports);
    }
    return status;
}

const struct qdpi_command qdpi_command_doctor = {
    .name = "doctor",
    .summary = "Whether a simulator could attach, what is missing, and the option to add",
    .run = run,
};
