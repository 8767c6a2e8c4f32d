# SPDX-FileCopyrightText: 2026 The qemu-dpi authors
# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# Starting launchers, in the foreground or not, and checking what became of them. To be sourced, with the
# launcher's path in `launch`.
#
# shellcheck disable=SC2034,SC2154 # what is left in variables is for the test, which has set `launch`

name=tl$$x # the letter at the end: no other test's name begins with it
work=$(mktemp -d "${TMPDIR:-/tmp}/qdpi-test-launcher.XXXXXX")
failures=0
checks=0

# Ends what this test has started and nothing else; a launcher ends what it has started itself, and what
# it should have ended has its process number in a file pid.*.
tidy_up() {
  local pid
  for pid in $(jobs -pr); do
    kill -TERM "$pid"
  done
  for pid in "$work"/pid.*; do
    [ ! -s "$pid" ] || gone "$(cat "$pid")" || kill -KILL "$(cat "$pid")"
  done
  rm -rf "$work"
}
trap tidy_up EXIT

check() { # DESCRIPTION COMMAND...: the command's success is the result
  local description=$1
  shift
  checks=$((checks + 1))
  if "$@"; then
    echo "ok $checks - $description"
  else
    failures=$((failures + 1))
    echo "not ok $checks - $description"
    sed 's/^/    # out: /' "$work/out" 2>/dev/null | tail -n 5 | cut -c 1-400
    sed 's/^/    # err: /' "$work/err" 2>/dev/null | tail -n 8 | cut -c 1-400
  fi
}

run() { # ARGUMENT...: the launcher to its end; leaves status, $work/out and $work/err
  timeout --kill-after=5 60 "$launch" --name="$name" "$@" >"$work/out" 2>"$work/err" </dev/null
  status=$?
}

start() { # ARGUMENT...: the launcher in the background; leaves its process number in launcher
  "$launch" --name="$name" "$@" >"$work/out" 2>"$work/err" </dev/null &
  launcher=$!
}

wait_for() { # SECONDS COMMAND...: until the command succeeds
  local tries=$(($1 * 50))
  shift
  until "$@"; do
    tries=$((tries - 1))
    [ "$tries" -gt 0 ] || return 1
    sleep 0.02
  done
}

finish() { # waits for the launcher in the background; leaves status
  wait_for 30 gone "$launcher" || kill -KILL "$launcher"
  wait "$launcher" 2>/dev/null
  status=$?
}

gone() { # PID: not there, or a zombie
  local state
  [ -n "$1" ] || return 1
  state=$(sed -n 's/^State:[[:space:]]*\([A-Z]\).*/\1/p' "/proc/$1/status" 2>/dev/null)
  [ -z "$state" ] || [ "$state" = Z ]
}

qemu_pid() { sed -n 's/.*QEMU is process \([0-9]*\),.*/\1/p' "$work/err" | tail -n 1; }
running() { [ -n "$(qemu_pid)" ] && [ -e "$work/up" ]; }
says() { grep -q -e "$1" "$work/err"; }
prints() { grep -q -e "$1" "$work/out"; }
quietly() { "$@" >"$work/out" 2>"$work/err"; }
is() { [ "$1" = "$2" ]; }
qemu_gone() { [ -n "$(qemu_pid)" ] && gone "$(qemu_pid)"; }
nothing_left() { ! compgen -G "/dev/shm/qemu-dpi-*-$name*" >/dev/null && no_process_left; }

# A QEMU of this test carries the launch's name as an argument of its own.
no_process_left() {
  local line
  for line in /proc/[0-9]*/cmdline; do
    if { tr '\0' '\n' <"$line"; } 2>/dev/null | grep -A1 -x -e -name | grep -q -x -e "$name.*"; then
      return 1
    fi
  done
}
