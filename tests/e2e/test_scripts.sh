#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The qemu-dpi authors
# SPDX-License-Identifier: Apache-2.0
#
# The scripts that a user types, without what they build: test_scripts.sh SCRIPTS_FOLDER
#
# Their copies stand in a tree of their own, where cmake and ctest are shell scripts.

set -u

scripts=$(realpath "${1:?"usage: test_scripts.sh SCRIPTS_FOLDER"}")
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/launches.sh"
export work

tree=$work/tree/scripts
mkdir -p "$tree" "$work/bin"
cp "$scripts"/{build,demo,lint,quietly,test}.sh "$tree"
program() { # FILE: a shell script from standard input
  { printf '#!/bin/sh\n'; cat; } >"$1"
  chmod +x "$1"
}
echo 'exit 0' | program "$tree/packages.sh"
echo 'exit 0' | program "$tree/python_tools.sh"
program "$work/bin/cmake" <<'SCRIPT'
case "$*" in
  *" help") cat "$work/help" ;;
  *" sim-"*) echo "runs $*"; "$work/bin/ctest" ;;
  *)
    mkdir "$work/busy" || echo "$*" >>"$work/overlaps"
    echo "$*" >>"$work/builds"
    sleep 0.2
    rmdir "$work/busy"
    ;;
esac
SCRIPT
# Ends by what the file `stays` says.
program "$work/bin/ctest" <<'SCRIPT'
cat "$work/counts"
[ -e "$work/stays" ] || exit 0
sleep 300 &
echo $! >"$work/pid.test"
wait
SCRIPT
export PATH="$work/bin:$PATH"

type_line() { # SCRIPT ARGUMENT...: in the background
  local script=$tree/$1
  shift
  "$script" "$@" >"$work/out" 2>"$work/err" </dev/null &
  launcher=$!
}

# Two have built one after the other.
built_in_turn() {
  is "$(grep -c -- '^--build ' "$work/builds")" 2 && [ ! -e "$work/overlaps" ]
}

ends_on_sigterm() { # SCRIPT ARGUMENT...
  touch "$work/stays"
  type_line "$@"
  wait_for 20 test -s "$work/pid.test"
  kill -TERM "$launcher"
  finish
  check "SIGTERM gives 143" is "$status" 143
  check "... and ends what $1 has started" wait_for 10 gone "$(cat "$work/pid.test")"
  mv "$work/pid.test" "$work/pid.$1"
  rm "$work/stays"
}

### demo.sh

: >"$work/counts"
for help in 'ready-led: phony' '... ready-led'; do
  printf '%s\n' 'all targets:' "$help" "${help/led/linux-shell}" >"$work/help"
  type_line demo.sh led
  finish
  check "demo.sh finds its simulation in \"$help\"" is "$status:$(tail -n 1 "$work/out")" \
    "0:runs --build --preset release --target sim-led"
  type_line demo.sh nosuch
  finish
  check "... and says which there are" is "$status:$(tail -n 2 "$work/err")" $'2:led\nlinux-shell'
done
: >"$work/builds"
type_line demo.sh led
other=$launcher
type_line demo.sh led
finish
wait "$other"
check "two demo.sh at once run" is "$status:$?" 0:0
check "... and build one after the other" built_in_turn
ends_on_sigterm demo.sh led

### test.sh

echo '100% tests passed, 0 tests failed out of 3' >"$work/counts"
type_line test.sh dev asan
finish
check "test.sh counts the tests of all presets" is "$status:$(tail -n 1 "$work/out")" "0:6 passed, 0 failed"
check "... shows what ctest says" is "$(grep -cxF -f "$work/counts" "$work/out")" 2
check "... and keeps it" cmp "$work/counts" "$work/tree/build/asan-test.log"
echo '67% tests passed, 1 tests failed out of 3' >"$work/counts"
type_line test.sh dev
finish
check "a test that fails gives 1" is "$status:$(tail -n 1 "$work/out")" "1:2 passed, 1 failed"
: >"$work/builds"
type_line test.sh dev
other=$launcher
type_line test.sh dev
finish
wait "$other"
check "two test.sh at once build one after the other" built_in_turn
ends_on_sigterm test.sh dev

### packages.sh

# A user without root, and a database of packages.
echo 'echo 1000' | program "$work/bin/id"
database=$work/dpkg
mkdir -p "$database"/{info,updates}
printf '%s\n' amd64 i386 >"$database/arch"
entry() { # PACKAGE STATUS [ARCHITECTURE]
  printf 'Package: %s\nStatus: %s\nArchitecture: %s\nMulti-Arch: same\nVersion: 1\n' "$1" "$2" "${3:-amd64}"
  printf 'Maintainer: nobody <nobody@example.org>\nDescription: nothing\n\n'
}
packages() { # JOB: leaves status, $work/out and $work/err
  DPKG_ADMINDIR=$database "$scripts/packages.sh" "$1" >"$work/out" 2>"$work/err"
  status=$?
}
missing() { sed -n 's/^ *apt-get install --no-install-recommends //p' "$work/err"; }

: >"$database/status"
packages linux
check "packages.sh stops without root" is "$status" 3
read -ra all < <(missing)
check "... and names what is missing" test "${#all[@]}" -gt 10
for package in "${all[@]}"; do
  entry "$package" "install ok installed"
done >"$work/installed"
cp "$work/installed" "$database/status"
packages linux
check "... nothing where all is installed" is "$status:$(missing)" 0:
sed 's/^Status: install/Status: hold/' "$work/installed" >"$database/status"
packages linux
check "... nor where it is held back" is "$status:$(missing)" 0:
{ cat "$work/installed"; entry libelf1 "install ok installed" i386; } >"$database/status"
packages linux
check "... nor where it is there for two architectures" is "$status:$(missing)" 0:
sed 's/^Package: libelf1$/&t64/' "$work/installed" >"$database/status"
packages linux
check "... nor where it has its name of 64-bit times" is "$status:$(missing)" 0:
sed '/^Package: libelf1$/{n;s/: .*/: deinstall ok config-files/}' "$work/installed" >"$database/status"
packages linux
check "... but what was removed is missing" is "$status:$(missing)" 3:libelf1

### lint.sh

export GIT_CEILING_DIRECTORIES=$work
for what in "no repository" "an empty one"; do
  [ "$what" = "no repository" ] || git init -q "$work/tree"
  type_line lint.sh release
  finish
  check "lint.sh stops in $what" is "$status" 2
  check "... and names the remedy" says "git init"
done

echo "$checks checks, $failures failed"
[ "$failures" -eq 0 ]
