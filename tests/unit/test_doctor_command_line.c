// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// QEMU command lines: that they are taken apart as QEMU does it, and what they say of the machine.

#include "doctor_command_line.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "doctor_launcher_line.h"
#include "doctor_line_facts.h"
#include "qdpi_cmocka.h"

enum { WORDS_MAX = 48 };

/// Words that were separated by single spaces, and the line that they are.
struct sample {
    char text[2048];
    char *words[WORDS_MAX];
    size_t count;
    struct qdpi_command_line line;
};

static void split(struct sample *sample, const char *text)
{
    char *rest = NULL;
    assert_true(strlen(text) < sizeof sample->text);
    strcpy(sample->text, text);
    sample->count = 0;
    for (char *word = strtok_r(sample->text, " ", &rest); word != NULL;
         word = strtok_r(NULL, " ", &rest)) {
        assert_true(sample->count < WORDS_MAX);
        sample->words[sample->count++] = word;
    }
}

static void parse(struct sample *sample, const char *text)
{
    struct qdpi_error error = {.text = ""};
    split(sample, text);
    if (qdpi_command_line_parse(sample->words, sample->count, &sample->line, &error) != 0) {
        fail_msg("%s: %s", text, error.text);
    }
}

static struct qdpi_machine_facts *facts_of(const char *text)
{
    struct qdpi_machine_facts *facts = calloc(1, sizeof *facts);
    struct sample sample;
    assert_non_null(facts);
    parse(&sample, text);
    qdpi_line_facts(&sample.line, "/home", facts);
    qdpi_command_line_release(&sample.line);
    return facts;
}

/// Options with and without values, images, one or two dashes.
static void test_parse_options(void **state)
{
    struct sample sample;
    (void)state;
    parse(&sample, "qemu -S --nodefaults -m 512M disk.img -device pc-testdev -device x,a=b");
    assert_int_equal(sample.line.count, 6);
    assert_string_equal(sample.line.binary, "qemu");
    assert_true(qdpi_command_line_has(&sample.line, "S"));
    assert_true(qdpi_command_line_has(&sample.line, "nodefaults"));
    assert_false(qdpi_command_line_has(&sample.line, "512M"));
    assert_string_equal(qdpi_command_line_merged(&sample.line, "", ""), "disk.img");
    const struct qdpi_line_option *first = qdpi_command_line_next(&sample.line, "device", NULL);
    const struct qdpi_line_option *second = qdpi_command_line_next(&sample.line, "device", first);
    assert_non_null(first);
    assert_non_null(second);
    assert_string_equal(qdpi_line_first(first, "driver"), "pc-testdev");
    assert_string_equal(qdpi_line_property(second, "a"), "b");
    assert_null(qdpi_command_line_next(&sample.line, "device", second));
    qdpi_command_line_release(&sample.line);
}

/// Options that leave the word behind them to be a disk image.
static void test_parse_standing_alone(void **state)
{
    static const char *const names[] = {"snapshot", "enable-sync-profile", "async-teardown",
                                        "perfmap", "jitdump"};
    struct sample sample;
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char text[64];
        snprintf(text, sizeof text, "qemu -%s disk.img", names[i]);
        parse(&sample, text);
        if (!qdpi_command_line_has(&sample.line, names[i]) ||
            qdpi_command_line_merged(&sample.line, "", "") == NULL) {
            fail_msg("-%s takes a value", names[i]);
        }
        qdpi_command_line_release(&sample.line);
    }
}

/// Doubled commas, switches of the old form, the last of two values, values with '='.
static void test_parse_values(void **state)
{
    struct sample sample;
    (void)state;
    parse(&sample, "qemu -chardev file,id=a,path=/x,,y=z,,,nowait -qmp unix:/a,,b,server,nowait "
                   "-object t,share=on,share=off -x a=,b");
    const struct qdpi_line_option *option = qdpi_command_line_next(&sample.line, "chardev", NULL);
    assert_string_equal(qdpi_line_property(option, "path"), "/x,y=z,");
    assert_false(qdpi_line_switch(option, "wait", true));
    assert_true(qdpi_line_switch(option, "server", true));
    option = qdpi_command_line_next(&sample.line, "qmp", NULL);
    assert_string_equal(qdpi_line_property(option, ""), "unix:/a,b");
    assert_true(qdpi_line_switch(option, "server", false));
    assert_false(qdpi_line_switch(option, "wait", true));
    option = qdpi_command_line_next(&sample.line, "object", NULL);
    assert_string_equal(qdpi_line_property(option, "share"), "off");
    option = qdpi_command_line_next(&sample.line, "x", NULL);
    assert_string_equal(qdpi_line_property(option, "a"), "");
    assert_string_equal(qdpi_line_property(option, "b"), "on");
    qdpi_command_line_release(&sample.line);
}

static void test_parse_json(void **state)
{
    struct qdpi_machine_facts *facts = facts_of(
        "qemu -object {\"qom-type\":\"memory-backend-file\",\"id\":\"ram\",\"mem-path\":\"/r\","
        "\"share\":true,\"size\":1048576} -machine q35,memory-backend=ram -m 1M");
    (void)state;
    assert_int_equal(facts->backend_count, 1);
    assert_string_equal(facts->backends[0].path, "/r");
    assert_int_equal(facts->backends[0].size, 1048576);
    assert_true(facts->backends[0].share);
    assert_true(facts->backends[0].used);
    free(facts);
}

static void test_parse_broken(void **state)
{
    struct qdpi_error error = {.text = ""};
    struct sample sample;
    (void)state;
    split(&sample, "qemu -S -m");
    assert_int_equal(qdpi_command_line_parse(sample.words, sample.count, &sample.line, &error),
                     -EINVAL);
    assert_non_null(strstr(error.text, "-m is the last word"));
    qdpi_command_line_release(&sample.line);
    parse(&sample, "qemu -object {broken -device , -device =");
    assert_int_equal(sample.line.count, 3);
    assert_int_equal(qdpi_command_line_next(&sample.line, "object", NULL)->count, 0);
    qdpi_command_line_release(&sample.line);
}

static void test_sizes(void **state)
{
    static const struct {
        const char *text;
        uint64_t unit;
        uint64_t size;  // 0: refused
    } sizes[] = {
        {"512", 1 << 20, UINT64_C(512) << 20},
        {"512M", 1, UINT64_C(512) << 20},
        {"1.5G", 1, UINT64_C(1536) << 20},
        {"4096B", 1 << 20, 4096},
        {"2t", 1, UINT64_C(2) << 40},
        {"", 1, 0},
        {"M", 1, 0},
        {"1X", 1, 0},
        {"-1", 1, 0},
        {"1MM", 1, 0},
        {"99999999999T", 1, 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        uint64_t size = 0;
        if (qdpi_line_size(sizes[i].text, sizes[i].unit, &size) != (sizes[i].size != 0) ||
            size != sizes[i].size) {
            fail_msg("\"%s\"", sizes[i].text);
        }
    }
}

/// Where RAM is, by -machine in parts, by NUMA nodes and by DIMMs.
static void test_facts_memory(void **state)
{
    struct qdpi_machine_facts *facts = facts_of(
        "qemu -M q35 -object memory-backend-file,id=a,size=1G,mem-path=ram,share=on "
        "-object memory-backend-memfd,id=b,size=1G -object rng-random,id=r "
        "-machine memory-backend=a -device pc-dimm,memdev=b,slot=2 -m 1G,slots=4,maxmem=3G");
    (void)state;
    assert_int_equal(facts->family, QDPI_FAMILY_Q35);
    assert_int_equal(facts->backend_count, 2);
    assert_string_equal(facts->backends[0].path, "/home/ram");
    assert_true(facts->backends[0].used && !facts->backends[0].dimm);
    assert_true(facts->backends[1].used && facts->backends[1].dimm && facts->backends[1].share);
    assert_int_equal(facts->ram, UINT64_C(1) << 30);
    assert_int_equal(facts->maxmem, UINT64_C(3) << 30);
    assert_int_equal(facts->slots, 4);
    assert_int_equal(facts->slots_plugged, 1 << 2);
    assert_int_equal(facts->slots_nameless, 1 << 2);
    free(facts);
    facts = facts_of("qemu -object memory-backend-file,id=s,size=1M -device ivshmem-plain,memdev=s "
                     "-object memory-backend-file,id=m,size=1G -device virtio-mem-pci,memdev=m");
    assert_false(facts->backends[0].used);
    assert_true(facts->backends[1].used && facts->backends[1].dimm);
    free(facts);
    facts = facts_of("qemu -device nvdimm,id=n,memdev=b -device pc-dimm,memdev=c");
    assert_int_equal(facts->slots_plugged, 3);
    assert_int_equal(facts->slots_nameless, 1 << 1);
    free(facts);
    facts =
        facts_of("qemu -object memory-backend-file,id=a,size=64M,mem-path=/a -numa node,memdev=a");
    assert_true(facts->backends[0].used && !facts->backends[0].share);
    assert_int_equal(facts->ram, UINT64_C(128) << 20);
    assert_string_equal(facts->name, "pc");
    free(facts);
}

static void test_facts_cpus(void **state)
{
    static const struct {
        const char *text;
        unsigned cpus;
        unsigned most;
        bool kvm;
        bool one_thread;
        bool kvm_or_tcg;
    } samples[] = {
        {"qemu", 1, 1, false, false, false},
        {"qemu -smp 2", 2, 2, false, false, false},
        {"qemu -smp 1,maxcpus=2", 1, 2, false, false, false},
        {"qemu -smp 1,maxcpus=2 -smp 1", 1, 2, false, false, false},
        {"qemu -smp sockets=2,cores=2", 4, 4, false, false, false},
        {"qemu -smp cpus=1,cores=4", 1, 4, false, false, false},
        {"qemu -smp 4 -accel tcg,thread=single", 4, 4, false, true, false},
        {"qemu -smp 4 -accel tcg -accel tcg,thread=single", 4, 4, false, false, false},
        {"qemu -smp 4 -icount 1", 4, 4, false, true, false},
        {"qemu -accel kvm", 1, 1, true, false, false},
        {"qemu -enable-kvm -icount 1", 1, 1, true, false, false},
        {"qemu -machine q35,accel=kvm", 1, 1, true, false, false},
        {"qemu -machine q35,accel=kvm:tcg", 1, 1, true, false, true},
        {"qemu -machine q35,accel=tcg:kvm", 1, 1, false, false, false},
        {"qemu -accel kvm -accel tcg", 1, 1, true, false, true},
        {"qemu -accel tcg -accel kvm", 1, 1, false, false, false},
        {"qemu -smp 4 -accel kvm -accel tcg,thread=single", 4, 4, true, true, true},
        {"qemu -machine q35,accel=kvm:tcg -icount 1", 1, 1, true, true, true},
    };
    (void)state;
    for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++) {
        struct qdpi_machine_facts *facts = facts_of(samples[i].text);
        if (facts->cpus != samples[i].cpus || facts->max_cpus != samples[i].most ||
            facts->kvm != samples[i].kvm || facts->one_thread != samples[i].one_thread ||
            facts->kvm_or_tcg != samples[i].kvm_or_tcg) {
            fail_msg("%s: %u CPUs of %u, kvm %d, one thread %d, either %d", samples[i].text,
                     facts->cpus, facts->max_cpus, facts->kvm, facts->one_thread,
                     facts->kvm_or_tcg);
        }
        free(facts);
    }
}

static void test_monitors(void **state)
{
    struct qdpi_line_monitors *monitors = calloc(1, sizeof *monitors);
    struct sample sample;
    (void)state;
    assert_non_null(monitors);
    parse(&sample, "qemu -qmp unix:a,server=on,wait=off -qmp tcp::1,server=on -qmp unix:/c "
                   "-chardev socket,id=m,path=/d,server=on -mon m,mode=control -mon m "
                   "-chardev socket,id=f,fd=3,server=on -mon chardev=f,mode=control -qmp none "
                   "-qmp chardev:m");
    qdpi_line_monitors(&sample.line, "/home", monitors);
    assert_int_equal(monitors->count, 3);
    assert_string_equal(monitors->list[0].path, "/home/a");
    assert_false(monitors->list[0].wait);
    assert_string_equal(monitors->list[1].path, "/d");
    assert_true(monitors->list[1].wait);
    assert_string_equal(monitors->list[2].path, "/d");
    assert_int_equal(monitors->clients, 1);
    assert_int_equal(monitors->others, 2);
    qdpi_command_line_release(&sample.line);
    free(monitors);
}

static void test_is_qemu(void **state)
{
    (void)state;
    assert_true(qdpi_command_line_is_qemu("/usr/bin/qemu-system-x86_64"));
    assert_true(qdpi_command_line_is_qemu("qemu-kvm"));
    assert_false(qdpi_command_line_is_qemu("qemu-img"));
    assert_false(qdpi_command_line_is_qemu("qemu-dpi"));
    assert_false(qdpi_command_line_is_qemu("/qemu-system-x86_64/sh"));
}

/// The launcher's options become QEMU's; the simulator's are left alone.
static void test_launcher_line(void **state)
{
    struct qdpi_machine_facts *facts = calloc(1, sizeof *facts);
    struct qdpi_launcher_line launcher;
    struct qdpi_command_line line;
    struct sample sample;
    (void)state;
    assert_non_null(facts);
    split(&sample, "/bin/qemu-dpi run --machine=q35 --ram 2G --slots=8 --cpus=4 --paused --qemu=/q "
                   "--bridges=3 --qemu-arg=-icount --qemu-arg 1 -- ./sim --ram=1G");
    assert_true(qdpi_launcher_line_is(sample.words, sample.count));
    assert_int_equal(qdpi_launcher_line_expand(sample.words, sample.count, &launcher), 0);
    assert_int_equal(qdpi_command_line_parse(launcher.words, launcher.count, &line, NULL), 0);
    qdpi_line_facts(&line, NULL, facts);
    assert_string_equal(line.binary, "/q");
    assert_int_equal(facts->family, QDPI_FAMILY_Q35);
    assert_int_equal(facts->ram, UINT64_C(2) << 30);
    assert_int_equal(facts->backends[0].size, UINT64_C(2) << 30);
    assert_true(facts->backends[0].share && facts->backends[0].used && facts->irq_lines);
    assert_int_equal(facts->slots, 8);
    assert_int_equal(facts->cpus, 4);
    assert_true(facts->one_thread);
    qdpi_command_line_release(&line);
    qdpi_launcher_line_release(&launcher);
    assert_string_equal(facts->backends[0].path, "/dev/shm/qemu-dpi-launch.ram");
    // An option without a value takes none; a folder may have a comma in its name.
    split(&sample, "qdpi-launch --prealloc --ram=4G --ram-folder=/huge,pages -- ./sim");
    assert_int_equal(qdpi_launcher_line_expand(sample.words, sample.count, &launcher), 0);
    assert_int_equal(qdpi_command_line_parse(launcher.words, launcher.count, &line, NULL), 0);
    qdpi_line_facts(&line, NULL, facts);
    assert_int_equal(facts->ram, UINT64_C(4) << 30);
    assert_string_equal(facts->backends[0].path, "/huge,pages/qemu-dpi-launch.ram");
    qdpi_command_line_release(&line);
    qdpi_launcher_line_release(&launcher);
    // More monitors than the launcher would make.
    split(&sample, "qdpi-launch --bridges=18446744073709551615 -- ./sim");
    assert_int_equal(qdpi_launcher_line_expand(sample.words, sample.count, &launcher), 0);
    assert_true(launcher.count < 200);
    qdpi_launcher_line_release(&launcher);
    split(&sample, "qemu-dpi doctor");
    assert_false(qdpi_launcher_line_is(sample.words, sample.count));
    free(facts);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse_options),
        cmocka_unit_test(test_parse_values),
        cmocka_unit_test(test_parse_standing_alone),
        cmocka_unit_test(test_parse_json),
        cmocka_unit_test(test_parse_broken),
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_facts_memory),
        cmocka_unit_test(test_facts_cpus),
        cmocka_unit_test(test_monitors),
        cmocka_unit_test(test_is_qemu),
        cmocka_unit_test(test_launcher_line),
    };
    return qdpi_run_group(tests);
}
