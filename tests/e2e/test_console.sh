#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The qemu-dpi authors
# SPDX-License-Identifier: Apache-2.0
#
# The guest's console on the user's terminal: test_console.sh QDPI_LAUNCH GUEST_ECHO_ELF IN_TERMINAL

set -u

usage='usage: test_console.sh QDPI_LAUNCH GUEST_ECHO_ELF IN_TERMINAL'
launch=$(realpath "${1:?"$usage"}")
guest=$(realpath "${2:?"$usage"}")
in_terminal=$(realpath "${3:?"$usage"}")
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/launches.sh"

# What guest_echo does when it gets them, and what the launcher does.
power_off='\020'
reset='\022'
end_with_status_3='\005'
flood='\006'
leave='\035'

# shellcheck disable=SC2059 # keys are written as printf writes them
pipe() { # KEYS ARGUMENT...: the guest gets the keys from a pipe that ends behind them
  local keys=$1
  shift
  printf "$keys" |
    timeout --kill-after=5 60 "$launch" --name="$name" --interactive --kernel="$guest" "$@" \
      >"$work/out" 2>"$work/err"
  status=${PIPESTATUS[1]}
}

mkfifo "$work/keys"
exec 9<>"$work/keys"

# The launcher at a terminal, in the background; `launcher` is then what has made the terminal.
sit_down() { # [--deaf] ARGUMENT...
  local how=()
  [ "${1:-}" != --deaf ] || { how=(--deaf); shift; }
  rm -f "$work/up"
  "$in_terminal" ${how[@]+"${how[@]}"} \
    "$launch" --name="$name" --interactive --kernel="$guest" "$@" \
    <"$work/keys" >"$work/out" 2>"$work/err" 9>&- &
  launcher=$!
}

# shellcheck disable=SC2059 # as above
type_keys() { printf "$1" >&9; }
terminal() { sed -n 's/^terminal //p' "$work/err"; }
is_raw() { stty -F "$(terminal)" -a 2>/dev/null | grep -q -e '-icanon'; }
is_cooked() { stty -F "$(terminal)" -a 2>/dev/null | grep -q -e ' icanon'; }
launcher_at_terminal() { sed -n 's/^PPid:[[:space:]]*//p' "/proc/$(qemu_pid)/status"; }
is_stopped() { grep -q '^State:[[:space:]]*T' "/proc/$1/status"; }
showed() { [ "$(tr -d '\r' <"$work/out")" = "$1" ]; }
ready_times() { [ "$(grep -c ready "$work/out")" -eq "$1" ]; }
ready() { prints ready && is_raw; }

### Standard input is a pipe

pipe "abc$power_off" --expect-guest-status=0
check "a pipe is the guest's console, without a prefix" showed $'ready\nabc'
check "... and a guest that powers off gives 0" is "$status" 0
pipe "a${leave}b$power_off" --expect-guest-status=0
check "Ctrl-] in a pipe is for the guest" showed $'ready\na\035b'
pipe "a" -- sh -c 'sleep 1; exit 7'
check "the end of the pipe ends nothing" is "$status:$(tr -d '\r\n' <"$work/out")" 7:readya
pipe "a" --timeout=1
check "... but a time-out does" is "$status" 124
{
  sleep 2
  # shellcheck disable=SC2059 # as above
  printf "$power_off"
} | timeout 60 "$launch" --name="$name" --interactive --kernel="$guest" --expect-guest-status=0 \
  -- true >"$work/out" 2>"$work/err"
check "a guest may power off after the command has ended" is "${PIPESTATUS[1]}" 0
pipe "$end_with_status_3" --expect-guest-status=0
check "another status of the guest gives 126" is "$status" 126
check "nothing is left after pipes" nothing_left

### The command's output

pipe "abc$power_off" --expect-guest-status=0 -- sh -c 'echo hello; cat; echo error >&2; sleep 1'
check "the guest's console is alone on standard output" showed $'ready\nabc'
check "the end of the command's output is shown" says '^command| hello$'
check "... with its errors" says '^command| error$'
check "... and where all of it went" says "output goes to /dev/shm/qemu-dpi-.*/command.log"
# shellcheck disable=SC2016 # expanded by the command's shell
pipe "abc$power_off" --expect-guest-status=0 --keep-log="$work/kept" -- \
  sh -c 'seq 10000; [ -z "$(cat)" ]; echo $?; sleep 1'
check "--keep-log keeps it whole" is "$(wc -l <"$work/kept/$name-command.log")" 10001
check "... the command's standard input is empty" is \
  "$(tail -n 1 "$work/kept/$name-command.log")" 0
check "... and of the console a copy" is "$(tr -d '\r' <"$work/kept/$name-console.log")" \
  $'ready\nabc'
check "a long output is shown from a line's start" \
  is "$(grep '^command| ' "$work/err" | grep -vcE '^command\| [0-9]+$')" 0
check "... to its end" says '^command| 10000$'
pipe "" -- sh -c 'seq 100000 199999 | dd bs=4M iflag=fullblock 2>/dev/null'
check "one that comes at once, too" is "$(grep '^command| ' "$work/err" | cut -d ' ' -f 2)" "$(seq 199708 199999)"
# Once QEMU has ended, the launcher has little to wait for, and 2 s of patience with who reads its output.
cat >"$work/qemu" <<SCRIPT
#!/bin/sh
echo \$\$ >"$work/pid.qemu"
exec "${QEMU:-qemu-system-x86_64}" "\$@"
SCRIPT
chmod +x "$work/qemu"
microseconds() { echo "${EPOCHREALTIME/[.,]/}"; }
qemu_ended() { wait_for 20 test -e "$work/up" && wait_for 20 gone "$(cat "$work/pid.qemu")"; }
ends_soon() {
  local deadline=$(($(microseconds) + 1500000))
  until gone "$launcher"; do
    [ "$(microseconds)" -lt "$deadline" ] || return 1
    sleep 0.02
  done
}
# A machine that does something else for a while is no waiting launcher: which waits each time.
once_of_three() { "$@" || "$@" || "$@"; }
# The pipe has room for what the launcher says and not for the end of the command's output, until somebody reads.
mkfifo "$work/full"
late_reader() {
  local soon=0 reader
  exec 8<>"$work/full"
  head -c 53248 /dev/zero >&8
  rm -f "$work/up"
  "$launch" --name="$name" --interactive --qemu="$work/qemu" -- sh -c "yes '' | head -c 2048; touch $work/up" \
    >"$work/out" 2>&8 8>&- </dev/null &
  launcher=$!
  qemu_ended
  cat <&8 >"$work/err" 8>&- &
  reader=$!
  ends_soon || soon=1
  exec 8>&-
  kill "$reader"
  finish
  return "$soon"
}
check "an end that waits for its reader goes on with him" once_of_three late_reader
check "... and is shown" says '^command| $'
# A log that is only followed to give its memory back, and has grown faster than that: here the command writes to it.
# shellcheck disable=SC2016 # expanded by the command's shell
grows='dd if=/dev/zero of="$(dirname "${QEMU_DPI#qmp:}")/console.log" bs=4M count=1 oflag=append conv=notrunc'
silent_log() {
  local soon=0
  rm -f "$work/up"
  start --interactive --qemu="$work/qemu" -- sh -c "$grows; touch $work/up"
  qemu_ended
  ends_soon || soon=1
  finish
  return "$soon"
}
check "an end waits for nobody where the log is not printed" once_of_three silent_log
check "... and all was well" is "$status" 0
pipe "" -- /nonexistent/command
check "a command that does not exist gives 127" is "$status" 127
check "nothing is left after commands" nothing_left

### At a terminal

sit_down
check "the terminal gets the raw mode" wait_for 20 ready
type_keys 'a\003b'
check "Ctrl-C is the guest's" wait_for 10 showed $'ready\na\003b'
type_keys c
check "... and so are the keys after it" wait_for 10 showed $'ready\na\003bc'
type_keys "${leave}d"
finish
check "Ctrl-] ends QEMU and gives 0" is "$status" 0
check "... and nothing more reaches the guest" showed $'ready\na\003bc'
check "... the terminal has its mode again" says '^mode restored$'
check "... and nothing is left" nothing_left

sit_down --expect-guest-status=0
wait_for 20 ready
type_keys "$reset"
check "a guest's reset keeps the console" wait_for 20 ready_times 2
type_keys "$power_off"
finish
check "... and its power-off gives 0" is "$status" 0
check "... the terminal has its mode again" says '^mode restored$'

sit_down --expect-guest-status=0
wait_for 20 ready
type_keys "$leave"
finish
check "Ctrl-] before the guest's own end gives 126, where one is required" is "$status" 126

cat >"$work/attached.py" <<'PYTHON'
import os, pathlib, socket, sys
client = socket.socket(socket.AF_UNIX)
client.connect(os.environ["QEMU_DPI"][4:])
pathlib.Path(sys.argv[1]).touch()
while client.recv(4096):
    pass
sys.exit(5)
PYTHON
sit_down -- python3 "$work/attached.py" "$work/up"
wait_for 20 running
wait_for 20 ready
type_keys "$leave"
finish
check "after Ctrl-] the command finishes by itself, with its status" is "$status" 5
sit_down --grace=1 -- sleep 60
wait_for 20 ready
type_keys "$leave"
finish
check "... or is ended after --grace" is "$status" 124

for signal in TERM:143 HUP:129 INT:130; do
  sit_down
  wait_for 20 ready
  kill -s "${signal%:*}" "$(launcher_at_terminal)"
  finish
  check "SIG${signal%:*} gives ${signal#*:}" is "$status" "${signal#*:}"
  check "... the terminal has its mode again" says '^mode restored$'
done

sit_down
wait_for 20 ready
kill -KILL "$(qemu_pid)"
finish
check "QEMU's death gives 123" is "$status" 123
check "... the terminal has its mode again" says '^mode restored$'

sit_down
wait_for 20 ready
pid=$(launcher_at_terminal)
kill -TSTP "$pid"
check "SIGTSTP stops the launcher" wait_for 10 is_stopped "$pid"
check "... with the terminal's mode as it was" is_cooked
kill -CONT "$pid"
check "SIGCONT brings the raw mode back" wait_for 10 is_raw
type_keys 'z'
check "... and what is typed reaches the guest" wait_for 10 showed $'ready\nz'
type_keys "$leave"
finish
check "... until Ctrl-]" is "$status" 0
check "... the terminal has its mode again" says '^mode restored$'

# A mode that somebody else set while the launcher was stopped by the one signal that it cannot see.
sit_down
wait_for 20 ready
pid=$(launcher_at_terminal)
kill -STOP "$pid"
wait_for 10 is_stopped "$pid"
stty -F "$(terminal)" sane
kill -CONT "$pid"
check "SIGSTOP and SIGCONT bring the raw mode back" wait_for 10 is_raw
type_keys "$leave"
finish

check "nothing is left after terminals" nothing_left

### The command at the terminal

# Without --interactive the command has the terminal, and answers a line.
# shellcheck disable=SC2016 # expanded by the command's shell
answers=(--name="$name" -- sh -c 'echo $$ >"$0"; read -r line; echo "got $line"; exit 7' "$work/pid.command")
sit() { # COMMAND...
  rm -f "$work/pid.command"
  "$in_terminal" "$@" <"$work/keys" >"$work/out" 2>"$work/err" 9>&- &
  launcher=$!
  wait_for 20 test -s "$work/pid.command"
  type_keys '\032'
}

sit "$launch" "${answers[@]}"
type_keys 'x\n'
finish
check "Ctrl-Z does nothing where no shell could continue the launcher" is "$status" 7
check "... and the command has the terminal" prints '^got x'
# shellcheck disable=SC2016 # expanded by the shell at the terminal
sit bash --norc -i -c '"$@"; echo "stopped $?"; fg >/dev/null; exit $?' bash "$launch" "${answers[@]}"
check "Ctrl-Z stops the launcher where a shell can" wait_for 20 prints 'stopped 148'
type_keys 'y\n'
finish
check "... which then continues it" is "$status" 7
check "... and the command" prints '^got y'
# shellcheck disable=SC2016 # as above
sit bash --norc -i -c '"$@"; echo "stopped $?"; fg >/dev/null; echo "ended $?"; read -r line; echo "shell got $line"' \
  bash "$launch" --name="$name-outer" --env=QEMU_DPI_OUTER -- "$launch" "${answers[@]}"
check "Ctrl-Z stops nested launchers" wait_for 20 prints 'stopped 148'
type_keys 'y\n'
check "... which the shell then continues, both" wait_for 20 prints '^ended 7'
check "... and the command" prints '^got y'
type_keys 'x\n'
finish
check "... and in the end the shell has the terminal" prints '^shell got x'

# In the background the launcher leaves the terminal to the shell. Before `read` the shell starts nothing in the
# foreground, as it takes the terminal back after that in any case.
mkfifo "$work/pause"
# shellcheck disable=SC2016 # expanded by the shells at the terminal
{
  goes_on='echo $$ >"$0"; until [ -e "$1" ]; do sleep 0.05; done'
  lives='{ state=$(<"/proc/$(<"$0/pid.command")/status"); } 2>/dev/null && [[ $state != *State:?Z* ]]'
  reads='read -r line; echo "shell got $line"'
  sit bash --norc -i -c \
    '"$@"; bg; : >"$0/go"; while '"$lives"'; do :; done; read -rt 0.3 <>"$0/pause"
    echo ended; '"$reads"'; kill %1; wait %1' \
    "$work" "$launch" --name="$name" --expect-guest-status=0 -- sh -c "$goes_on" "$work/pid.command" "$work/go"
}
check "a command may end in the background" wait_for 20 prints '^ended'
type_keys 'x\n'
finish
check "... and the shell keeps the terminal" prints '^shell got x'
check "... while the launcher waits for the guest" is "$status" 143
# shellcheck disable=SC2016 # as above
sit bash --norc -i -c '"$@"; bg; until [ -n "$(jobs -s)" ]; do :; done; echo again; '"$reads"'; fg; exit $?' bash \
  "$launch" "${answers[@]}"
check "a command that reads in the background stops" wait_for 20 prints '^again'
type_keys 'x\n'
check "... and the shell keeps the terminal" wait_for 20 prints '^shell got x'
type_keys 'y\n'
finish
check "... until fg gives it to the command" is "$status" 7
check "... which goes on" prints '^got y'
check "nothing is left after Ctrl-Z" nothing_left

### Nobody reads

flooded() { grep -qs flooded "$work/kept/$name-console.log"; }
rm -rf "$work/kept"
sit_down --deaf --keep-log="$work/kept"
wait_for 20 is_raw
type_keys "$flood"
check "a terminal that takes nothing does not stop the guest" wait_for 150 flooded
type_keys "$leave"
finish
check "... nor Ctrl-]" is "$status" 0
check "... the terminal has its mode again" says '^mode restored$'

rm -rf "$work/kept"
# shellcheck disable=SC2059 # as above
printf "$flood$end_with_status_3" |
  timeout 170 "$launch" --name="$name" --interactive --kernel="$guest" --keep-log="$work/kept" \
    --expect-guest-status=3 2>"$work/err" |
  { wait_for 150 flooded; cat >"$work/out"; }
check "a reader that is late does not stop the guest" is "${PIPESTATUS[1]}" 0
check "... is told that something is missing" prints '^\[output that nobody read in time'
check "... and gets the end" is "$(tail -n 1 "$work/out" | tail -c 11 | tr -d '\r')" xxflooded
# Not exactly: a byte that QEMU has to send twice comes into the file twice.
check "... the file has it all" test "$(tr -dc x <"$work/kept/$name-console.log" | wc -c)" -ge 800000
printf 'a' | timeout 60 "$launch" --name="$name" --interactive --kernel="$guest" -- sleep 1 \
  2>"$work/err" | true
check "a reader that is gone does not end the run" is "${PIPESTATUS[1]}" 0
check "nothing is left after floods" nothing_left

### Wrong command lines

for bad in --serial="$work/console" --print-command; do
  pipe "" "$bad"
  check "--interactive with ${bad%%=*} is refused" is "$status" 125
done

echo "$checks checks, $failures failed"
[ "$failures" -eq 0 ]
