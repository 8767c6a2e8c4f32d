#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The qemu-dpi authors
# SPDX-License-Identifier: Apache-2.0
#
# Compiles one testbench with Questa and runs it, with the verdict of scripts/run_sim.sh. Written for
# Questa; docs/simulators.md says what has been run.
#
# usage: run.sh [--build FOLDER] [--ram-file SIZE[:MACHINE]] TESTBENCH [VSIM_ARGUMENT...]
#               [-- LAUNCHER_ARGUMENT...]
#   --build     a folder that CMake has built the library in; default build/release
#   --ram-file  no QEMU: a RAM file of SIZE, for testbenches without a guest
#   TESTBENCH   a module of sim/tb, for instance tb_led
#   --          run it behind FOLDER/qemu/launcher/qdpi-launch with these arguments
# exit status: 0 passed, 1 failed, 2 wrong usage, 77 vsim or vlog was not found
#
#   run.sh tb_led -- --ram=64M --kernel=build/release/qemu/baremetal/guest_led.elf \
#     --expect-guest-status=33
#   run.sh tb_dma -gDataWidth=128 -- --kernel=build/release/qemu/baremetal/guest_dma.elf \
#     --append=mib=16 --expect-guest-status=33
#   run.sh --ram-file 16M:pc tb_qdpi_axi4_port

set -u

usage() {
  sed -n '/^# usage:/,/^# exit status/s/^# \{0,1\}//p' "$0" >&2
  exit 2
}

root=$(cd "$(dirname "$0")/../.." && pwd)
build=$root/build/release
# Absolute, because the compiler runs in the repository's root.
absolute() { (cd "$1" 2>/dev/null && pwd) || printf '%s\n' "$1"; }
ram_file=()
while [ $# -gt 0 ]; do
  case $1 in
    --build) [ $# -ge 2 ] || usage; build=$(absolute "$2"); shift 2 ;;
    --ram-file) [ $# -ge 2 ] || usage; ram_file=(--ram-file "$2"); shift 2 ;;
    -*) usage ;;
    *) break ;;
  esac
done
[ $# -ge 1 ] || usage
testbench=$1
shift
vsim_arguments=()
while [ $# -gt 0 ] && [ "$1" != -- ]; do
  vsim_arguments+=("$1")
  shift
done
launch=()
if [ $# -gt 0 ]; then
  shift
  launch=("$build/qemu/launcher/qdpi-launch" "$@" --)
fi

for tool in vlib vlog vsim; do
  if ! command -v "$tool" >/dev/null; then
    printf 'run.sh: %s was not found: install Questa and put its bin folder on PATH\n' "$tool" >&2
    exit 77
  fi
done
[ -f "$root/sim/tb/$testbench.sv" ] || {
  printf 'run.sh: there is no sim/tb/%s.sv\n' "$testbench" >&2
  exit 2
}
library=$build/dpi/libqemu_dpi
[ -f "$library.so" ] || {
  printf 'run.sh: there is no %s.so: cmake --build %s --target qemu_dpi, or name the folder with --build\n' "$library" "$build" >&2
  exit 2
}

work=$build/questa/$testbench
mkdir -p "$work"
mapfile -t dma < <(grep '^rtl/' "$root/rtl/qdpi_dma.f")
mapfile -t ports < <(grep '\.sv$' "$root/sim/qdpi_ports.f")
# Packages stand before what imports them, and one library takes all modules, used or not.
mapfile -t packages < <(cd "$root/sim/tb" && for source in *_pkg.sv; do
  package=${source%.sv}
  printf '%s %s\n' "$package" "$package"
  grep -oE '\btb_\w+_pkg::' "$source" | sed "s/::/ $package/"
done | tsort | sed 's|.*|sim/tb/&.sv|')
sources=("${ports[@]}" "${dma[@]}" rtl/qdpi_led.sv "${packages[@]}")
for source in "$root"/sim/tb/*.sv; do
  case " ${sources[*]} " in *" ${source#"$root"/} "*) ;; *) sources+=("${source#"$root"/}") ;; esac
done
sources+=(sim/questa/qdpi_questa_top.sv)

compile() {
  cd "$root" && rm -rf "$work/library" && vlib "$work/library" || return
  # One time scale for all: only the clock in qdpi_questa_top.sv has delays.
  vlog -64 -sv -work "$work/library" -timescale 1ns/1ns "+define+QDPI_TESTBENCH=$testbench" \
    +incdir+dpi/sv +incdir+dpi/include +incdir+rtl/include +incdir+qemu +incdir+sim/core "${sources[@]}"
}
if ! (compile) >"$work/vlog.log" 2>&1; then
  cat "$work/vlog.log"
  printf 'run.sh: %s does not compile\n' "$testbench" >&2
  exit 1
fi

# vsim puts "# " in front of every line; the verdict looks at the beginnings of lines.
# shellcheck disable=SC2016 # expanded by the inner shell
strip='set -o pipefail; "$@" | sed -u "s/^# //"'
"$root/scripts/run_sim.sh" "${ram_file[@]}" -- "${launch[@]}" bash -c "$strip" vsim \
  vsim -64 -c -onfinish exit -l "$work/vsim.log" -lib "$work/library" -sv_lib "$library" \
  -do 'onerror {quit -f -code 1}; onbreak {quit -f -code 1}; run -all; quit -f -code 1' \
  "${vsim_arguments[@]}" qdpi_questa_top
