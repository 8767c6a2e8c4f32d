// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// The redirected calls, and which of them fail.

#include "fault_injection.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/types.h>

#define SITES_MAX 512

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;  // of the following
static struct fault_plan plan;
static uint64_t counted;
static uint64_t failed;
static int64_t live;
static const void *sites[SITES_MAX];
static size_t site_count;

static _Thread_local bool in_library;
static _Thread_local bool in_parser;

static void note_site(const void *site)
{
    for (size_t i = 0; i < site_count; i++) {
        if (sites[i] == site)
            return;
    }
    if (site_count < SITES_MAX)
        sites[site_count++] = site;
}

/** Whether this call, made from `site`, is to fail. If so, errno says why. */
static bool fails(enum fault_call call, const void *site)
{
    bool result = false;

    if (!in_library)
        return false;
    pthread_mutex_lock(&mutex);
    if ((plan.calls & 1U << call) != 0) {
        counted++;
        result = counted >= plan.first && counted <= plan.last;
    }
    if (result) {
        failed++;
        note_site(site);
        errno = plan.error;
    }
    pthread_mutex_unlock(&mutex);
    return result;
}

#define FAILS(call) fails((call), __builtin_return_address(0))

void fault_injection_arm(const struct fault_plan *new_plan)
{
    pthread_mutex_lock(&mutex);
    plan = *new_plan;
    counted = 0;
    failed = 0;
    pthread_mutex_unlock(&mutex);
}

uint64_t fault_injection_disarm(void)
{
    uint64_t count;

    pthread_mutex_lock(&mutex);
    plan.calls = 0;
    count = failed;
    pthread_mutex_unlock(&mutex);
    return count;
}

int64_t fault_injection_live(void)
{
    int64_t count;

    pthread_mutex_lock(&mutex);
    count = live;
    pthread_mutex_unlock(&mutex);
    return count;
}

size_t fault_injection_sites(void)
{
    size_t count;

    pthread_mutex_lock(&mutex);
    count = site_count;
    pthread_mutex_unlock(&mutex);
    return count;
}

void fault_injection_enter(void)
{
    in_library = true;
}

int fault_injection_leave(int result)
{
    in_library = false;
    return result;
}

// ---- Allocations -------------------------------------------------------------------------------

void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__real_realloc(void *memory, size_t size);
void *__wrap_realloc(void *memory, size_t size);
char *__real_strdup(const char *text);
char *__wrap_strdup(const char *text);
void __real_free(void *memory);
void __wrap_free(void *memory);

static void *count_live(void *memory, int64_t change)
{
    if (in_library && memory != NULL) {
        pthread_mutex_lock(&mutex);
        live += change;
        pthread_mutex_unlock(&mutex);
    }
    return memory;
}

void *__wrap_malloc(size_t size)
{
    return FAILS(FAULT_ALLOCATION) ? NULL : count_live(__real_malloc(size), 1);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return FAILS(FAULT_ALLOCATION) ? NULL : count_live(__real_calloc(count, size), 1);
}

void *__wrap_realloc(void *memory, size_t size)
{
    const bool is_new = memory == NULL;

    if (FAILS(FAULT_ALLOCATION))
        return NULL;
    memory = __real_realloc(memory, size);
    return is_new ? count_live(memory, 1) : memory;
}

char *__wrap_strdup(const char *text)
{
    return FAILS(FAULT_ALLOCATION) ? NULL : count_live(__real_strdup(text), 1);
}

void __wrap_free(void *memory)
{
    (void)count_live(memory, -1);
    __real_free(memory);
}

ssize_t __real___getdelim(char **line, size_t *size, int end, FILE *file);
ssize_t __wrap___getdelim(char **line, size_t *size, int end, FILE *file);
ssize_t __wrap_getline(char **line, size_t *size, FILE *file);

/** The C library allocates the line, which is then the caller's to free. */
ssize_t __wrap___getdelim(char **line, size_t *size, int end, FILE *file)
{
    const bool allocates = *line == NULL;
    ssize_t length;

    if (allocates && FAILS(FAULT_ALLOCATION))
        return -1;
    length = __real___getdelim(line, size, end, file);
    if (allocates)
        (void)count_live(*line, 1);
    return length;
}

/** What it is without optimisation. */
ssize_t __wrap_getline(char **line, size_t *size, FILE *file)
{
    return __wrap___getdelim(line, size, '\n', file);
}

json_t *__real_json_loadb(const char *bytes, size_t size, size_t flags, json_error_t *error);
json_t *__wrap_json_loadb(const char *bytes, size_t size, size_t flags, json_error_t *error);

/** Inside the JSON library's parser nothing fails: it would abort. The library makes sure of the
 *  memory beforehand, and that may fail. */
json_t *__wrap_json_loadb(const char *bytes, size_t size, size_t flags, json_error_t *error)
{
    json_t *message;

    in_parser = true;
    message = __real_json_loadb(bytes, size, flags, error);
    in_parser = false;
    return message;
}

static void *json_allocate(size_t size)
{
    return !in_parser && FAILS(FAULT_JSON_ALLOCATION) ? NULL : count_live(__real_malloc(size), 1);
}

void fault_injection_start(void)
{
    json_set_alloc_funcs(json_allocate, __wrap_free);
}

// ---- System calls ------------------------------------------------------------------------------

/** Define the redirected form of a call that says by -1 that it has failed. */
#define WRAP(call, type, name, failure, parameters, arguments)                                     \
    type __real_##name parameters;                                                                 \
    type __wrap_##name parameters;                                                                 \
    type __wrap_##name parameters                                                                  \
    {                                                                                              \
        return FAILS(call) ? (failure) : __real_##name arguments;                                  \
    }

WRAP(FAULT_MMAP, void *, mmap, MAP_FAILED,
     (void *address, size_t size, int protection, int flags, int fd, off_t offset),
     (address, size, protection, flags, fd, offset))
WRAP(FAULT_FSTAT, int, fstat, -1, (int fd, struct stat *status), (fd, status))
WRAP(FAULT_STAT, int, stat, -1, (const char *path, struct stat *status), (path, status))
WRAP(FAULT_OPENDIR, DIR *, opendir, NULL, (const char *path), (path))
WRAP(FAULT_SOCKET, int, socket, -1, (int domain, int type, int protocol), (domain, type, protocol))
WRAP(FAULT_CONNECT, int, connect, -1, (int fd, const struct sockaddr *address, socklen_t size),
     (fd, address, size))
WRAP(FAULT_EVENTFD, int, eventfd, -1, (unsigned count, int flags), (count, flags))
WRAP(FAULT_POLL, int, poll, -1, (struct pollfd * fds, nfds_t count, int timeout_ms),
     (fds, count, timeout_ms))
WRAP(FAULT_READ, ssize_t, read, -1, (int fd, void *bytes, size_t size), (fd, bytes, size))
WRAP(FAULT_FLOCK, int, flock, -1, (int fd, int operation), (fd, operation))
WRAP(FAULT_UNLINK, int, unlink, -1, (const char *path), (path))

int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);
ssize_t __real_recv(int fd, void *bytes, size_t size, int flags);
ssize_t __wrap_recv(int fd, void *bytes, size_t size, int flags);
ssize_t __real_send(int fd, const void *bytes, size_t size, int flags);
ssize_t __wrap_send(int fd, const void *bytes, size_t size, int flags);
ssize_t __real_write(int fd, const void *bytes, size_t size);
ssize_t __wrap_write(int fd, const void *bytes, size_t size);

int __wrap_open(const char *path, int flags, ...)
{
    mode_t mode = 0;

    if ((flags & O_CREAT) != 0) {
        va_list arguments;

        va_start(arguments, flags);
        mode = va_arg(arguments, mode_t);
        va_end(arguments);
    }
    return FAILS(FAULT_OPEN) ? -1 : __real_open(path, flags, mode);
}

ssize_t __wrap_recv(int fd, void *bytes, size_t size, int flags)
{
    if (!FAILS(FAULT_RECV))
        return __real_recv(fd, bytes, size, flags);
    return errno != FAULT_SHORT ? -1 : __real_recv(fd, bytes, 1, flags);
}

ssize_t __wrap_send(int fd, const void *bytes, size_t size, int flags)
{
    if (!FAILS(FAULT_SEND))
        return __real_send(fd, bytes, size, flags);
    return errno != FAULT_SHORT ? -1 : __real_send(fd, bytes, 1, flags);
}

ssize_t __wrap_write(int fd, const void *bytes, size_t size)
{
    return FAILS(size == sizeof(uint64_t) ? FAULT_WAKE : FAULT_WRITE)
               ? -1
               : __real_write(fd, bytes, size);
}

// ---- Threads -----------------------------------------------------------------------------------

struct thread_start {
    void *(*function)(void *);
    void *argument;
};

int __real_pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
                          void *(*function)(void *), void *argument);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
                          void *(*function)(void *), void *argument);

static void *run_in_library(void *argument)
{
    const struct thread_start start = *(struct thread_start *)argument;

    __real_free(argument);
    in_library = true;
    return start.function(start.argument);
}

int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
                          void *(*function)(void *), void *argument)
{
    struct thread_start *start;
    int result;

    if (!in_library)
        return __real_pthread_create(thread, attributes, function, argument);
    if (FAILS(FAULT_PTHREAD_CREATE))
        return errno;
    start = __real_malloc(sizeof *start);
    if (start == NULL)
        return EAGAIN;
    *start = (struct thread_start){.function = function, .argument = argument};
    result = __real_pthread_create(thread, attributes, run_in_library, start);
    if (result != 0)
        __real_free(start);
    return result;
}
