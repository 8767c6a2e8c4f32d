#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The qemu-dpi authors
# SPDX-License-Identifier: Apache-2.0
#
# The language boundary, checked by compilers and the linker:
#   * every import of qemu_dpi_pkg.sv, as Verilator understands it, has the prototype in dpi_exports.h
#   * libqemu_dpi.so defines exactly these dpi_* functions, and every qdpi_* of qemu_dpi.h
#   * it shows no other symbol
#   * libqemu_dpi.a has the same, and besides only names that begin with qdpi_
#   * the public headers stand alone, in C and in C++
# and the check itself is checked: a prototype that disagrees must be refused.
#
# usage: check_boundary.sh LIBRARY STATIC_LIBRARY SVDPI_INCLUDE_DIR

set -euo pipefail
library=$1
static_library=$2
svdpi=$3
root=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
checks=0
ok() { checks=$((checks + 1)); printf 'ok %d - %s\n' "$checks" "$1"; }
fail() { printf 'not ok - %s\n' "$1"; exit 1; }

# shellcheck disable=SC2016 # $display is SystemVerilog
printf 'module tb_boundary; initial $display("%%s", qemu_dpi_pkg::dpi_version()); endmodule\n' \
  >"$work/tb_boundary.sv"
# The imports alone: newer Verilators leave out those that only an unused function calls.
{
  echo 'package qemu_dpi_pkg;'
  awk '/^  import "DPI-C"/ {on = 1} on {print} /;/ {on = 0}' "$root/dpi/sv/qemu_dpi_pkg.sv"
  echo 'endpackage'
} >"$work/qemu_dpi_pkg.sv"
verilator --cc --dpi-hdr-only "$work/qemu_dpi_pkg.sv" "$work/tb_boundary.sv" --top-module tb_boundary \
  --Mdir "$work" >/dev/null
generated=$work/Vtb_boundary__Dpi.h
[ -s "$generated" ] || fail "Verilator wrote no header"

compile() { # header of the imports
  printf '#include "dpi_exports.h"\n#include "%s"\n' "$1" >"$work/both.cpp"
  c++ -fsyntax-only -Wall -Wextra -Werror -I"$root/dpi/include" -isystem "$svdpi" "$work/both.cpp"
}
compile "$generated" || fail "an import disagrees with dpi_exports.h"
ok "imports and prototypes agree"

sed 's/dpi_fence(void\* bridge, unsigned int timeout_ms)/dpi_fence(void* bridge, int timeout_ms)/' \
  "$generated" >"$work/wrong_argument.h"
sed 's/extern int dpi_mem_read8(/extern void dpi_mem_read8(/' "$generated" >"$work/wrong_result.h"
for wrong in wrong_argument wrong_result; do
  cmp -s "$generated" "$work/$wrong.h" && fail "$wrong: nothing was planted"
  # A wrong argument is a second overload in C++, which extern "C" refuses.
  compile "$work/$wrong.h" 2>/dev/null && fail "$wrong was not noticed"
  ok "$wrong is refused"
done

imported=$(grep -oE '\bdpi_[a-z0-9_]+\(' "$generated" | tr -d '(' | sort -u)
shown=$(nm -D --defined-only "$library" | awk '$2 ~ /^[A-Z]$/ {sub(/@.*/, "", $3); print $3}' | sort -u)
diff <(printf '%s\n' "$imported") <(printf '%s\n' "$shown" | grep '^dpi_') ||
  fail "imports (<) and the library's dpi_* functions (>) differ"
ok "the library defines every import and no other dpi_* function"

declared=$(sed 's://.*$::; s:/\*.*\*/::' "$root/dpi/include/qemu_dpi.h" |
  tr '\n' ' ' | grep -oE 'QDPI_API [^;]*;' | grep -oE '\bqdpi_[a-z0-9_]+\(' | tr -d '(' | sort -u)
[ "$(printf '%s\n' "$declared" | wc -l)" -ge 30 ] || fail "cannot read qemu_dpi.h"
diff <(printf '%s\n' "$declared") <(printf '%s\n' "$shown" | grep '^qdpi_') ||
  fail "qemu_dpi.h (<) and the library's qdpi_* functions (>) differ"
ok "the library defines every function of qemu_dpi.h and no other"

other=$(printf '%s\n' "$shown" | grep -vE '^q?dpi_' || true)
[ -z "$other" ] || fail "the library shows more: $other"
ok "no other symbol is shown"

linked=$(nm --defined-only --extern-only "$static_library" 2>/dev/null | awk 'NF == 3 {print $3}' | sort -u)
missing=$(comm -23 <(printf '%s\n' "$shown") <(printf '%s\n' "$linked"))
[ -z "$missing" ] || fail "the static library lacks: $missing"
other=$(printf '%s\n' "$linked" | grep -v '^qdpi_' | comm -23 - <(printf '%s\n' "$imported"))
[ -z "$other" ] || fail "the static library has names that may be somebody else's: $other"
ok "the static library has all of it, and no name that may be somebody else's"

for header in qemu_dpi.h dpi_exports.h qdpi_open_array.h; do
  for language in c c++; do
    printf '#include "%s"\n' "$header" |
      cc -x "$language" -fsyntax-only -Wall -Wextra -Wpedantic -Werror -I"$root/dpi/include" \
        -isystem "$svdpi" - || fail "$header does not stand alone in $language"
  done
done
ok "the headers stand alone in C and C++"

printf '%d passed, 0 failed\n' "$checks"
