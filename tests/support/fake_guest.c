// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// A guest that is not there: a QMP server that answers as QEMU would, and a RAM file.

#ifndef _GNU_SOURCE
#define _GNU_SOURCE  // asprintf
#endif

#include "fake_guest.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "qdpi_cmocka.h"
#include "qemu_dpi.h"

#define ATTACH_MS 60000U

static bool make_ram(struct fake_guest *guest)
{
    int fd = open(guest->ram, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    void *bytes = MAP_FAILED;

    if (fd < 0)
        return false;
    if (ftruncate(fd, (off_t)FAKE_GUEST_RAM) == 0)
        bytes = mmap(NULL, FAKE_GUEST_RAM, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    (void)close(fd);
    if (bytes == MAP_FAILED)
        return false;
    guest->bytes = bytes;
    for (size_t i = 0; i < FAKE_GUEST_RAM; i++)
        guest->bytes[i] = fake_guest_pattern(i);
    return true;
}

void fake_guest_show(struct fake_guest *guest, const char *ranges, const char *ports)
{
    char *text = NULL;

    if (asprintf(&text,
                 "FlatView #0\n AS \"memory\", root: system\n AS \"cpu-memory-0\", root: system\n"
                 " Root memory region: system\n%s\n"
                 "FlatView #1\n AS \"I/O\", root: io\n Root memory region: io\n%s\n",
                 ranges, ports) < 0)
        abort();
    fake_qmp_set_string(guest->qmp, "hmp:info mtree -f", text);
    free(text);
}

static void teach(struct fake_guest *guest)
{
    char path[128];

    (void)snprintf(path, sizeof path, "\"return\": \"%s\"", guest->ram);
    fake_qmp_set(guest->qmp, "query-memdev", FAKE_QMP_ANSWER, FAKE_GUEST_MEMDEV);
    fake_qmp_set(guest->qmp, "qom-get:/objects/mem mem-path", FAKE_QMP_ANSWER, path);
    fake_qmp_set(guest->qmp, "query-kvm", FAKE_QMP_ANSWER,
                 "\"return\": {\"enabled\": false, \"present\": true}");
    fake_qmp_set(guest->qmp, "query-cpus-fast", FAKE_QMP_ANSWER,
                 "\"return\": [{\"thread-id\": 100, \"cpu-index\": 0}]");
    fake_qmp_set(guest->qmp, "query-hotpluggable-cpus", FAKE_QMP_ANSWER, FAKE_GUEST_CPUS);
    fake_qmp_set_string(guest->qmp, "hmp:o/b ", "");
    fake_qmp_set(guest->qmp, "inject-nmi", FAKE_QMP_ANSWER, NULL);
    fake_qmp_set(guest->qmp, "stop", FAKE_QMP_ANSWER, NULL);
    fake_qmp_set(guest->qmp, "cont", FAKE_QMP_ANSWER, NULL);
    fake_qmp_set(guest->qmp, "system_reset", FAKE_QMP_ANSWER, NULL);
    fake_qmp_set(guest->qmp, "quit", FAKE_QMP_ANSWER, NULL);
    fake_qmp_precede(guest->qmp, "stop", "{\"event\": \"STOP\"}\r\n");
    fake_qmp_precede(guest->qmp, "cont", "{\"event\": \"RESUME\"}\r\n");
    fake_guest_show(guest, FAKE_GUEST_RANGES, FAKE_GUEST_PORTS);
}

bool fake_guest_start(struct fake_guest *guest)
{
    memset(guest, 0, sizeof *guest);
    if (qdpi_scratch_make("/tmp", &guest->scratch) != 0)
        return false;
    (void)snprintf(guest->socket, sizeof guest->socket, "%s/qmp", guest->scratch.path);
    (void)snprintf(guest->ram, sizeof guest->ram, "%s/ram", guest->scratch.path);
    (void)snprintf(guest->endpoint, sizeof guest->endpoint, "qmp:%s", guest->socket);
    guest->qmp = make_ram(guest) ? fake_qmp_listen(guest->socket) : NULL;
    if (guest->qmp == NULL) {
        fake_guest_stop(guest);
        return false;
    }
    teach(guest);
    return true;
}

void fake_guest_stop(struct fake_guest *guest)
{
    qdpi_close(guest->bridge);
    guest->bridge = NULL;
    fake_qmp_stop(guest->qmp);
    guest->qmp = NULL;
    if (guest->bytes != NULL)
        (void)munmap(guest->bytes, FAKE_GUEST_RAM);
    guest->bytes = NULL;
    qdpi_scratch_remove(&guest->scratch);
}

int fake_guest_setup(void **state)
{
    static struct fake_guest guest;

    *state = &guest;
    return fake_guest_start(&guest) ? 0 : -1;
}

int fake_guest_setup_open(void **state)
{
    struct fake_guest *guest;

    if (fake_guest_setup(state) != 0)
        return -1;
    guest = *state;
    return qdpi_open(guest->endpoint, ATTACH_MS, &guest->bridge);
}

int fake_guest_teardown(void **state)
{
    fake_guest_stop(*state);
    return 0;
}

void fake_guest_expect_words(struct qdpi_bridge *bridge, const char *words, const char *remedy)
{
    const char *sentence = qdpi_last_error(bridge);

    if (strstr(sentence, words) == NULL || strstr(sentence, remedy) == NULL)
        fail_msg("\"%s\" with \"%s\" is not in: %s", words, remedy, sentence);
    assert_string_equal(qdpi_last_error(bridge), "");
}
