#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The qemu-dpi authors
# SPDX-License-Identifier: Apache-2.0
#
# The subcommands of qemu-dpi for interrupts, doorbells, events, guest control and statistics, with a guest that
# answers by its mailbox: test_command_channel.sh QEMU_DPI QDPI_LAUNCH GUEST_MEMORY_ELF IN_TERMINAL

set -u

usage="usage: test_command_channel.sh QEMU_DPI QDPI_LAUNCH GUEST_MEMORY_ELF IN_TERMINAL"
tool=$(realpath "${1:?"$usage"}")
launch=$(realpath "${2:?"$usage"}")
guest=$(realpath "${3:?"$usage"}")
in_terminal=$(realpath "${4:?"$usage"}")
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/launches.sh"

dpi() { # ARGUMENT...: the command to its end; leaves status, $work/out and $work/err
  timeout --kill-after=5 60 "$tool" "$@" >"$work/out" 2>"$work/err" </dev/null
  status=$?
}

# A command beside others, on a monitor of its own; leaves its process in listener. Its output is in $work/NAME.
listen() { # NAME ARGUMENT...
  local into=$1
  shift
  "$tool" "$@" >"$work/$into" 2>"$work/$into.err" </dev/null &
  listener=$!
  # It listens when its page says so.
  wait_for 20 attached "$listener"
}
attached() { "$tool" stats --once --json --pid "$1" 2>/dev/null | grep -q '"state": "attached"'; }
ended() { # PROCESS: waits for a listener; leaves status
  wait_for 30 gone "$1" || kill -KILL "$1"
  wait "$1" 2>/dev/null
  status=$?
}

json() { python3 -c "import json, sys; d = json.load(sys.stdin); print(*($1))" <"$work/out"; } # PYTHON_TUPLE
lines_json() { # FILE PYTHON_TUPLE: of the list of all lines
  python3 -c "import json, sys; d = [json.loads(l) for l in sys.stdin]; print(*($2))" <"$work/$1"
}
silent() { [ ! -s "$work/out" ] && [ ! -s "$work/err" ]; }

refuses() { # PATTERN ARGUMENT...: wrong usage, which says why and how to go on
  local pattern=$1
  shift
  dpi "$@"
  check "refuses: $*" is "$status" 2
  check "... and says: $pattern" says "$pattern"
  check "... and where help is" says "Try .qemu-dpi.*--help"
}

run_guest() { # LAUNCH_ARGUMENT...: in the background; leaves QEMU_DPI and its like, and ram
  # shellcheck disable=SC2016 # expanded by the command's shell
  start "$@" --kernel="$guest" -- sh -c 'env | sed -n "s/^QEMU_DPI/export QEMU_DPI/p" >"$1/endpoints" &&
    touch "$1/up" && exec sleep 600' sh "$work"
  if ! wait_for 40 test -e "$work/up"; then
    echo "the guest did not start"
    cat "$work/out" "$work/err"
    exit 1
  fi
  # shellcheck source=/dev/null
  . "$work/endpoints"
  # shellcheck disable=SC2153 # set by what has just been read
  ram=$(dirname "${QEMU_DPI#qmp:}")/ram
  wait_for 20 serving 1
}

end_guest() {
  kill -TERM "$launcher"
  finish
  rm -f "$work/up"
}

# The guest's mailbox, reached through the RAM file: no monitor is needed. qemu/qdpi_mailbox_layout.inc has the numbers.
ring=5 count_of=6 nop=0
cat >"$work/mailbox.py" <<'PYTHON'
import mmap, struct, sys, time
path, action, *numbers = sys.argv[1:]
numbers = [int(n) for n in numbers]
with open(path, "r+b") as file:
    ram = mmap.mmap(file.fileno(), 4096, offset=2097152)
word = lambda offset: struct.unpack_from("<I", ram, offset)[0]
if action == "boots":
    print(word(4) if word(0) == 1481589325 else 0)
    sys.exit()
if action == "post":
    struct.pack_into("<I", ram, 16, numbers[0])
    for i, argument in enumerate(numbers[1:]):
        struct.pack_into("<Q", ram, 64 + 8 * i, argument)
    struct.pack_into("<I", ram, 8, word(12) + 1 & 0xFFFFFFFF)
    sys.exit()
limit = time.monotonic() + numbers[0] / 1000
while word(12) != word(8):
    if time.monotonic() > limit:
        sys.exit("no answer")
    time.sleep(0.002)
print(struct.unpack_from("<Q", ram, 128)[0])
PYTHON
mailbox() { python3 "$work/mailbox.py" "$ram" "$@"; }
serving() { [ "$(mailbox boots)" = "$1" ]; }
guest_does() { # COMMAND ARGUMENT...: prints the first result
  mailbox post "$@"
  mailbox answer 20000
}
counts() { [ "$(guest_does $count_of "$1")" = "$2" ]; } # LINE COUNT

three_blocks() { [ "$(grep -c '1 bridge$' "$work/blocks")" -ge 3 ]; }
second_is_held() { ! "$tool" cont "${second[@]}" --timeout=0.1 2>"$work/err"; }

# ---- Wrong usage, for which there need be no guest ----

unset QEMU_DPI
refuses "give a line" irq
refuses "give a line" irq 5
refuses "no interrupt line" irq 16 pulse
refuses "no interrupt line" irq five pulse
refuses "give set, clear or pulse" irq 5 jump
refuses "one argument too many" irq 5 pulse 2
refuses "count of 0" irq 5 pulse --count=0
refuses "there are no arguments" nmi now
refuses "there are no arguments" stop now
refuses "there are no arguments" cont now
refuses "there are no arguments" reset now
refuses "INDEX and VALUE are for --send" doorbell 5
refuses "needs INDEX and VALUE" doorbell --send 5
refuses "one argument too many" doorbell --send 5 1 2
refuses "no value" doorbell --send 5 0x10000000000000000
refuses "no doorbell" doorbell --send 4294967296 0
refuses "does not listen" doorbell --send 5 1 --count=2
refuses "no doorbell" doorbell --index=x
refuses "count of 0" doorbell --count=0
refuses "no time" events --for=soon
refuses "no event" events --until=rain
refuses "there are no arguments" stats 1
refuses "no interval" stats --interval=0
refuses "no interval" stats --interval=x
refuses "no process" stats --pid=0
for each in irq nmi doorbell events stop cont reset stats; do
  dpi "$each" --help
  check "$each --help" is "$status" 0
  check "... begins with how to call it" prints "Usage: qemu-dpi $each"
done
for each in "irq 5 pulse" nmi doorbell events stop cont reset; do
  # shellcheck disable=SC2086 # words
  dpi $each -e "qmp:$work/nobody" --timeout=0
  check "$each without a guest: not attached" is "$status" 3
  check "... and why" says "there is no such socket"
done

# ---- Interrupts ----

run_guest --bridges=3
export -n QEMU_DPI_1 QEMU_DPI_2
second=(-e "$QEMU_DPI_1")
third=(-e "$QEMU_DPI_2")

dpi irq 5 pulse
check "irq pulses once" is "$status" 0
check "... says how long it took" prints "^line 5: pulse, taken by QEMU after [0-9.]* ms$"
check "... and the guest has counted one" wait_for 20 counts 5 1
dpi irq 5 pulse --count=300 --json
check "irq pulses 300 times" is "$(json "d['line'], d['action'], d['count'], d['took_us'] > 0")" "5 pulse 300 True"
# Edges that come faster than the guest takes them become one.
taken=$(guest_does $count_of 5)
check "... and the guest has taken interrupts ($taken)" test "$taken" -gt 1 -a "$taken" -le 301
for ((i = 1; i <= 20; i++)); do
  dpi irq 5 pulse
  wait_for 20 counts 5 $((taken + i)) || break
done
check "... and one for each that it was given time for" counts 5 $((taken + 20))
dpi irq 3 set
check "a rising edge" wait_for 20 counts 3 1
dpi irq 3 set
check "a line that is up already has no edge" counts 3 1
dpi irq 3 clear
check "... nor has a falling one" counts 3 1
dpi nmi
check "nmi" is "$status" 0
check "... says nothing" silent
check "... and the guest has counted it" wait_for 20 counts 16 1

# ---- Doorbells ----

listen rung doorbell --json --count=7 "${second[@]}"
every=$listener
listen seven doorbell --index=7 --count=5 "${third[@]}"
guest_does $ring 3 2 >/dev/null
guest_does $ring 7 5 >/dev/null
ended "$every"
check "doorbell --count ends" is "$status" 0
check "... with all that were rung, in order" is "$(lines_json rung "[(e['index'], int(e['value'], 16)) for e in d]")" \
  "(3, 0) (3, 1) (7, 0) (7, 1) (7, 2) (7, 3) (7, 4)"
check "... and times that do not go back" is "$(lines_json rung "[sorted(t := [e['time_us'] for e in d]) == t]")" True
ended "$listener"
check "doorbell --index takes only its own" is "$status $(wc -l <"$work/seven")" "0 5"
check "... and prints hex and decimal" grep -qE \
  '^[0-9:]{8}\.[0-9]{6}  doorbell 7  0x0000000000000004  4$' "$work/seven"

listen flood doorbell --json --index=2 --count=30000 "${second[@]}"
guest_does $ring 2 30000 >/dev/null
ended "$listener"
check "a flood of 30000 comes whole and in order" is \
  "$status $(lines_json flood "[[int(e['value'], 16) for e in d] == list(range(30000))]")" "0 True"

dpi doorbell --for=0.2
check "doorbell --for ends" is "$status" 0
dpi doorbell --for=0.2 --count=1
check "... and says if the count did not come" is "$status" 6

listen sent doorbell --count=2 --json "${second[@]}"
dpi doorbell --send 5 0xdeadbeef12345678
check "doorbell --send" is "$status" 0
check "... says nothing" silent
dpi doorbell --send -- 63 -1
check "doorbell --send takes negative values" is "$status" 0
ended "$listener"
check "... and the listener hears both" is "$(lines_json sent "[(e['index'], e['value']) for e in d]")" \
  "(5, '0xdeadbeef12345678') (63, '0xffffffffffffffff')"
dpi doorbell --send 64 1 --timeout=0.5
check "there is no doorbell 64 with 64 slots" is "$status" 6
check "... and what to look at" says "memory slot"

# ---- Events, and who causes them ----

listen events events --json --until=reset "${second[@]}"
listen text events --count=3 "${third[@]}"
text_listener=$listener
dpi stop
check "stop" is "$status" 0
mailbox post $nop 41
check "... and the guest does nothing" is "$(mailbox answer 300 2>&1)" "no answer"
dpi cont
check "cont" is "$status" 0
check "... and the guest goes on" is "$(mailbox answer 10000)" 42
dpi reset
check "reset" is "$status" 0
check "... and the guest starts again" wait_for 20 serving 2
ended "$text_listener"
check "events --count ends" is "$status $(awk '{print $2}' "$work/text" | tr '\n' ' ')" "0 stop resume reset "
check "... and it says who did it" grep -q 'reset  from outside$' "$work/text"
check "events --until ends" wait_for 20 grep -q '"event":"reset","by_guest":false' "$work/events"
check "... after all that came before" is "$(lines_json events "[e['event'] for e in d]")" "stop resume reset"
dpi events --until=panic --for=0.2
check "events says if what it waits for did not come" is "$status" 6

listen interrupted events "${second[@]}"
kill -INT "$listener"
ended "$listener"
check "Ctrl-C ends events in good order" is "$status" 0
check "... without its page" is "$("$tool" stats --once --pid "$listener" | head -n 1 | cut -c 11-)" "0 bridges"

# ---- A monitor that is held ----

listen held events
dpi stop --timeout=0.5
check "a held monitor is not attached to" is "$status" 3
check "... another client has it" says "another client holds this monitor"
check "... and the launcher can give more" says "\-\-bridges=2"
check "... by the name of QEMU_DPI_1" says "QEMU_DPI_1"
kill -TERM "$listener"
ended "$listener"

# ---- An endpoint without a channel ----

for each in "irq 5 pulse" nmi doorbell events stop cont reset; do
  # shellcheck disable=SC2086 # words
  dpi $each -e "file:$ram"
  check "$each of a RAM file: refused" is "$status" 4
  check "... and why" says "file: endpoint has no"
done

# ---- Statistics ----

listen counted doorbell "${second[@]}"
page=/dev/shm/qemu-dpi-stats-$(id -u)-$listener-0
guest_does $ring 9 1000 >/dev/null
wait_for 20 grep -q 999 "$work/counted"
dpi stats --once --pid "$listener" --json
check "stats --json has the bridge" is \
  "$status $(json "len(d['bridges']), d['bridges'][0]['pid'] == $listener, d['bridges'][0]['process']")" \
  "0 1 True qemu-dpi"
check "... which guest" is "$(json "[d['bridges'][0]['endpoint']]")" "$QEMU_DPI_1"
check "... its doorbells" is "$(json "[d['bridges'][0]['events']['doorbells']]")" 1000
check "... no rates at one look" is "$(json "[d['bridges'][0]['rates']]")" None
dpi stats --once --pid "$listener"
check "stats in words" prints "^qemu-dpi\[$listener\]  attached  0:0.*$QEMU_DPI_1"
check "... with the doorbells" prints "doorbells 1000, "
check "... and no errors" prints "errors: none"

"$tool" stats --interval=0.1 --json --pid "$listener" >"$work/rates" 2>&1 &
looking=$!
wait_for 20 grep -q rates "$work/rates"
guest_does $ring 9 500 >/dev/null
wait_for 20 grep -q '"doorbells":1500,' "$work/rates"
kill -INT $looking
ended $looking
check "stats goes on until Ctrl-C" is "$status" 0
check "... with rates, of which the sum is what came" is \
  "$(lines_json rates "[any(e['bridges'][0]['rates']['events']['doorbells'] > 100 for e in d[1:])]")" True

"$tool" stats --interval=0.1 --pid "$listener" >"$work/blocks" 2>&1 &
looking=$!
wait_for 20 three_blocks
kill -TERM $looking
ended $looking
check "stats into a pipe: blocks without escapes" is "$status $(grep -c $'\033' "$work/blocks")" "0 0"

(sleep 1; printf q; sleep 1) | timeout 20 "$in_terminal" "$tool" stats --interval=0.2 --pid "$listener" \
  >"$work/out" 2>"$work/err" &
looking=$!
ended $looking
check "stats at a terminal: q ends it" is "$status" 0
check "... the picture stands still" prints $'\033\\[H\033\\[J'
check "... and the terminal is as before" says "mode restored"

check "a page of a process that lives" test -f "$page"
check "... is for its user alone" is "$(stat -c '%a %s' "$page")" "600 4096"
kill -KILL "$listener"
ended "$listener"
dpi stats --once --pid "$listener"
check "stats does not show a process that was killed" is "$status $(head -n 1 "$work/out" | cut -c 11-)" "1 0 bridges"
check "... and its page is gone" test ! -e "$page"
foreign=/dev/shm/qemu-dpi-stats-$(id -u)-$listener-x
: >"$foreign"
dpi stats --once
check "stats touches nothing that has no such name" test -e "$foreign"
rm -f "$foreign"
ln -s "$work/out" "${foreign%x}1"
dpi stats --once
check "... and follows no link" test -L "${foreign%x}1"
rm -f "${foreign%x}1"

QEMU_DPI_STATS=off "$tool" events "${second[@]}" >"$work/off" 2>&1 &
unseen=$!
wait_for 20 second_is_held
dpi stats --once --pid $unseen
check "a process with QEMU_DPI_STATS=off is not seen" is "$status" 1
kill -TERM $unseen
ended $unseen

# ---- The guest goes ----

listen gone_text events "${second[@]}"
listen gone_json events --json --until=lost "${third[@]}"
end_guest
ended "$listener"
check "events --until=lost ends with the guest" is "$status" 0
check "... the last of its events" is "$(lines_json gone_json "[d[-1]['event']]")" lost
wait_for 20 grep -q lost "$work/gone_text"
check "... without it, that is a failure" grep -q "listen" "$work/gone_text.err"
check "nothing is left" nothing_left

echo "$((checks - failures)) of $checks checks passed"
[ "$failures" = 0 ]
