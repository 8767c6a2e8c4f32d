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

case $simulation in
  linux*) scripts/packages.sh linux ;;
  *) scripts/packages.sh run ;;
esac
scripts/quietly.sh build/demo-configure.log cmake --preset release
simulations=$(cmake --build --preset release --target help | sed -n 's/^\.\.\. ready-//p')
if ! grep -qxF -- "$simulation" <<<"$simulations"; then
  printf 'There is no simulation "%s". There are:\n%s\n' "$simulation" "$simulations" >&2
  exit 2
fi
printf 'Building (the first time takes about a minute; log: build/demo-build.log)\n'
# Only what this simulation needs.
scripts/quietly.sh build/demo-build.log \
  cmake --build --preset release -j "$(nproc)" --target "ready-$simulation"
exec cmake --build --preset release --target "sim-$simulation"
