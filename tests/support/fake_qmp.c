// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// A QMP server that does what a test tells it.

#ifndef _GNU_SOURCE
#define _GNU_SOURCE  // asprintf, accept4
#endif

#include "fake_qmp.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <linux/sockios.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "send_all.h"

#define KEY_MAX 128
#define RULES_MAX 64
#define PATIENCE_S 30

struct rule {
    char key[KEY_MAX];
    enum fake_qmp_manner manner;
    char *text;
    char *before;
};

struct fake_qmp {
    pthread_t thread;
    int listener; /**< -1: a pair */
    char *path;

    pthread_mutex_t writing; /**< whole messages only; taken before `mutex` */
    pthread_mutex_t mutex;   /**< of what follows */
    pthread_cond_t changed;
    int fd; /**< of the client; -1: none */
    bool stopping;
    char *greeting;
    size_t split;
    struct rule rules[RULES_MAX];
    size_t rule_count;
    char (*log)[KEY_MAX];
    size_t log_count;
    size_t log_capacity;
    json_int_t *kept; /**< ids of commands that await fake_qmp_release() */
    size_t kept_count;
    size_t connections;
};

static void *checked(void *memory)
{
    if (memory == NULL)
        abort();
    return memory;
}

static struct timespec patience(void)
{
    struct timespec end;

    clock_gettime(CLOCK_REALTIME, &end);
    end.tv_sec += PATIENCE_S;
    return end;
}

// ---- Sending -----------------------------------------------------------------------------------

/** Wait until the client has read everything. */
static void await_read(struct fake_qmp *fake, int fd)
{
    int unread = 1;

    while (ioctl(fd, SIOCOUTQ, &unread) == 0 && unread > 0) {
        struct pollfd peer = {.fd = fd, .events = POLLRDHUP};
        bool stopping;

        pthread_mutex_lock(&fake->mutex);
        stopping = fake->stopping;
        pthread_mutex_unlock(&fake->mutex);
        if (stopping || (poll(&peer, 1, 0) > 0 && (peer.revents & (POLLRDHUP | POLLHUP)) != 0))
            return;
        (void)sched_yield();
    }
}

bool fake_qmp_send(struct fake_qmp *fake, const char *bytes, size_t size)
{
    size_t first;
    bool sent;
    int fd;

    pthread_mutex_lock(&fake->writing);
    pthread_mutex_lock(&fake->mutex);
    fd = fake->fd;
    first = fake->split > 0 && fake->split < size ? fake->split : size;
    pthread_mutex_unlock(&fake->mutex);
    sent = fd >= 0 && send_all(fd, bytes, first);
    if (sent && first < size) {
        await_read(fake, fd);
        sent = send_all(fd, bytes + first, size - first);
    }
    pthread_mutex_unlock(&fake->writing);
    return sent;
}

bool fake_qmp_event(struct fake_qmp *fake, const char *name, const char *data)
{
    char *text = NULL;
    int length = data != NULL ? asprintf(&text, "{\"event\": \"%s\", \"data\": %s}\r\n", name, data)
                              : asprintf(&text, "{\"event\": \"%s\"}\r\n", name);
    bool sent = length > 0 && fake_qmp_send(fake, text, (size_t)length);

    free(text);
    return sent;
}

bool fake_qmp_doorbells(struct fake_qmp *fake, uint64_t first, size_t count)
{
    enum { BATCH = 256, LONGEST = 192 };
    char *text = checked(malloc((size_t)BATCH * LONGEST));
    bool sent = true;

    for (size_t done = 0; done < count && sent;) {
        size_t length = 0;

        for (size_t i = 0; i < BATCH && done < count; i++, done++) {
            const uint64_t value = first + done;

            length += (size_t)snprintf(
                text + length, LONGEST,
                "{\"event\": \"ACPI_DEVICE_OST\", \"data\": {\"info\": {\"slot\": \"%u\", "
                "\"slot-type\": \"DIMM\", \"source\": %" PRIu32 ", \"status\": %" PRIu32 "}}}\r\n",
                (unsigned)(value % 8), (uint32_t)value, (uint32_t)(value >> 32));
        }
        sent = fake_qmp_send(fake, text, length);
    }
    free(text);
    return sent;
}

// ---- Answering ---------------------------------------------------------------------------------

static struct rule *find_rule(struct fake_qmp *fake, const char *key, bool exactly)
{
    struct rule *found = NULL;

    for (size_t i = 0; i < fake->rule_count; i++) {
        struct rule *rule = &fake->rules[i];
        const bool fits =
            exactly ? strcmp(key, rule->key) == 0 : strncmp(key, rule->key, strlen(rule->key)) == 0;

        if (fits && (found == NULL || strlen(rule->key) > strlen(found->key)))
            found = rule;
    }
    return found;
}

static void make_key(const json_t *message, char *key)
{
    const char *name = json_string_value(json_object_get(message, "execute"));
    const json_t *arguments = json_object_get(message, "arguments");
    const char *line = json_string_value(json_object_get(arguments, "command-line"));
    const char *path = json_string_value(json_object_get(arguments, "path"));
    const char *property = json_string_value(json_object_get(arguments, "property"));

    if (line != NULL)
        (void)snprintf(key, KEY_MAX, "hmp:%s", line);
    else if (path != NULL)
        (void)snprintf(key, KEY_MAX, "%s:%s %s", name, path, property != NULL ? property : "");
    else
        (void)snprintf(key, KEY_MAX, "%s", name != NULL ? name : "?");
}

/** Note the command. Under the mutex. */
static void take_down(struct fake_qmp *fake, const char *key)
{
    if (fake->log_count == fake->log_capacity) {
        fake->log_capacity = fake->log_capacity == 0 ? 256 : 2 * fake->log_capacity;
        fake->log = checked(realloc(fake->log, fake->log_capacity * sizeof *fake->log));
    }
    memcpy(fake->log[fake->log_count++], key, KEY_MAX);
    pthread_cond_broadcast(&fake->changed);
}

/** @return false: hang up. */
static bool answer(struct fake_qmp *fake, const json_t *message)
{
    const json_int_t id = json_integer_value(json_object_get(message, "id"));
    char key[KEY_MAX] = "";
    const struct rule *rule;
    enum fake_qmp_manner manner = FAKE_QMP_ANSWER;
    char *text = NULL;
    int length = 0;

    make_key(message, key);
    pthread_mutex_lock(&fake->mutex);
    rule = find_rule(fake, key, false);
    if (rule != NULL)
        manner = rule->manner;
    if (manner == FAKE_QMP_ANSWER) {
        length = asprintf(&text, "%s{%s, \"id\": %" JSON_INTEGER_FORMAT "}\r\n",
                          rule != NULL && rule->before != NULL ? rule->before : "",
                          rule == NULL         ? "\"error\": {\"class\": \"CommandNotFound\", "
                                                 "\"desc\": \"unknown to the fake\"}"
                          : rule->text == NULL ? "\"return\": {}"
                                               : rule->text,
                          id);
    } else if (manner == FAKE_QMP_SILENT) {
        fake->kept = checked(realloc(fake->kept, (fake->kept_count + 1) * sizeof *fake->kept));
        fake->kept[fake->kept_count++] = id;
    } else if (rule->text != NULL) {
        length = asprintf(&text, "%s", rule->text);
    }
    take_down(fake, key);
    pthread_mutex_unlock(&fake->mutex);
    if (length > 0)
        (void)fake_qmp_send(fake, text, (size_t)length);
    free(text);
    return manner != FAKE_QMP_HANG_UP;
}

void fake_qmp_release(struct fake_qmp *fake)
{
    json_int_t *kept;
    size_t count;
    int fd;

    // All the while, so that no answer to a later command comes in between.
    pthread_mutex_lock(&fake->writing);
    pthread_mutex_lock(&fake->mutex);
    for (size_t i = 0; i < fake->rule_count; i++) {
        if (fake->rules[i].manner == FAKE_QMP_SILENT)
            fake->rules[i].manner = FAKE_QMP_ANSWER;
    }
    kept = fake->kept;
    count = fake->kept_count;
    fake->kept = NULL;
    fake->kept_count = 0;
    fd = fake->fd;
    pthread_mutex_unlock(&fake->mutex);
    for (size_t i = 0; i < count && fd >= 0; i++) {
        char text[64];
        int length = snprintf(text, sizeof text,
                              "{\"return\": {}, \"id\": %" JSON_INTEGER_FORMAT "}\r\n", kept[i]);
        (void)send_all(fd, text, (size_t)length);
    }
    pthread_mutex_unlock(&fake->writing);
    free(kept);
}

/** Serve the client until it leaves or is to be left. One command is one line. */
static void serve(struct fake_qmp *fake, int fd)
{
    char buffer[16384];
    size_t length = 0;
    bool stays = true;

    while (stays) {
        ssize_t count = recv(fd, buffer + length, sizeof buffer - length, 0);
        char *line = buffer;
        char *end;

        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            return;
        length += (size_t)count;
        while (stays && (end = memchr(line, '\n', length - (size_t)(line - buffer))) != NULL) {
            json_t *message = json_loadb(line, (size_t)(end - line), 0, NULL);

            if (message == NULL)
                return;
            stays = answer(fake, message);
            json_decref(message);
            line = end + 1;
        }
        length -= (size_t)(line - buffer);
        memmove(buffer, line, length);
    }
}

static void set_client(struct fake_qmp *fake, int fd)
{
    pthread_mutex_lock(&fake->mutex);
    fake->fd = fd;
    fake->connections += fd >= 0 ? 1 : 0;
    fake->kept_count = 0;
    if (fd >= 0 && fake->stopping)
        (void)shutdown(fd, SHUT_RDWR);
    pthread_cond_broadcast(&fake->changed);
    pthread_mutex_unlock(&fake->mutex);
}

static void greet_client(struct fake_qmp *fake)
{
    char *greeting;

    pthread_mutex_lock(&fake->mutex);
    greeting = fake->greeting != NULL ? checked(strdup(fake->greeting)) : NULL;
    pthread_mutex_unlock(&fake->mutex);
    if (greeting != NULL)
        (void)fake_qmp_send(fake, greeting, strlen(greeting));
    free(greeting);
}

static void leave_client(struct fake_qmp *fake, int fd)
{
    // First out of the way of those who are blocked in sending.
    (void)shutdown(fd, SHUT_RDWR);
    pthread_mutex_lock(&fake->writing);
    set_client(fake, -1);
    pthread_mutex_unlock(&fake->writing);
    (void)close(fd);
}

static void *server(void *argument)
{
    struct fake_qmp *fake = argument;
    int fd;

    if (fake->listener < 0) {
        fd = fake->fd;
        serve(fake, fd);
        leave_client(fake, fd);
        return NULL;
    }
    while ((fd = accept4(fake->listener, NULL, NULL, SOCK_CLOEXEC)) >= 0) {
        set_client(fake, fd);
        greet_client(fake);
        serve(fake, fd);
        leave_client(fake, fd);
    }
    return NULL;
}

// ---- Control -----------------------------------------------------------------------------------

static struct fake_qmp *start(int listener, const char *path, int fd)
{
    struct fake_qmp *fake = checked(calloc(1, sizeof *fake));

    fake->listener = listener;
    fake->path = path != NULL ? checked(strdup(path)) : NULL;
    fake->fd = fd;
    fake->connections = fd >= 0 ? 1 : 0;
    fake->greeting = checked(strdup(FAKE_QMP_GREETING));
    pthread_mutex_init(&fake->writing, NULL);
    pthread_mutex_init(&fake->mutex, NULL);
    pthread_cond_init(&fake->changed, NULL);
    fake_qmp_set(fake, "qmp_capabilities", FAKE_QMP_ANSWER, NULL);
    if (pthread_create(&fake->thread, NULL, server, fake) != 0)
        abort();
    return fake;
}

struct fake_qmp *fake_qmp_pair(int *client_fd)
{
    int fds[2];

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) != 0)
        return NULL;
    *client_fd = fds[0];
    return start(-1, NULL, fds[1]);
}

struct fake_qmp *fake_qmp_listen(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    (void)snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    (void)unlink(path);
    if (fd < 0 || bind(fd, (const struct sockaddr *)&address, sizeof address) != 0 ||
        listen(fd, 1) != 0) {
        if (fd >= 0)
            (void)close(fd);
        return NULL;
    }
    return start(fd, path, -1);
}

void fake_qmp_hang_up(struct fake_qmp *fake)
{
    pthread_mutex_lock(&fake->mutex);
    if (fake->fd >= 0)
        (void)shutdown(fake->fd, SHUT_RDWR);
    pthread_mutex_unlock(&fake->mutex);
}

void fake_qmp_stop(struct fake_qmp *fake)
{
    if (fake == NULL)
        return;
    pthread_mutex_lock(&fake->mutex);
    fake->stopping = true;
    if (fake->fd >= 0)
        (void)shutdown(fake->fd, SHUT_RDWR);
    if (fake->listener >= 0)
        (void)shutdown(fake->listener, SHUT_RDWR);
    pthread_mutex_unlock(&fake->mutex);
    (void)pthread_join(fake->thread, NULL);
    if (fake->listener >= 0)
        (void)close(fake->listener);
    if (fake->path != NULL)
        (void)unlink(fake->path);
    for (size_t i = 0; i < fake->rule_count; i++) {
        free(fake->rules[i].text);
        free(fake->rules[i].before);
    }
    pthread_cond_destroy(&fake->changed);
    pthread_mutex_destroy(&fake->mutex);
    pthread_mutex_destroy(&fake->writing);
    free(fake->kept);
    free(fake->log);
    free(fake->greeting);
    free(fake->path);
    free(fake);
}

static void replace(char **text, const char *by)
{
    free(*text);
    *text = by != NULL ? checked(strdup(by)) : NULL;
}

void fake_qmp_greet(struct fake_qmp *fake, const char *text)
{
    pthread_mutex_lock(&fake->mutex);
    replace(&fake->greeting, text);
    pthread_mutex_unlock(&fake->mutex);
    if (fake->listener < 0)
        greet_client(fake);
}

/** The rule of exactly this key, made if there is none. Under the mutex. */
static struct rule *rule_of(struct fake_qmp *fake, const char *key)
{
    struct rule *rule = find_rule(fake, key, true);

    if (rule == NULL) {
        if (fake->rule_count == RULES_MAX)
            abort();
        rule = &fake->rules[fake->rule_count++];
        (void)snprintf(rule->key, sizeof rule->key, "%s", key);
    }
    return rule;
}

void fake_qmp_set(struct fake_qmp *fake, const char *key, enum fake_qmp_manner manner,
                  const char *text)
{
    struct rule *rule;

    pthread_mutex_lock(&fake->mutex);
    rule = rule_of(fake, key);
    rule->manner = manner;
    replace(&rule->text, text);
    pthread_mutex_unlock(&fake->mutex);
}

void fake_qmp_set_string(struct fake_qmp *fake, const char *key, const char *string)
{
    json_t *value = checked(json_string(string));
    char *json = checked(json_dumps(value, JSON_ENCODE_ANY));
    char *text = NULL;

    if (asprintf(&text, "\"return\": %s", json) < 0)
        abort();
    fake_qmp_set(fake, key, FAKE_QMP_ANSWER, text);
    free(text);
    free(json);
    json_decref(value);
}

void fake_qmp_set_error(struct fake_qmp *fake, const char *key, const char *description)
{
    char text[256];

    (void)snprintf(text, sizeof text, "\"error\": {\"class\": \"GenericError\", \"desc\": \"%s\"}",
                   description);
    fake_qmp_set(fake, key, FAKE_QMP_ANSWER, text);
}

void fake_qmp_precede(struct fake_qmp *fake, const char *key, const char *text)
{
    pthread_mutex_lock(&fake->mutex);
    replace(&rule_of(fake, key)->before, text);
    pthread_mutex_unlock(&fake->mutex);
}

void fake_qmp_split(struct fake_qmp *fake, size_t at)
{
    pthread_mutex_lock(&fake->mutex);
    fake->split = at;
    pthread_mutex_unlock(&fake->mutex);
}

/** Under the mutex. */
static size_t count_commands(const struct fake_qmp *fake, const char *key)
{
    size_t count = 0;

    for (size_t i = 0; i < fake->log_count; i++)
        count += strncmp(fake->log[i], key, strlen(key)) == 0 ? 1 : 0;
    return count;
}

size_t fake_qmp_count(struct fake_qmp *fake, const char *key)
{
    size_t count;

    pthread_mutex_lock(&fake->mutex);
    count = count_commands(fake, key);
    pthread_mutex_unlock(&fake->mutex);
    return count;
}

bool fake_qmp_await(struct fake_qmp *fake, const char *key, size_t count)
{
    const struct timespec end = patience();
    size_t have = 0;
    size_t seen = 0;
    int result = 0;

    pthread_mutex_lock(&fake->mutex);
    for (;;) {
        for (; seen < fake->log_count; seen++)
            have += strncmp(fake->log[seen], key, strlen(key)) == 0 ? 1 : 0;
        if (have >= count || result != 0)
            break;
        result = pthread_cond_timedwait(&fake->changed, &fake->mutex, &end);
    }
    pthread_mutex_unlock(&fake->mutex);
    return have >= count;
}

bool fake_qmp_nth(struct fake_qmp *fake, const char *key, size_t position, char *copy, size_t size)
{
    bool found = false;

    pthread_mutex_lock(&fake->mutex);
    for (size_t i = 0; i < fake->log_count && !found; i++) {
        if (strncmp(fake->log[i], key, strlen(key)) == 0 && position-- == 0) {
            (void)snprintf(copy, size, "%s", fake->log[i]);
            found = true;
        }
    }
    pthread_mutex_unlock(&fake->mutex);
    return found;
}

size_t fake_qmp_connections(struct fake_qmp *fake)
{
    size_t count;

    pthread_mutex_lock(&fake->mutex);
    count = fake->connections;
    pthread_mutex_unlock(&fake->mutex);
    return count;
}

bool fake_qmp_await_gone(struct fake_qmp *fake)
{
    const struct timespec end = patience();
    int result = 0;
    bool gone;

    pthread_mutex_lock(&fake->mutex);
    while (fake->fd >= 0 && result == 0)
        result = pthread_cond_timedwait(&fake->changed, &fake->mutex, &end);
    gone = fake->fd < 0;
    pthread_mutex_unlock(&fake->mutex);
    return gone;
}
