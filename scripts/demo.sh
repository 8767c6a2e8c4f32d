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
scripts/build.sh --configure release
# "... ready-led" by make, "ready-led: phony" by Ninja.
simulations=$(flock build/release.lock cmake --build --preset release --target help |
  sed -n 's/^\(\.\.\. \)\{0,1\}ready-\([^:]*\).*/\2/p')
if ! grep -qxF -- "$simulation" <<<"$simulations"; then
  printf 'There is no simulation "%s". There are:\n%s\n' "$simulation" "$simulations" >&2
  exit 2
fi
printf 'Building (the first time takes about a minute; log: build/release-build.log)\n'
# Only what this simulation needs.
build=(scripts/build.sh release "ready-$simulation")
run=(cmake --build --preset release --target "sim-$simulation")

# At a terminal all of it has the foreground, where Ctrl-C and keys reach it.
if [ -t 0 ]; then
  "${build[@]}"
  exec "${run[@]}"
fi
child=
trap '[ -z "$child" ] || { kill -- "-$child" 2>/dev/null; wait "$child" 2>/dev/null; }' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
# Elsewhere a process group of its own, so that all of it ends with this script.
behind() {
  set -m
  "$@" &
  child=$!
  set +m
  wait "$child"
  child=
}
behind "${build[@]}"
behind "${run[@]}"
