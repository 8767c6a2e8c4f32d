#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The qemu-dpi authors
# SPDX-License-Identifier: Apache-2.0
#
# Configures and builds a preset of CMakePresets.json in build/PRESET, for the other scripts. Shows
# build/PRESET-configure.log and build/PRESET-build.log only if that fails. Who comes second waits for
# the first, and then finds it built.
#
# usage: build.sh [--configure] PRESET [TARGET...]
#   --configure  no more than that
#   TARGET       default: what the preset builds

set -u
cd "$(dirname "$0")/.." || exit 2

usage() {
  sed -n '/^# usage:/,$s/^# \{0,1\}//p' "$0" >&2
  exit 2
}

build=1
if [ "${1:-}" = --configure ]; then
  build=0
  shift
fi
case ${1:-} in '' | -*) usage ;; esac
preset=$1
shift

mkdir -p build
exec {lock}>"build/$preset.lock"
flock "$lock" || exit
scripts/quietly.sh "build/$preset-configure.log" cmake --preset "$preset" || exit
[ "$build" -eq 1 ] || exit 0
[ $# -eq 0 ] || set -- --target "$@"
scripts/quietly.sh "build/$preset-build.log" \
  cmake --build --preset "$preset" -j "$(nproc)" "$@"
