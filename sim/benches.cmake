# SPDX-FileCopyrightText: 2026 The qemu-dpi authors
# SPDX-License-Identifier: Apache-2.0
#
# Benchmarks in SystemVerilog: on demand, run by scripts/bench.sh.

include(QdpiBench)

# ---- Memory calls ----

# ---- The AXI4 port ----

# ---- Every port, for instruction counts ----

# ---- The DMA engine ----

# ---- Scale: ports, threads, guests ----
