#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The qemu-dpi authors
# SPDX-License-Identifier: Apache-2.0
#
# Installs into a temporary folder and builds and runs a user's project against that alone.
#
# usage: check_install.sh BUILD_FOLDER

set -eu
build=$1
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
ram=
trap 'rm -rf "$work"; [ -z "$ram" ] || rm -f "$ram"' EXIT

cmake --install "$build" --prefix "$work/prefix" >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
{
  cmake -S "$here/consumer" -B "$work/consumer" -DCMAKE_PREFIX_PATH="$work/prefix" &&
    cmake --build "$work/consumer"
} >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }

ram=$(mktemp /dev/shm/qemu-dpi-install.XXXXXX)
truncate -s 1M "$ram"
for file in bin/qdpi-launch bin/qemu-dpi share/man/man1/qemu-dpi.1 \
  share/bash-completion/completions/qemu-dpi share/qemu_dpi/run_sim.sh \
  share/qemu_dpi/verilator/sim_main.cpp; do
  [ -e "$work/prefix/$file" ] || { echo "$file is not installed"; exit 1; }
done
"$work/consumer/consumer_c" "file:$ram"
"$work/consumer/consumer_cpp" "file:$ram"
"$work/consumer/consumer_static" "file:$ram"
loaded=$(ldd "$work/consumer/consumer_static")
if grep -q qemu_dpi <<<"$loaded"; then
  echo "what is linked with the static library loads the shared one"
  exit 1
fi
if "$work/consumer/consumer_c" "file:$ram?size=2M" 2>"$work/log"; then
  echo "a RAM file that is too small was accepted"
  exit 1
fi
grep -q "too small" "$work/log"
# From another folder: the list's paths are its own.
(cd / && verilator --lint-only -Wall -F "$work/prefix/share/qemu_dpi/sv/qdpi_ports.f" --top-module qdpi_axi4_port) \
  >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
verilator_include=$(verilator --getenv VERILATOR_ROOT)/include
c++ -fsyntax-only -Wall -Werror -I"$work/prefix/include" -isystem "$verilator_include" -isystem "$verilator_include/vltstd" \
  "$work/prefix/share/qemu_dpi/verilator/open_array.cpp" >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
# Headers in a folder of their own, which the targets then name.
cmake -S "$here/../.." -B "$work/other" -DCMAKE_INSTALL_INCLUDEDIR=include/qemu_dpi -DQDPI_BUILD_SIM=OFF \
  -DQDPI_BUILD_TESTS=OFF >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
# shellcheck disable=SC2016 # CMake's variable
named=$(grep -c 'INTERFACE_INCLUDE_DIRECTORIES "${_IMPORT_PREFIX}/include/qemu_dpi"' \
  "$work"/other/dpi/CMakeFiles/Export/*/qemu_dpi_targets.cmake) || true
[ "$named" -eq 2 ] || { echo "$named of 2 targets name the folder of their headers"; exit 1; }
printf '7 passed, 0 failed\n'
