// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// Where QEMU keeps the guest's RAM: backends and files that a bridge cannot use are refused, each
// with its own sentence and remedy, within the deadline.

#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "live_qemu.h"
#include "qdpi_cmocka.h"

#define NOBODY 65534

static void start_with(struct qdpi_live *live, const char *const *extra)
{
    qdpi_live_start(&live->qemu[0], &(struct qdpi_live_options){
                                        .own_memory = true, .paused = true, .extra = extra});
}

// ---- Where QEMU keeps the guest's RAM ----------------------------------------------------------

/// share=off: QEMU keeps a private copy of what is written.
static void test_backend_not_shared(void **state)
{
    static const char *const extra[] = {
        "-machine", "pc,memory-backend=mem",
        "-object",  "memory-backend-file,id=mem,size=64M,mem-path={dir}/ram,share=off",
        "-m",       "64M",
        NULL,
    };
    struct qdpi_live *live = *state;

    start_with(live, extra);
    qdpi_live_refused_at_once(&live->qemu[0], "bridge.sock", QDPI_ERR_UNSUPPORTED, "add share=on");
}

/// No backend at all: QEMU's own RAM.
static void test_default_ram(void **state)
{
    static const char *const extra[] = {"-machine", "pc", "-m", "64M", NULL};
    struct qdpi_live *live = *state;

    start_with(live, extra);
    qdpi_live_refused_at_once(&live->qemu[0], "bridge.sock", QDPI_ERR_UNSUPPORTED,
                              "-object memory-backend-file");
    qdpi_live_refused_at_once(&live->qemu[0], "bridge.sock", QDPI_ERR_UNSUPPORTED,
                              "-machine memory-backend=");
}

/// The classic mistake: the backend is there and the machine does not use it.
static void test_backend_not_used(void **state)
{
    static const char *const extra[] = {
        "-machine", "pc",
        "-object",  "memory-backend-file,id=mem,size=64M,mem-path={dir}/ram,share=on",
        "-m",       "64M",
        NULL,
    };
    struct qdpi_live *live = *state;

    start_with(live, extra);
    qdpi_live_refused_at_once(&live->qemu[0], "bridge.sock", QDPI_ERR_UNSUPPORTED,
                              "-machine memory-backend=mem");
}

/// Shared memory that is in no file.
static void test_backend_memfd(void **state)
{
    static const char *const extra[] = {
        "-machine", "pc,memory-backend=mem",
        "-object",  "memory-backend-memfd,id=mem,size=64M,share=on",
        "-m",       "64M",
        NULL,
    };
    struct qdpi_live *live = *state;

    start_with(live, extra);
    qdpi_live_refused_at_once(&live->qemu[0], "bridge.sock", QDPI_ERR_UNSUPPORTED,
                              "memory-backend-file");
}

// ---- The RAM file ------------------------------------------------------------------------------

static void start_and_name_ram(struct qdpi_live *live, char path[QDPI_LIVE_PATH_MAX])
{
    qdpi_live_start(&live->qemu[0], &(struct qdpi_live_options){.paused = true});
    qdpi_live_path(&live->qemu[0], "ram", path);
}

static void test_ram_file_removed(void **state)
{
    struct qdpi_live *live = *state;
    char path[QDPI_LIVE_PATH_MAX];

    start_and_name_ram(live, path);
    assert_int_equal(unlink(path), 0);
    qdpi_live_refused_at_once(&live->qemu[0], "bridge.sock", QDPI_ERR_NOT_FOUND,
                              "there is no such file");
}

/// A file that is too small is refused before anything is mapped.
static void test_ram_file_truncated(void **state)
{
    struct qdpi_live *live = *state;
    char path[QDPI_LIVE_PATH_MAX];

    start_and_name_ram(live, path);
    assert_int_equal(truncate(path, (off_t)(512L * 1024 * 1024 - 4096)), 0);
    qdpi_live_refused_at_once(&live->qemu[0], "bridge.sock", QDPI_ERR_UNSUPPORTED, "is too small");
    assert_int_equal(truncate(path, 0), 0);
    qdpi_live_refused_at_once(&live->qemu[0], "bridge.sock", QDPI_ERR_UNSUPPORTED, "is too small");
}

static void test_ram_file_is_a_directory(void **state)
{
    struct qdpi_live *live = *state;
    char path[QDPI_LIVE_PATH_MAX];

    start_and_name_ram(live, path);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(mkdir(path, 0700), 0);
    qdpi_live_refused_at_once(&live->qemu[0], "bridge.sock", QDPI_ERR_UNSUPPORTED,
                              "not a regular file");
}

/// Opening a FIFO could block for ever.
static void test_ram_file_is_a_fifo(void **state)
{
    struct qdpi_live *live = *state;
    char path[QDPI_LIVE_PATH_MAX];

    start_and_name_ram(live, path);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(mkfifo(path, 0600), 0);
    qdpi_live_refused_at_once(&live->qemu[0], "bridge.sock", QDPI_ERR_UNSUPPORTED,
                              "not a regular file");
}

/** In a child: attach as a user without rights. Its answer comes through `fd`. */
_Noreturn static void attempt_as_nobody(const char *endpoint, int fd)
{
    struct qdpi_live_attempt done = {.result = 1};

    if (getuid() != 0 || (setgroups(0, NULL) == 0 && setgid(NOBODY) == 0 && setuid(NOBODY) == 0))
        done = qdpi_live_attempt(endpoint, QDPI_LIVE_PATIENT_MS);
    _exit(write(fd, &done, sizeof done) == (ssize_t)sizeof done ? 0 : 1);
}

static struct qdpi_live_attempt attempt_without_rights(const char *endpoint)
{
    struct qdpi_live_attempt done = {.result = 2};
    int pipe_ends[2];
    pid_t child;

    assert_int_equal(pipe2(pipe_ends, O_CLOEXEC), 0);
    child = fork();
    if (child == 0)
        attempt_as_nobody(endpoint, pipe_ends[1]);
    (void)close(pipe_ends[1]);
    assert_true(child > 0);
    assert_int_equal(read(pipe_ends[0], &done, sizeof done), sizeof done);
    (void)close(pipe_ends[0]);
    assert_int_equal(waitpid(child, NULL, 0), child);
    return done;
}

/// No permission for the RAM file, then for the socket.
static void test_no_permission(void **state)
{
    struct qdpi_live *live = *state;
    char endpoint[QDPI_LIVE_PATH_MAX + 8];
    char ram[QDPI_LIVE_PATH_MAX];
    char path[QDPI_LIVE_PATH_MAX];
    struct qdpi_live_attempt done;

    start_and_name_ram(live, ram);
    qdpi_live_path(&live->qemu[0], "bridge.sock", path);
    qdpi_live_endpoint(&live->qemu[0], "qmp:", "bridge.sock?owner=any", endpoint);
    // The owner of a file has no rights by its mode either, but root has all.
    assert_int_equal(chmod(ram, 0000), 0);
    assert_int_equal(chmod(path, 0666), 0);
    assert_int_equal(chmod(live->qemu[0].scratch.path, 0755), 0);
    done = attempt_without_rights(endpoint);
    qdpi_live_expect_result(&done, QDPI_ERR_DENIED, "open RAM file");
    qdpi_live_expect_words(done.sentence, "read and write permission");
    assert_int_equal(chmod(ram, 0444), 0);
    done = attempt_without_rights(endpoint);
    qdpi_live_expect_result(&done, QDPI_ERR_DENIED, "read and write permission");
    assert_int_equal(chmod(path, 0000), 0);
    done = attempt_without_rights(endpoint);
    qdpi_live_expect_result(&done, QDPI_ERR_DENIED, "as the user who runs QEMU");
    assert_int_equal(chmod(path, 0666), 0);
    assert_int_equal(chmod(ram, 0666), 0);
    done = attempt_without_rights(endpoint);
    qdpi_live_expect_result(&done, 0, "");
}

// ---- file: -------------------------------------------------------------------------------------

static void make_file(const struct qdpi_live_qemu *qemu, const char *name, off_t size)
{
    char path[QDPI_LIVE_PATH_MAX];
    int fd;

    qdpi_live_path(qemu, name, path);
    fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(ftruncate(fd, size), 0);
    (void)close(fd);
}

/// A RAM file alone: wrong sizes and names are refused, a right one has no channel.
static void test_file_endpoints(void **state)
{
    static const struct {
        const char *name;
        int result;
        const char *remedy;
    } cases[] = {
        {"ram?size=64M", 0, ""},
        {"ram", 0, ""},
        {"ram?size=32M&machine=q35", 0, ""},
        {"ram?size=65M", QDPI_ERR_UNSUPPORTED, "is too small"},
        {"ram?size=4T", QDPI_ERR_UNSUPPORTED, "is too small"},
        {"empty", QDPI_ERR_UNSUPPORTED, "is too small"},
        {"empty?size=4K", QDPI_ERR_UNSUPPORTED, "is too small"},
        {"none?size=64M", QDPI_ERR_NOT_FOUND, "there is no such file"},
        {"ram?size=0", QDPI_ERR_INVALID, "leave out size="},
        {"ram?size=64", QDPI_ERR_INVALID, "forget a suffix"},
        {"ram?size=64m2", QDPI_ERR_INVALID, "suffix K, M, G or T"},
        {"ram?size=-1", QDPI_ERR_INVALID, "is not a size"},
        {"ram?machine=microvm", QDPI_ERR_INVALID, "machine=pc"},
        {"", QDPI_ERR_UNSUPPORTED, "not a regular file"},
    };
    struct qdpi_live *live = *state;
    struct qdpi_event event;
    char endpoint[QDPI_LIVE_PATH_MAX + 8];

    qdpi_live_prepare(&live->qemu[0]);
    make_file(&live->qemu[0], "ram", 64 << 20);
    make_file(&live->qemu[0], "empty", 0);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct qdpi_live_attempt done;
        qdpi_live_endpoint(&live->qemu[0], "file:", cases[i].name, endpoint);
        done = qdpi_live_attempt(endpoint, QDPI_LIVE_PATIENT_MS);
        if (done.result != cases[i].result)
            print_error("endpoint %s\n", endpoint);
        qdpi_live_expect_result(&done, cases[i].result, cases[i].remedy);
        assert_true(done.took_ms < QDPI_LIVE_SLACK_MS);
    }
    qdpi_live_endpoint(&live->qemu[0], "file:", "ram?machine=pc", endpoint);
    assert_int_equal(qdpi_open(endpoint, 0, &live->bridge[0]), 0);
    assert_int_equal(qdpi_require(live->bridge[0], QDPI_FEATURE_CONTROL), QDPI_ERR_UNSUPPORTED);
    qdpi_live_expect_words(qdpi_last_error(live->bridge[0]), "use a qmp: endpoint");
    assert_int_equal(qdpi_event_wait(live->bridge[0], 0, &event), QDPI_ERR_UNSUPPORTED);
    assert_int_equal(qdpi_map_refresh(live->bridge[0]), QDPI_ERR_UNSUPPORTED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        qdpi_live_test(test_backend_not_shared),      qdpi_live_test(test_default_ram),
        qdpi_live_test(test_backend_not_used),        qdpi_live_test(test_backend_memfd),
        qdpi_live_test(test_ram_file_removed),        qdpi_live_test(test_ram_file_truncated),
        qdpi_live_test(test_ram_file_is_a_directory), qdpi_live_test(test_ram_file_is_a_fifo),
        qdpi_live_test(test_no_permission),           qdpi_live_test(test_file_endpoints),
    };

    return qdpi_live_is_installed() ? qdpi_run_group(tests) : QDPI_TEST_SKIPPED;
}
