// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// The RAM file under a bridge that works: truncated, removed, replaced, on a file system that is
// full or read-only, or somebody else's. The simulator lives and is told, and no access that is
// said to have succeeded has read or written anything but the guest's memory.

#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fault_run.h"
#include "live_guest.h"
#include "memory_load.h"
#include "qdpi_cmocka.h"

#define NOBODY 65534
#define RAM_BYTES (64L << 20)
#define PATIENCE_MS 20000U
#define LOADS 2

static const uint64_t load_gpa[LOADS] = {16U << 20, 40U << 20};

/** Made once, for all tests: mounts of our own, which nobody else sees and which end with us. */
static bool has_own_mounts;

// ---- Two threads that work ---------------------------------------------------------------------

struct loads {
    struct qdpi_memory_load load[LOADS];
    uint64_t accesses;
    uint64_t losses;
    uint64_t rounds; /**< that were begun: the first loss ends the test */
};

/** Begin a round. */
static void start_loads(struct loads *loads, struct qdpi_bridge *bridge, uint64_t seed)
{
    loads->rounds++;
    for (size_t i = 0; i < LOADS; i++) {
        assert_int_equal(
            qdpi_memory_load_start(&loads->load[i], bridge, load_gpa[i], seed * LOADS + i + 1), 0);
    }
}

static void count_load(struct loads *loads, const struct qdpi_memory_load *load)
{
    loads->accesses += load->accesses;
    loads->losses += load->wrong;
    if (load->wrong > 0)
        print_error("%llu accesses read what was never there\n", (unsigned long long)load->wrong);
}

static void loss(struct loads *loads, const char *what)
{
    print_error("%s\n", what);
    loads->losses++;
}

/** Both hear that the bridge is lost, in words, and it is the last event. */
static void expect_lost(struct loads *loads, struct qdpi_bridge *bridge)
{
    struct qdpi_event event = {.kind = QDPI_EVENT_NONE};
    int result;

    for (size_t i = 0; i < LOADS; i++) {
        if (!qdpi_memory_load_await_end(&loads->load[i], PATIENCE_MS))
            loss(loads, "a thread works on");
        else if (loads->load[i].result != QDPI_ERR_LOST)
            loss(loads, "a thread ended with another result than QDPI_ERR_LOST");
        count_load(loads, &loads->load[i]);
    }
    if (strstr(qdpi_last_error(bridge), "attach again") == NULL)
        loss(loads, "the sentence does not say what to do");
    while ((result = qdpi_event_wait(bridge, PATIENCE_MS, &event)) == 1 &&
           event.kind != QDPI_EVENT_LOST)
        continue;
    if (result != 1 || qdpi_event_poll(bridge, &event) != QDPI_ERR_LOST)
        loss(loads, "the loss is no event, or not the last one");
}

/** Both work on for some time: nothing has happened. */
static void expect_working(struct loads *loads)
{
    for (size_t i = 0; i < LOADS; i++) {
        const uint64_t before = qdpi_memory_load_accesses(&loads->load[i]);
        const uint64_t deadline = qdpi_live_in_ms(PATIENCE_MS);

        while (qdpi_memory_load_accesses(&loads->load[i]) < before + 1000 &&
               qdpi_live_ms_until(deadline) > 0)
            qdpi_live_sleep_ms(1);
    }
    for (size_t i = 0; i < LOADS; i++) {
        qdpi_memory_load_stop(&loads->load[i]);
        if (loads->load[i].result != 0 || loads->load[i].accesses < 1000)
            loss(loads, "a thread was disturbed");
        count_load(loads, &loads->load[i]);
    }
}

static void pause_randomly(uint64_t *random, uint64_t most_us)
{
    (void)usleep((useconds_t)qdpi_fault_below(random, most_us));
}

static void start_paused(struct qdpi_live *live, char path[QDPI_LIVE_PATH_MAX])
{
    qdpi_live_start(&live->qemu[0], &(struct qdpi_live_options){.ram = "64M", .paused = true});
    qdpi_live_path(&live->qemu[0], "ram", path);
}

static void expect_attached(struct loads *loads, struct qdpi_bridge *bridge)
{
    const int result = qdpi_reattach(bridge, PATIENCE_MS);

    if (result != 0) {
        print_error("attach again: %d: %s\n", result, qdpi_last_error(bridge));
        loss(loads, "the bridge does not attach again");
    }
}

// ---- Truncated ---------------------------------------------------------------------------------

/// At any moment, to any number of pages. The bridge attaches again when the file is whole, and
/// when QEMU has been started anew.
static void test_truncated(void **state)
{
    const uint64_t rounds = qdpi_fault_rounds(24);
    uint64_t random = qdpi_fault_seed();
    struct qdpi_live *live = *state;
    struct loads loads = {.losses = 0};
    uint64_t restarts = 0;
    char path[QDPI_LIVE_PATH_MAX];

    start_paused(live, path);
    live->bridge[0] = qdpi_live_open(&live->qemu[0]);
    for (uint64_t round = 0; round < rounds && loads.losses == 0; round++) {
        // Below the end of the second thread's part: somebody meets it.
        const uint64_t pages = load_gpa[1] / 4096 + QDPI_MEMORY_LOAD_BYTES / 4096 / 2;
        int status;

        start_loads(&loads, live->bridge[0], qdpi_fault_random(&random));
        pause_randomly(&random, 20000);
        assert_int_equal(truncate(path, (off_t)(qdpi_fault_below(&random, pages) * 4096)), 0);
        // One thread's part may be whole, but the bridge is lost for all.
        expect_lost(&loads, live->bridge[0]);
        assert_int_equal(truncate(path, 0), 0);
        assert_int_equal(truncate(path, RAM_BYTES), 0);
        if (waitpid(live->qemu[0].pid, &status, WNOHANG) == live->qemu[0].pid)
            live->qemu[0].pid = 0;
        if (live->qemu[0].pid == 0 || round % 8 == 7) {
            qdpi_live_kill(&live->qemu[0]);
            assert_int_equal(unlink(path), 0);
            start_paused(live, path);
            restarts++;
        }
        expect_attached(&loads, live->bridge[0]);
    }
    qdpi_live_close(live);
    qdpi_fault_report("ram-truncated", loads.rounds, loads.losses,
                      "accesses=%llu qemu_restarts=%llu", (unsigned long long)loads.accesses,
                      (unsigned long long)restarts);
}

// ---- Removed and replaced ----------------------------------------------------------------------

/** A second bridge must not take what stands at the path, or does not, for the guest's memory. */
static void expect_refused(struct loads *loads, const struct qdpi_live_qemu *qemu,
                           const char *socket, int result, const char *words)
{
    char endpoint[QDPI_LIVE_PATH_MAX + 8];
    struct qdpi_live_attempt done;

    qdpi_live_endpoint(qemu, "qmp:", socket, endpoint);
    done = qdpi_live_attempt(endpoint, PATIENCE_MS);
    if (done.result != result || strstr(done.sentence, words) == NULL) {
        print_error("%s: %d: %s\n", endpoint, done.result, done.sentence);
        loss(loads, "not refused as it should be");
    }
}

static void make_file(const char *path, off_t size)
{
    const int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

    assert_true(fd >= 0);
    assert_int_equal(ftruncate(fd, size), 0);
    (void)close(fd);
}

/** The guest and the bridge still have the same memory. */
static void expect_same_memory(struct loads *loads, struct qdpi_bridge *bridge, uint64_t value)
{
    const uint64_t gpa = 12U << 20;

    if (qdpi_mem_write32(bridge, gpa, (uint32_t)value) != 0 ||
        qdpi_live_guest_ask(bridge, QDPI_MAILBOX_COMMAND_SUM, gpa, 4) != (uint32_t)value)
        loss(loads, "the guest does not see what was written");
}

/** With a guest that runs. `replaced`: by another file of the same size. */
static void take_file_away(struct qdpi_live *live, bool replaced)
{
    static const char *const extra[] = {"-qmp", "unix:{dir}/second.sock,server=on,wait=off", NULL};
    const uint64_t rounds = qdpi_fault_rounds(2);
    uint64_t random = qdpi_fault_seed();
    struct loads loads = {.losses = 0};
    char path[QDPI_LIVE_PATH_MAX];

    for (uint64_t round = 0; round < rounds && loads.losses == 0; round++) {
        qdpi_live_start(&live->qemu[0],
                        &(struct qdpi_live_options){.ram = "64M", .guest = true, .extra = extra});
        qdpi_live_path(&live->qemu[0], "ram", path);
        if (round == 0)
            live->bridge[0] = qdpi_live_open(&live->qemu[0]);
        else
            expect_attached(&loads, live->bridge[0]);
        qdpi_live_guest_await(live->bridge[0], 1);
        start_loads(&loads, live->bridge[0], qdpi_fault_random(&random));
        pause_randomly(&random, 20000);
        assert_int_equal(unlink(path), 0);
        if (replaced)
            make_file(path, RAM_BYTES);
        expect_refused(&loads, &live->qemu[0], "second.sock", QDPI_ERR_NOT_FOUND,
                       replaced ? "it was replaced after QEMU" : "it was removed after QEMU");
        if (qdpi_map_refresh(live->bridge[0]) != 0)
            loss(&loads, "the map cannot be asked for any more");
        expect_same_memory(&loads, live->bridge[0], qdpi_fault_random(&random));
        expect_working(&loads);
        qdpi_live_kill(&live->qemu[0]);
        (void)unlink(path);
    }
    qdpi_live_close(live);
    qdpi_fault_report(replaced ? "ram-replaced" : "ram-unlinked", loads.rounds, loads.losses,
                      "accesses=%llu", (unsigned long long)loads.accesses);
}

/// Who has it goes on with it, who comes later is told; the next QEMU's is attached to.
static void test_unlinked(void **state)
{
    take_file_away(*state, false);
}

static void test_replaced(void **state)
{
    take_file_away(*state, true);
}

/// Unusual ways to the file, all of them right: none is taken for a replaced one.
static void test_honest_paths(void **state)
{
    static const char *const paths[] = {"{dir}//ram", "{dir}/./ram", "{dir}/folder/../ram",
                                        "{dir}/folder/link/ram", "{dir}/link"};
    const uint64_t rounds = sizeof paths / sizeof paths[0];
    struct qdpi_live *live = *state;
    struct qdpi_live_qemu *qemu = &live->qemu[0];
    struct loads loads = {.losses = 0};
    char path[QDPI_LIVE_PATH_MAX];

    qdpi_live_prepare(qemu);
    qdpi_live_path(qemu, "folder", path);
    assert_int_equal(mkdir(path, 0700), 0);
    qdpi_live_path(qemu, "folder/link", path);
    assert_int_equal(symlink("..", path), 0);
    qdpi_live_path(qemu, "link", path);
    assert_int_equal(symlink("ram", path), 0);
    for (uint64_t round = 0; round < rounds; round++) {
        char object[128];
        const char *const extra[] = {
            "-machine", "pc,memory-backend=mem", "-m", "64M", "-object", object, NULL};

        (void)snprintf(object, sizeof object,
                       "memory-backend-file,id=mem,size=64M,mem-path=%s,share=on", paths[round]);
        qdpi_live_path(qemu, "ram", path);
        // Another file of that name was there before, and somebody still has it.
        if (round == 0)
            make_file(path, RAM_BYTES);
        qdpi_live_start(
            qemu, &(struct qdpi_live_options){.own_memory = true, .paused = true, .extra = extra});
        expect_refused(&loads, qemu, "bridge.sock", 0, "");
        qdpi_live_kill(qemu);
    }
    qdpi_fault_report("ram-honest-paths", rounds, loads.losses, "paths=%d", (int)rounds);
}

// ---- File systems ------------------------------------------------------------------------------

/** For an unprivileged user by way of a user namespace of his own, in which he is himself. */
static bool become_mounter(void)
{
    char text[64];
    const uid_t user = geteuid();
    const gid_t group = getegid();
    const char *const files[] = {"/proc/self/setgroups", "/proc/self/uid_map",
                                 "/proc/self/gid_map"};

    if (user == 0)
        return unshare(CLONE_NEWNS) == 0;
    if (unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0)
        return false;
    for (int i = 0; i < 3; i++) {
        const int fd = open(files[i], O_WRONLY | O_CLOEXEC);
        bool written;

        (void)snprintf(text, sizeof text, i == 0 ? "deny" : "%u %u 1",
                       (unsigned)(i == 1 ? user : group), (unsigned)(i == 1 ? user : group));
        written = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);
        if (fd >= 0)
            (void)close(fd);
        if (!written)
            return false;
    }
    return true;
}

static bool separate_mounts(void)
{
    return become_mounter() && mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0;
}

/** Fill the file system of the directory. @return the file that does. */
static int fill_up(const struct qdpi_live_qemu *qemu, char path[QDPI_LIVE_PATH_MAX])
{
    static const unsigned char block[65536];
    size_t size = sizeof block;
    int fd;

    qdpi_live_path(qemu, "filler", path);
    fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    while (size >= 4096) {
        if (write(fd, block, size) <= 0)
            size /= 2;
    }
    return fd;
}

/// A part of the file that has no block yet and gets none: no error of a system call, but a SIGBUS.
static void test_full(void **state)
{
    const uint64_t rounds = qdpi_fault_rounds(4);
    uint64_t random = qdpi_fault_seed();
    struct qdpi_live *live = *state;
    struct loads loads = {.losses = 0};
    char filler[QDPI_LIVE_PATH_MAX];
    char path[QDPI_LIVE_PATH_MAX];

    if (!has_own_mounts) {
        print_message("no mounts of our own are allowed here\n");
        skip();
    }
    qdpi_live_prepare(&live->qemu[0]);
    // Less than both threads will want.
    assert_int_equal(mount("tmpfs", live->qemu[0].scratch.path, "tmpfs", 0, "size=6M,mode=700"), 0);
    start_paused(live, path);
    live->bridge[0] = qdpi_live_open(&live->qemu[0]);
    for (uint64_t round = 0; round < rounds && loads.losses == 0; round++) {
        int fd;

        start_loads(&loads, live->bridge[0], qdpi_fault_random(&random));
        pause_randomly(&random, 10000);
        fd = fill_up(&live->qemu[0], filler);
        expect_lost(&loads, live->bridge[0]);
        (void)close(fd);
        assert_int_equal(unlink(filler), 0);
        assert_int_equal(truncate(path, 0), 0);
        assert_int_equal(truncate(path, RAM_BYTES), 0);
        expect_attached(&loads, live->bridge[0]);
    }
    qdpi_live_close(live);
    qdpi_live_kill(&live->qemu[0]);
    assert_int_equal(umount2(live->qemu[0].scratch.path, MNT_DETACH), 0);
    qdpi_fault_report("ram-full-tmpfs", loads.rounds, loads.losses, "accesses=%llu",
                      (unsigned long long)loads.accesses);
}

// ---- Rights ------------------------------------------------------------------------------------

/** Attach in a child, as a user without rights where this one has them. Nothing but result and
 *  sentence comes back. */
static struct qdpi_live_attempt attempt_as_nobody(const char *endpoint)
{
    struct qdpi_live_attempt done = {.result = 1, .sentence = "the child failed"};
    int ends[2];
    pid_t child;

    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    child = fork();
    if (child == 0) {
        if (geteuid() != 0 ||
            (setgroups(0, NULL) == 0 && setgid(NOBODY) == 0 && setuid(NOBODY) == 0))
            done = qdpi_live_attempt(endpoint, PATIENCE_MS);
        _exit(write(ends[1], &done, sizeof done) == (ssize_t)sizeof done ? 0 : 1);
    }
    (void)close(ends[1]);
    assert_true(child > 0);
    if (read(ends[0], &done, sizeof done) != (ssize_t)sizeof done)
        done.result = 2;
    (void)close(ends[0]);
    assert_int_equal(waitpid(child, NULL, 0), child);
    return done;
}

/** In the place of `expect_refused`, for another user. */
static void expect_nobody_refused(struct loads *loads, const struct qdpi_live_qemu *qemu,
                                  const char *scheme, const char *name, int result,
                                  const char *words)
{
    char endpoint[QDPI_LIVE_PATH_MAX + 8];
    struct qdpi_live_attempt done;

    qdpi_live_endpoint(qemu, scheme, name, endpoint);
    done = attempt_as_nobody(endpoint);
    if (done.result != result || strstr(done.sentence, words) == NULL) {
        print_error("%s: %d: %s\n", endpoint, done.result, done.sentence);
        loss(loads, "not refused as it should be");
    }
}

/// A mount that is read-only, and a file whose mode says so: refused before anything is mapped.
static void test_read_only(void **state)
{
    struct qdpi_live *live = *state;
    struct qdpi_live_qemu *qemu = &live->qemu[0];
    struct loads loads = {.losses = 0};
    char path[QDPI_LIVE_PATH_MAX];

    start_paused(live, path);
    assert_int_equal(chmod(path, 0444), 0);
    assert_int_equal(chmod(qemu->scratch.path, 0755), 0);
    // Capabilities of a user namespace of one's own overrule modes: then only root can show it.
    if (geteuid() == 0 || !has_own_mounts) {
        expect_nobody_refused(&loads, qemu, "file:", "ram?owner=any", QDPI_ERR_DENIED,
                              "read and write permission");
    }
    assert_int_equal(chmod(qemu->scratch.path, 0700), 0);
    assert_int_equal(chmod(path, 0600), 0);
    if (has_own_mounts) {
        assert_int_equal(mount(qemu->scratch.path, qemu->scratch.path, NULL, MS_BIND, NULL), 0);
        assert_int_equal(
            mount(NULL, qemu->scratch.path, NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL), 0);
        expect_refused(&loads, qemu, "bridge.sock", QDPI_ERR_DENIED, "is mounted read-only here");
        assert_int_equal(umount2(qemu->scratch.path, MNT_DETACH), 0);
    }
    expect_refused(&loads, qemu, "bridge.sock", 0, "");
    qdpi_fault_report("ram-read-only", 1, loads.losses, "mounts=%d", has_own_mounts ? 1 : 0);
}

/// A file or a socket of somebody else's is refused unless asked for, whoever is root.
static void test_foreign(void **state)
{
    static const char refused_file[] = "it belongs to user 65534, and this process is user 0";
    static const char refused_peer[] = "it was opened by user 0, and this process is user 65534";
    struct qdpi_live *live = *state;
    struct qdpi_live_qemu *qemu = &live->qemu[0];
    struct loads loads = {.losses = 0};
    char path[QDPI_LIVE_PATH_MAX];
    char endpoint[QDPI_LIVE_PATH_MAX + 8];
    struct qdpi_live_attempt done;

    if (geteuid() != 0) {
        print_message("only root can give a file away\n");
        skip();
    }
    start_paused(live, path);
    assert_int_equal(chown(path, NOBODY, NOBODY), 0);
    expect_refused(&loads, qemu, "bridge.sock", QDPI_ERR_DENIED, refused_file);
    expect_refused(&loads, qemu, "bridge.sock", QDPI_ERR_DENIED, "add owner=any to the endpoint");
    expect_refused(&loads, qemu, "bridge.sock?owner=any", 0, "");
    qdpi_live_endpoint(qemu, "file:", "ram?size=64M", endpoint);
    done = qdpi_live_attempt(endpoint, PATIENCE_MS);
    qdpi_live_expect_result(&done, QDPI_ERR_DENIED, refused_file);
    qdpi_live_endpoint(qemu, "file:", "ram?size=64M&owner=any", endpoint);
    done = qdpi_live_attempt(endpoint, PATIENCE_MS);
    qdpi_live_expect_result(&done, 0, "");

    qdpi_live_path(qemu, "bridge.sock", path);
    assert_int_equal(chmod(path, 0666), 0);
    assert_int_equal(chmod(qemu->scratch.path, 0755), 0);
    expect_nobody_refused(&loads, qemu, "qmp:", "bridge.sock", QDPI_ERR_DENIED, refused_peer);
    // The RAM file was given to him above.
    expect_nobody_refused(&loads, qemu, "qmp:", "bridge.sock?owner=any", 0, "");
    qdpi_fault_report("ram-foreign", 1, loads.losses, "attempts=%d", 7);
}

/// A link that somebody may have put into a folder which others can write leads nowhere.
static void test_links(void **state)
{
    static const mode_t shared[] = {0770, 0703, 01777};
    const uint64_t rounds = sizeof shared / sizeof shared[0];
    struct qdpi_live *live = *state;
    struct qdpi_live_qemu *qemu = &live->qemu[0];
    struct loads loads = {.losses = 0};
    char path[QDPI_LIVE_PATH_MAX];
    char endpoint[QDPI_LIVE_PATH_MAX + 8];
    struct qdpi_live_attempt done;

    start_paused(live, path);
    qdpi_live_path(qemu, "shared", path);
    assert_int_equal(mkdir(path, 0700), 0);
    qdpi_live_path(qemu, "shared/sock", path);
    assert_int_equal(symlink("../bridge.sock", path), 0);
    qdpi_live_path(qemu, "shared/ram", path);
    assert_int_equal(symlink("../ram", path), 0);
    qdpi_live_path(qemu, "shared", path);
    expect_refused(&loads, qemu, "shared/sock", 0, "");
    for (uint64_t round = 0; round < rounds; round++) {
        assert_int_equal(chmod(path, shared[round]), 0);
        expect_refused(&loads, qemu, "shared/sock", QDPI_ERR_DENIED,
                       "shared/sock is a symbolic link in a folder that others can write");
        qdpi_live_endpoint(qemu, "file:", "shared/ram", endpoint);
        done = qdpi_live_attempt(endpoint, PATIENCE_MS);
        qdpi_live_expect_result(&done, QDPI_ERR_DENIED,
                                "shared/ram is a symbolic link in a folder that others can write");
    }
    assert_int_equal(chmod(path, 0755), 0);
    expect_refused(&loads, qemu, "shared/sock", 0, "");
    qdpi_fault_report("links-in-shared-folders", rounds, loads.losses, "modes=%d", (int)rounds);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        qdpi_live_test(test_truncated), qdpi_live_test(test_unlinked),
        qdpi_live_test(test_replaced),  qdpi_live_test(test_honest_paths),
        qdpi_live_test(test_full),      qdpi_live_test(test_read_only),
        qdpi_live_test(test_foreign),   qdpi_live_test(test_links),
    };

    if (!qdpi_live_is_installed())
        return QDPI_TEST_SKIPPED;
    has_own_mounts = separate_mounts();
    return qdpi_run_group(tests);
}
