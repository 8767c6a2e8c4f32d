#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The qemu-dpi authors
# SPDX-License-Identifier: Apache-2.0
#
# qemu-dpi run: that it is the launcher, whose promises test_launcher.sh checks, and what is its own:
# test_command_run.sh QDPI_LAUNCH QEMU_DPI GUEST_MEMORY_ELF

set -u

usage='usage: test_command_run.sh QDPI_LAUNCH QEMU_DPI GUEST_MEMORY_ELF'
launcher_program=$(realpath "${1:?"$usage"}")
tool=$(realpath "${2:?"$usage"}")
guest=$(realpath "${3:?"$usage"}")
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/launches.sh"

launch=$work/qemu-dpi-run
printf '#!/bin/sh\nexec "%s" run "$@"\n' "$tool" >"$launch"
chmod +x "$launch"
export tool

### The command

run -- true
check "a command that succeeds gives status 0" is "$status" 0
check "... under the tool's own name" says "^qemu-dpi\[$name\]: QEMU is process"
check "... and nothing is left" nothing_left
run -- sh -c 'exit 37'
check "the command's status is passed through" is "$status" 37
run -- /nonexistent/command
check "a command that does not exist gives 127" is "$status" 127
run --qemu=/nonexistent/qemu -- true
check "a QEMU that does not exist gives 125" is "$status" 125
# shellcheck disable=SC2016 # expanded by the command's shell
run -- sh -c 'printf "%s\n" "$*"' sh --ram=1G -- -device x
check "what follows the command is the command's, a second -- too" prints '^--ram=1G -- -device x$'
# shellcheck disable=SC2016 # as above
run -- sh -c 'kill -PIPE $$'
check "the command gets SIGPIPE as anywhere" is "$status" 141

### Beside the other subcommands

# shellcheck disable=SC2016 # as above
run --kernel="$guest" --ram=64M -- sh -c '
  until [ "$("$tool" read 0x200000)" = 0x584f424d ]; do sleep 0.05; done
  "$tool" search --u32 0x584f424d --from 2M --to 3M'
check "subcommands find the guest of the run by themselves" is "$status:$(tail -n 1 "$work/out")" \
  0:0x00200000
# shellcheck disable=SC2016 # as above
run --ram=64M -- "$launch" --name="$name-b" --env=SECOND --ram=32M -- \
  sh -c '"$tool" read 32M && ! "$tool" read -e env:SECOND 32M'
check "runs may be nested" is "$status:$(tail -n 1 "$work/out")" 0:0x00000000
run --qemu-arg=-device --qemu-arg=pvpanic --print-command
check "--qemu-arg reaches QEMU" prints '-device pvpanic'
with_tool=$(cat "$work/out")
quietly "$launcher_program" --name="$name" --qemu-arg=-device --qemu-arg=pvpanic --print-command
check "the printed line is the launcher's" is "$(cat "$work/out")" "$with_tool"

### Signals

run_up() { [ -e "$work/up" ]; }
start -- sh -c "touch $work/up; sleep 60"
wait_for 20 run_up
kill -TERM "$launcher"
finish
check "SIGTERM gives 143" is "$status" 143
check "... and leaves nothing" nothing_left

### Help

options_of() { "$@" --help | grep -o -e '--[a-z][-a-z]*' | grep -v -x -e --version | sort -u; }
check "it has the launcher's options" is "$(options_of "$tool" run)" "$(options_of "$launcher_program")"
check "help has its name" is "$("$tool" run --usage | cut -d ' ' -f 1-3 | head -n 1)" 'Usage: qemu-dpi run'
run --ram=1
check "a bad option gives 125, which no command gives" is "$status" 125
check "... and says why" says 'qemu-dpi run: --ram=1: give'

echo "$checks checks, $failures failed"
[ "$failures" -eq 0 ]
