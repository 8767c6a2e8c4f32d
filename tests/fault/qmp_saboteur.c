// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// A process between the library and a real QEMU. QEMU and the library end every message by a line
// feed and have none inside: a message is a line.

#include "qmp_saboteur.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fault_run.h"
#include "live_qemu.h"
#include "short_slices.h"

#define ORDER_MS 30000
#define CHUNK 65536
#define MEBIBYTE ((size_t)1 << 20)
#define FLOOD_AT_A_TIME 256U
#define FLOOD_EVENT_MAX 160U

/** What goes over the control connection. */
struct order {
    enum saboteur_fault fault;
    bool is_question; /**< no order: how things stand */
    uint64_t amount;
    uint64_t seed;
};

struct saboteur {
    pid_t pid;
    int control;
    uint64_t orders;
};

// ---- The process: its connections --------------------------------------------------------------

/** One direction, up to the message that is not yet whole. */
struct stream {
    int from;
    char *bytes;
    size_t length;
    size_t capacity;
};

struct state {
    int control;
    int listener;
    const char *qemu_path;
    struct stream from_qemu;
    struct stream from_library;
    struct order order;
    struct saboteur_report report;
    uint64_t random;
    uint64_t last_id;    /**< of the requests that have gone to QEMU */
    uint64_t flooded;    /**< events of the flood so far */
    uint64_t stalled_to; /**< the moment at which a stall ends */
    bool shut_write;     /**< nothing more can be said to the library */
    bool shut_read;      /**< nor heard from it */
    bool heard_all;      /**< and what came before that has been handed on */
};

static void close_one(struct stream *stream)
{
    if (stream->from >= 0)
        (void)close(stream->from);
    stream->from = -1;
    stream->length = 0;
}

static void close_both(struct state *state)
{
    close_one(&state->from_library);
    close_one(&state->from_qemu);
    state->report.connected = false;
}

/** @return false: the peer is gone. */
static bool write_all(int fd, const char *bytes, size_t size)
{
    while (size > 0) {
        ssize_t count = send(fd, bytes, size, MSG_NOSIGNAL);

        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            return false;
        bytes += count;
        size -= (size_t)count;
    }
    return true;
}

static bool write_slowly(struct state *state, int fd, const char *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (!write_all(fd, bytes + i, 1))
            return false;
        // Not behind each: on a busy machine, the shortest pause may take a millisecond.
        if (state->order.amount > 0 && qdpi_fault_below(&state->random, 8) == 0)
            (void)usleep((useconds_t)qdpi_fault_below(&state->random, state->order.amount));
    }
    return true;
}

static int connect_to_qemu(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    (void)snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    if (fd >= 0 && connect(fd, (const struct sockaddr *)&address, sizeof address) != 0) {
        (void)close(fd);
        return -1;
    }
    return fd;
}

static void accept_library(struct state *state)
{
    const int fd = accept4(state->listener, NULL, NULL, SOCK_CLOEXEC);

    if (fd < 0)
        return;
    close_both(state);
    state->report = (struct saboteur_report){.connected = true};
    state->last_id = 0;
    state->shut_write = false;
    state->shut_read = false;
    state->heard_all = false;
    // A greeting begins at its beginning; its first byte may have gone to the connection before.
    if (state->order.fault == SABOTEUR_TRICKLE)
        state->flooded = 0;
    state->from_library.from = fd;
    state->from_qemu.from = connect_to_qemu(state->qemu_path);
    if (state->from_qemu.from < 0)
        close_both(state);
}

// ---- The process: what it breaks ---------------------------------------------------------------

static void fault_is_done(struct state *state)
{
    state->report.done++;
    state->report.events_before_fault = state->report.events;
    state->order.fault = SABOTEUR_FORWARD;
}

static bool send_filler(int fd, size_t mebibytes)
{
    static char filler[MEBIBYTE];

    memset(filler, 'a', sizeof filler);
    while (mebibytes > 0 && write_all(fd, filler, sizeof filler))
        mebibytes--;
    return mebibytes == 0;
}

static void send_text(int fd, const char *text)
{
    (void)write_all(fd, text, strlen(text));
}

static void send_repeated(int fd, const char *text, size_t times)
{
    while (times > 0 && write_all(fd, text, strlen(text)))
        times--;
}

/** An answer to `id` that is larger than anything QEMU has to say. */
static void send_large_answer(const struct state *state, uint64_t id)
{
    const int fd = state->from_library.from;
    char end[64];

    (void)snprintf(end, sizeof end, "\", \"id\": %" PRIu64 "}\r\n", id);
    switch (state->order.fault) {
    case SABOTEUR_LONG_REFUSAL:
        send_text(fd, "{\"error\": {\"class\": \"GenericError\", \"desc\": \"");
        (void)send_filler(fd, state->order.amount);
        (void)snprintf(end, sizeof end, "\"}, \"id\": %" PRIu64 "}\r\n", id);
        send_text(fd, end);
        break;
    case SABOTEUR_CROWDED_ANSWER:
        send_text(fd, "{\"return\": {");
        for (uint64_t i = 0; i < state->order.amount; i++) {
            char member[48];

            (void)snprintf(member, sizeof member, "\"%" PRIu64 "\":{},", i);
            if (!write_all(fd, member, strlen(member)))
                return;
        }
        (void)snprintf(end, sizeof end, "\"end\": 0}, \"id\": %" PRIu64 "}\r\n", id);
        send_text(fd, end);
        break;
    case SABOTEUR_ENDLESS_ANSWER:
        send_text(fd, "{\"return\": \"");
        (void)send_filler(fd, state->order.amount);
        break;
    default:
        send_text(fd, "{\"return\": \"");
        (void)send_filler(fd, state->order.amount);
        send_text(fd, end);
    }
}

/** The answer with another id, as text to free(). */
static char *with_other_id(const struct state *state, const json_t *answer, uint64_t id)
{
    json_t *copy = json_copy((json_t *)(uintptr_t)answer);
    char value[64];
    char *body;
    char *text = NULL;

    (void)json_object_del(copy, "id");
    body = json_dumps(copy, 0);
    json_decref(copy);
    switch ((enum saboteur_id)state->order.amount) {
    case SABOTEUR_ID_PAST:
        // Requests that are not awaited have the ids 1 to 9, in turn.
        (void)snprintf(value, sizeof value, "%" PRIu64, id > 1 ? id - 1 : 9);
        break;
    case SABOTEUR_ID_FUTURE:
        (void)snprintf(value, sizeof value, "%" PRIu64, state->last_id + 1);
        break;
    case SABOTEUR_ID_OTHER:
        (void)snprintf(value, sizeof value, "%" PRIu64,
                       state->last_id != id ? state->last_id : id + 1);
        break;
    case SABOTEUR_ID_NEGATIVE:
        (void)snprintf(value, sizeof value, "-%" PRIu64, id);
        break;
    case SABOTEUR_ID_WIDE:
        // 2^64 + id, as long as id is small.
        (void)snprintf(value, sizeof value, "1844674407%010" PRIu64, UINT64_C(3709551616) + id);
        break;
    case SABOTEUR_ID_STRING:
        (void)snprintf(value, sizeof value, "\"%" PRIu64 "\"", id);
        break;
    case SABOTEUR_ID_FRACTION:
        (void)snprintf(value, sizeof value, "%" PRIu64 ".5", id);
        break;
    case SABOTEUR_ID_NONE:
    default:
        value[0] = '\0';
    }
    if (body != NULL) {
        const int length = (int)strlen(body) - 1;  // without the last bracket

        if (value[0] == '\0')
            (void)asprintf(&text, "%s\r\n", body);
        else
            (void)asprintf(&text, "%.*s, \"id\": %s}\r\n", length, body, value);
    }
    free(body);
    return text;
}

/** An answer on its way to the library, and a fault for answers. @return whether it was dealt with.
 */
static bool break_answer(struct state *state, const json_t *answer, const char *line, size_t length)
{
    const uint64_t id = (uint64_t)json_integer_value(json_object_get(answer, "id"));
    const int fd = state->from_library.from;
    char *text;

    switch (state->order.fault) {
    case SABOTEUR_LONG_ANSWER:
    case SABOTEUR_ENDLESS_ANSWER:
    case SABOTEUR_CROWDED_ANSWER:
    case SABOTEUR_LONG_REFUSAL:
        send_large_answer(state, id);
        break;
    case SABOTEUR_ID:
        text = with_other_id(state, answer, id);
        if (text != NULL)
            send_text(fd, text);
        free(text);
        break;
    case SABOTEUR_DUPLICATE:
        (void)write_all(fd, line, length);
        (void)write_all(fd, line, length);
        break;
    case SABOTEUR_DROP:
        break;
    default:
        return false;
    }
    fault_is_done(state);
    return true;
}

static void cut(struct state *state, int fd, const char *line, size_t length)
{
    const size_t count = state->order.amount < length ? state->order.amount : length;

    (void)write_all(fd, line, count);
    state->report.cut_of = length;
    fault_is_done(state);
    close_both(state);
}

/** Whether the library hands on such events. */
static bool is_delivered(const char *event)
{
    static const char *const known[] = {"ACPI_DEVICE_OST", "RESET", "STOP", "RESUME"};

    for (size_t i = 0; event != NULL && i < sizeof known / sizeof known[0]; i++) {
        if (strcmp(event, known[i]) == 0)
            return true;
    }
    return false;
}

/** A whole message of QEMU. @return false: the connection is gone. */
static bool to_library(struct state *state, const char *line, size_t length)
{
    json_t *message = json_loadb(line, length, JSON_DISABLE_EOF_CHECK, NULL);
    const char *event = json_string_value(json_object_get(message, "event"));
    const bool is_answer = event == NULL && json_object_get(message, "id") != NULL;
    bool goes_on = true;

    if (state->shut_write) {
        goes_on = true;
    } else if (state->order.fault == SABOTEUR_CUT_TO_LIBRARY) {
        cut(state, state->from_library.from, line, length);
        goes_on = false;
    } else if (!is_answer || !break_answer(state, message, line, length)) {
        goes_on = state->order.fault == SABOTEUR_SLOW
                      ? write_slowly(state, state->from_library.from, line, length)
                      : write_all(state->from_library.from, line, length);
        state->report.events += goes_on && is_delivered(event) ? 1 : 0;
    }
    json_decref(message);
    return goes_on;
}

static bool to_qemu(struct state *state, const char *line, size_t length)
{
    json_t *message = json_loadb(line, length, JSON_DISABLE_EOF_CHECK, NULL);
    const json_t *id = json_object_get(message, "id");

    if (json_is_integer(id))
        state->last_id = (uint64_t)json_integer_value(id);
    json_decref(message);
    if (state->order.fault == SABOTEUR_CUT_TO_QEMU) {
        cut(state, state->from_qemu.from, line, length);
        return false;
    }
    return state->order.fault == SABOTEUR_SLOW
               ? write_slowly(state, state->from_qemu.from, line, length)
               : write_all(state->from_qemu.from, line, length);
}

/** One event of a flood, at the end of `text`. @return its length. */
static size_t print_event_of_flood(const struct state *state, uint64_t number, char *text,
                                   size_t size)
{
    switch ((enum saboteur_events)state->order.amount) {
    case SABOTEUR_MAP_EVENTS:
        return (size_t)snprintf(
            text, size, "{\"event\": \"MEMORY_DEVICE_SIZE_CHANGE\", \"data\": {\"size\": 1}}\r\n");
    case SABOTEUR_RESETS:
        return (size_t)snprintf(text, size,
                                "{\"event\": \"RESET\", \"data\": {\"guest\": true}}\r\n");
    case SABOTEUR_DOORBELLS:
        return (size_t)snprintf(
            text, size,
            "{\"event\": \"ACPI_DEVICE_OST\", \"data\": {\"info\": {\"source\": %" PRIu32
            ", \"slot\": \"65535\", \"slot-type\": \"DIMM\", \"status\": %" PRIu32 "}}}\r\n",
            (uint32_t)number, (uint32_t)(number >> 32));
    case SABOTEUR_UNKNOWN_EVENTS:
    default:
        return (size_t)snprintf(text, size,
                                "{\"event\": \"WEATHER\", \"data\": {\"rain\": true}}\r\n");
    }
}

/** Many events in one piece: a library that reads one by one does not keep up with them. */
static void send_events_of_flood(struct state *state)
{
    static char text[FLOOD_AT_A_TIME * FLOOD_EVENT_MAX];
    size_t length = 0;

    for (unsigned i = 0; i < FLOOD_AT_A_TIME; i++)
        length += print_event_of_flood(state, state->flooded++, text + length, FLOOD_EVENT_MAX);
    if (!write_all(state->from_library.from, text, length))
        close_both(state);
    else if (state->order.amount == SABOTEUR_DOORBELLS || state->order.amount == SABOTEUR_RESETS)
        state->report.events += FLOOD_AT_A_TIME;
}

static void send_next_byte_of_greeting(struct state *state)
{
    static const char beginning[] = "{\"QMP\": {\"version\": \"";
    const uint64_t number = state->flooded++;
    const char byte = number < sizeof beginning - 1 ? beginning[number] : '7';

    if (!write_all(state->from_library.from, &byte, 1))
        close_both(state);
}

static void send_garbage(struct state *state)
{
    const int fd = state->from_library.from;
    char bytes[4096];

    switch ((enum saboteur_garbage)state->order.amount) {
    case SABOTEUR_BINARY:
        for (size_t i = 0; i < sizeof bytes; i++)
            bytes[i] = (char)qdpi_fault_below(&state->random, 256);
        // White space or a bracket would be the beginning of something.
        bytes[0] = (char)0x80;
        (void)write_all(fd, bytes, sizeof bytes);
        break;
    case SABOTEUR_ZEROES:
        memset(bytes, 0, sizeof bytes);
        (void)write_all(fd, bytes, sizeof bytes);
        break;
    case SABOTEUR_BROKEN_UTF8:
        send_text(fd, "\xc3\x28\xff\xfe");
        break;
    case SABOTEUR_BROKEN_UTF8_IN_A_STRING:
        send_text(fd, "{\"event\": \"RES\xc3\x28\"}\r\n");
        break;
    case SABOTEUR_DEEP_NESTING:
        send_text(fd, "{\"event\": ");
        send_repeated(fd, "[", 100000);
        break;
    case SABOTEUR_UNENDING_STRING:
        send_text(fd, "{\"event\": \"");
        (void)send_filler(fd, 64);
        break;
    case SABOTEUR_HUGE_NUMBER:
        send_text(fd, "{\"event\": \"WEATHER\", \"data\": 1");
        send_repeated(fd, "0", 400);
        send_text(fd, "}\r\n");
        break;
    case SABOTEUR_NO_OBJECT:
        send_text(fd, "[1, 2, 3]\r\n");
        break;
    case SABOTEUR_NO_MEANING:
        send_text(fd, "{\"weather\": \"rain\"}\r\n");
        break;
    case SABOTEUR_ENCODED_ZERO:
        send_text(fd, "{\"event\": \"RESET\\u0000\"}\r\n");
        break;
    case SABOTEUR_TWICE_THE_KEY:
    default:
        send_text(fd, "{\"event\": \"RESET\", \"event\": \"STOP\"}\r\n");
    }
}

static void shut_read(struct state *state)
{
    (void)shutdown(state->from_library.from, SHUT_RD);
    state->shut_read = true;
}

/** An order, which takes effect between two messages. */
static void begin(struct state *state)
{
    switch (state->order.fault) {
    case SABOTEUR_CLOSE:
        close_both(state);
        break;
    case SABOTEUR_SHUT_WRITE:
        (void)shutdown(state->from_library.from, SHUT_WR);
        state->shut_write = true;
        break;
    case SABOTEUR_SHUT_READ:
        shut_read(state);
        break;
    case SABOTEUR_GARBAGE:
        send_garbage(state);
        break;
    case SABOTEUR_STALL:
        state->stalled_to = qdpi_live_in_ms((unsigned)state->order.amount);
        return;
    case SABOTEUR_FLOOD:
    case SABOTEUR_TRICKLE:
        state->flooded = 0;
        return;
    default:
        return;
    }
    fault_is_done(state);
}

// ---- The process: its loop ---------------------------------------------------------------------

typedef bool message_function(struct state *state, const char *line, size_t length);

/** Read what has come and hand on the whole messages in it. */
static void transfer(struct state *state, struct stream *stream, message_function *hand_on)
{
    size_t start = 0;
    ssize_t count;

    if (stream->capacity - stream->length < CHUNK) {
        char *bytes = realloc(stream->bytes, stream->capacity + 2 * (size_t)CHUNK);

        if (bytes == NULL)
            _exit(1);
        stream->bytes = bytes;
        stream->capacity += 2 * (size_t)CHUNK;
    }
    count = recv(stream->from, stream->bytes + stream->length, CHUNK, 0);
    if (count == 0 && state->shut_read && stream == &state->from_library) {
        state->heard_all = true;
        return;
    }
    if (count <= 0) {
        close_both(state);
        return;
    }
    stream->length += (size_t)count;
    while (stream->from >= 0) {
        const char *line = stream->bytes + start;
        const char *end = memchr(line, '\n', stream->length - start);

        if (end == NULL)
            break;
        start += (size_t)(end + 1 - line);
        if (!hand_on(state, line, (size_t)(end + 1 - line)))
            close_both(state);
    }
    if (stream->from >= 0) {
        memmove(stream->bytes, stream->bytes + start, stream->length - start);
        stream->length -= start;
    }
}

static void take_order(struct state *state)
{
    struct order order;

    if (recv(state->control, &order, sizeof order, 0) != sizeof order)
        _exit(0);
    if (order.fault == SABOTEUR_SHUT_READ && state->order.fault == SABOTEUR_FLOOD) {
        shut_read(state);
        state->report.done++;
        state->report.events_before_fault = state->report.events;
    } else if (!order.is_question) {
        state->order = order;
        state->random = order.seed;
        begin(state);
    }
    if (send(state->control, &state->report, sizeof state->report, MSG_NOSIGNAL) < 0)
        _exit(0);
}

/** How long the loop may sleep: -1 is for ever. */
static int patience(struct state *state)
{
    if (state->from_library.from < 0)
        return -1;
    if (state->order.fault == SABOTEUR_FLOOD)
        return 0;
    if (state->order.fault == SABOTEUR_TRICKLE)
        return (int)state->order.amount;
    if (state->order.fault == SABOTEUR_STALL) {
        const long left = qdpi_live_ms_until(state->stalled_to);

        if (left > 0)
            return (int)left;
        fault_is_done(state);
    }
    return -1;
}

_Noreturn static void be_saboteur(struct state *state)
{
    for (;;) {
        const int timeout = patience(state);
        const bool mute = state->order.fault == SABOTEUR_STALL;
        const bool deaf = state->order.fault == SABOTEUR_TRICKLE;
        struct pollfd fds[4] = {
            {.fd = state->control, .events = POLLIN},
            {.fd = state->listener, .events = POLLIN},
            {.fd = deaf || state->heard_all ? -1 : state->from_library.from, .events = POLLIN},
            {.fd = mute || deaf ? -1 : state->from_qemu.from, .events = POLLIN},
        };
        const int ready = poll(fds, 4, timeout);

        if (ready < 0 && errno != EINTR)
            _exit(1);
        if (fds[0].revents != 0) {
            take_order(state);
            continue;
        }
        if (fds[1].revents != 0) {
            accept_library(state);
            continue;
        }
        if (fds[2].revents != 0)
            transfer(state, &state->from_library, to_qemu);
        if (fds[3].revents != 0 && state->from_qemu.from >= 0)
            transfer(state, &state->from_qemu, to_library);
        if (state->order.fault == SABOTEUR_FLOOD && state->from_library.from >= 0)
            send_events_of_flood(state);
        if (deaf && ready == 0 && state->from_library.from >= 0)
            send_next_byte_of_greeting(state);
    }
}

// ---- The test's side ---------------------------------------------------------------------------

static int listen_at(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    (void)snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(fd, 4), 0);
    return fd;
}

struct saboteur *saboteur_start(const char *listens, const char *qemu)
{
    struct saboteur *saboteur = calloc(1, sizeof *saboteur);
    const pid_t parent = getpid();
    const int listener = listen_at(listens);
    int pair[2];

    assert_non_null(saboteur);
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
    saboteur->control = pair[0];
    saboteur->pid = fork();
    assert_true(saboteur->pid >= 0);
    if (saboteur->pid == 0) {
        struct state state = {.control = pair[1],
                              .listener = listener,
                              .qemu_path = qemu,
                              .from_qemu = {.from = -1},
                              .from_library = {.from = -1}};

        // It stands between others that wait for each byte.
        qdpi_take_short_slices();
        // It goes with the test, however the test ends.
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != parent)
            _exit(0);
        (void)close(pair[0]);
        be_saboteur(&state);
    }
    (void)close(pair[1]);
    (void)close(listener);
    return saboteur;
}

void saboteur_stop(struct saboteur *saboteur)
{
    if (saboteur == NULL)
        return;
    (void)close(saboteur->control);
    (void)kill(saboteur->pid, SIGKILL);
    while (waitpid(saboteur->pid, NULL, 0) < 0 && errno == EINTR)
        continue;
    free(saboteur);
}

static struct saboteur_report talk(struct saboteur *saboteur, const struct order *order)
{
    struct pollfd answer = {.fd = saboteur->control, .events = POLLIN};
    struct saboteur_report report = {.done = 0};

    assert_int_equal(send(saboteur->control, order, sizeof *order, MSG_NOSIGNAL), sizeof *order);
    if (poll(&answer, 1, ORDER_MS) != 1)
        fail_msg("the saboteur does not take its order: the library does not read");
    assert_int_equal(recv(saboteur->control, &report, sizeof report, 0), sizeof report);
    return report;
}

void saboteur_order(struct saboteur *saboteur, enum saboteur_fault fault, uint64_t amount)
{
    const struct order order = {
        .fault = fault, .amount = amount, .seed = qdpi_fault_seed() + saboteur->orders++};

    (void)talk(saboteur, &order);
}

struct saboteur_report saboteur_report(struct saboteur *saboteur)
{
    return talk(saboteur, &(struct order){.is_question = true});
}

struct saboteur_report saboteur_await_done(struct saboteur *saboteur, uint64_t done)
{
    const uint64_t deadline = qdpi_live_in_ms(ORDER_MS);
    struct saboteur_report report;

    while ((report = saboteur_report(saboteur)).done < done) {
        if (qdpi_live_ms_until(deadline) <= 0)
            fail_msg("the saboteur has not found what it is to break");
        qdpi_live_sleep_ms(1);
    }
    return report;
}
