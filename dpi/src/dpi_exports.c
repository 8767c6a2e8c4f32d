// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// The DPI shim: convert, call, return. It has no state and decides nothing but whether an array can
// be passed on.

#include "dpi_exports.h"

#include <stdbool.h>
#include <stdint.h>

#include "bridge_memory.h"
#include "qdpi_open_array.h"

// A simulator brings these; a C program that links the library for qdpi_* alone does not. They are
// in one file: who has one has all.
#pragma weak svGetArrayPtr
#pragma weak svSizeOfArray
// And some bring this one besides.
#pragma weak qdpi_simulator_open_array

_Static_assert(sizeof(unsigned long long) == sizeof(uint64_t), "longint is 64 bit wide");

__attribute__((noinline)) static struct qdpi_open_array
ask_simulator(const svOpenArrayHandle handle)
{
    struct qdpi_open_array array = {NULL, 0};
    int size;

    if (svSizeOfArray == NULL)
        return array;
    // Negative: more than an int can tell.
    size = svSizeOfArray(handle);
    if (size < 0)
        return array;
    array.size = (size_t)size;
    // NULL if the simulator does not keep the array in C's layout: then it cannot be shared.
    array.bytes = svGetArrayPtr(handle);
    return array;
}

/** An open array's bytes, in the order of C, or NULL. */
static inline struct qdpi_open_array find_array(const svOpenArrayHandle handle)
{
    if (handle == NULL)
        return (struct qdpi_open_array){NULL, 0};
    return QDPI_LIKELY(qdpi_simulator_open_array != NULL) ? qdpi_simulator_open_array(handle)
                                                          : ask_simulator(handle);
}

int dpi_open(const char *endpoint, unsigned int timeout_ms, void **bridge)
{
    struct qdpi_bridge *opened = NULL;
    int result = qdpi_open(endpoint, timeout_ms, &opened);

    *bridge = opened;
    return result;
}

void dpi_close(void *bridge)
{
    qdpi_close(bridge);
}

int dpi_reattach(void *bridge, unsigned int timeout_ms)
{
    return qdpi_reattach(bridge, timeout_ms);
}

const char *dpi_last_error(void *bridge)
{
    return qdpi_last_error(bridge);
}

int dpi_require(void *bridge, unsigned int features)
{
    return qdpi_require(bridge, features);
}

unsigned long long dpi_counter(void *bridge, int which)
{
    return qdpi_counter(bridge, which);
}

unsigned long long dpi_clock_us(void)
{
    return qdpi_clock_us();
}

const char *dpi_version(void)
{
    return qdpi_version();
}

static int refuse(void *bridge, const char *sentence)
{
    struct qdpi_error error = {.text = ""};

    if (bridge == NULL)
        return QDPI_ERR_INVALID;
    return qdpi_bridge_failed(bridge, qdpi_fail(&error, QDPI_ERR_INVALID, "%s", sentence), &error);
}

static int refuse_array(void *bridge)
{
    if (svSizeOfArray == NULL) {
        return refuse(bridge,
                      "svGetArrayPtr and its like, by which an array's bytes are found, are "
                      "not in this program: link a simulation with -Wl,--export-dynamic, "
                      "and a simulator's run-time archive whole");
    }
    return refuse(bridge, "an array passed to a dpi_mem_ function must be unpacked, in C's layout "
                          "and shorter than 2 GiB, for instance byte unsigned data [64]");
}

int dpi_mem_read(void *bridge, unsigned long long gpa, const svOpenArrayHandle data)
{
    const struct qdpi_open_array image = find_array(data);

    return QDPI_LIKELY(image.bytes != NULL) ? qdpi_bridge_read(bridge, gpa, image.bytes, image.size)
                                            : refuse_array(bridge);
}

int dpi_mem_write(void *bridge, unsigned long long gpa, const svOpenArrayHandle data)
{
    const struct qdpi_open_array image = find_array(data);

    return QDPI_LIKELY(image.bytes != NULL)
               ? qdpi_bridge_write(bridge, gpa, image.bytes, image.size)
               : refuse_array(bridge);
}

int dpi_mem_write_strobed(void *bridge, unsigned long long gpa, const svOpenArrayHandle data,
                          const svOpenArrayHandle strobes)
{
    const struct qdpi_open_array image = find_array(data);
    const struct qdpi_open_array bits = find_array(strobes);

    if (image.bytes == NULL || bits.bytes == NULL)
        return refuse_array(bridge);
    if (bits.size < (image.size + 7) / 8)
        return refuse(bridge,
                      "dpi_mem_write_strobed: one byte of strobes is needed for every 8 bytes "
                      "of data, the last ones included");
    return qdpi_mem_write_strobed(bridge, gpa, image.bytes, bits.bytes, image.size);
}

static int refuse_words(void *bridge)
{
    return refuse(bridge,
                  "dpi_mem_read_words and dpi_mem_write_words: the address must be a multiple "
                  "of 8 and every array must have at least `count` elements");
}

int dpi_mem_read_words(void *bridge, unsigned long long gpa, unsigned int count,
                       const svOpenArrayHandle words)
{
    const size_t size = count * sizeof(uint64_t);
    const struct qdpi_open_array image = find_array(words);

    if (image.bytes == NULL)
        return refuse_array(bridge);
    if (size > image.size || gpa % sizeof(uint64_t) != 0)
        return refuse_words(bridge);
    return qdpi_bridge_read(bridge, gpa, image.bytes, size);
}

int dpi_mem_write_words(void *bridge, unsigned long long gpa, unsigned int count,
                        const svOpenArrayHandle words, const svOpenArrayHandle strobes)
{
    const size_t size = count * sizeof(uint64_t);
    const struct qdpi_open_array image = find_array(words);
    const struct qdpi_open_array bits = find_array(strobes);

    if (image.bytes == NULL || bits.bytes == NULL)
        return refuse_array(bridge);
    if (size > image.size || count > bits.size || gpa % sizeof(uint64_t) != 0)
        return refuse_words(bridge);
    return QDPI_LIKELY(qdpi_all_set(bits.bytes, size))
               ? qdpi_bridge_write(bridge, gpa, image.bytes, size)
               : qdpi_bridge_write_strobed(bridge, gpa, image.bytes, bits.bytes, size);
}

int dpi_mem_read8(void *bridge, unsigned long long gpa, unsigned char *data)
{
    return qdpi_bridge_read(bridge, gpa, data, sizeof *data);
}

int dpi_mem_read16(void *bridge, unsigned long long gpa, unsigned short *data)
{
    return qdpi_bridge_read(bridge, gpa, data, sizeof *data);
}

int dpi_mem_read32(void *bridge, unsigned long long gpa, unsigned int *data)
{
    return qdpi_bridge_read(bridge, gpa, data, sizeof *data);
}

int dpi_mem_read64(void *bridge, unsigned long long gpa, unsigned long long *data)
{
    return qdpi_bridge_read(bridge, gpa, data, sizeof *data);
}

int dpi_mem_write8(void *bridge, unsigned long long gpa, unsigned char data)
{
    return qdpi_bridge_write(bridge, gpa, &data, sizeof data);
}

int dpi_mem_write16(void *bridge, unsigned long long gpa, unsigned short data)
{
    return qdpi_bridge_write(bridge, gpa, &data, sizeof data);
}

int dpi_mem_write32(void *bridge, unsigned long long gpa, unsigned int data)
{
    return qdpi_bridge_write(bridge, gpa, &data, sizeof data);
}

int dpi_mem_write64(void *bridge, unsigned long long gpa, unsigned long long data)
{
    return qdpi_bridge_write(bridge, gpa, &data, sizeof data);
}

int dpi_mem_cas32(void *bridge, unsigned long long gpa, unsigned int expected, unsigned int desired,
                  unsigned int *previous)
{
    return qdpi_mem_cas32(bridge, gpa, expected, desired, previous);
}

int dpi_mem_cas64(void *bridge, unsigned long long gpa, unsigned long long expected,
                  unsigned long long desired, unsigned long long *previous)
{
    uint64_t before = *previous;
    int result = qdpi_mem_cas64(bridge, gpa, expected, desired, &before);

    *previous = before;
    return result;
}

int dpi_mem_fetch_add32(void *bridge, unsigned long long gpa, unsigned int addend,
                        unsigned int *previous)
{
    return qdpi_mem_fetch_add32(bridge, gpa, addend, previous);
}

int dpi_mem_fetch_add64(void *bridge, unsigned long long gpa, unsigned long long addend,
                        unsigned long long *previous)
{
    uint64_t before = *previous;
    int result = qdpi_mem_fetch_add64(bridge, gpa, addend, &before);

    *previous = before;
    return result;
}

int dpi_mem_swap32(void *bridge, unsigned long long gpa, unsigned int desired,
                   unsigned int *previous)
{
    return qdpi_mem_swap32(bridge, gpa, desired, previous);
}

int dpi_mem_swap64(void *bridge, unsigned long long gpa, unsigned long long desired,
                   unsigned long long *previous)
{
    uint64_t before = *previous;
    int result = qdpi_mem_swap64(bridge, gpa, desired, &before);

    *previous = before;
    return result;
}

int dpi_map_refresh(void *bridge)
{
    return qdpi_map_refresh(bridge);
}

int dpi_translate(void *bridge, unsigned long long cr0, unsigned long long cr3,
                  unsigned long long cr4, unsigned long long efer, unsigned long long gva,
                  unsigned int access, unsigned long long *gpa, unsigned long long *page_size)
{
    const struct qdpi_paging paging = {.cr0 = cr0, .cr3 = cr3, .cr4 = cr4, .efer = efer};
    struct qdpi_translation translation;
    int result = qdpi_translate(bridge, &paging, gva, access, &translation);

    if (result == 0) {
        *gpa = translation.gpa;
        *page_size = translation.page_size;
    }
    return result;
}

int dpi_cpu_paging(void *bridge, unsigned int cpu, unsigned int timeout_ms, unsigned long long *cr0,
                   unsigned long long *cr3, unsigned long long *cr4, unsigned long long *efer)
{
    struct qdpi_paging paging;
    int result = qdpi_cpu_paging(bridge, cpu, &paging, timeout_ms);

    if (result == 0) {
        *cr0 = paging.cr0;
        *cr3 = paging.cr3;
        *cr4 = paging.cr4;
        *efer = paging.efer;
    }
    return result;
}

int dpi_irq_set(void *bridge, unsigned int line)
{
    return qdpi_irq_set(bridge, line);
}

int dpi_irq_clear(void *bridge, unsigned int line)
{
    return qdpi_irq_clear(bridge, line);
}

int dpi_irq_pulse(void *bridge, unsigned int line)
{
    return qdpi_irq_pulse(bridge, line);
}

int dpi_nmi(void *bridge)
{
    return qdpi_nmi(bridge);
}

int dpi_fence(void *bridge, unsigned int timeout_ms)
{
    return qdpi_fence(bridge, timeout_ms);
}

/** Hand an event over, if there is one. */
static int hand_over(int result, const struct qdpi_event *event, int *kind, unsigned int *index,
                     unsigned long long *value)
{
    if (result == 1) {
        *kind = (int)event->kind;
        *index = event->index;
        *value = event->value;
    }
    return result;
}

/** Not inlined, or an idle poll would save and restore its registers. */
__attribute__((noinline)) static int take_event(void *bridge, int *kind, unsigned int *index,
                                                unsigned long long *value)
{
    struct qdpi_event event;

    return hand_over(qdpi_event_poll(bridge, &event), &event, kind, index, value);
}

int dpi_event_poll(void *bridge, int *kind, unsigned int *index, unsigned long long *value)
{
    const struct qdpi_bridge *polled = bridge;

    // Every clock of an idle simulation ends here.
    if (polled != NULL && qdpi_event_queue_is_idle(&polled->events))
        return 0;
    return take_event(bridge, kind, index, value);
}

int dpi_event_wait(void *bridge, unsigned int timeout_ms, int *kind, unsigned int *index,
                   unsigned long long *value)
{
    struct qdpi_event event;

    return hand_over(qdpi_event_wait(bridge, timeout_ms, &event), &event, kind, index, value);
}

int dpi_guest_stop(void *bridge, unsigned int timeout_ms)
{
    return qdpi_guest_stop(bridge, timeout_ms);
}

int dpi_guest_continue(void *bridge, unsigned int timeout_ms)
{
    return qdpi_guest_continue(bridge, timeout_ms);
}

int dpi_guest_reset(void *bridge, unsigned int timeout_ms)
{
    return qdpi_guest_reset(bridge, timeout_ms);
}

int dpi_guest_quit(void *bridge, unsigned int timeout_ms)
{
    return qdpi_guest_quit(bridge, timeout_ms);
}
