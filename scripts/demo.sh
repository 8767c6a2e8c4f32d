#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The qemu-dpi authors
# SPDX-License-Identifier: Apache-2.0
#
# The main job, from nothing: installs what is missing, builds, starts stock QEMU with a guest whose
# driver rings doorbells, and runs the DMA engine in Verilator on that guest's memory.
#
# usage: demo.sh [SIMULATION]    one of the sim-* targets without "sim-"; default dma-pc-512M

set -eu
cd "$(dirname "$0")/.."
simulation=${1:-dma-pc-512M}

scripts/packages.sh run
scripts/quietly.sh build/demo-configure.log cmake --preset release
printf 'Building (the first time takes about a minute; log: build/demo-build.log)\n'
# Only what this simulation needs.
scripts/quietly.sh build/demo-build.log \
  cmake --build --preset release -j "$(nproc)" --target "ready-$simulation"
exec cmake --build --preset release --target "sim-$simulation"
