// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// The command line of qdpi-dma-test: what may be asked for, and which values are refused.

#include "dma_options.h"

#include <argp.h>
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum option_key {
    KEY_THREADS = 0x100,  // above every character, so that no short option comes into being
    KEY_JOBS,
    KEY_SECONDS,
    KEY_SEED,
    KEY_MAX_BYTES,
    KEY_BATCH,
    KEY_DEPTH,
    KEY_BUFFER,
    KEY_SHARED,
    KEY_MIX,
    KEY_DEVICE,
    KEY_RETRY,
    KEY_POLL,
    KEY_TIMEOUT,
    KEY_QUIET,
};

enum { PAGE_BYTES = 4096 };

#define MOST_BYTES (UINT64_C(1) << 30)

static const struct argp_option option_table[] = {
    {"threads", KEY_THREADS, "N", 0, "Threads (default: 4)", 0},
    {"jobs", KEY_JOBS, "N", 0,
     "Jobs of all threads together; 0: until --seconds are over (default: 1000)", 0},
    {"seconds", KEY_SECONDS, "S", 0, "End after so many seconds; 0: when --jobs are done (default)",
     0},
    {"seed", KEY_SEED, "N", 0, "Same seed, same jobs and data in each thread (default: 1)", 0},
    {"max-bytes", KEY_MAX_BYTES, "SIZE", 0, "Most bytes of a job (default: 64K)", 0},
    {"batch", KEY_BATCH, "N", 0, "Most jobs in a batch (default: 8)", 0},
    {"depth", KEY_DEPTH, "N", 0, "Batches that each thread has in flight (default: 2)", 0},
    {"buffer", KEY_BUFFER, "SIZE", 0,
     "Buffer of a thread, at least 3 * max-bytes * depth (default: 4 * max-bytes * depth)", 0},
    {"shared", KEY_SHARED, NULL, 0, "All threads use one open file (default: each its own)", 0},
    {"mix", KEY_MIX, "COPY,FILL,CRC", 0, "Weights of the opcodes (default: 4,2,2)", 0},
    {"device", KEY_DEVICE, "PATH", 0, "The device (default: /dev/qdpi-dma)", 0},
    {"retry", KEY_RETRY, NULL, 0,
     "Submit a batch again when jobs of it ended with an error or were abandoned, after checking "
     "that nothing else changed; wait for an engine that is gone (default: both are failures)",
     0},
    {"poll", KEY_POLL, NULL, 0, "Wait with poll(2)", 0},
    {"timeout", KEY_TIMEOUT, "S", 0, "Fail when a batch takes more seconds (default: 60)", 0},
    {"quiet", KEY_QUIET, NULL, 0, "Print the verdict and failures only", 0},
    {0},
};

static uint64_t parse_number(struct argp_state *state, const char *option, const char *text,
                             uint64_t least, uint64_t most)
{
    char *end;
    errno = 0;
    const uint64_t value = strtoull(text, &end, 10);
    if (!isdigit((unsigned char)text[0]) || *end != '\0' || errno != 0 || value < least ||
        value > most) {
        argp_error(state, "--%s=%s: give a whole number from %" PRIu64 " to %" PRIu64, option, text,
                   least, most);
    }
    return value;
}

static uint64_t parse_size(struct argp_state *state, const char *option, const char *text)
{
    char *end;
    errno = 0;
    const uint64_t number = strtoull(text, &end, 10);
    const char suffix = (char)toupper((unsigned char)*end);
    const unsigned shift = suffix == 'K' ? 10 : suffix == 'M' ? 20 : 0;
    const bool valid = *end == '\0' || (shift != 0 && end[1] == '\0');
    if (!isdigit((unsigned char)text[0]) || errno != 0 || !valid || number == 0 ||
        number > MOST_BYTES >> shift) {
        argp_error(state, "--%s=%s: give a number of bytes, K or M may follow, at most 1024M",
                   option, text);
    }
    return number << shift;
}

static void parse_mix(struct argp_state *state, const char *text, unsigned *weights)
{
    const char *next = text;
    unsigned sum = 0;
    bool valid = true;
    for (size_t kind = 0; kind < QDPI_JOB_KINDS && valid; kind++) {
        char *end;
        const unsigned long weight = strtoul(next, &end, 10);
        const char separator = kind + 1 < QDPI_JOB_KINDS ? ',' : '\0';
        valid = isdigit((unsigned char)*next) && weight <= 1000000 && *end == separator;
        weights[kind] = (unsigned)weight;
        sum += weights[kind];
        next = end + 1;
    }
    if (!valid || sum == 0) {
        argp_error(state, "--mix=%s: give three weights such as 4,2,2, not all of them 0", text);
    }
}

static void finish(struct argp_state *state, struct qdpi_dma_options *options)
{
    if (options->jobs == 0 && options->seconds == 0) {
        argp_error(state, "--jobs=0 has no end: give --seconds");
    }
    const uint64_t least = UINT64_C(3) * options->limits.max_bytes * options->depth;
    const uint64_t pages = (uint64_t)options->depth * PAGE_BYTES;
    if (options->buffer_bytes == 0) {
        options->buffer_bytes = UINT64_C(4) * options->limits.max_bytes * options->depth;
    } else if (options->buffer_bytes < least) {
        argp_error(state,
                   "--buffer=%" PRIu64 ": give at least %" PRIu64
                   ", that is 3 * --max-bytes * --depth",
                   options->buffer_bytes, least);
    }
    // Each batch in flight gets whole pages.
    options->buffer_bytes = (options->buffer_bytes + pages - 1) / pages * pages;
}

static error_t parse_option(int key, char *text, struct argp_state *state)
{
    struct qdpi_dma_options *options = state->input;
    switch (key) {
    case KEY_THREADS:
        options->threads = (unsigned)parse_number(state, "threads", text, 1, QDPI_MAX_THREADS);
        break;
    case KEY_JOBS:
        options->jobs = parse_number(state, "jobs", text, 0, UINT64_MAX);
        break;
    case KEY_SECONDS:
        options->seconds = parse_number(state, "seconds", text, 0, UINT32_MAX);
        break;
    case KEY_SEED:
        options->seed = parse_number(state, "seed", text, 0, UINT64_MAX);
        break;
    case KEY_MAX_BYTES:
        options->limits.max_bytes = (uint32_t)parse_size(state, "max-bytes", text);
        break;
    case KEY_BATCH:
        options->batch = (uint32_t)parse_number(state, "batch", text, 1, QDPI_DMA_MAX_BATCH);
        break;
    case KEY_DEPTH:
        options->depth = (unsigned)parse_number(state, "depth", text, 1, QDPI_MAX_DEPTH);
        break;
    case KEY_BUFFER:
        options->buffer_bytes = parse_size(state, "buffer", text);
        break;
    case KEY_SHARED:
        options->shared = true;
        break;
    case KEY_MIX:
        parse_mix(state, text, options->limits.weights);
        break;
    case KEY_DEVICE:
        options->path = text;
        break;
    case KEY_RETRY:
        options->retry = true;
        break;
    case KEY_POLL:
        options->poll = true;
        break;
    case KEY_TIMEOUT:
        options->timeout_s = parse_number(state, "timeout", text, 1, UINT32_MAX);
        break;
    case KEY_QUIET:
        options->quiet = true;
        break;
    case ARGP_KEY_ARG:
        argp_error(state, "%s: there are no arguments but options", text);
        break;
    case ARGP_KEY_SUCCESS:
        finish(state, options);
        break;
    default:
        return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

void qdpi_dma_options_parse(struct qdpi_dma_options *options, int argc, char **argv)
{
    static const struct argp parser = {
        .options = option_table,
        .parser = parse_option,
        .doc = "Give the DMA engine random copies, fills and CRCs from several threads, and "
               "compare every byte of the buffers and every CRC with a software model."
               "\v"
               "SIZE is a number of bytes; K or M may follow. The last line is the verdict. Exit "
               "status: 0 all was right; 1 not; 2 wrong usage. SIGINT and SIGTERM end the test "
               "after the batches in flight.",
    };
    *options = (struct qdpi_dma_options){
        .path = "/dev/qdpi-dma",
        .threads = 4,
        .jobs = 1000,
        .seed = 1,
        .batch = 8,
        .depth = 2,
        .timeout_s = 60,
        .limits = {.max_bytes = 65536, .weights = {4, 2, 2}},
    };
    argp_err_exit_status = QDPI_DMA_TEST_USAGE;
    if (argp_parse(&parser, argc, argv, 0, NULL, options) != 0) {
        exit(QDPI_DMA_TEST_USAGE);
    }
}
