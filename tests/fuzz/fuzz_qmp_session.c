// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// Fuzz target: a whole session with a QMP peer that says anything. The bridge opens or fails with a
// sentence, its calls return what they promise, and closing it leaves nothing behind.
//
// The lines of the input are sent in turn, each when nobody can go on without it: the bridge's
// thread sleeps on the socket, and the caller waits for an answer or an event. So the peer needs
// neither a thread nor time, and the same input takes the same path. In a line
//   @  stands for the id of the oldest request without an answer
//   $  for the path of a RAM file of RAM_BYTES
//   \  at the end: no line end is sent, and the next line goes with it in one piece
// and a slash is none, so that the peer names no file but that one. After the last line it hangs
// up.

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "qemu_dpi.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
    RAM_BYTES = 0x10000,
    /// Nobody ever waits for so long, as the peer says the next thing or hangs up.
    PATIENCE_MS = 20000,
    RANGES_MAX = 64,
    EVENTS_MAX = 4096,
};

// ---- Where the socket and the RAM file are -----------------------------------------------------

static struct {
    char folder[256];
    char endpoint[64];
    char ram[64];
    int directory;
    int listener;
} place = {.directory = -1, .listener = -1};

static void remove_place(void)
{
    (void)unlinkat(place.directory, "qmp", 0);
    (void)unlinkat(place.directory, "ram", 0);
    (void)rmdir(place.folder);
}

static void make_place(void)
{
    const char *parent = getenv("TMPDIR");
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    (void)snprintf(place.folder, sizeof place.folder, "%s/fuzz-session-XXXXXX",
                   parent != NULL ? parent : "/tmp");
    if (mkdtemp(place.folder) == NULL || atexit(remove_place) != 0) {
        abort();
    }
    // However long the name of the folder is: the address of a socket has no room for it.
    place.directory = open(place.folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    (void)snprintf(address.sun_path, sizeof address.sun_path, "/proc/self/fd/%d/qmp",
                   place.directory);
    (void)snprintf(place.endpoint, sizeof place.endpoint, "qmp:/proc/self/fd/%d/qmp",
                   place.directory);
    (void)snprintf(place.ram, sizeof place.ram, "/proc/self/fd/%d/ram", place.directory);
    const int ram = openat(place.directory, "ram", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    place.listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (ram < 0 || ftruncate(ram, RAM_BYTES) != 0 || place.listener < 0 ||
        bind(place.listener, (struct sockaddr *)&address, sizeof address) != 0 ||
        listen(place.listener, 4) != 0) {
        abort();
    }
    (void)close(ram);
}

// ---- The peer ----------------------------------------------------------------------------------

struct peer {
    const char *line; /**< the next one; NULL: it has hung up */
    const char *end;
    int fd; /**< -1: nobody has been accepted yet */
    char requests[1 << 16];
    size_t received;
    char id[24];
};

static struct peer peer;

/// The ids of requests wait in the order in which they came. @return false: there is none.
static bool take_request(void)
{
    char *end = memchr(peer.requests, '\n', peer.received);

    if (end == NULL) {
        return false;
    }
    *end = '\0';
    const char *id = strstr(peer.requests, "\"id\"");
    (void)snprintf(peer.id, sizeof peer.id, "%lld",
                   id != NULL ? atoll(id + strcspn(id, "0123456789")) : -1LL);
    const size_t length = (size_t)(end - peer.requests) + 1;
    peer.received -= length;
    memmove(peer.requests, peer.requests + length, peer.received);
    return true;
}

static void receive_requests(void)
{
    ssize_t count;

    do {
        count = recv(peer.fd, peer.requests + peer.received, sizeof peer.requests - peer.received,
                     MSG_DONTWAIT);
        peer.received += count > 0 ? (size_t)count : 0;
    } while (count > 0 && peer.received < sizeof peer.requests);
}

static bool is_answer(const char *line, size_t length)
{
    return memmem(line, length, "\"return\"", 8) != NULL ||
           memmem(line, length, "\"error\"", 7) != NULL;
}

/// Append a line to what is sent. @return whether the next one goes with it.
static bool write_line(const char *line, size_t length, char *text, size_t room, size_t *size)
{
    const bool open = length > 0 && line[length - 1] == '\\';

    if (is_answer(line, length)) {
        (void)take_request();
    }
    for (size_t i = 0; i < length - (open ? 1 : 0) && *size + sizeof place.ram + 2 < room; i++) {
        const char c = (char)(line[i] == '/' ? '|' : line[i]);
        const char *insert = c == '@' ? peer.id : c == '$' ? place.ram : NULL;

        if (insert != NULL) {
            *size = (size_t)(stpcpy(text + *size, insert) - text);
        } else {
            text[(*size)++] = c;
        }
    }
    if (!open && *size + 2 < room) {
        text[(*size)++] = '\r';
        text[(*size)++] = '\n';
    }
    return open;
}

/// Nobody can go on: say the next thing.
static void speak(void)
{
    static char text[1 << 16];
    size_t size = 0;
    bool more = true;

    if (peer.fd < 0) {
        peer.fd = accept4(place.listener, NULL, NULL, SOCK_CLOEXEC);
    }
    receive_requests();
    while (more && peer.line != NULL && peer.line < peer.end) {
        const char *stop = memchr(peer.line, '\n', (size_t)(peer.end - peer.line));
        const size_t length = (size_t)((stop != NULL ? stop : peer.end) - peer.line);

        more = write_line(peer.line, length, text, sizeof text, &size);
        peer.line = stop != NULL ? stop + 1 : peer.end;
    }
    if (size > 0) {
        // All that was sent before has been read, so there is room.
        (void)send(peer.fd, text, size, MSG_NOSIGNAL | MSG_DONTWAIT);
    } else if (peer.line != NULL) {
        peer.line = NULL;
        (void)shutdown(peer.fd, SHUT_WR);
    }
}

// ---- When nobody can go on: the library's waits, which the linker leads here
// ---------------------

int __real_poll(struct pollfd *fds, nfds_t count, int timeout);
int __real_pthread_cond_timedwait(pthread_cond_t *condition, pthread_mutex_t *mutex,
                                  const struct timespec *deadline);
int __real_pthread_cond_broadcast(pthread_cond_t *condition);
int __real_pthread_cond_signal(pthread_cond_t *condition);
int __wrap_poll(struct pollfd *fds, nfds_t count, int timeout);
int __wrap_pthread_cond_timedwait(pthread_cond_t *condition, pthread_mutex_t *mutex,
                                  const struct timespec *deadline);
int __wrap_pthread_cond_broadcast(pthread_cond_t *condition);
int __wrap_pthread_cond_signal(pthread_cond_t *condition);

static struct {
    pthread_mutex_t mutex;
    pthread_t caller;
    const pthread_cond_t *awaited; /**< what the caller sleeps on, and nobody has woken it yet */
    const struct pollfd *asleep;   /**< what the bridge's thread sleeps on */
    nfds_t asleep_count;
} waits = {.mutex = PTHREAD_MUTEX_INITIALIZER};

static bool is_anything_ready(const struct pollfd *fds, nfds_t count)
{
    struct pollfd copy[4];
    int ready;

    if (count > 4) {
        abort();
    }
    memcpy(copy, fds, count * sizeof *fds);
    // libFuzzer's timer may come in between, and an interrupted look has seen nothing.
    do {
        ready = __real_poll(copy, count, 0);
    } while (ready < 0 && errno == EINTR);
    return ready != 0;
}

/// Under the mutex.
static void speak_if_nobody_can_go_on(void)
{
    if (waits.awaited != NULL && waits.asleep != NULL &&
        !is_anything_ready(waits.asleep, waits.asleep_count)) {
        speak();
    }
}

int __wrap_poll(struct pollfd *fds, nfds_t count, int timeout)
{
    if (timeout == 0 || count == 0) {
        return __real_poll(fds, count, timeout);
    }
    if (pthread_equal(pthread_self(), waits.caller)) {
        // It waits for the greeting, when there is no other thread yet.
        if (!is_anything_ready(fds, count)) {
            speak();
        }
        return __real_poll(fds, count, timeout);
    }
    pthread_mutex_lock(&waits.mutex);
    waits.asleep = fds;
    waits.asleep_count = count;
    speak_if_nobody_can_go_on();
    pthread_mutex_unlock(&waits.mutex);
    const int result = __real_poll(fds, count, timeout);
    const int reason = errno;
    pthread_mutex_lock(&waits.mutex);
    waits.asleep = NULL;
    pthread_mutex_unlock(&waits.mutex);
    errno = reason;
    return result;
}

int __wrap_pthread_cond_timedwait(pthread_cond_t *condition, pthread_mutex_t *mutex,
                                  const struct timespec *deadline)
{
    pthread_mutex_lock(&waits.mutex);
    waits.awaited = condition;
    speak_if_nobody_can_go_on();
    pthread_mutex_unlock(&waits.mutex);
    const int result = __real_pthread_cond_timedwait(condition, mutex, deadline);
    pthread_mutex_lock(&waits.mutex);
    waits.awaited = NULL;
    pthread_mutex_unlock(&waits.mutex);
    return result;
}

static void note_waking(const pthread_cond_t *condition)
{
    pthread_mutex_lock(&waits.mutex);
    waits.awaited = waits.awaited == condition ? NULL : waits.awaited;
    pthread_mutex_unlock(&waits.mutex);
}

int __wrap_pthread_cond_broadcast(pthread_cond_t *condition)
{
    note_waking(condition);
    return __real_pthread_cond_broadcast(condition);
}

int __wrap_pthread_cond_signal(pthread_cond_t *condition)
{
    note_waking(condition);
    return __real_pthread_cond_signal(condition);
}

// ---- The bridge --------------------------------------------------------------------------------

static void check_result(struct qdpi_bridge *bridge, int result)
{
    const char *sentence = qdpi_last_error(bridge);

    if (strlen(sentence) > 1024 || (result < 0 && sentence[0] == '\0')) {
        abort();
    }
}

/// Every range, at its ends and beyond, and an access that does not fit.
static void try_memory(struct qdpi_bridge *bridge)
{
    struct qdpi_memory_range ranges[RANGES_MAX];
    const int count = qdpi_map_get(bridge, ranges, RANGES_MAX);
    uint8_t bytes[128];

    if (count < 0) {
        check_result(bridge, count);
        return;
    }
    for (int i = 0; i < count && i < RANGES_MAX; i++) {
        const struct qdpi_memory_range *range = &ranges[i];

        if (range->first > range->last || (i > 0 && range->first <= ranges[i - 1].last) ||
            (range->path != NULL &&
             (strcmp(range->path, place.ram) != 0 || range->offset >= RAM_BYTES ||
              range->last - range->first >= RAM_BYTES - range->offset))) {
            abort();
        }
        check_result(bridge, qdpi_mem_read(bridge, range->first, bytes, 1));
        check_result(bridge, qdpi_mem_write(bridge, range->last, bytes, 1));
        check_result(bridge, qdpi_mem_read(bridge, range->last - 63, bytes, sizeof bytes));
        check_result(bridge, qdpi_mem_write(bridge, range->first - 63, bytes, sizeof bytes));
        uint64_t word;
        check_result(bridge, qdpi_mem_fetch_add64(bridge, range->first & ~UINT64_C(7), 1, &word));
    }
}

static void try_channel(struct qdpi_bridge *bridge)
{
    struct qdpi_paging paging;
    struct qdpi_translation translation;

    check_result(bridge, qdpi_irq_pulse(bridge, 5));
    check_result(bridge, qdpi_nmi(bridge));
    check_result(bridge, qdpi_fence(bridge, PATIENCE_MS));
    const int result = qdpi_cpu_paging(bridge, 0, &paging, PATIENCE_MS);
    check_result(bridge, result);
    if (result == 0) {
        check_result(bridge, qdpi_translate(bridge, &paging, 0xffff800000001000, QDPI_ACCESS_READ,
                                            &translation));
    }
    check_result(bridge, qdpi_guest_stop(bridge, PATIENCE_MS));
    check_result(bridge, qdpi_map_refresh(bridge));
}

/// The peer ends, so events do.
static void take_events(struct qdpi_bridge *bridge)
{
    struct qdpi_event event;
    int result = 1;
    bool lost = false;

    for (int i = 0; result == 1; i++) {
        result = qdpi_event_wait(bridge, PATIENCE_MS, &event);
        if (result == 1 && (lost || i > EVENTS_MAX || event.kind > QDPI_EVENT_OVERFLOW ||
                            (event.kind != QDPI_EVENT_DOORBELL && event.index != 0))) {
            abort();
        }
        lost = result == 1 && event.kind == QDPI_EVENT_LOST;
    }
    if (result != QDPI_ERR_LOST) {
        abort();
    }
}

static void use_bridge(void)
{
    struct qdpi_bridge *bridge;
    const int result = qdpi_open(place.endpoint, PATIENCE_MS, &bridge);

    if (bridge == NULL) {
        abort();
    }
    if (result == QDPI_ERR_TIMEOUT || result == QDPI_ERR_BUSY) {
        // Nobody may wait for a peer that has hung up.
        (void)fprintf(stderr, "after %d ms: %s (peer %d, %s)\n", PATIENCE_MS,
                      qdpi_last_error(bridge), peer.fd, peer.line == NULL ? "hung up" : "speaks");
        abort();
    }
    check_result(bridge, result);
    if (result == 0) {
        try_memory(bridge);
        try_channel(bridge);
        try_memory(bridge);
        take_events(bridge);
    }
    qdpi_close(bridge);
}

/// The lowest free file descriptor.
static int next_fd(void)
{
    const int fd = dup(STDERR_FILENO);

    (void)close(fd);
    return fd;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (place.directory < 0) {
        json_object_seed(1);
        (void)setenv("QEMU_DPI_STATS", "off", 1);
        make_place();
    }
    const int free_before = next_fd();
    peer = (struct peer){.line = (const char *)data, .end = (const char *)data + size, .fd = -1};
    waits.caller = pthread_self();
    use_bridge();
    peer.fd = peer.fd >= 0 ? peer.fd : accept4(place.listener, NULL, NULL, SOCK_CLOEXEC);
    // Also one that gave up before it heard anything: the next input must not meet it.
    while (peer.fd >= 0) {
        (void)close(peer.fd);
        peer.fd = accept4(place.listener, NULL, NULL, SOCK_CLOEXEC);
    }
    if (next_fd() != free_before) {
        abort();
    }
    return 0;
}
