// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// What SystemVerilog imports: qdpi_* in the types of IEEE 1800-2017 clause 35 (longint is long
// long, chandle is void *). The manual is qemu_dpi.h for the calls and qemu_dpi_pkg.sv for the
// SystemVerilog side. A test compiles dpi_exports.c against the header that Verilator generates
// from the package, so that the two sides cannot drift apart.

#ifndef DPI_EXPORTS_H_
#define DPI_EXPORTS_H_

#include "qemu_dpi.h"
#include "svdpi.h"

#ifdef __cplusplus
extern "C" {
#endif

QDPI_API int dpi_open(const char *endpoint, unsigned int timeout_ms, void **bridge);
QDPI_API void dpi_close(void *bridge);
QDPI_API int dpi_reattach(void *bridge, unsigned int timeout_ms);
QDPI_API const char *dpi_last_error(void *bridge);
QDPI_API int dpi_require(void *bridge, unsigned int features);
QDPI_API unsigned long long dpi_counter(void *bridge, int which);
QDPI_API unsigned long long dpi_clock_us(void);
QDPI_API const char *dpi_version(void);

QDPI_API int dpi_mem_read(void *bridge, unsigned long long gpa, const svOpenArrayHandle data);
QDPI_API int dpi_mem_write(void *bridge, unsigned long long gpa, const svOpenArrayHandle data);
QDPI_API int dpi_mem_write_strobed(void *bridge, unsigned long long gpa,
                                   const svOpenArrayHandle data, const svOpenArrayHandle strobes);
QDPI_API int dpi_mem_read_words(void *bridge, unsigned long long gpa, unsigned int count,
                                const svOpenArrayHandle words);
QDPI_API int dpi_mem_write_words(void *bridge, unsigned long long gpa, unsigned int count,
                                 const svOpenArrayHandle words, const svOpenArrayHandle strobes);

QDPI_API int dpi_mem_read8(void *bridge, unsigned long long gpa, unsigned char *data);
QDPI_API int dpi_mem_read16(void *bridge, unsigned long long gpa, unsigned short *data);
QDPI_API int dpi_mem_read32(void *bridge, unsigned long long gpa, unsigned int *data);
QDPI_API int dpi_mem_read64(void *bridge, unsigned long long gpa, unsigned long long *data);
QDPI_API int dpi_mem_write8(void *bridge, unsigned long long gpa, unsigned char data);
QDPI_API int dpi_mem_write16(void *bridge, unsigned long long gpa, unsigned short data);
QDPI_API int dpi_mem_write32(void *bridge, unsigned long long gpa, unsigned int data);
QDPI_API int dpi_mem_write64(void *bridge, unsigned long long gpa, unsigned long long data);

QDPI_API int dpi_mem_cas32(void *bridge, unsigned long long gpa, unsigned int expected,
                           unsigned int desired, unsigned int *previous);
QDPI_API int dpi_mem_cas64(void *bridge, unsigned long long gpa, unsigned long long expected,
                           unsigned long long desired, unsigned long long *previous);
QDPI_API int dpi_mem_fetch_add32(void *bridge, unsigned long long gpa, unsigned int addend,
                                 unsigned int *previous);
QDPI_API int dpi_mem_fetch_add64(void *bridge, unsigned long long gpa, unsigned long long addend,
                                 unsigned long long *previous);
QDPI_API int dpi_mem_swap32(void *bridge, unsigned long long gpa, unsigned int desired,
                            unsigned int *previous);
QDPI_API int dpi_mem_swap64(void *bridge, unsigned long long gpa, unsigned long long desired,
                            unsigned long long *previous);
QDPI_API int dpi_map_refresh(void *bridge);

QDPI_API int dpi_translate(void *bridge, unsigned long long cr0, unsigned long long cr3,
                           unsigned long long cr4, unsigned long long efer, unsigned long long gva,
                           unsigned int access, unsigned long long *gpa,
                           unsigned long long *page_size);
QDPI_API int dpi_cpu_paging(void *bridge, unsigned int cpu, unsigned int timeout_ms,
                            unsigned long long *cr0, unsigned long long *cr3,
                            unsigned long long *cr4, unsigned long long *efer);

QDPI_API int dpi_irq_set(void *bridge, unsigned int line);
QDPI_API int dpi_irq_clear(void *bridge, unsigned int line);
QDPI_API int dpi_irq_pulse(void *bridge, unsigned int line);
QDPI_API int dpi_nmi(void *bridge);
QDPI_API int dpi_fence(void *bridge, unsigned int timeout_ms);

QDPI_API int dpi_event_poll(void *bridge, int *kind, unsigned int *index,
                            unsigned long long *value);
QDPI_API int dpi_event_wait(void *bridge, unsigned int timeout_ms, int *kind, unsigned int *index,
                            unsigned long long *value);

QDPI_API int dpi_guest_stop(void *bridge, unsigned int timeout_ms);
QDPI_API int dpi_guest_continue(void *bridge, unsigned int timeout_ms);
QDPI_API int dpi_guest_reset(void *bridge, unsigned int timeout_ms);
QDPI_API int dpi_guest_quit(void *bridge, unsigned int timeout_ms);

#ifdef __cplusplus
}
#endif

#endif  // DPI_EXPORTS_H_
