// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// A real QEMU for one test. Nothing here uses the library's own QMP code: it is what the library is
// compared with.

// vasprintf() is an extension.
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include "live_qemu.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "qdpi_cmocka.h"

#define SHARED_MEMORY "/dev/shm"
#define START_MS 20000U
#define MONITOR_SECONDS 20
#define ATTACH_MS 20000U
#define ARGUMENTS_MAX 96
#define LOG_SHOWN 2000

// ---- Time --------------------------------------------------------------------------------------

void qdpi_live_sleep_ms(unsigned milliseconds)
{
    (void)poll(NULL, 0, (int)milliseconds);
}

uint64_t qdpi_live_in_ms(unsigned milliseconds)
{
    return qdpi_clock_us() + (uint64_t)milliseconds * 1000U;
}

long qdpi_live_ms_until(uint64_t moment_us)
{
    return ((long)moment_us - (long)qdpi_clock_us()) / 1000;
}

// ---- Directories -------------------------------------------------------------------------------

void qdpi_live_prepare(struct qdpi_live_qemu *qemu)
{
    if (qemu->scratch.path[0] == '\0' && qdpi_scratch_make(SHARED_MEMORY, &qemu->scratch) != 0)
        fail_msg("make a directory in " SHARED_MEMORY ": %s", strerror(errno));
}

void qdpi_live_path(const struct qdpi_live_qemu *qemu, const char *name,
                    char path[QDPI_LIVE_PATH_MAX])
{
    int length = snprintf(path, QDPI_LIVE_PATH_MAX, "%s/%s", qemu->scratch.path, name);

    assert_true(length > 0 && length < QDPI_LIVE_PATH_MAX);
}

// ---- The process -------------------------------------------------------------------------------

static const char *program(void)
{
    const char *chosen = getenv("QEMU");

    return chosen != NULL && chosen[0] != '\0' ? chosen : "qemu-system-x86_64";
}

bool qdpi_live_is_installed(void)
{
    const char *name = program();
    const char *path = getenv("PATH");
    char file[4096];

    if (strchr(name, '/') != NULL)
        return access(name, X_OK) == 0;
    while (path != NULL && *path != '\0') {
        size_t length = strcspn(path, ":");

        (void)snprintf(file, sizeof file, "%.*s/%s", (int)length, path, name);
        if (access(file, X_OK) == 0)
            return true;
        path += length + (path[length] == ':' ? 1 : 0);
    }
    return false;
}

static const char *guest_program(void)
{
    const char *chosen = getenv("QDPI_TEST_GUEST");

#ifdef QDPI_TEST_GUEST_DEFAULT
    if (chosen == NULL)
        chosen = QDPI_TEST_GUEST_DEFAULT;
#endif
    if (chosen == NULL || access(chosen, R_OK) != 0) {
        fail_msg("the guest program %s cannot be read; let QDPI_TEST_GUEST name guest_memory.elf",
                 chosen != NULL ? chosen : "(none)");
    }
    return chosen;
}

struct arguments {
    char *words[ARGUMENTS_MAX];
    size_t count;
};

__attribute__((format(printf, 2, 3))) static void add(struct arguments *arguments,
                                                      const char *format, ...)
{
    va_list values;
    char *word;
    int length;

    va_start(values, format);
    length = vasprintf(&word, format, values);
    va_end(values);
    assert_true(length >= 0 && arguments->count + 1 < ARGUMENTS_MAX);
    arguments->words[arguments->count++] = word;
    arguments->words[arguments->count] = NULL;
}

static void add_with_directory(struct arguments *arguments, const char *word, const char *directory)
{
    static const char mark[] = "{dir}";
    const char *found = strstr(word, mark);

    if (found == NULL)
        add(arguments, "%s", word);
    else
        add(arguments, "%.*s%s%s", (int)(found - word), word, directory, found + strlen(mark));
}

static void add_memory(struct arguments *arguments, const struct qdpi_live_options *options,
                       const char *directory)
{
    const char *ram = options->ram != NULL ? options->ram : "512M";

    add(arguments, "-machine");
    add(arguments, "%s,memory-backend=mem", options->machine != NULL ? options->machine : "pc");
    add(arguments, "-object");
    add(arguments, "memory-backend-file,id=mem,size=%s,mem-path=%s/ram,share=on", ram, directory);
    add(arguments, "-m");
    add(arguments, options->without_slots ? "%s" : "%s,slots=64,maxmem=16G", ram);
}

static void add_all(struct arguments *arguments, const struct qdpi_live_options *options,
                    const char *directory)
{
    static const char *const fixed[] = {
        "-nodefaults", "-no-user-config",
        "-display",    "none",
        "-qmp",        "unix:{dir}/bridge.sock,server=on,wait=off",
        "-qmp",        "unix:{dir}/tools.sock,server=on,wait=off",
        "-serial",     "file:{dir}/console.log",
        "-device",     "isa-debug-exit,iobase=0xf4,iosize=0x04",
    };

    add(arguments, "%s", program());
    for (size_t i = 0; i < sizeof fixed / sizeof fixed[0]; i++)
        add_with_directory(arguments, fixed[i], directory);
    add(arguments, "-accel");
    add(arguments, "%s", options->accel != NULL ? options->accel : "tcg");
    add(arguments, "-smp");
    add(arguments, "%s", options->smp != NULL ? options->smp : "1,maxcpus=2");
    if (!options->own_memory)
        add_memory(arguments, options, directory);
    if (!options->without_lines) {
        add(arguments, "-device");
        add(arguments, "pc-testdev");
    }
    if (options->paused)
        add(arguments, "-S");
    if (options->guest) {
        add(arguments, "-kernel");
        add(arguments, "%s", guest_program());
    }
    for (size_t i = 0; options->extra != NULL && options->extra[i] != NULL; i++)
        add_with_directory(arguments, options->extra[i], directory);
}

/** Between fork() and exec(): only what a signal handler may call. */
_Noreturn static void become(char *const *arguments, int log, pid_t parent)
{
    const int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);

    // QEMU goes with the test, however the test ends.
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() == parent && dup2(nothing, STDIN_FILENO) >= 0 && dup2(log, STDOUT_FILENO) >= 0 &&
        dup2(log, STDERR_FILENO) >= 0)
        (void)execvp(arguments[0], arguments);
    _exit(127);
}

void qdpi_live_launch(struct qdpi_live_qemu *qemu, const struct qdpi_live_options *options)
{
    struct arguments arguments = {.count = 0};
    const pid_t parent = getpid();
    char path[QDPI_LIVE_PATH_MAX];
    int log;

    assert_int_equal(qemu->pid, 0);
    qdpi_live_prepare(qemu);
    add_all(&arguments, options, qemu->scratch.path);
    qdpi_live_path(qemu, "qemu.log", path);
    log = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    assert_true(log >= 0);
    qemu->pid = fork();
    if (qemu->pid == 0)
        become(arguments.words, log, parent);
    (void)close(log);
    for (size_t i = 0; i < arguments.count; i++)
        free(arguments.words[i]);
    if (qemu->pid < 0) {
        qemu->pid = 0;
        fail_msg("fork: %s", strerror(errno));
    }
}

static void print_log(const struct qdpi_live_qemu *qemu)
{
    char path[QDPI_LIVE_PATH_MAX];
    char text[LOG_SHOWN + 1];
    size_t length;
    FILE *log;

    qdpi_live_path(qemu, "qemu.log", path);
    log = fopen(path, "re");
    if (log == NULL)
        return;
    length = fread(text, 1, LOG_SHOWN, log);
    text[length] = '\0';
    print_error("qemu.log: %s\n", text);
    (void)fclose(log);
}

static bool has_ended(struct qdpi_live_qemu *qemu, int *status)
{
    if (waitpid(qemu->pid, status, WNOHANG) != qemu->pid)
        return false;
    qemu->pid = 0;
    return true;
}

void qdpi_live_kill(struct qdpi_live_qemu *qemu)
{
    int status;

    if (qemu->pid <= 0)
        return;
    (void)kill(qemu->pid, SIGKILL);
    while (waitpid(qemu->pid, &status, 0) < 0 && errno == EINTR)
        continue;
    qemu->pid = 0;
}

/** @return whether it ends in that time. */
static bool ends_within(struct qdpi_live_qemu *qemu, unsigned timeout_ms, int *status)
{
    const uint64_t deadline = qdpi_live_in_ms(timeout_ms);

    while (!has_ended(qemu, status)) {
        if (qdpi_live_ms_until(deadline) <= 0)
            return false;
        qdpi_live_sleep_ms(5);
    }
    return true;
}

int qdpi_live_await_end(struct qdpi_live_qemu *qemu, unsigned timeout_ms)
{
    int status = 0;

    if (!ends_within(qemu, timeout_ms, &status))
        fail_msg("QEMU (pid %ld) has not ended in %u ms", (long)qemu->pid, timeout_ms);
    return status;
}

bool qdpi_live_tidies_up(struct qdpi_live_qemu *qemu, unsigned timeout_ms)
{
    int status = 0;

    if (ends_within(qemu, timeout_ms, &status))
        return true;
    qdpi_live_kill(qemu);
    return false;
}

long qdpi_live_resident_kib(pid_t pid)
{
    char path[64];
    long pages = -1;
    FILE *file;

    if (pid == 0)
        pid = getpid();
    (void)snprintf(path, sizeof path, "/proc/%ld/statm", (long)pid);
    file = fopen(path, "re");
    assert_non_null(file);
    assert_int_equal(fscanf(file, "%*d %ld", &pages), 1);
    (void)fclose(file);
    return pages * (sysconf(_SC_PAGESIZE) / 1024);
}

// ---- Its monitor -------------------------------------------------------------------------------

/** @return a stream of tools.sock, NULL: nobody listens. */
static FILE *connect_tools(const struct qdpi_live_qemu *qemu)
{
    const struct timeval patience = {.tv_sec = MONITOR_SECONDS, .tv_usec = 0};
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    FILE *stream = NULL;

    (void)snprintf(address.sun_path, sizeof address.sun_path, "%s/tools.sock", qemu->scratch.path);
    if (fd >= 0 && connect(fd, (const struct sockaddr *)&address, sizeof address) == 0 &&
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) == 0)
        stream = fdopen(fd, "r+e");
    if (stream == NULL && fd >= 0)
        (void)close(fd);
    return stream;
}

static bool send_command(FILE *stream, const char *command, json_t *arguments)
{
    json_t *request = arguments != NULL
                          ? json_pack("{s:s, s:o}", "execute", command, "arguments", arguments)
                          : json_pack("{s:s}", "execute", command);
    char *text = json_dumps(request, JSON_COMPACT);
    bool sent = text != NULL && dprintf(fileno(stream), "%s\n", text) > 0;

    free(text);
    json_decref(request);
    return sent;
}

/** The next message that is not an event; NULL: none came. */
static json_t *read_answer(FILE *stream)
{
    json_t *message;

    while ((message = json_loadf(stream, JSON_DISABLE_EOF_CHECK, NULL)) != NULL &&
           json_object_get(message, "event") != NULL)
        json_decref(message);
    return message;
}

/** Greeting, capabilities, command. Steals `arguments`. @return the last answer; NULL: none. */
static json_t *converse(FILE *stream, const char *command, json_t *arguments)
{
    json_t *message = read_answer(stream);
    bool ready = message != NULL && send_command(stream, "qmp_capabilities", NULL);

    json_decref(message);
    message = ready ? read_answer(stream) : NULL;
    ready = json_object_get(message, "return") != NULL;
    json_decref(message);
    if (!ready) {
        json_decref(arguments);
        return NULL;
    }
    return send_command(stream, command, arguments) ? read_answer(stream) : NULL;
}

json_t *qdpi_live_execute(const struct qdpi_live_qemu *qemu, const char *command, json_t *arguments)
{
    // A connection for each command: one that stays would be sent a copy of every doorbell.
    FILE *stream = connect_tools(qemu);
    json_t *answer;
    json_t *value;

    if (stream == NULL) {
        json_decref(arguments);
        fail_msg("\"%s\": nobody listens at %s/tools.sock", command, qemu->scratch.path);
    }
    answer = converse(stream, command, arguments);
    (void)fclose(stream);
    value = json_incref(json_object_get(answer, "return"));
    if (value == NULL) {
        const char *text =
            json_string_value(json_object_get(json_object_get(answer, "error"), "desc"));
        fail_msg("\"%s\": %s", command, text != NULL ? text : "no answer");
    }
    json_decref(answer);
    return value;
}

char *qdpi_live_human(const struct qdpi_live_qemu *qemu, const char *command_line)
{
    json_t *answer = qdpi_live_execute(qemu, "human-monitor-command",
                                       json_pack("{s:s}", "command-line", command_line));
    char *text = strdup(json_string_value(answer));

    json_decref(answer);
    assert_non_null(text);
    return text;
}

void qdpi_live_start(struct qdpi_live_qemu *qemu, const struct qdpi_live_options *options)
{
    const uint64_t deadline = qdpi_live_in_ms(START_MS);
    FILE *stream;
    int status;

    qdpi_live_launch(qemu, options);
    while ((stream = connect_tools(qemu)) == NULL) {
        if (has_ended(qemu, &status) || qdpi_live_ms_until(deadline) <= 0) {
            print_log(qemu);
            fail_msg("QEMU did not start");
        }
        qdpi_live_sleep_ms(5);
    }
    (void)fclose(stream);
    json_decref(qdpi_live_execute(qemu, "query-status", NULL));
}

// ---- What a test has ---------------------------------------------------------------------------

int qdpi_live_setup(void **state)
{
    *state = calloc(1, sizeof(struct qdpi_live));
    return *state != NULL ? 0 : -1;
}

void qdpi_live_close(struct qdpi_live *live)
{
    for (size_t i = 0; i < QDPI_LIVE_MOST; i++) {
        qdpi_close(live->bridge[i]);
        live->bridge[i] = NULL;
    }
}

int qdpi_live_teardown(void **state)
{
    struct qdpi_live *live = *state;

    qdpi_live_close(live);
    for (size_t i = 0; i < QDPI_LIVE_MOST; i++) {
        qdpi_live_kill(&live->qemu[i]);
        qdpi_scratch_remove(&live->qemu[i].scratch);
    }
    free(live);
    return 0;
}

struct qdpi_bridge *qdpi_live_open(const struct qdpi_live_qemu *qemu)
{
    char endpoint[QDPI_LIVE_PATH_MAX + 8];
    struct qdpi_bridge *bridge;
    int result;

    (void)snprintf(endpoint, sizeof endpoint, "qmp:%s/bridge.sock", qemu->scratch.path);
    result = qdpi_open(endpoint, ATTACH_MS, &bridge);
    if (result != 0) {
        print_error("qdpi_open: %d: %s\n", result, qdpi_last_error(bridge));
        qdpi_close(bridge);
        fail_msg("the library does not attach to a QEMU that it should");
    }
    return bridge;
}

// ---- Attaching ---------------------------------------------------------------------------------

struct qdpi_live_attempt qdpi_live_attempt(const char *endpoint, unsigned timeout_ms)
{
    const uint64_t start = qdpi_clock_us();
    struct qdpi_bridge *bridge = NULL;
    struct qdpi_live_attempt done;

    done.result = qdpi_open(endpoint, timeout_ms, &bridge);
    done.took_ms = (long)(qdpi_clock_us() - start) / 1000;
    (void)snprintf(done.sentence, sizeof done.sentence, "%s", qdpi_last_error(bridge));
    qdpi_close(bridge);
    return done;
}

void qdpi_live_expect_words(const char *sentence, const char *remedy)
{
    if (strstr(sentence, remedy) == NULL)
        fail_msg("the sentence \"%s\" does not say \"%s\"", sentence, remedy);
}

void qdpi_live_expect_result(const struct qdpi_live_attempt *done, int result, const char *remedy)
{
    if (done->result != result)
        fail_msg("result %d (%s), not %d", done->result, done->sentence, result);
    qdpi_live_expect_words(done->sentence, remedy);
}

void qdpi_live_endpoint(const struct qdpi_live_qemu *qemu, const char *scheme, const char *name,
                        char endpoint[QDPI_LIVE_PATH_MAX + 8])
{
    (void)snprintf(endpoint, QDPI_LIVE_PATH_MAX + 8, "%s%s/%s", scheme, qemu->scratch.path, name);
}

void qdpi_live_refused_at_once(const struct qdpi_live_qemu *qemu, const char *name, int result,
                               const char *remedy)
{
    char endpoint[QDPI_LIVE_PATH_MAX + 8];
    struct qdpi_live_attempt done;

    qdpi_live_endpoint(qemu, "qmp:", name, endpoint);
    done = qdpi_live_attempt(endpoint, QDPI_LIVE_PATIENT_MS);
    qdpi_live_expect_result(&done, result, remedy);
    assert_true(done.took_ms < (long)QDPI_LIVE_PATIENT_MS / 2);
}

void qdpi_live_refused_in_the_end(const struct qdpi_live_qemu *qemu, const char *name, int result,
                                  const char *remedy)
{
    char endpoint[QDPI_LIVE_PATH_MAX + 8];
    struct qdpi_live_attempt done;

    qdpi_live_endpoint(qemu, "qmp:", name, endpoint);
    done = qdpi_live_attempt(endpoint, QDPI_LIVE_SHORT_MS);
    qdpi_live_expect_result(&done, result, remedy);
    assert_true(done.took_ms >= (long)QDPI_LIVE_SHORT_MS);
    assert_true(done.took_ms < (long)QDPI_LIVE_SHORT_MS + QDPI_LIVE_SLACK_MS);
}
