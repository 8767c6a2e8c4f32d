// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// qemu-dpi, the C API: a bus master's view of the memory, doorbells and interrupts of a PC that
// stock QEMU emulates. This header is the reference manual; the dpi_* functions that SystemVerilog
// imports (dpi_exports.h, qemu_dpi_pkg.sv) are the same calls in the types of IEEE 1800 clause 35.
//
// Concepts
//   bridge     One connection between this process and one guest: the first argument of every call.
//              There is no global library state but the SIGBUS handler (see qdpi_open); any number
//              of bridges may be open, to one guest or to several. A bridge may be used from
//              several threads at once, except that qdpi_close() must be the last call on it.
//   GPA        Guest-physical address, 64 bit: what a bus master puts on its address bus.
//   endpoint   Text that says what to attach to: see qdpi_open().
//   doorbell   Guest to RTL: (index, 64-bit value), a posted register write.
//   interrupt  RTL to guest: an ISA interrupt line set, cleared or pulsed, or an NMI.
//
// Results
//   Every call returns 0 or a count on success and a negative number on failure, one of QDPI_ERR_*
//   (errno values, negated). The bridge keeps one sentence about the *first* failure since the last
//   qdpi_last_error(). The library never prints, exits or aborts.
//
// Ordering
//   Aligned accesses of 1, 2, 4 and 8 bytes are single-copy atomic. Every read acquires and every
//   write releases: a guest that sees a flag written here sees the data written here before it, and
//   the reverse. Any other access may become visible in any order of the guest's aligned 8-byte
//   words, but each of these that it covers is single-copy atomic, and so are the aligned words of
//   4, 2 and 1 bytes before the first and behind the last. A write stores each byte once: what the
//   guest puts there after it has seen the byte come stands.
//   On an x86 host this adds up to x86-TSO: a bridge is ordered like one more CPU of the guest. All
//   see all writes of others in one order, whoever made them, and who has seen a write passes it on
//   with his next one. As between two CPUs, a write may be overtaken by a read of something else:
//   when each side sets its flag and then looks at the other's, both may find it unset. Where that
//   matters, both need a full barrier between: here any of the atomics, on any word, or one instead
//   of the write; in the guest MFENCE or a `lock` instruction.
//   The qdpi_mem_cas, fetch_add and swap calls are atomic against the guest's own `lock`
//   instructions, and full barriers. A guest for which that cannot be had (QEMU's TCG with -smp 1,
//   or with all CPUs in one thread; cure: -smp 1,maxcpus=2) makes them fail with
//   QDPI_ERR_UNSUPPORTED. Not seen from outside, and broken: one CPU with maxcpus=2 and -accel
//   tcg,thread=single. Interrupt calls are posted in order with the memory writes before them.

#ifndef QEMU_DPI_H_
#define QEMU_DPI_H_

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define QDPI_VERSION_MAJOR 0
#define QDPI_VERSION_MINOR 1
#define QDPI_VERSION_PATCH 0

#if defined(__GNUC__)
#define QDPI_API __attribute__((visibility("default")))
#define QDPI_NODISCARD __attribute__((warn_unused_result))
#else
#define QDPI_API
#define QDPI_NODISCARD
#endif

/** What calls return: 0 or a count, else one of these. docs/errors.md has the remedies. */
enum qdpi_result {
#include "qdpi_results.inc"
};

enum qdpi_event_kind {
#include "qdpi_events.inc"
};

enum qdpi_feature {
#include "qdpi_features.inc"
};

enum qdpi_counter {
#include "qdpi_counters.inc"
};

/** What an address is translated for: bits. */
enum qdpi_access {
#include "qdpi_access.inc"
};

/** One connection to one guest. Opaque. */
struct qdpi_bridge;

/** Something that happened in the guest. */
struct qdpi_event {
    enum qdpi_event_kind kind;
    uint32_t index; /**< doorbell: which one; else 0 */
    uint64_t value; /**< doorbell: what was written; others: see QDPI_EVENT_* */
};

/** What stands at a GPA. */
enum qdpi_memory_kind {
    QDPI_MEMORY_RAM,
    QDPI_MEMORY_ROM,    /**< guest RAM or a ROM image that the guest cannot write; can be read if it
                             has a `path` */
    QDPI_MEMORY_DEVICE, /**< device registers, or memory without a shared file */
};

/** One range of the memory map: [first, last] inclusive, so that a range may end at 2^64 - 1. */
struct qdpi_memory_range {
    uint64_t first;
    uint64_t last;
    enum qdpi_memory_kind kind;
    const char *path; /**< the file behind it; NULL where there is none. Valid until qdpi_close() or
                           qdpi_reattach(). */
    uint64_t offset;  /**< of `first` in that file */
};

// ---- Lifetime ----------------------------------------------------------------------------------

/**
 * Attach to a guest.
 *
 * Endpoints:
 *   qmp:PATH   PATH is a QMP socket of a running QEMU
 *              (-qmp unix:PATH,server=on,wait=off). RAM files, NUMA backends, DIMMs and the memory
 *              map are discovered over it. Relative paths are relative to this process. One QMP
 *              socket serves one bridge.
 *   file:PATH?size=SIZE&machine=flat|pc|q35
 *              A RAM file alone: no doorbells, no interrupts, no events. SIZE takes the suffixes K,
 *              M, G and T (powers of 1024), must be a multiple of 4096, and defaults to the file's
 *              size. The layout is what
 *              -machine pc or q35 gives that much RAM, with 0xa0000-0xbffff absent and
 *              0xc0000-0xfffff read-only as after the firmware; flat (the default) puts the whole
 *              file at GPA 0.
 *
 *   ?owner=any, &owner=any
 *              Of either: the guest may be another user's. Without it, a RAM file that does not
 *              belong to this user, or a socket at which another one listens, is QDPI_ERR_DENIED,
 *              also for and of root. The first '?' starts the keys; in PATH "%3F" stands for '?'
 *              and "%25" for '%'. A symbolic link in a folder that others can write is not
 *              followed (docs/security.md).
 *
 *   ?prefault=yes, &prefault=yes
 *              Of either: map all RAM that the file has pages for while attaching (some 0.1 s a
 *              GiB), and not page by page when it is first touched (some 0.5 us each). For guests
 *              whose RAM exists beforehand: QEMU's prealloc=on, huge pages, a RAM file that is
 * full.
 *
 *   env:NAME   What the environment variable NAME holds; "" and NULL stand for env:QEMU_DPI.
 *
 * Blocks until attached or `timeout_ms` has passed (0: one try, without waiting for QEMU to
 * appear; its answers are then awaited for 5 s). QEMU may be started after this call.
 *
 * The first bridge installs a SIGBUS handler, the last one removes it: a RAM file that is truncated
 * or on a full file system makes the bridge lost instead of killing the simulator. A SIGBUS that is
 * not about a bridge goes to the handler that was there before. There are places for 1024 RAM files
 * and statistics pages in a process.
 *
 * After fork(), the child may read and write memory, by the map as it was then, and make no other
 * call. Where QEMU would have to be asked (a map that has expired, 0xa0000-0xfffff) it gets
 * QDPI_ERR_UNSUPPORTED. Its errors have no sentence, and its accesses are counted with the
 * parent's, which then are not exact.
 *
 * What the bridge does is counted in a page of shared memory, /dev/shm/qemu-dpi-stats-UID-PID-N,
 * which only this user can read and qdpi_close() removes: `qemu-dpi stats` shows it. With
 * QEMU_DPI_STATS=off in the environment, or where no such file can be made, nobody else sees it.
 *
 * @param bridge  receives the bridge, also on failure (NULL only for QDPI_ERR_NO_MEMORY): then
 * every call on it but qdpi_last_error(), qdpi_reattach() and qdpi_close() fails with
 *                QDPI_ERR_LOST. Close it in any case.
 * @return 0; QDPI_ERR_INVALID: not an endpoint; QDPI_ERR_NOT_FOUND: no such socket or RAM file
 *         (start QEMU first, or give it more time), or the RAM file was removed or replaced after
 * QEMU had opened it; QDPI_ERR_DENIED: no permission, or another user's guest; QDPI_ERR_BUSY:
 * another client holds this monitor (give QEMU one -qmp per bridge); QDPI_ERR_PROTOCOL: something
 * else than QMP answers; QDPI_ERR_UNSUPPORTED: this QEMU keeps its RAM elsewhere (share=off, no
 * -machine memory-backend=, RAM file too small); QDPI_ERR_TIMEOUT: the answer did not come in time;
 * QDPI_ERR_LOST: the peer hung up; QDPI_ERR_IO: QEMU refused a question, or a system call failed.
 */
QDPI_API QDPI_NODISCARD int qdpi_open(const char *endpoint, unsigned timeout_ms,
                                      struct qdpi_bridge **bridge);

/** Detach and free. Undelivered events are dropped, posted interrupts are sent first (for at most
 *  one second). NULL is allowed. No other call on the bridge may be under way. */
QDPI_API void qdpi_close(struct qdpi_bridge *bridge);

/**
 * Attach again to the same endpoint, after QDPI_EVENT_LOST or a failed qdpi_open(), for instance to
 * a restarted QEMU with another configuration. Undelivered events are dropped; counters go on.
 * Doorbells that came before the loss are delivered before QDPI_EVENT_LOST: take them first. What
 * the guest rings between the loss and the end of this call is lost, because QEMU keeps no event
 * for a monitor without a client: a guest that has to survive it keeps its count in memory. A guest
 * that the bridge had paused because nobody took its doorbells goes on. Interrupts that are still
 * queued are sent first (for at most one second); the rest is counted as failed, and no fence waits
 * for it.
 * Blocking and results are those of qdpi_open(). Not while another call on this bridge is under
 * way.
 */
QDPI_API QDPI_NODISCARD int qdpi_reattach(struct qdpi_bridge *bridge, unsigned timeout_ms);

/**
 * The sentence about the first failure since the last call, and start anew. "" if there was none.
 * Never NULL. The text is valid until the next qdpi_last_error() on this bridge.
 */
QDPI_API const char *qdpi_last_error(struct qdpi_bridge *bridge);

/**
 * Check that the guest was started with what a testbench needs. Never blocks.
 * @param features  QDPI_FEATURE_* bits.
 * @return 0; QDPI_ERR_UNSUPPORTED: one is missing; the sentence names the QEMU option to add;
 *         QDPI_ERR_INVALID: a bit that is no feature; QDPI_ERR_LOST: not attached.
 */
QDPI_API QDPI_NODISCARD int qdpi_require(struct qdpi_bridge *bridge, unsigned features);

/** A counter since qdpi_open(). @param which QDPI_COUNTER_*. @return 0 for an unknown one. */
QDPI_API uint64_t qdpi_counter(struct qdpi_bridge *bridge, int which);

/** "MAJOR.MINOR.PATCH" of the library that is loaded. */
QDPI_API const char *qdpi_version(void);

/** Wall-clock microseconds since an arbitrary moment: for rates and time-outs in a testbench. */
QDPI_API uint64_t qdpi_clock_us(void);

// ---- Memory ------------------------------------------------------------------------------------
//
// All calls: `gpa` may be any address and an access may cross from one range into the next; it is
// checked over its whole length first, and fails whole: on error the caller's buffer and the
// guest's memory are untouched. (One exception: if the RAM file is truncated *while* a read of more
// than 8 bytes copies, the buffer may hold part of it; the result still is QDPI_ERR_LOST.) No
// system call, no lock and no allocation, except that QEMU is asked again for its map after a guest
// reset, after memory was plugged or unplugged, before an access is answered with
// QDPI_ERR_UNMAPPED or QDPI_ERR_ROM (at most 20 times a second), and for every access to
// 0xa0000-0xfffff, where the firmware switches between RAM, ROM and devices. That is one QMP round
// trip, and up to eight while the map goes on changing; each may take 5 s.
// Results: 0; QDPI_ERR_UNMAPPED; QDPI_ERR_ROM (writes and atomics); QDPI_ERR_LOST; QDPI_ERR_INVALID
// (the range wraps past 2^64, a misaligned atomic); QDPI_ERR_UNSUPPORTED (an atomic, and the guest
// has none); and when the map had to be asked for, QDPI_ERR_TIMEOUT (QEMU did not answer),
// QDPI_ERR_IO (it refused), QDPI_ERR_PROTOCOL (its answer is not understood), QDPI_ERR_NO_MEMORY
// (there is no room for the answer), or, when a RAM file has come or gone, what qdpi_open() says of
// RAM files.
// A length of 0 does nothing and succeeds.
//
// Guest *code* that QEMU's TCG has already translated is not re-translated when it is overwritten
// here: a guest may go on running the old instructions. Data has no such limit.

/** Copy guest memory [gpa, gpa + size) to `data`. */
QDPI_API QDPI_NODISCARD int qdpi_mem_read(struct qdpi_bridge *bridge, uint64_t gpa, void *data,
                                          size_t size);

/** Copy `data` to guest memory [gpa, gpa + size). */
QDPI_API QDPI_NODISCARD int qdpi_mem_write(struct qdpi_bridge *bridge, uint64_t gpa,
                                           const void *data, size_t size);

/**
 * Write those bytes whose strobe is set. Bit i % 8 of strobes[i / 8] is the strobe of data[i].
 * Only ranges with a set strobe are checked and touched; the others keep what the guest has there.
 */
QDPI_API QDPI_NODISCARD int qdpi_mem_write_strobed(struct qdpi_bridge *bridge, uint64_t gpa,
                                                   const void *data, const uint8_t *strobes,
                                                   size_t size);

/** Typed forms: little endian, any alignment, single-copy atomic when aligned. */
QDPI_API QDPI_NODISCARD int qdpi_mem_read8(struct qdpi_bridge *bridge, uint64_t gpa, uint8_t *data);
QDPI_API QDPI_NODISCARD int qdpi_mem_read16(struct qdpi_bridge *bridge, uint64_t gpa,
                                            uint16_t *data);
QDPI_API QDPI_NODISCARD int qdpi_mem_read32(struct qdpi_bridge *bridge, uint64_t gpa,
                                            uint32_t *data);
QDPI_API QDPI_NODISCARD int qdpi_mem_read64(struct qdpi_bridge *bridge, uint64_t gpa,
                                            uint64_t *data);
QDPI_API QDPI_NODISCARD int qdpi_mem_write8(struct qdpi_bridge *bridge, uint64_t gpa, uint8_t data);
QDPI_API QDPI_NODISCARD int qdpi_mem_write16(struct qdpi_bridge *bridge, uint64_t gpa,
                                             uint16_t data);
QDPI_API QDPI_NODISCARD int qdpi_mem_write32(struct qdpi_bridge *bridge, uint64_t gpa,
                                             uint32_t data);
QDPI_API QDPI_NODISCARD int qdpi_mem_write64(struct qdpi_bridge *bridge, uint64_t gpa,
                                             uint64_t data);

/**
 * Compare-and-swap: if the word at `gpa` equals `expected`, replace it by `desired`.
 * `gpa` must be aligned to the word. `previous` receives what was there: the swap took place if it
 * equals `expected`.
 */
QDPI_API QDPI_NODISCARD int qdpi_mem_cas32(struct qdpi_bridge *bridge, uint64_t gpa,
                                           uint32_t expected, uint32_t desired, uint32_t *previous);
QDPI_API QDPI_NODISCARD int qdpi_mem_cas64(struct qdpi_bridge *bridge, uint64_t gpa,
                                           uint64_t expected, uint64_t desired, uint64_t *previous);

/** Add to the word at `gpa` (aligned; wraps around). `previous` receives what was there. */
QDPI_API QDPI_NODISCARD int qdpi_mem_fetch_add32(struct qdpi_bridge *bridge, uint64_t gpa,
                                                 uint32_t addend, uint32_t *previous);
QDPI_API QDPI_NODISCARD int qdpi_mem_fetch_add64(struct qdpi_bridge *bridge, uint64_t gpa,
                                                 uint64_t addend, uint64_t *previous);

/** Replace the word at `gpa` (aligned). `previous` receives what was there. */
QDPI_API QDPI_NODISCARD int qdpi_mem_swap32(struct qdpi_bridge *bridge, uint64_t gpa,
                                            uint32_t desired, uint32_t *previous);
QDPI_API QDPI_NODISCARD int qdpi_mem_swap64(struct qdpi_bridge *bridge, uint64_t gpa,
                                            uint64_t desired, uint64_t *previous);

/**
 * Ask QEMU for its memory map now. Blocks for one QMP round trip, at most 5 s.
 * @return 0; QDPI_ERR_UNSUPPORTED: the endpoint has no QMP; QDPI_ERR_TIMEOUT; QDPI_ERR_IO: QEMU
 *         refused; QDPI_ERR_PROTOCOL: its answer is not understood; QDPI_ERR_NO_MEMORY;
 *         QDPI_ERR_LOST; what qdpi_open() says of RAM files.
 */
QDPI_API QDPI_NODISCARD int qdpi_map_refresh(struct qdpi_bridge *bridge);

/**
 * Copy up to `capacity` ranges of the memory map as last discovered, in ascending order.
 * @return how many ranges the map has (may exceed `capacity`); QDPI_ERR_INVALID; QDPI_ERR_LOST;
 * and, when it has to be asked for, what qdpi_map_refresh() says.
 */
QDPI_API QDPI_NODISCARD int qdpi_map_get(struct qdpi_bridge *bridge,
                                         struct qdpi_memory_range *ranges, size_t capacity);

// ---- Address translation -----------------------------------------------------------------------
//
// What the MMU of a guest CPU does: a guest-virtual address (GVA) becomes a GPA by the page tables
// in guest memory. They are walked here, in the shared RAM: no CPU is asked or stopped, nothing is
// written (no accessed or dirty bit is set), and each entry is read in one piece. A guest that
// changes its tables meanwhile gives one of the translations that a CPU may get then; a device with
// shared virtual memory has to be told by its driver when what it holds has become stale.
//
// Paging off, 32-bit paging (4 KiB and 4 MiB pages, PSE-36), PAE, 4 and 5 levels (4 KiB, 2 MiB and
// 1 GiB pages), NX, SMEP, CR0.WP, and A20. Not looked at: SMAP and protection keys, which depend on
// more than the address; tables of nested guests; how many address bits the CPU really has (52).

/** What a page is: bits, all levels of its tables taken together. */
enum qdpi_page {
    QDPI_PAGE_WRITABLE = 1,
    QDPI_PAGE_USER = 2,
    QDPI_PAGE_NO_EXECUTE = 4,
    QDPI_PAGE_GLOBAL = 8,
    QDPI_PAGE_ACCESSED = 16, /**< as the last entry says */
    QDPI_PAGE_DIRTY = 32,
};

/** Why the page tables give no translation. */
enum qdpi_fault {
    QDPI_FAULT_NONE,
    QDPI_FAULT_NOT_PRESENT,
    QDPI_FAULT_RESERVED,      /**< an entry has a bit set that must be zero */
    QDPI_FAULT_NON_CANONICAL, /**< the address has more bits than the paging mode */
    QDPI_FAULT_NO_TABLE,      /**< a page table is not in guest RAM */
    QDPI_FAULT_RIGHTS,        /**< the page does not allow the access */
};

/** An address space: the registers of a CPU that choose the page tables and how they are read. */
struct qdpi_paging {
    uint64_t cr0;
    uint64_t cr3;
    uint64_t cr4;
    uint64_t efer;
    int a20_masked; /**< not 0: address line 20 is held low, as after a reset of an old PC */
};

#define QDPI_TRANSLATION_STEPS 5

/** One entry of a page table, as it was read. */
struct qdpi_translation_step {
    int level;      /**< 5 to 1; 1: the page table proper */
    uint64_t gpa;   /**< where the entry stands */
    uint64_t entry; /**< its value */
};

struct qdpi_translation {
    uint64_t gpa;
    uint64_t page_size;    /**< of the page around; with paging off 4096 */
    unsigned page;         /**< QDPI_PAGE_* bits */
    enum qdpi_fault fault; /**< also none when it is the bridge that failed */
    int step_count;
    struct qdpi_translation_step steps[QDPI_TRANSLATION_STEPS];
};

/**
 * Translate a GVA of an address space. Costs at most five reads of memory; blocks no longer than
 * qdpi_mem_read64().
 * @param access       QDPI_ACCESS_* bits.
 * @param translation  receives the result; on a fault `fault` and the steps up to there.
 * @return 0; QDPI_ERR_UNMAPPED: nothing is mapped there, an entry is broken, or a table is not in
 *         RAM (the sentence names the entry); QDPI_ERR_DENIED: the page does not allow `access`;
 *         QDPI_ERR_INVALID: no address space or nowhere to put the result; else as qdpi_mem_read().
 */
QDPI_API QDPI_NODISCARD int qdpi_translate(struct qdpi_bridge *bridge,
                                           const struct qdpi_paging *paging, uint64_t gva,
                                           unsigned access, struct qdpi_translation *translation);

/**
 * Ask QEMU for the address space that a CPU has now. `cpu` counts from 0, as in query-cpus-fast.
 * @return 0; QDPI_ERR_IO: no such CPU; QDPI_ERR_PROTOCOL: this QEMU prints its registers in a way
 *         that is not known here, or is not an x86; QDPI_ERR_UNSUPPORTED: an endpoint without QMP;
 *         QDPI_ERR_TIMEOUT; QDPI_ERR_LOST.
 */
QDPI_API QDPI_NODISCARD int qdpi_cpu_paging(struct qdpi_bridge *bridge, unsigned cpu,
                                            struct qdpi_paging *paging, unsigned timeout_ms);

/**
 * Ask QEMU what it takes the address for, with the page tables that the CPU has now (gva2gpa): to
 * check qdpi_translate() against. QEMU looks at no rights and, as of 7.2, at no reserved bits.
 * @return 1: `gpa` is set; 0: QEMU says that it is not mapped; else as qdpi_cpu_paging().
 */
QDPI_API QDPI_NODISCARD int qdpi_cpu_translate(struct qdpi_bridge *bridge, unsigned cpu,
                                               uint64_t gva, uint64_t *gpa, unsigned timeout_ms);

/**
 * Ask QEMU at which address of its own process the byte of guest RAM at `gpa` is (gpa2hva), for a
 * debugger that is attached to QEMU.
 * @return 1: `address` is set; 0: QEMU has no RAM there; else as qdpi_cpu_paging().
 */
QDPI_API QDPI_NODISCARD int qdpi_host_address(struct qdpi_bridge *bridge, uint64_t gpa,
                                              uint64_t *address, unsigned timeout_ms);

// ---- Interrupts --------------------------------------------------------------------------------
//
// Posted (a call waits only when 65 536 requests are queued already; however slow QEMU is, as long
// as it takes any, and else for 5 s): queued in call order, behind the memory writes before them,
// and sent by the bridge's own thread; none is merged or dropped. If QEMU later refuses one, the
// sentence is kept and QDPI_COUNTER_INTERRUPTS_FAILED counts it; qdpi_fence() then returns
// QDPI_ERR_IO once. Those that are queued when the connection is lost are counted as failed too;
// QEMU may have carried out up to eight of them.
//
// A line has one level, whoever drives it, and a bridge that attaches does not change it. Several
// bridges may drive one line: each call is carried out and counted, but where one bridge raises a
// line that the other holds high, there is no edge, and two pulses at the same time may be one
// interrupt, which may come before what the second bridge had written. Give each bridge a line of
// its own.
//
// Lines 0-15 are ISA interrupt lines. Under Linux with the IOAPIC 5, 9, 10 and 11 are
// level-triggered, the others edge-triggered; 3, 6 and 7 are edge-triggered everywhere and free
// under -nodefaults. Results: 0; QDPI_ERR_INVALID: no such line; QDPI_ERR_UNSUPPORTED: no -device
// pc-testdev, or an endpoint without QMP; QDPI_ERR_LOST; QDPI_ERR_TIMEOUT: the queue is full and
// QEMU has taken nothing for 5 s: nothing was queued; QDPI_ERR_NO_MEMORY.

/** Drive the line high. */
QDPI_API QDPI_NODISCARD int qdpi_irq_set(struct qdpi_bridge *bridge, unsigned line);

/** Drive the line low. */
QDPI_API QDPI_NODISCARD int qdpi_irq_clear(struct qdpi_bridge *bridge, unsigned line);

/** High, then low: one interrupt on an edge-triggered line. The line rises and falls once for each
 *  pulse, in their order, but the guest's interrupt controller holds only one edge of a line: a
 *  pulse that comes before the guest has taken the interrupt of the last adds nothing to it. The
 *  first pulse of a line after attaching lowers it before: a simulator that ended in the middle of
 *  a pulse has left it high. */
QDPI_API QDPI_NODISCARD int qdpi_irq_pulse(struct qdpi_bridge *bridge, unsigned line);

/** Non-maskable interrupt on all CPUs (QMP inject-nmi). */
QDPI_API QDPI_NODISCARD int qdpi_nmi(struct qdpi_bridge *bridge);

/**
 * Wait until QEMU has carried out every interrupt call made before this one.
 * @return 0; QDPI_ERR_TIMEOUT: they are still queued; QDPI_ERR_IO: QEMU refused at least one since
 *         the last fence; QDPI_ERR_LOST; QDPI_ERR_UNSUPPORTED: the endpoint has no QMP.
 */
QDPI_API QDPI_NODISCARD int qdpi_fence(struct qdpi_bridge *bridge, unsigned timeout_ms);

// ---- Events and doorbells ----------------------------------------------------------------------
//
// Doorbells and guest events come in one queue in the order in which QEMU sent them; those of one
// guest CPU are in its program order. Nothing is lost or doubled: when 65 536 wait to be taken, the
// guest is paused (QMP stop; seen as QDPI_EVENT_STOP) until three quarters of them have been, and
// goes on (QDPI_EVENT_RESUME). Should 262 144 wait all the same, for instance because someone else
// let the guest run, further ones are dropped and counted, and QDPI_EVENT_OVERFLOW marks the place.
// Each bridge to a guest gets every one of its doorbells and events, and the guest is paused when
// any of them falls behind; whoever lets it go on meanwhile, it is paused again. A simulator that
// ends without qdpi_close() while it has paused the guest leaves it so for the next bridge to the
// same endpoint, which lets it go on (not with QEMU_DPI_STATS=off: then qemu-dpi cont does).
//
// What QEMU sends is not trusted: anything that is no QMP, a message longer than 16 MiB or of more
// than 262 144 values, and an answer to no request end the connection (QDPI_EVENT_LOST) with a
// sentence. One message takes less than 96 MiB while it is read.

/**
 * Take the next event. Never blocks; no system call when there is none.
 * @return 1: `event` holds it; 0: there is none, `event` is untouched; QDPI_ERR_LOST: there is none
 *         and none will come (QDPI_EVENT_LOST has been delivered).
 */
QDPI_API QDPI_NODISCARD int qdpi_event_poll(struct qdpi_bridge *bridge, struct qdpi_event *event);

/**
 * Take the next event, waiting for it without using the CPU.
 * @return as qdpi_event_poll(); 0 after `timeout_ms` without one; QDPI_ERR_UNSUPPORTED: an endpoint
 *         without QMP has no events.
 */
QDPI_API QDPI_NODISCARD int qdpi_event_wait(struct qdpi_bridge *bridge, unsigned timeout_ms,
                                            struct qdpi_event *event);

// ---- Guest control -----------------------------------------------------------------------------
//
// Each waits for QEMU's answer, at most `timeout_ms`. Interrupts posted before are carried out
// first; one that was not even sent when its time was over is not carried out later.
// @return 0; QDPI_ERR_TIMEOUT; QDPI_ERR_IO: QEMU refused; QDPI_ERR_UNSUPPORTED; QDPI_ERR_LOST.

/** Stop the guest's CPUs. */
QDPI_API QDPI_NODISCARD int qdpi_guest_stop(struct qdpi_bridge *bridge, unsigned timeout_ms);

/** Let them run again. */
QDPI_API QDPI_NODISCARD int qdpi_guest_continue(struct qdpi_bridge *bridge, unsigned timeout_ms);

/** Reset the guest, as its reset button would. QDPI_EVENT_RESET follows. */
QDPI_API QDPI_NODISCARD int qdpi_guest_reset(struct qdpi_bridge *bridge, unsigned timeout_ms);

/** End QEMU. QDPI_EVENT_SHUTDOWN and QDPI_EVENT_LOST follow. */
QDPI_API QDPI_NODISCARD int qdpi_guest_quit(struct qdpi_bridge *bridge, unsigned timeout_ms);

#ifdef __cplusplus
}
#endif

#endif  // QEMU_DPI_H_
