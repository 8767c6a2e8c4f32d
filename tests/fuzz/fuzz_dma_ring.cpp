// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// Fuzz target: a hostile guest and the DMA engine (tb_dma_fuzz). The input is
//   byte 0           what the port does and which windows are open
//   byte 1           how many register accesses follow
//   11 bytes each    register, wait and order, form of the value; the value, 8 bytes
//   the rest         descriptors, or memory as it is, from kRing on
// Whatever these do: the engine writes nothing outside the windows and breaks no rule of AXI4 (the
// testbench says so); while it has work the bus does not stand still; a soft reset ends within a
// bounded number of clocks; and after it the engine does a good ring's work to the last byte.

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include <fcntl.h>
#include <stdio_ext.h>
#include <sys/mman.h>
#include <unistd.h>

#include "Vtb_dma_fuzz.h"
#include "verilated.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

namespace
{
enum : uint32_t {
#include "../../rtl/include/qdpi_dma_layout.inc"
};

constexpr uint64_t kMemoryBytes = 0x10000;
constexpr uint64_t kBlock = 64;          // windows are whole blocks, and end within a page
constexpr uint64_t kOpenFirst = 0x1000;  // always readable and writable
constexpr uint64_t kOpenLast = 0x7f7f;
constexpr uint64_t kRing = 0x1000;  // of the input, and the registers' plausible values are near it
constexpr unsigned kAccessBytes = 11;
constexpr unsigned kAccessesMost = 48;
constexpr unsigned kHostileClocks = 1024;

/// What goes on may take this long with a port that delays.
constexpr unsigned kStillClocks = 200;   // without a handshake while there is work
constexpr unsigned kResetClocks = 2500;  // 4 reads and 8 writes of 64 beats, and the delays
constexpr unsigned kAnswerClocks = 100;  // to an access of a register
constexpr unsigned kWorkClocks = 1500;   // for the good ring

enum Flags : uint8_t {
    kSlowReads = 1,
    kFaulty = 2,
    kWindows = 4 | 8,
    kRawDescriptors = 16,
    kSlowWrites = 32,
};

[[noreturn]] void found(const char *what, uint64_t value = 0)
{
    std::fflush(stdout);
    std::fprintf(stderr, "fuzz_dma_ring: %s (0x%llx)\n", what,
                 static_cast<unsigned long long>(value));
    std::abort();
}

uint64_t load(const uint8_t *bytes, unsigned size)
{
    uint64_t value = 0;
    std::memcpy(&value, bytes, size);
    return value;
}

void store(uint8_t *bytes, uint64_t value, unsigned size)
{
    std::memcpy(bytes, &value, size);
}

uint64_t first_difference(const uint8_t *left, const uint8_t *right, uint64_t at)
{
    while (left[at] == right[at])
        at++;
    return at;
}

uint32_t crc32c(const uint8_t *bytes, size_t size)
{
    uint32_t crc = 0xffffffff;
    for (size_t i = 0; i < size; i++) {
        crc ^= bytes[i];
        for (int bit = 0; bit < 8; bit++)
            crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0x82f63b78U : 0);
    }
    return ~crc;
}

/// The guest's memory: a file that the bridge in the model has mapped too. Its name is gone as soon
/// as it has.
class Memory
{
  public:
    Memory()
    {
        const char *folder = std::getenv("TMPDIR");
        path_ = std::string(folder != nullptr ? folder : "/tmp") + "/fuzz-dma-ring-XXXXXX";
        const int file = mkstemp(&path_[0]);
        if (file < 0 || ftruncate(file, kMemoryBytes) != 0)
            found("no RAM file can be made in TMPDIR");
        void *const mapped =
            mmap(nullptr, kMemoryBytes, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
        if (mapped == MAP_FAILED)
            found("the RAM file cannot be mapped");
        close(file);
        bytes = static_cast<uint8_t *>(mapped);
    }
    const std::string &path() const
    {
        return path_;
    }

    uint8_t *bytes;

  private:
    std::string path_;
};

/// The model, its clock and its registers.
class Bench
{
  public:
    explicit Bench(const Memory &memory)
    {
        // A page of statistics would stay behind when a finding ends the process.
        setenv("QEMU_DPI_STATS", "off", 1);
        setenv("QEMU_DPI", ("file:" + memory.path()).c_str(), 1);
        // What is said of each refused burst is of interest only in the input that fails.
        static char said[1 << 16];
        std::setvbuf(stdout, said, _IOFBF, sizeof said);
        // Without arguments of its own a model may not look for plusargs.
        const char *arguments[] = {"fuzz_dma_ring"};
        context_->commandArgs(1, arguments);
        top_->clk_i = 0;
        top_->rst_ni = 0;
        top_->eval();
        unlink(memory.path().c_str());
    }

    void power_up(uint8_t flags)
    {
        top_->rst_ni = 0;
        top_->s_axil_awvalid_i = 0;
        top_->s_axil_wvalid_i = 0;
        top_->s_axil_bready_i = 1;
        top_->s_axil_arvalid_i = 0;
        top_->s_axil_rready_i = 1;
        step();
        step();
        configure(flags);
        top_->rst_ni = 1;
        step();
    }

    /// The windows that the flags say; the first of them is always there.
    void configure(uint8_t flags)
    {
        const unsigned windows = (flags & kWindows) / 4;
        top_->configure_i = 1;
        top_->slow_reads_i = (flags & kSlowReads) != 0;
        top_->slow_writes_i = (flags & kSlowWrites) != 0;
        top_->faulty_i = (flags & kFaulty) != 0;
        top_->restricted_i = windows != 3;
        step();
        top_->configure_i = 0;
        writable_[0] = {kOpenFirst, kOpenLast};
        writable_[1] = {1, 0};
        allow(kOpenFirst, kOpenLast, true, true, windows != 3);
        if (windows == 1) {
            allow(0x7f80, 0xbf3f, true, false, true);
            allow(0xbf40, 0xdfbf, false, true, true);
            writable_[1] = {0xbf40, 0xdfbf};
        } else if (windows >= 2) {
            allow(0, kMemoryBytes - 1, true, true, windows != 3);
            writable_[1] = {0, kMemoryBytes - 1};
        }
    }

    bool may_write(uint64_t gpa) const
    {
        return (gpa >= writable_[0].first && gpa <= writable_[0].last) ||
               (gpa >= writable_[1].first && gpa <= writable_[1].last);
    }

    /// One clock.
    void step()
    {
        top_->clk_i = 0;
        top_->eval();
        context_->timeInc(5);
        still_ = top_->rst_ni && top_->working_o && !top_->resetting_o && !top_->handshake_o
                     ? still_ + 1
                     : 0;
        reset_lasts_ = top_->rst_ni && top_->resetting_o ? reset_lasts_ + 1 : 0;
        if (still_ > kStillClocks)
            found("the bus stands still and there is work", still_);
        if (reset_lasts_ > kResetClocks)
            found("the soft reset does not end", reset_lasts_);
        aw_taken = top_->s_axil_awvalid_i && top_->s_axil_awready_o;
        w_taken = top_->s_axil_wvalid_i && top_->s_axil_wready_o;
        b_taken = top_->s_axil_bready_i && top_->s_axil_bvalid_o;
        ar_taken = top_->s_axil_arvalid_i && top_->s_axil_arready_o;
        r_taken = top_->s_axil_rready_i && top_->s_axil_rvalid_o;
        response = b_taken ? top_->s_axil_bresp_o : top_->s_axil_rresp_o;
        data = top_->s_axil_rdata_o;
        top_->clk_i = 1;
        top_->eval();
        context_->timeInc(5);
        clocks++;
    }

    void steps(unsigned count)
    {
        while (count-- > 0)
            step();
    }

    /// @param lead  clocks that AW is ahead of W, or behind when negative. @return BRESP.
    unsigned write(uint16_t address, uint64_t value, uint8_t strobes, int lead)
    {
        bool address_done = false;
        bool data_done = false;
        for (int clock = 0; clock < static_cast<int>(kResetClocks + kAnswerClocks); clock++) {
            top_->s_axil_awaddr_i = address & 0xfff;
            top_->s_axil_awvalid_i = !address_done && clock >= -lead;
            top_->s_axil_wdata_i = value;
            top_->s_axil_wstrb_i = strobes;
            top_->s_axil_wvalid_i = !data_done && clock >= lead;
            step();
            address_done = address_done || aw_taken;
            data_done = data_done || w_taken;
            if (b_taken) {
                top_->s_axil_awvalid_i = 0;
                top_->s_axil_wvalid_i = 0;
                return response;
            }
        }
        found("a register write is not answered", address);
    }

    unsigned write(uint32_t index, uint64_t value)
    {
        return write(static_cast<uint16_t>(8 * index), value, 0xff, 0);
    }

    uint64_t read(uint16_t address)
    {
        top_->s_axil_araddr_i = address & 0xfff;
        top_->s_axil_arvalid_i = 1;
        for (unsigned clock = 0; clock < kAnswerClocks; clock++) {
            step();
            if (ar_taken)
                top_->s_axil_arvalid_i = 0;
            if (r_taken)
                return data;
        }
        found("a register read is not answered", address);
    }

    bool interrupt() const
    {
        return top_->interrupt_o;
    }
    bool resetting() const
    {
        return top_->resetting_o;
    }

    uint64_t clocks = 0;

  private:
    struct Range {
        uint64_t first, last;
    };

    void allow(uint64_t first, uint64_t last, bool reads, bool writes, bool wanted)
    {
        if (!wanted)
            return;
        top_->allow_i = 1;
        top_->allow_first_i = first;
        top_->allow_last_i = last;
        top_->allow_reads_i = reads;
        top_->allow_writes_i = writes;
        step();
        top_->allow_i = 0;
    }

    VerilatedContext *const context_ = new VerilatedContext;
    Vtb_dma_fuzz *const top_ = new Vtb_dma_fuzz{context_, "tb"};
    Range writable_[2] = {};
    unsigned still_ = 0;
    unsigned reset_lasts_ = 0;
    bool aw_taken = false, w_taken = false, b_taken = false, ar_taken = false, r_taken = false;
    unsigned response = 0;
    uint64_t data = 0;
};

// ---- The hostile guest
// ---------------------------------------------------------------------------

/// A value that lets the engine go on more often than not.
uint64_t plausible(uint32_t index, uint64_t value)
{
    switch (index) {
    case QDPI_DMA_REG_CONTROL:
        return (value & 0x0f) == 0 ? value & 3 : QDPI_DMA_CONTROL_ENABLE;
    case QDPI_DMA_REG_RING_BASE:
    case QDPI_DMA_REG_COMPLETION_BASE:
        return kRing + (value & 0x1ffc0) % 0xf800;
    case QDPI_DMA_REG_RING_ENTRIES:
        return UINT64_C(2) << (value & 7);
    case QDPI_DMA_REG_TAIL:
    case QDPI_DMA_REG_INTERRUPT_ACK:
        return value & 0x1f;
    case QDPI_DMA_REG_COALESCE:
        return value & UINT64_C(0x000001ff0000000f);
    default:
        return value & 0x1fff8;
    }
}

void access_register(Bench &bench, const uint8_t *access)
{
    const uint32_t index = access[0] % (QDPI_DMA_REG_COUNT + 1);
    const uint8_t form = access[2];
    const uint64_t value = load(access + 3, 8);

    if ((form & 0xc0) == 0xc0) {
        // Registers that do not exist, odd addresses, strobes that are not all.
        (void)bench.write(static_cast<uint16_t>(value >> 48), value,
                          static_cast<uint8_t>((form & 1) != 0 ? value >> 8 : 0xff),
                          static_cast<int>(form >> 1 & 7) - 4);
    } else if ((form & 0x20) != 0) {
        (void)bench.read(static_cast<uint16_t>((form & 1) != 0 ? value : 8 * index));
    } else {
        (void)bench.write(static_cast<uint16_t>(8 * index),
                          (form & 0x10) != 0 ? value : plausible(index, value), 0xff,
                          static_cast<int>(form >> 1 & 7) - 4);
    }
    bench.steps((access[1] & 0x80) != 0 ? (access[1] & 0x7fU) * 4 : access[1] & 7U);
}

/// What an engine may well be given: the three operations near memory that is there.
void make_plausible(uint8_t *descriptor)
{
    const uint8_t choice = descriptor[1];

    store(descriptor + QDPI_DMA_DESCRIPTOR_OFFSET_OPCODE, 1 + descriptor[0] % 3, 4);
    if ((choice & 1) == 0) {
        store(descriptor + QDPI_DMA_DESCRIPTOR_OFFSET_LENGTH,
              1 + (load(descriptor + QDPI_DMA_DESCRIPTOR_OFFSET_LENGTH, 4) & 0x7ff), 4);
    }
    for (const unsigned at :
         {QDPI_DMA_DESCRIPTOR_OFFSET_SOURCE, QDPI_DMA_DESCRIPTOR_OFFSET_DESTINATION}) {
        if ((choice & (at == QDPI_DMA_DESCRIPTOR_OFFSET_SOURCE ? 2 : 4)) == 0)
            store(descriptor + at, load(descriptor + at, 8) & 0xffff, 8);
    }
}

void fill_memory(uint8_t *memory, uint8_t flags, const uint8_t *rest, size_t size)
{
    static uint8_t background[kMemoryBytes];

    if (background[1] == 0) {
        for (uint64_t i = 0; i < kMemoryBytes; i++)
            background[i] = static_cast<uint8_t>(i * 7 + (i >> 8));
    }
    std::memcpy(memory, background, kMemoryBytes);
    if (size > kOpenLast + 1 - kRing)
        size = kOpenLast + 1 - kRing;
    std::memcpy(memory + kRing, rest, size);
    if ((flags & kRawDescriptors) != 0)
        return;
    for (size_t at = 0; at + QDPI_DMA_DESCRIPTOR_BYTES <= size; at += QDPI_DMA_DESCRIPTOR_BYTES)
        make_plausible(memory + kRing + at);
}

// ---- And the honest one after it
// -----------------------------------------------------------------

void soft_reset(Bench &bench)
{
    if (bench.write(QDPI_DMA_REG_CONTROL, QDPI_DMA_CONTROL_SOFT_RESET) != 0)
        found("the soft reset is refused");
    while (bench.resetting())
        bench.step();
    // The answer to a write does not wait for the reset, a write that follows does.
    for (uint32_t index = 0; index < QDPI_DMA_REG_COUNT; index++) {
        const uint64_t value = bench.read(static_cast<uint16_t>(8 * index));
        if (value != 0)
            found("a register is not 0 after the soft reset", index);
    }
    if (bench.interrupt())
        found("the interrupt is high after the soft reset");
}

void put_descriptor(uint8_t *at, uint32_t opcode, uint32_t length, uint64_t source,
                    uint64_t destination, uint64_t operand)
{
    store(at + QDPI_DMA_DESCRIPTOR_OFFSET_OPCODE, opcode, 4);
    store(at + QDPI_DMA_DESCRIPTOR_OFFSET_LENGTH, length, 4);
    store(at + QDPI_DMA_DESCRIPTOR_OFFSET_SOURCE, source, 8);
    store(at + QDPI_DMA_DESCRIPTOR_OFFSET_DESTINATION, destination, 8);
    store(at + QDPI_DMA_DESCRIPTOR_OFFSET_OPERAND, operand, 8);
}

void expect_completion(uint8_t *area, uint32_t index, uint32_t length, uint32_t result,
                       uint32_t status = QDPI_DMA_COMPLETION_OK)
{
    uint8_t *const entry =
        area + QDPI_DMA_COMPLETION_OFFSET_ENTRIES + index * QDPI_DMA_COMPLETION_BYTES;
    store(entry + QDPI_DMA_COMPLETION_OFFSET_SEQUENCE, index, 4);
    store(entry + QDPI_DMA_COMPLETION_OFFSET_STATUS, status, 4);
    store(entry + QDPI_DMA_COMPLETION_OFFSET_LENGTH, length, 4);
    store(entry + QDPI_DMA_COMPLETION_OFFSET_RESULT, result, 4);
    store(area + QDPI_DMA_COMPLETION_OFFSET_HEAD, index + 1, 8);
}

/// An identification block, a copy, a fill, a CRC, and a fill behind the window, which has to
/// fail; `expected` becomes what memory must be then.
void work(Bench &bench, uint8_t *memory, uint8_t *expected)
{
    constexpr uint64_t kGoodRing = 0x2000, kArea = 0x3000, kIdent = 0x3808;
    constexpr uint64_t kSource = 0x1803, kCopy = 0x4005, kFill = 0x4101;
    constexpr uint32_t kCopied = 157, kFilled = 53, kSummed = 300;
    constexpr uint64_t kPattern = UINT64_C(0x8877665544332211);
    constexpr uint8_t kUntouched = 0xa5;

    std::memset(memory + kGoodRing, 0, 4 * QDPI_DMA_DESCRIPTOR_BYTES);
    std::memset(memory + kArea, kUntouched, 0x1000);
    put_descriptor(memory + kGoodRing, QDPI_DMA_OP_COPY, kCopied, kSource, kCopy, 0);
    put_descriptor(memory + kGoodRing + 32, QDPI_DMA_OP_FILL, kFilled, 0, kFill, kPattern);
    put_descriptor(memory + kGoodRing + 64, QDPI_DMA_OP_CRC32C, kSummed, kSource, 0, 0);
    put_descriptor(memory + kGoodRing + 96, QDPI_DMA_OP_FILL, kFilled, 0, kOpenLast + 1, 0);

    std::memcpy(expected, memory, kMemoryBytes);
    std::memcpy(expected + kCopy, memory + kSource, kCopied);
    for (uint32_t i = 0; i < kFilled; i++)
        expected[kFill + i] = static_cast<uint8_t>(kPattern >> (i % 8 * 8));
    expect_completion(expected + kArea, 0, kCopied, 0);
    expect_completion(expected + kArea, 1, kFilled, 0);
    expect_completion(expected + kArea, 2, kSummed, crc32c(memory + kSource, kSummed));
    expect_completion(expected + kArea, 3, 0, 0, QDPI_DMA_COMPLETION_WRITE_DECERR);
    store(expected + kIdent + QDPI_DMA_IDENT_OFFSET_MAGIC, QDPI_DMA_IDENT_MAGIC, 4);
    store(expected + kIdent + QDPI_DMA_IDENT_OFFSET_VERSION, QDPI_DMA_LAYOUT_VERSION, 4);
    store(expected + kIdent + QDPI_DMA_IDENT_OFFSET_DATA_BYTES, 8, 4);
    std::memset(expected + kIdent + QDPI_DMA_IDENT_OFFSET_STATUS, 0, 12);

    const uint64_t begin = bench.clocks;
    bool good = bench.write(QDPI_DMA_REG_IDENT_ADDR, kIdent) == 0;
    const uint8_t *const sequence = memory + kIdent + QDPI_DMA_IDENT_OFFSET_SEQUENCE;
    while (load(sequence, 8) == load(expected + (sequence - memory), 8)) {
        bench.step();
        if (bench.clocks - begin > kWorkClocks)
            found("the identification block does not come");
    }
    if (load(sequence, 8) == 0)
        found("the identification block has the number 0");
    store(expected + (sequence - memory), load(sequence, 8), 8);

    good = good && bench.write(QDPI_DMA_REG_RING_BASE, kGoodRing) == 0 &&
           bench.write(QDPI_DMA_REG_RING_ENTRIES, 4) == 0 &&
           bench.write(QDPI_DMA_REG_COMPLETION_BASE, kArea) == 0 &&
           bench.write(QDPI_DMA_REG_COALESCE, 4) == 0 && bench.write(QDPI_DMA_REG_TAIL, 4) == 0 &&
           bench.write(QDPI_DMA_REG_CONTROL, QDPI_DMA_CONTROL_ENABLE) == 0;
    if (!good)
        found("a register refuses a good value");
    while (!bench.interrupt()) {
        bench.step();
        if (bench.clocks - begin > kWorkClocks)
            found("the interrupt does not come");
    }
    if (bench.read(8 * QDPI_DMA_REG_HEAD) != 4 || bench.read(8 * QDPI_DMA_REG_STATUS) != 0)
        found("HEAD or STATUS is wrong after the work");
    (void)bench.write(QDPI_DMA_REG_INTERRUPT_ACK, 4);
    if (bench.interrupt())
        found("the interrupt does not fall when it is acknowledged");
    if (std::memcmp(memory, expected, kMemoryBytes) != 0)
        found("memory is not what the work makes of it", first_difference(memory, expected, 0));
}
}  // namespace

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static Memory *const memory = new Memory;
    static Bench *const bench = new Bench(*memory);
    static uint8_t before[kMemoryBytes];

    if (size < 2 + kAccessBytes)
        return 0;
    const uint8_t flags = data[0];
    const unsigned accesses = data[1] % (kAccessesMost + 1);
    const uint8_t *access = data + 2;
    const uint8_t *const end = data + size;
    const size_t room = (size - 2) / kAccessBytes;
    const unsigned count = accesses < room ? accesses : static_cast<unsigned>(room);
    const uint8_t *const rest = access + count * kAccessBytes;

    fill_memory(memory->bytes, flags, rest, static_cast<size_t>(end - rest));
    std::memcpy(before, memory->bytes, kMemoryBytes);
    bench->power_up(flags);
    const uint64_t begin = bench->clocks;
    for (; access != rest && bench->clocks - begin < kHostileClocks; access += kAccessBytes)
        access_register(*bench, access);

    soft_reset(*bench);
    for (uint64_t at = 0; at < kMemoryBytes; at += kBlock) {
        if (!bench->may_write(at) && std::memcmp(memory->bytes + at, before + at, kBlock) != 0)
            found("the engine has written outside its windows",
                  first_difference(memory->bytes, before, at));
    }
    bench->configure(0);
    work(*bench, memory->bytes, before);
    __fpurge(stdout);
    return 0;
}
