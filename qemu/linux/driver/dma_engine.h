/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * SPDX-FileCopyrightText: 2026 The qemu-dpi authors
 *
 * The DMA engine inside the driver: one queue of requests for all its users.
 */

#ifndef QDPI_DMA_ENGINE_H
#define QDPI_DMA_ENGINE_H

#include <linux/atomic.h>
#include <linux/device.h>
#include <linux/interrupt.h>
#include <linux/ktime.h>
#include <linux/list.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#include "dma_layout.h"
#include "dma_memory.h"
#include "dma_stats.h"
#include "dma_windows.h"

/* A taken completion entry: neither a sequence number that comes soon nor a status. */
#define QDPI_ENGINE_POISON 0xff

/* Identification blocks: a late answer to an old request finds a place that nobody looks at. */
#define QDPI_ENGINE_BLOCKS 1023

/**
 * struct qdpi_request - one piece of work for the engine
 * @list: the caller's until the submission and again in @done; the engine's in between
 * @opcode: QDPI_DMA_OP_*
 * @length: bytes
 * @source: bus address
 * @destination: bus address
 * @operand: FILL: pattern; CRC32C: CRC so far
 * @status: result: QDPI_DMA_COMPLETION_*, or QDPI_DMA_STATUS_ABANDONED
 * @crc: result of CRC32C
 * @submitted: when the engine's queue took it
 * @completed: when its completion was found
 * @user: whose it is, for qdpi_engine_withdraw()
 * @context: the caller's
 * @done: called once, in a tasklet and without locks; may submit, and free the request
 */
struct qdpi_request {
	struct list_head list;
	u32 opcode;
	u32 length;
	u64 source;
	u64 destination;
	u64 operand;
	u32 status;
	u32 crc;
	ktime_t submitted;
	ktime_t completed;
	const void *user;
	void *context;
	void (*done)(struct qdpi_request *request);
};

/**
 * struct qdpi_engine_config - the module's parameters, checked
 * @line: ISA interrupt line
 * @base: doorbell index of register 0
 * @entries: descriptors in the ring
 * @coalesce: completions per interrupt
 * @coalesce_clocks: clocks after which fewer are enough
 * @timeout_ms: without progress, after which the engine is reset
 * @attach_ms: how long the first answer may take
 * @windows: the engine may only touch what is opened for it
 * @windows_base: doorbell index of the first window register
 */
struct qdpi_engine_config {
	unsigned int line;
	unsigned int base;
	unsigned int entries;
	unsigned int coalesce;
	unsigned int coalesce_clocks;
	unsigned int timeout_ms;
	unsigned int attach_ms;
	bool windows;
	unsigned int windows_base;
};

/**
 * enum qdpi_engine_state - what becomes of requests
 * @QDPI_ENGINE_DOWN: refused: not set up yet, or taken down
 * @QDPI_ENGINE_RUNNING: handed to the engine
 * @QDPI_ENGINE_RECOVERING: kept until the engine runs again
 * @QDPI_ENGINE_GONE: refused: the engine does not answer, and is looked for
 */
enum qdpi_engine_state {
	QDPI_ENGINE_DOWN,
	QDPI_ENGINE_RUNNING,
	QDPI_ENGINE_RECOVERING,
	QDPI_ENGINE_GONE,
};

/**
 * struct qdpi_engine - the one engine of the module
 * @dev: its platform device
 * @config: the module's parameters
 * @data_bytes: width of its data bus
 * @ring: descriptors, shared with the engine
 * @ring_address: bus address of @ring
 * @area: completions, shared with the engine
 * @area_address: bus address of @area
 * @blocks: identification blocks, shared with the engine; the last is for the interrupt's test
 * @blocks_address: bus address of @blocks
 * @block_count: free-running count of blocks asked for; only where the engine is set up or watched
 * @shared: @ring, @area and @blocks
 * @shared_windows: of these
 * @interrupts: taken
 * @idle_interrupts: taken with nothing new
 * @seen_head: head count at the last interrupt
 * @acknowledging: interrupts are acknowledged
 * @interrupts_before: taken and lost before the engine's count began anew
 * @lock: protects all that follows
 * @state: what becomes of requests
 * @refusing: new requests are refused, whatever the state is
 * @at_large: the engine was lost and not reset since: it may write to all that it was told of
 * @kept: memory that nobody uses any more and that cannot be freed while @at_large
 * @kept_bytes: how much
 * @untrusted: a completion was bad: what follows it is not to be looked at
 * @posted: free-running count of descriptors handed to the engine
 * @taken: free-running count of completions taken
 * @progressed: jiffies when the engine last got on
 * @unseen: completions stand in the area since @unseen_since, and @unseen_taken is still the count
 * @unseen_since: jiffies
 * @unseen_taken: completions taken then
 * @flying: requests in the ring, by the low bits of their number
 * @waiting: requests for which the ring had no place
 * @waiting_count: how many
 * @finished: requests whose callbacks are to be called
 * @counts: statistics
 * @windows: what the engine may touch
 * @idle: woken when nothing is in flight any more
 * @tasklet: takes completions and calls callbacks
 * @line_taken: the interrupt line is requested
 * @told: the engine may have been told of our memory
 * @queue: runs @watch
 * @watch: watchdog, recovery, and search for a lost engine
 */
struct qdpi_engine {
	struct device *dev;
	struct qdpi_engine_config config;
	u32 data_bytes;

	struct qdpi_descriptor *ring;
	dma_addr_t ring_address;
	struct qdpi_completion_area *area;
	dma_addr_t area_address;
	struct qdpi_identification *blocks;
	dma_addr_t blocks_address;
	u32 block_count;
	struct qdpi_memory *shared[3];
	struct qdpi_window shared_windows[3];

	atomic64_t interrupts;
	atomic64_t idle_interrupts;
	u32 seen_head;
	bool acknowledging;
	u64 interrupts_before;

	spinlock_t lock;	/* protects all that follows */
	enum qdpi_engine_state state;
	bool refusing;
	bool at_large;
	struct list_head kept;
	size_t kept_bytes;
	bool untrusted;
	u32 posted;
	u32 taken;
	unsigned long progressed;
	bool unseen;
	unsigned long unseen_since;
	u32 unseen_taken;
	struct qdpi_request **flying;
	struct list_head waiting;
	unsigned int waiting_count;
	struct list_head finished;
	struct qdpi_counts counts;
	struct qdpi_windows windows;

	wait_queue_head_t idle;
	struct tasklet_struct tasklet;
	bool line_taken;
	bool told;
	struct workqueue_struct *queue;
	struct delayed_work watch;
};

int qdpi_engine_submit(struct qdpi_engine *engine, struct list_head *requests);
void qdpi_engine_abandon(struct qdpi_engine *engine, struct list_head *requests);
void qdpi_engine_withdraw(struct qdpi_engine *engine, const void *user);
unsigned int qdpi_engine_in_flight(const struct qdpi_engine *engine);

void qdpi_engine_begin(struct qdpi_engine *engine);
void qdpi_engine_give_up(struct qdpi_engine *engine, bool waiting_too);
bool qdpi_engine_reap(struct qdpi_engine *engine);
void qdpi_engine_tasklet(struct tasklet_struct *tasklet);
irqreturn_t qdpi_engine_interrupt(int line, void *context);
u64 qdpi_engine_head_word(const struct qdpi_engine *engine);

#endif
