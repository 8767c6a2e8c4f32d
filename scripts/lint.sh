#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The qemu-dpi authors
# SPDX-License-Identifier: Apache-2.0
#
# Static checks; every warning is an error.
#
# usage: lint.sh [--build FOLDER] [CHECK...]    CHECK: verilator slang yosys format tidy cppcheck
#                                               analyzer release shell layers checkpatch; default all
#   --build  a configured build folder, whose compile commands clang-tidy reads; default build/dev

set -u
cd "$(dirname "$0")/.." || exit 2
build=build/dev
if [ "${1:-}" = --build ] && [ $# -ge 2 ]; then
  build=$2
  shift 2
fi
# What is to be checked is what git has.
if ! files=$(git ls-files) || [ -z "$files" ]; then
  printf '%s\n' 'lint: git lists no files here, so that there is nothing to check. Install git (scripts/packages.sh test);' \
    'for a tree without its history: git init && git add .' \
    "for a tree of another user: git config --global --add safe.directory $PWD" >&2
  exit 2
fi
checks=("$@")
[ "${#checks[@]}" -gt 0 ] || checks=(verilator slang yosys format tidy cppcheck analyzer release shell layers checkpatch)

includes=(-Idpi/include -Idpi/sv -Irtl/include -Iqemu -Isim/core -Isim/bench)
mapfile -t dma < <(grep '^rtl/' rtl/qdpi_dma.f)
mapfile -t ports < <(grep '\.sv$' sim/qdpi_ports.f)
# Packages first.
benches=(sim/tb/*_pkg.sv sim/bench/*_pkg.sv)
for source in sim/tb/*.sv sim/bench/*.sv; do
  case $source in *_pkg.sv) ;; *) benches+=("$source") ;; esac
done
mapfile -t c_sources < <(git ls-files '*.c')
# The kernel's coding style is judged by the kernel's own checkpatch.
kernel_style=(qemu/linux/driver qemu/linux/uapi)
mapfile -t c_all < <(git ls-files '*.c' '*.h' '*.cpp' "${kernel_style[@]/#/:!}")

lint_verilator() {
  local width status=0
  # Verilator looks into functions, other simulators do not: an assign waits for what stands in it and
  # in the arguments of its functions, not for what these read besides (IEEE 1800, 10.3.2).
  if grep -HPzo '\n *assign\b[^;]*\b\w+\(\)[^;]*;' sim/*/*.sv rtl/*.sv dpi/sv/*.sv; then
    echo 'a function without arguments in an assign'
    status=1
  fi
  for width in 64 128 256 512; do
    verilator --lint-only -Wall "${includes[@]}" -GDataWidth=$width --top-module qdpi_dma \
      "${dma[@]}" || status=1
  done
  verilator --lint-only -Wall "${includes[@]}" rtl/qdpi_led.sv || status=1
  # Top, and widths that differ in what they elaborate: narrower than a word, a word, the widest.
  local row
  for row in "axi4_port 8 64 1024" "axil_port 32 64" "ahb_port 8 64 1024" "apb_port 8 32" \
    "avalon_port 8 64 1024" "wishbone_port 8 64" "tilelink_port 8 64 1024" "axis_reader 8 64 1024" \
    "axis_writer 8 64 1024"; do
    read -ra row <<<"$row"
    for width in "${row[@]:1}"; do
      verilator --lint-only -Wall "${includes[@]}" -GDataWidth="$width" \
        --top-module "qdpi_${row[0]}" "${ports[@]}" || status=1
    done
  done
  local port
  for port in qdpi_event_source qdpi_interrupt_line qdpi_axil_manager; do
    verilator --lint-only -Wall "${includes[@]}" --top-module $port "${ports[@]}" || status=1
  done
  return $status
}

# One compilation of everything, each testbench a top of its own.
lint_slang() {
  local bench tops=()
  for bench in "${benches[@]}"; do
    # A testbench has only a clock and a reset; what has more, or is instantiated, is a part of one.
    case $bench in
      */tb_dma_[adnsvw]*.sv | */tb_led_person.sv | */tb_qdpi_dma_[mrst]*.sv | */tb_*_pkg.sv) ;;
      */tb_*_manager.sv | */tb_*_model.sv | */tb_guest_pages.sv | */tb_*_reference.sv | */tb_*_scoreboard.sv)
        case $bench in */tb_qdpi_*) tops+=(--top "$(basename "$bench" .sv)") ;; esac ;;
      */tb_axis_*.sv | */tb_axi4_*.sv | */tb_ahb_*.sv | */tb_tilelink_*.sv | sim/bench/bench_*.sv) ;;
      *) tops+=(--top "$(basename "$bench" .sv)") ;;
    esac
  done
  "$(scripts/python_tools.sh --where)/bin/python" scripts/slang_lint.py "${includes[@]}" \
    "${tops[@]}" -DQDPI_TESTBENCH=tb_led --timescale 1ns/1ns --top qdpi_questa_top sim/questa/qdpi_questa_top.sv "${ports[@]}" "${dma[@]}" rtl/qdpi_led.sv "${benches[@]}"
}

lint_yosys() {
  local width status=0
  for width in 64 512; do
    yosys -q -p "read_verilog -sv -Irtl/include ${dma[*]}; chparam -set DataWidth $width qdpi_dma;
      hierarchy -check -top qdpi_dma; proc; opt; check -assert; select -assert-none t:\$*latch*" ||
      status=1
  done
  yosys -q -p "read_verilog -sv -Irtl/include rtl/qdpi_led.sv; hierarchy -check -top qdpi_led; proc;
    check -assert; select -assert-none t:\$*latch*" || status=1
  return $status
}

lint_format() { clang-format --dry-run -Werror "${c_all[@]}"; }

lint_tidy() {
  [ -f "$build/compile_commands.json" ] || { echo "no $build/compile_commands.json: configure first"; return 1; }
  # The guests, and who uses what was installed, are compiled by rules of their own, which are not
  # in compile_commands.json.
  local library=() programs=() tests=() source
  for source in "${c_sources[@]}"; do
    case $source in
      dpi/src/*) library+=("$source") ;;
      dpi/tools/* | qemu/launcher/*) programs+=("$source") ;;
      tests/install/*) ;;
      # Those that drive simulations are built where there are simulations.
      tests/*) ! grep -qF "/$source\"" "$build/compile_commands.json" || tests+=("$source") ;;
    esac
  done
  # The analyzer, which follows paths, takes nine tenths of the time: for what is loaded into other
  # people's simulators. Tests wrap functions by the names that the linker gives them, pass numbers
  # as user data, write bytes without an end into texts, and read numbers that they or the kernel
  # have written.
  local fast=-clang-analyzer-\*
  local test_ways=-bugprone-reserved-identifier,-performance-no-int-to-ptr,-cert-err34-c
  test_ways+=,-bugprone-not-null-terminated-result,-bugprone-implicit-widening-of-multiplication-result
  {
    printf '%s\0' "${library[@]}" | run_tidy &&
      printf '%s\0' "${programs[@]}" | run_tidy --checks="$fast" &&
      printf '%s\0' "${tests[@]}" | run_tidy --checks="$fast,$test_ways"
  } 2>/dev/null
}

run_tidy() { # option...; files come from standard input
  xargs -0 -n 8 -P "$(nproc)" clang-tidy --quiet -p "$build" --warnings-as-errors='*' "$@"
}

lint_cppcheck() {
  # System headers are not given to it: it knows the functions of the C library and of POSIX.
  cppcheck --quiet --std=c11 --enable=warning,performance,portability --error-exitcode=1 \
    --inline-suppr --suppress=missingIncludeSystem -Idpi/include -Idpi/src -Itests/support dpi/src dpi/tools \
    qemu/launcher qemu/baremetal qemu/linux/user tests
}

# What gcc's analyzer (gcc 12) says of these functions is not so, for the reason above each.
analyzer_wrong='
# It loses sight of a pointer that is stored in an array which realloc() has moved.
qdpi_guest_ram_add -Wanalyzer-malloc-leak
add_property -Wanalyzer-malloc-leak
# argp_failure() with a status ends the program.
add_gva -Wanalyzer-malloc-leak
# The library delivers no event of a kind without a name.
print_text -Wanalyzer-null-argument
# It sees the first of the stores in a loop, and loads of a later round.
apply_mask -Wanalyzer-use-of-uninitialized-value
'

lint_analyzer() {
  local svdpi
  svdpi=$(verilator --getenv VERILATOR_ROOT)/include/vltstd
  # shellcheck disable=SC2016 # expanded by the inner shell
  git ls-files 'dpi/src/*.c' 'dpi/tools/*.c' 'qemu/launcher/*.c' |
    LC_ALL=C xargs -P "$(nproc)" -n 1 sh -c '
      gcc -std=gnu11 -D_GNU_SOURCE -O2 -fanalyzer -fdiagnostics-plain-output -fanalyzer-verbosity=0 \
        -Idpi/include -Idpi/src -Iqemu -Iqemu/launcher "-I$1" -S -o /dev/null "$2" 2>&1 |
        grep -E "In function|(warning|error):"' sh "$svdpi" |
    LC_ALL=C awk -v wrong="$analyzer_wrong" '
      BEGIN {
        count = split(wrong, lines, "\n")
        for (i = 1; i <= count; i++) if (lines[i] !~ /^#/) known[lines[i]]
      }
      / In function / { name = $NF; gsub(/[^A-Za-z0-9_]/, "", name); next }
      {
        check = $NF
        gsub(/[][]/, "", check)
        if ((name " " check) in known) next
        print name ": " $0
        bad = 1
      }
      END { exit bad }'
}

# What the release preset compiles, whose optimiser sees more: the tests run without it.
lint_release() {
  local svdpi
  svdpi=$(verilator --getenv VERILATOR_ROOT)/include/vltstd
  git ls-files 'dpi/src/*.c' 'dpi/tools/*.c' 'qemu/launcher/*.c' |
    xargs -P "$(nproc)" -n 1 gcc -std=gnu11 -D_GNU_SOURCE -O3 -DNDEBUG -fPIC -Wall -Wextra -Werror \
      -Idpi/include -Idpi/src -Iqemu -Iqemu/launcher "-I$svdpi" -S -o /dev/null
}

lint_shell() {
  local scripts
  mapfile -t scripts < <(git ls-files '*.sh' .ci/run)
  shellcheck "${scripts[@]}" || return
  # Run by the shell in busybox; the tests are read into one another and into init.
  shellcheck --shell=dash -e SC2154,SC2317,SC1090,SC1091 qemu/linux/image/{init,steps} qemu/linux/image/tests/*
}

lint_checkpatch() {
  local tree=$build/checkpatch-tree sources
  qemu/linux/image/kernel.sh --source "$tree" || return
  mapfile -t sources < <(git ls-files "${kernel_style[@]/%//*.[ch]}")
  perl "$tree/checkpatch/checkpatch.pl" --no-tree --strict --quiet --no-summary -f "${sources[@]}"
}

# Whether PATTERN stands in no other file below the FOLDERs than ALLOWED ("": in none).
stands_only_in() { # allowed pattern folder...
  local allowed=$1 pattern=$2 found
  shift 2
  # Not in comments: they may name what they explain.
  found=$(git grep -lE "^([^/*]|/[^/*])*($pattern)" -- "$@" | grep -vxF -- "$allowed")
  [ -z "$found" ] || { printf '%s stands in %s, not only in %s\n' "$pattern" "$found" "$allowed"; return 1; }
}

# The rules that keep the layers apart: docs/architecture.md.
lint_layers() {
  local status=0
  # What a benchmark compares with is no call of the bridge.
  local imports=(dpi/sv/qemu_dpi_pkg.sv sim/bench/bench_floor_pkg.sv sim/bench/bench_axi4_minimal.sv)
  stands_only_in "$(printf '%s\n' "${imports[@]}")" 'import +"DPI-C"' dpi sim rtl || status=1
  stands_only_in dpi/include/dpi_exports.h 'svdpi\.h' dpi/src dpi/include || status=1
  # RAM files, and the statistics page.
  stands_only_in $'dpi/src/guest_ram.c\ndpi/src/statistics.c' '\bmmap\(' dpi/src || status=1
  stands_only_in dpi/src/qmp_socket.c '\b(socket|connect)\(' dpi/src || status=1
  stands_only_in dpi/src/shm_atomic.h '__atomic|stdatomic' dpi/src dpi/include || status=1
  stands_only_in '' '\b(printf|fprintf|puts|exit|abort)\(' dpi/src || status=1
  return $status
}

bad=0
for check in "${checks[@]}"; do
  if ! declare -F "lint_$check" >/dev/null; then
    sed -n '/^# usage:/,/^#   --build/s/^# \{0,1\}//p' "$0" >&2
    exit 2
  fi
  if "lint_$check"; then
    printf 'lint %s: clean\n' "$check"
  else
    printf 'lint %s: FAILED\n' "$check"
    bad=$((bad + 1))
  fi
done
[ "$bad" -eq 0 ]
