// SPDX-License-Identifier: GPL-2.0-only
/*
 * SPDX-FileCopyrightText: 2026 The qemu-dpi authors
 *
 * The module: parameters, and the platform device that stands for the DMA engine.
 *
 * Nothing on the PC's buses tells of the engine, so the module registers its device by itself.
 */

#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/dma-mapping.h>
#include <linux/log2.h>
#include <linux/module.h>
#include <linux/platform_device.h>
#include <linux/sizes.h>

#include "dma_cdev.h"
#include "dma_channel.h"
#include "dma_lifecycle.h"

#define QDPI_MAIN_NAME "qdpi-dma"

#define QDPI_MAIN_LINES 16
#define QDPI_MAIN_MAX_MS 600000
#define QDPI_MAIN_MAX_CHANNELS 64

static unsigned int line = 6;
module_param(line, uint, 0444);
MODULE_PARM_DESC(line, "ISA interrupt line of the engine: 3, 6 or 7, the edge-triggered ones (default 6)");

static unsigned int base;
module_param(base, uint, 0444);
MODULE_PARM_DESC(base, "Doorbell index of the engine's register 0 (default 0)");

static unsigned int entries = 256;
module_param(entries, uint, 0444);
MODULE_PARM_DESC(entries, "Descriptors in the ring: a power of two, 2 to 32768 (default 256)");

static unsigned int coalesce = 8;
module_param(coalesce, uint, 0444);
MODULE_PARM_DESC(coalesce, "Completions per interrupt, 1 to 65535 (default 8)");

static unsigned int coalesce_clocks;
module_param(coalesce_clocks, uint, 0444);
MODULE_PARM_DESC(coalesce_clocks, "Clocks of the engine after which fewer completions are worth an interrupt; 0: when the ring is empty (default)");

static unsigned int timeout_ms = 5000;
module_param(timeout_ms, uint, 0444);
MODULE_PARM_DESC(timeout_ms, "Milliseconds without progress after which the engine is reset, 1000 to 600000 (default 5000)");

static unsigned int attach_ms = 10000;
module_param(attach_ms, uint, 0444);
MODULE_PARM_DESC(attach_ms, "Milliseconds to wait for the simulator when the module is loaded, up to 600000 (default 10000)");

static bool windows;
module_param(windows, bool, 0444);
MODULE_PARM_DESC(windows, "Open windows for what the engine may touch; only /dev/qdpi-dma then, no dmaengine channel (default 0)");

static unsigned int windows_base = QDPI_TEST_DOORBELL_WINDOWS;
module_param(windows_base, uint, 0444);
MODULE_PARM_DESC(windows_base, "Doorbell index of the first window register (default 16)");

static unsigned int dma_bits = 64;
module_param(dma_bits, uint, 0444);
MODULE_PARM_DESC(dma_bits, "Width of the engine's addresses, 32 to 64 (default 64)");

static unsigned int channels = 4;
module_param(channels, uint, 0444);
MODULE_PARM_DESC(channels, "Channels for the kernel's dmaengine framework, 1 to 64 (default 4)");

/**
 * struct qdpi_main - what the module has while its device is bound
 * @engine: the engine, also the device's driver data
 * @provider: its dmaengine channels, or NULL with windows=1
 * @cdev: /dev/qdpi-dma
 */
struct qdpi_main {
	struct qdpi_engine *engine;
	struct qdpi_provider *provider;
	struct qdpi_cdev *cdev;
};

static struct platform_device *qdpi_main_device;

/* The device is registered by this module, which wants to know what became of it. */
static struct qdpi_main qdpi_main;
static int qdpi_main_result;

static int qdpi_main_serve(struct device *dev, struct qdpi_engine *engine)
{
	qdpi_main.engine = engine;
	qdpi_main.provider = NULL;
	if (windows) {
		dev_info(dev, "no dmaengine channel: it would need windows over all of the memory\n");
	} else {
		qdpi_main.provider = qdpi_provider_register(engine, channels);
		if (IS_ERR(qdpi_main.provider))
			return PTR_ERR(qdpi_main.provider);
	}
	qdpi_main.cdev = qdpi_cdev_register(engine);
	if (IS_ERR(qdpi_main.cdev)) {
		if (qdpi_main.provider)
			qdpi_provider_unregister(qdpi_main.provider);
		return PTR_ERR(qdpi_main.cdev);
	}
	return 0;
}

static int qdpi_main_bring_up(struct device *dev)
{
	const struct qdpi_engine_config config = {
		.line = line,
		.base = base,
		.entries = entries,
		.coalesce = coalesce,
		.coalesce_clocks = coalesce_clocks,
		.timeout_ms = timeout_ms,
		.attach_ms = attach_ms,
		.windows = windows,
		.windows_base = windows_base,
	};
	struct qdpi_engine *engine;
	int err;

	err = dma_set_mask_and_coherent(dev, DMA_BIT_MASK(dma_bits));
	if (err) {
		dev_err(dev, "no memory has addresses of %u bits: error %d\n", dma_bits, err);
		return err;
	}
	dma_set_max_seg_size(dev, SZ_4M);
	engine = qdpi_engine_create(dev, &config);
	if (IS_ERR(engine))
		return PTR_ERR(engine);
	dev_set_drvdata(dev, engine);
	err = qdpi_engine_start(engine);
	if (!err)
		err = qdpi_main_serve(dev, engine);
	if (err) {
		qdpi_engine_stop(engine);
		qdpi_engine_destroy(engine);
	}
	return err;
}

static int qdpi_main_probe(struct platform_device *device)
{
	qdpi_main_result = qdpi_main_bring_up(&device->dev);
	return qdpi_main_result;
}

static int qdpi_main_remove(struct platform_device *device)
{
	qdpi_cdev_unregister(qdpi_main.cdev);
	if (qdpi_main.provider)
		qdpi_provider_unregister(qdpi_main.provider);
	qdpi_engine_stop(qdpi_main.engine);
	qdpi_engine_destroy(qdpi_main.engine);
	return 0;
}

/* The kernel that comes next must not find an engine that writes to its memory. */
static void qdpi_main_shutdown(struct platform_device *device)
{
	qdpi_engine_stop(dev_get_drvdata(&device->dev));
}

static struct platform_driver qdpi_main_driver = {
	.probe = qdpi_main_probe,
	.remove = qdpi_main_remove,
	.shutdown = qdpi_main_shutdown,
	.driver = {
		.name = QDPI_MAIN_NAME,
		.dev_groups = qdpi_stats_groups,
		/* Users hold the module; they would not survive that the device alone goes. */
		.suppress_bind_attrs = true,
		.probe_type = PROBE_FORCE_SYNCHRONOUS,
	},
};

static bool qdpi_main_in_range(const char *name, unsigned int value, unsigned int first,
			       unsigned int last)
{
	if (value >= first && value <= last)
		return true;
	pr_err("%s=%u: expected %u to %u\n", name, value, first, last);
	return false;
}

static bool qdpi_main_parameters_good(void)
{
	if (!is_power_of_2(entries)) {
		pr_err("entries=%u: expected a power of two\n", entries);
		return false;
	}
	if (windows && windows_base < base + QDPI_DMA_REG_COUNT &&
	    base < windows_base + QDPI_WINDOW_REG_COUNT) {
		pr_err("windows_base=%u: these are registers of the engine at base=%u\n",
		       windows_base, base);
		return false;
	}
	return qdpi_main_in_range("line", line, 0, QDPI_MAIN_LINES - 1) &&
	       qdpi_main_in_range("base", base, 0,
				  QDPI_TEST_DOORBELL_SLOTS - QDPI_DMA_REG_COUNT) &&
	       qdpi_main_in_range("windows_base", windows_base, 0,
				  QDPI_TEST_DOORBELL_SLOTS - QDPI_WINDOW_REG_COUNT) &&
	       qdpi_main_in_range("entries", entries, QDPI_DMA_MIN_ENTRIES, QDPI_DMA_MAX_ENTRIES) &&
	       qdpi_main_in_range("coalesce", coalesce, 1, U16_MAX) &&
	       qdpi_main_in_range("timeout_ms", timeout_ms, 1000, QDPI_MAIN_MAX_MS) &&
	       qdpi_main_in_range("attach_ms", attach_ms, 0, QDPI_MAIN_MAX_MS) &&
	       qdpi_main_in_range("dma_bits", dma_bits, 32, 64) &&
	       qdpi_main_in_range("channels", channels, 1, QDPI_MAIN_MAX_CHANNELS);
}

static int __init qdpi_main_init(void)
{
	int err;

	if (!qdpi_main_parameters_good())
		return -EINVAL;
	err = platform_driver_register(&qdpi_main_driver);
	if (err)
		return err;
	qdpi_main_result = -ENODEV;
	qdpi_main_device = platform_device_register_simple(QDPI_MAIN_NAME, PLATFORM_DEVID_NONE,
							   NULL, 0);
	if (IS_ERR(qdpi_main_device)) {
		err = PTR_ERR(qdpi_main_device);
		goto err_driver;
	}
	if (qdpi_main_result) {
		err = qdpi_main_result;
		goto err_device;
	}
	return 0;

err_device:
	platform_device_unregister(qdpi_main_device);
err_driver:
	platform_driver_unregister(&qdpi_main_driver);
	return err;
}
module_init(qdpi_main_init);

static void __exit qdpi_main_exit(void)
{
	platform_device_unregister(qdpi_main_device);
	platform_driver_unregister(&qdpi_main_driver);
}
module_exit(qdpi_main_exit);

MODULE_AUTHOR("The qemu-dpi authors");
MODULE_DESCRIPTION("DMA engine in RTL in a simulator behind QEMU");
MODULE_LICENSE("GPL");
