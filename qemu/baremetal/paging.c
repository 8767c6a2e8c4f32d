// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
#include "paging.h"

#include "verdict.h"

enum {
    PAGING_ENTRIES = 512,
    PAGING_POINTERS = 4,
    PAGING_PRESENT = 0x01,
    PAGING_WRITABLE = 0x02,
    PAGING_LARGE = 0x80,
    PAGING_IDENTITY_PAGES = 2,
    WINDOW_BASE = 0x40000000,  // where the second page directory begins
    WINDOW_PAGES = 2,  // so that QDPI_WINDOW_SPAN bytes fit wherever in the first page they begin
    WINDOW_COUNT = PAGING_ENTRIES / WINDOW_PAGES,
    CPUID_FEATURES = 1,
    CPUID_FEATURE_PAE = 1 << 6,
    CPUID_EXTENDED_MAXIMUM = (int)0x80000000,
    CPUID_ADDRESS_SIZES = (int)0x80000008,
    CPUID_ADDRESS_BITS_DEFAULT = 36,
    CR0_PAGING = (int)0x80000000,
    CR0_WRITE_PROTECT = 0x00010000,
    CR4_PAE = 0x20,
};

struct cpuid_result {
    uint32_t a, b, c, d;
};

static uint64_t page_pointers[PAGING_POINTERS] __attribute__((aligned(32)));
static uint64_t identity_directory[PAGING_ENTRIES] __attribute__((aligned(4096)));
static uint64_t window_directory[PAGING_ENTRIES] __attribute__((aligned(4096)));
static unsigned windows_claimed;
static uint32_t physical_address_bits;

static struct cpuid_result cpuid(uint32_t leaf)
{
    struct cpuid_result result;
    __asm__("cpuid"
            : "=a"(result.a), "=b"(result.b), "=c"(result.c), "=d"(result.d)
            : "a"(leaf), "c"(0));
    return result;
}

static uint32_t address_bits(void)
{
    if (cpuid((uint32_t)CPUID_EXTENDED_MAXIMUM).a < (uint32_t)CPUID_ADDRESS_SIZES) {
        return CPUID_ADDRESS_BITS_DEFAULT;
    }
    return cpuid((uint32_t)CPUID_ADDRESS_SIZES).a & 0xff;
}

void qdpi_paging_init(void)
{
    if ((cpuid(CPUID_FEATURES).d & CPUID_FEATURE_PAE) == 0) {
        qdpi_verdict_fail(QDPI_FAILURE_SETUP,
                          "the processor has no PAE; start QEMU with another -cpu");
    }
    physical_address_bits = address_bits();
    for (uint32_t page = 0; page < PAGING_IDENTITY_PAGES; page++) {
        identity_directory[page] =
            (uint64_t)page * QDPI_PAGE_BYTES | PAGING_PRESENT | PAGING_WRITABLE | PAGING_LARGE;
    }
    page_pointers[0] = (uint32_t)identity_directory | PAGING_PRESENT;
    page_pointers[1] = (uint32_t)window_directory | PAGING_PRESENT;
    qdpi_paging_enter();
}

void qdpi_paging_enter(void)
{
    uint32_t register_value;
    __asm__ volatile("movl %%cr4, %0" : "=r"(register_value));
    __asm__ volatile("movl %0, %%cr4" : : "r"(register_value | CR4_PAE) : "memory");
    __asm__ volatile("movl %0, %%cr3" : : "r"(page_pointers) : "memory");
    __asm__ volatile("movl %%cr0, %0" : "=r"(register_value));
    register_value |= (uint32_t)CR0_PAGING | CR0_WRITE_PROTECT;
    __asm__ volatile("movl %0, %%cr0" : : "r"(register_value) : "memory");
}

unsigned qdpi_window_claim(void)
{
    if (windows_claimed == WINDOW_COUNT) {
        qdpi_verdict_fail(QDPI_FAILURE_SETUP, "all %u memory windows are in use",
                          (uint32_t)WINDOW_COUNT);
    }
    return windows_claimed++;
}

void *qdpi_window_map(unsigned window, uint64_t address)
{
    uint64_t page_address = address & ~(uint64_t)(QDPI_PAGE_BYTES - 1);
    uint32_t window_address = WINDOW_BASE + window * WINDOW_PAGES * QDPI_PAGE_BYTES;
    for (uint32_t page = 0; page < WINDOW_PAGES; page++) {
        uint64_t target = page_address + (uint64_t)page * QDPI_PAGE_BYTES;
        uint64_t entry = 0;
        if (qdpi_paging_reaches(target, QDPI_PAGE_BYTES)) {
            entry = target | PAGING_PRESENT | PAGING_WRITABLE | PAGING_LARGE;
        }
        window_directory[window * WINDOW_PAGES + page] = entry;
        __asm__ volatile("invlpg (%0)" : : "r"(window_address + page * QDPI_PAGE_BYTES) : "memory");
    }
    return (void *)(window_address + (uint32_t)(address & (QDPI_PAGE_BYTES - 1)));
}

bool qdpi_paging_reaches(uint64_t address, uint64_t size)
{
    uint64_t limit = (uint64_t)1 << physical_address_bits;
    return size <= limit && address <= limit - size;
}
