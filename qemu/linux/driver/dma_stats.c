// SPDX-License-Identifier: GPL-2.0-only
/*
 * SPDX-FileCopyrightText: 2026 The qemu-dpi authors
 *
 * The driver's counts as files in /sys/bus/platform/devices/qdpi-dma/.
 */

#include <linux/device.h>
#include <linux/kernel.h>

#include "dma_engine.h"

/* Show the count that stands at @offset in &struct qdpi_counts. */
static ssize_t qdpi_stats_emit(struct device *dev, char *buffer, size_t offset)
{
	struct qdpi_engine *engine = dev_get_drvdata(dev);
	u64 value;

	spin_lock_irq(&engine->lock);
	value = *(const u64 *)((const char *)&engine->counts + offset);
	spin_unlock_irq(&engine->lock);
	return sysfs_emit(buffer, "%llu\n", value);
}

static ssize_t completions_show(struct device *dev, struct device_attribute *attribute,
				char *buffer)
{
	return qdpi_stats_emit(dev, buffer, offsetof(struct qdpi_counts, completions));
}
static DEVICE_ATTR_RO(completions);

static ssize_t discarded_show(struct device *dev, struct device_attribute *attribute, char *buffer)
{
	return qdpi_stats_emit(dev, buffer, offsetof(struct qdpi_counts, discarded));
}
static DEVICE_ATTR_RO(discarded);

static ssize_t errors_show(struct device *dev, struct device_attribute *attribute, char *buffer)
{
	return qdpi_stats_emit(dev, buffer, offsetof(struct qdpi_counts, errors));
}
static DEVICE_ATTR_RO(errors);

static ssize_t lost_interrupts_show(struct device *dev, struct device_attribute *attribute,
				    char *buffer)
{
	return qdpi_stats_emit(dev, buffer, offsetof(struct qdpi_counts, lost_interrupts));
}
static DEVICE_ATTR_RO(lost_interrupts);

static ssize_t bad_completions_show(struct device *dev, struct device_attribute *attribute,
				    char *buffer)
{
	return qdpi_stats_emit(dev, buffer, offsetof(struct qdpi_counts, bad_completions));
}
static DEVICE_ATTR_RO(bad_completions);

static ssize_t timeouts_show(struct device *dev, struct device_attribute *attribute, char *buffer)
{
	return qdpi_stats_emit(dev, buffer, offsetof(struct qdpi_counts, timeouts));
}
static DEVICE_ATTR_RO(timeouts);

static ssize_t resets_show(struct device *dev, struct device_attribute *attribute, char *buffer)
{
	return qdpi_stats_emit(dev, buffer, offsetof(struct qdpi_counts, resets));
}
static DEVICE_ATTR_RO(resets);

static ssize_t jobs_show(struct device *dev, struct device_attribute *attribute, char *buffer)
{
	return qdpi_stats_emit(dev, buffer, offsetof(struct qdpi_counts, jobs));
}
static DEVICE_ATTR_RO(jobs);

static ssize_t bytes_show(struct device *dev, struct device_attribute *attribute, char *buffer)
{
	return qdpi_stats_emit(dev, buffer, offsetof(struct qdpi_counts, bytes));
}
static DEVICE_ATTR_RO(bytes);

static ssize_t interrupts_show(struct device *dev, struct device_attribute *attribute, char *buffer)
{
	struct qdpi_engine *engine = dev_get_drvdata(dev);

	return sysfs_emit(buffer, "%lld\n", atomic64_read(&engine->interrupts));
}
static DEVICE_ATTR_RO(interrupts);

static ssize_t idle_interrupts_show(struct device *dev, struct device_attribute *attribute,
				    char *buffer)
{
	struct qdpi_engine *engine = dev_get_drvdata(dev);

	return sysfs_emit(buffer, "%lld\n", atomic64_read(&engine->idle_interrupts));
}
static DEVICE_ATTR_RO(idle_interrupts);

static ssize_t statuses_show(struct device *dev, struct device_attribute *attribute, char *buffer)
{
	struct qdpi_engine *engine = dev_get_drvdata(dev);
	u64 statuses[QDPI_DMA_COMPLETION_STATUSES];
	unsigned int status;
	int length = 0;

	spin_lock_irq(&engine->lock);
	memcpy(statuses, engine->counts.statuses, sizeof(statuses));
	spin_unlock_irq(&engine->lock);
	for (status = 0; status < ARRAY_SIZE(statuses); status++)
		length += sysfs_emit_at(buffer, length, "%s%llu", status ? " " : "",
					statuses[status]);
	length += sysfs_emit_at(buffer, length, "\n");
	return length;
}
static DEVICE_ATTR_RO(statuses);

static ssize_t in_flight_show(struct device *dev, struct device_attribute *attribute, char *buffer)
{
	struct qdpi_engine *engine = dev_get_drvdata(dev);
	unsigned int in_flight;

	spin_lock_irq(&engine->lock);
	in_flight = qdpi_engine_in_flight(engine);
	spin_unlock_irq(&engine->lock);
	return sysfs_emit(buffer, "%u\n", in_flight);
}
static DEVICE_ATTR_RO(in_flight);

static ssize_t kept_show(struct device *dev, struct device_attribute *attribute, char *buffer)
{
	struct qdpi_engine *engine = dev_get_drvdata(dev);
	size_t kept;

	spin_lock_irq(&engine->lock);
	kept = engine->kept_bytes;
	spin_unlock_irq(&engine->lock);
	return sysfs_emit(buffer, "%zu\n", kept);
}
static DEVICE_ATTR_RO(kept);

static struct attribute *qdpi_stats_attrs[] = {
	&dev_attr_completions.attr,
	&dev_attr_discarded.attr,
	&dev_attr_errors.attr,
	&dev_attr_lost_interrupts.attr,
	&dev_attr_bad_completions.attr,
	&dev_attr_timeouts.attr,
	&dev_attr_resets.attr,
	&dev_attr_jobs.attr,
	&dev_attr_bytes.attr,
	&dev_attr_interrupts.attr,
	&dev_attr_idle_interrupts.attr,
	&dev_attr_statuses.attr,
	&dev_attr_in_flight.attr,
	&dev_attr_kept.attr,
	NULL
};

static const struct attribute_group qdpi_stats_group = {
	.attrs = qdpi_stats_attrs,
};

const struct attribute_group *qdpi_stats_groups[] = {
	&qdpi_stats_group,
	NULL
};
