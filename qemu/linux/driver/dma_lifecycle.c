// SPDX-License-Identifier: GPL-2.0-only
/*
 * SPDX-FileCopyrightText: 2026 The qemu-dpi authors
 *
 * From nothing to an engine that works, and back.
 */

#include <linux/completion.h>
#include <linux/irq.h>
#include <linux/slab.h>

#include "dma_hardware.h"
#include "dma_lifecycle.h"
#include "dma_memory.h"
#include "dma_watch.h"

#define QDPI_LIFECYCLE_NAME "qdpi-dma"

/* How long the interrupt of the very first request may take when its completion is there. */
#define QDPI_LIFECYCLE_INTERRUPT_MS 1000

/* What the first request writes. */
#define QDPI_LIFECYCLE_PATTERN 0x5a17c0de600dda7aULL

struct qdpi_lifecycle_test {
	struct qdpi_request request;
	struct completion done;
};

static int qdpi_lifecycle_share(struct qdpi_engine *engine)
{
	const size_t bytes[] = {
		array_size(engine->config.entries, sizeof(*engine->ring)),
		struct_size(engine->area, entries, engine->config.entries),
		array_size(QDPI_ENGINE_BLOCKS + 1, sizeof(*engine->blocks)),
	};
	unsigned int index;

	for (index = 0; index < ARRAY_SIZE(engine->shared); index++) {
		engine->shared[index] = qdpi_memory_allocate(engine, bytes[index]);
		if (!engine->shared[index])
			return -ENOMEM;
	}
	engine->ring = engine->shared[0]->start;
	engine->ring_address = engine->shared[0]->address;
	engine->area = engine->shared[1]->start;
	engine->area_address = engine->shared[1]->address;
	engine->blocks = engine->shared[2]->start;
	engine->blocks_address = engine->shared[2]->address;
	return 0;
}

/**
 * qdpi_engine_create - allocate an engine and the memory it shares with the hardware
 * @dev: the platform device, whose DMA mask is set; owns all memory
 * @config: the module's parameters
 *
 * Return: the engine, or an error pointer.
 */
struct qdpi_engine *qdpi_engine_create(struct device *dev, const struct qdpi_engine_config *config)
{
	struct qdpi_engine *engine = devm_kzalloc(dev, sizeof(*engine), GFP_KERNEL);

	if (!engine)
		return ERR_PTR(-ENOMEM);
	engine->dev = dev;
	engine->config = *config;
	spin_lock_init(&engine->lock);
	INIT_LIST_HEAD(&engine->kept);
	INIT_LIST_HEAD(&engine->waiting);
	INIT_LIST_HEAD(&engine->finished);
	init_waitqueue_head(&engine->idle);
	qdpi_windows_init(&engine->windows);
	tasklet_setup(&engine->tasklet, qdpi_engine_tasklet);
	INIT_DELAYED_WORK(&engine->watch, qdpi_watch_work);

	engine->flying = devm_kcalloc(dev, config->entries, sizeof(*engine->flying), GFP_KERNEL);
	engine->queue = alloc_ordered_workqueue(QDPI_LIFECYCLE_NAME, WQ_MEM_RECLAIM);
	if (!engine->flying || !engine->queue || qdpi_lifecycle_share(engine)) {
		qdpi_engine_destroy(engine);
		return ERR_PTR(-ENOMEM);
	}
	return engine;
}

/**
 * qdpi_engine_destroy - free what qdpi_engine_create() took, but for the device's memory
 * @engine: the engine, stopped
 *
 * What an engine that is at large may write to is nobody's for good.
 */
void qdpi_engine_destroy(struct qdpi_engine *engine)
{
	unsigned int index;

	if (engine->queue)
		destroy_workqueue(engine->queue);
	for (index = 0; index < ARRAY_SIZE(engine->shared); index++)
		qdpi_memory_free(engine, engine->shared[index], true);
	if (engine->kept_bytes)
		dev_warn(engine->dev,
			 "%zu bytes stay reserved: the DMA engine may still write to them\n",
			 engine->kept_bytes);
}

static int qdpi_lifecycle_take_line(struct qdpi_engine *engine)
{
	unsigned int line = engine->config.line;
	struct irq_data *data = irq_get_irq_data(line);
	int err;

	if (data && irqd_is_level_type(data)) {
		dev_err(engine->dev,
			"interrupt line %u is level-triggered and the engine pulses: use 3, 6 or 7\n",
			line);
		return -EINVAL;
	}
	/* The trigger of an ISA line is set up by the platform, and edge. */
	err = request_irq(line, qdpi_engine_interrupt, 0, QDPI_LIFECYCLE_NAME, engine);
	if (err) {
		dev_err(engine->dev, "cannot take interrupt line %u: error %d, see /proc/interrupts\n",
			line, err);
		return err;
	}
	engine->line_taken = true;
	return 0;
}

static void qdpi_lifecycle_open_windows(struct qdpi_engine *engine)
{
	/* The first three of 64: there is a place for each. */
	qdpi_windows_open(engine, &engine->shared_windows[0], engine->ring_address,
			  array_size(engine->config.entries, sizeof(*engine->ring)),
			  QDPI_WINDOW_COMMAND_READ);
	qdpi_windows_open(engine, &engine->shared_windows[1], engine->area_address,
			  struct_size(engine->area, entries, engine->config.entries),
			  QDPI_WINDOW_COMMAND_WRITE);
	qdpi_windows_open(engine, &engine->shared_windows[2], engine->blocks_address,
			  array_size(QDPI_ENGINE_BLOCKS + 1, sizeof(*engine->blocks)),
			  QDPI_WINDOW_COMMAND_WRITE);
}

static int qdpi_lifecycle_find(struct qdpi_engine *engine)
{
	struct qdpi_identity answer;
	int err = qdpi_hardware_find(engine, engine->config.attach_ms, &answer);

	if (err == -ETIMEDOUT)
		dev_err(engine->dev,
			"no DMA engine answered within %u ms; is the simulator attached, and is the engine's doorbell base %u right?\n",
			engine->config.attach_ms, engine->config.base);
	if (err)
		return -ENODEV;
	engine->data_bytes = answer.data_bytes;
	err = qdpi_hardware_reset(engine);
	if (err == -ETIMEDOUT)
		dev_err(engine->dev, "the DMA engine does not answer after a soft reset\n");
	return err;
}

static void qdpi_lifecycle_test_done(struct qdpi_request *request)
{
	complete(&container_of(request, struct qdpi_lifecycle_test, request)->done);
}

/*
 * One request, to see that the engine works and that its interrupt arrives. Without it the watchdog
 * takes the completion, so the request ends in any case.
 */
static int qdpi_lifecycle_run_test(struct qdpi_engine *engine, struct qdpi_lifecycle_test *test)
{
	u32 offset = QDPI_ENGINE_BLOCKS * sizeof(*engine->blocks);
	__le64 *target = (__le64 *)&engine->blocks[QDPI_ENGINE_BLOCKS];
	s64 before = atomic64_read(&engine->interrupts);
	unsigned long deadline;
	LIST_HEAD(requests);
	int err;

	test->request = (struct qdpi_request){
		.opcode = QDPI_DMA_OP_FILL,
		.length = sizeof(*engine->blocks),
		.destination = engine->blocks_address + offset,
		.operand = QDPI_LIFECYCLE_PATTERN,
		.done = qdpi_lifecycle_test_done,
	};
	init_completion(&test->done);
	list_add(&test->request.list, &requests);
	err = qdpi_engine_submit(engine, &requests);
	if (err)
		return err;
	wait_for_completion(&test->done);
	if (test->request.status != QDPI_DMA_COMPLETION_OK ||
	    le64_to_cpu(*target) != QDPI_LIFECYCLE_PATTERN) {
		dev_err(engine->dev, "the DMA engine failed its first request: status 0x%x\n",
			test->request.status);
		return -EIO;
	}
	deadline = jiffies + msecs_to_jiffies(QDPI_LIFECYCLE_INTERRUPT_MS);
	while (atomic64_read(&engine->interrupts) == before) {
		if (time_after(jiffies, deadline)) {
			dev_err(engine->dev,
				"interrupt line %u is silent: is the simulator's line the same as line=%u?\n",
				engine->config.line, engine->config.line);
			return -EIO;
		}
		schedule_timeout_uninterruptible(1);
	}
	return 0;
}

/**
 * qdpi_engine_start - find the engine, set it up, and see that it works
 * @engine: the engine
 *
 * Return: 0; -ENODEV: there is none; -EBUSY or -EINVAL: no such interrupt line; -EIO: it does not
 * work. The reason was logged, and the caller calls qdpi_engine_stop() in any case.
 */
int qdpi_engine_start(struct qdpi_engine *engine)
{
	struct qdpi_lifecycle_test test;
	int err;

	err = qdpi_lifecycle_take_line(engine);
	if (err)
		return err;
	engine->told = true;
	qdpi_lifecycle_open_windows(engine);
	err = qdpi_lifecycle_find(engine);
	if (err)
		return err;

	qdpi_hardware_set_up(engine);
	/* The first request is not to wait for others. */
	qdpi_hardware_ring(engine, QDPI_DMA_REG_COALESCE, 1);
	spin_lock_irq(&engine->lock);
	qdpi_engine_begin(engine);
	spin_unlock_irq(&engine->lock);
	err = qdpi_lifecycle_run_test(engine, &test);
	if (err)
		return err;
	qdpi_hardware_coalesce(engine);
	dev_info(engine->dev,
		 "DMA engine at doorbell %u, data bus %u bytes, interrupt line %u, ring of %u at %pad (%s 4 GiB)%s\n",
		 engine->config.base, engine->data_bytes, engine->config.line,
		 engine->config.entries, &engine->ring_address,
		 upper_32_bits(engine->ring_address) ? "above" : "below",
		 engine->config.windows ? ", behind windows" : "");
	return 0;
}

static void qdpi_lifecycle_set_state(struct qdpi_engine *engine, enum qdpi_engine_state state)
{
	spin_lock_irq(&engine->lock);
	engine->state = state;
	spin_unlock_irq(&engine->lock);
}

static bool qdpi_lifecycle_idle(struct qdpi_engine *engine)
{
	bool idle;

	spin_lock_irq(&engine->lock);
	idle = !qdpi_engine_in_flight(engine);
	spin_unlock_irq(&engine->lock);
	return idle;
}

/**
 * qdpi_engine_stop - refuse new requests, end all others, and leave the engine reset
 * @engine: the engine; however far qdpi_engine_start() came, and also a second time
 *
 * Afterwards no callback is called any more.
 */
void qdpi_engine_stop(struct qdpi_engine *engine)
{
	bool answers;

	spin_lock_irq(&engine->lock);
	engine->refusing = true;
	spin_unlock_irq(&engine->lock);
	/* Time for the watchdog to find the engine lost: no progress, no rest, no reset. */
	wait_event_timeout(engine->idle, qdpi_lifecycle_idle(engine),
			   4 * msecs_to_jiffies(engine->config.timeout_ms));
	cancel_delayed_work_sync(&engine->watch);

	answers = engine->state == QDPI_ENGINE_RUNNING || engine->state == QDPI_ENGINE_RECOVERING;
	/* What follows is the watchdog's work: it may not be called for any more. */
	qdpi_lifecycle_set_state(engine, answers ? QDPI_ENGINE_RECOVERING : QDPI_ENGINE_DOWN);
	cancel_delayed_work_sync(&engine->watch);
	if (answers && qdpi_watch_stop(engine)) {
		dev_warn(engine->dev, "the DMA engine did not answer when it was stopped\n");
		answers = false;
	}
	/* For one that listens later. */
	if (!answers && engine->told) {
		spin_lock_irq(&engine->lock);
		engine->at_large = true;
		spin_unlock_irq(&engine->lock);
		qdpi_hardware_ring(engine, QDPI_DMA_REG_CONTROL, QDPI_DMA_CONTROL_SOFT_RESET);
	}
	qdpi_windows_unload(engine);

	qdpi_lifecycle_set_state(engine, QDPI_ENGINE_DOWN);
	if (engine->line_taken)
		free_irq(engine->config.line, engine);
	engine->line_taken = false;
	spin_lock_irq(&engine->lock);
	qdpi_engine_give_up(engine, true);
	spin_unlock_irq(&engine->lock);
	/* Waits for the run that calls the last callbacks. */
	tasklet_kill(&engine->tasklet);
}
