// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// The synthesizable DMA engine in compile order; paths are relative to the repository's root.
+incdir+rtl/include
rtl/qdpi_dma_pkg.sv
rtl/qdpi_fifo.sv
rtl/qdpi_dma_bursts.sv
rtl/qdpi_dma_reader.sv
rtl/qdpi_dma_prefetch.sv
rtl/qdpi_dma_align.sv
rtl/qdpi_crc32c.sv
rtl/qdpi_dma_writer.sv
rtl/qdpi_dma_interrupt.sv
rtl/qdpi_dma_regs.sv
rtl/qdpi_dma_ring.sv
rtl/qdpi_dma.sv
