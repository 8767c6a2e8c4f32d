#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The qemu-dpi authors
# SPDX-License-Identifier: Apache-2.0
#
# The launcher's promises, each kept or broken: test_launcher.sh QDPI_LAUNCH [GUEST_ELF]
#
# The guest of most checks is the firmware alone. Where a guest must end QEMU with a status, the test writes to
# the debug-exit port from a multiboot image of a few bytes that it makes itself. GUEST_ELF, when given, is debugged.

set -u

launch=${1:?"usage: test_launcher.sh QDPI_LAUNCH [GUEST_ELF]"}
guest=${2:-}
launch=$(realpath "$launch")
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/launches.sh"

# A 32-bit multiboot image (a.out header form, no ELF needed) that writes VALUE to the debug-exit port, which
# ends QEMU with status 2 * VALUE + 1, after saying "h", an escape and "i" on COM1.
make_guest() { # FILE VALUE
  {
    # magic, flags (addresses given), checksum, header, load, load end, bss end, entry
    printf '\x02\xb0\xad\x1b\x00\x00\x01\x00\xfe\x4f\x51\xe4'
    printf '\x00\x00\x10\x00\x00\x00\x10\x00\x00\x00\x00\x00\x00\x00\x00\x00\x20\x00\x10\x00'
    printf '\x66\xba\xf8\x03'                           # mov dx, 0x3f8
    printf '\xb0\x68\xee\xb0\x1b\xee\xb0\x69\xee\xb0\x0a\xee' # out 'h', escape, 'i', line feed
    printf '\x66\xba\xf4\x00\xb0'                       # mov dx, 0xf4; mov al, VALUE
    # shellcheck disable=SC2059 # the format is the byte itself
    printf "\\x$(printf '%02x' "$2")"
    printf '\xee\xf4\xeb\xfd' # out dx, al; then halt for ever
  } >"$1"
}

# Speaks QMP as a client that came by the environment variable $1; succeeds when QEMU answers query-status.
cat >"$work/qmp.py" <<'PYTHON'
import json, os, socket, sys
endpoint = os.environ[sys.argv[1]]
assert endpoint.startswith("qmp:"), endpoint
client = socket.socket(socket.AF_UNIX)
client.settimeout(10)
client.connect(endpoint[4:])
lines = client.makefile("rw")
assert "QMP" in json.loads(lines.readline())
for command in ["qmp_capabilities", "query-status", "query-memdev"]:
    lines.write(json.dumps({"execute": command}) + "\n")
    lines.flush()
    answer = {}
    while "return" not in answer and "error" not in answer:
        answer = json.loads(lines.readline())
    assert "return" in answer, answer
    if command == "query-status":
        print(answer["return"]["status"])
    if command == "query-memdev":
        backend = answer["return"][0]
        assert backend["id"] == "mem" and backend["share"], backend
        print(backend["size"])
PYTHON

### A run to its end

run -- true
check "a command that succeeds gives status 0" is "$status" 0
run -- sh -c 'exit 37'
check "the command's status is passed through" is "$status" 37
# shellcheck disable=SC2016 # expanded by the command's shell
run -- sh -c 'kill -USR1 $$'
check "a command killed by a signal gives 128 + its number" is "$status" 138
check "nothing is left after runs to their end" nothing_left
# shellcheck disable=SC2016 # as above
run -- sh -c 'printf "%s\n" "$1"' sh --timeout=x
check "options after the command's name belong to it" prints '^--timeout=x$'

run --bridges=2 --ram=64M -- sh -c "python3 $work/qmp.py QEMU_DPI && python3 $work/qmp.py QEMU_DPI_1"
check "both bridges' monitors answer" is "$status:$(tr '\n' ' ' <"$work/out")" \
  "0:running 67108864 running 67108864 "
run --paused -- python3 "$work/qmp.py" QEMU_DPI
check "--paused keeps the guest from starting" prints '^prelaunch$'
for machine in pc q35; do
  run --machine=$machine --ram=5G --slots=256 --cpus=2 -- python3 "$work/qmp.py" QEMU_DPI
  check "$machine with 5 GiB, 256 slots and 2 CPUs" is "$status:$(tail -n 1 "$work/out")" 0:5368709120
done
# shellcheck disable=SC2016 # as above
run -- sh -c 'stat -c "%a %s" "$(dirname "${QEMU_DPI#qmp:}")" "$(dirname "${QEMU_DPI#qmp:}")/ram"'
check "the directory is private" prints '^700 '
check "the RAM file is private and of the right size" prints '^600 536870912$'
mkdir "$work/ram,folder"
# shellcheck disable=SC2016 # as above
run --ram=64M --prealloc --ram-folder="$work/ram,folder" -- sh -c 'stat -c "%a %s %b" "$1"/*' sh "$work/ram,folder"
check "--ram-folder has the RAM file, private, and --prealloc all of it" prints '^600 67108864 131072$'
check "... and it goes with the launch" is "$(ls -A "$work/ram,folder")" ""
run --ram=64M --ram-folder=/dev/shm -- true
check "... which may be /dev/shm" is "$status" 0
check "... without anything left there" nothing_left
run --ram-folder="$work/nowhere" -- true
check "a --ram-folder that is not there gives 125" is "$status" 125
check "... and is named" says "--ram-folder=$work/nowhere: No such file"
TMPDIR="/tmp/$(printf 'x%.0s' {1..150})" run -- python3 "$work/qmp.py" QEMU_DPI
check "a long TMPDIR does not matter" is "$status" 0
(ulimit -f 1000 && "$launch" --name="$name" -- true) >"$work/out" 2>"$work/err"
check "a file size limit is said, not died of" is "$?" 125
check "... with the remedy" says 'ulimit -f'

### The command line

run --version
check "--version succeeds" is "$status" 0
check "... and says which" prints '^qdpi-launch [0-9]*\.[0-9]*\.[0-9]*$'
run --print-command --append="it's a 'test'"
check "--print-command succeeds" is "$status" 0
check "... quotes for the shell" prints "'it'\\\\''s a '\\\\''test'\\\\'''"
check "... and starts nothing" nothing_left
# The printed line, pasted: QEMU runs and obeys QMP on the socket that the line names.
paste() { # ARGUMENT...: leaves the line's directory in directory, and the process number in pasted
  run --print-command --ram=64M "$@"
  directory=$(sed -n 's/^mkdir -m 700 \([^ ]*\) .*/\1/p' "$work/out")
  sed 's/\(.*\)&& /\1\&\& exec /' "$work/out" >"$work/line"
  bash "$work/line" >"$work/out" 2>"$work/err" </dev/null &
  pasted=$!
}
stop_pasted() {
  kill -TERM "$pasted" 2>/dev/null
  wait "$pasted" 2>/dev/null
  status=$?
  rm -rf "$directory"
}
paste --machine=q35
check "the printed line can be pasted" wait_for 10 test -S "$directory/qmp0.sock"
export QEMU_DPI="qmp:$directory/qmp0.sock"
check "... and its QEMU answers" quietly python3 "$work/qmp.py" QEMU_DPI
unset QEMU_DPI
stop_pasted
mkdir "$work/it's RAM"
paste --ram-folder="$work/it's RAM"
ram_directory="$work/it's RAM/${directory##*/}-ram"
check "the same with --ram-folder" wait_for 10 test -S "$directory/qmp0.sock"
check "... has a private directory for the RAM file" is "$(stat -c %a "$work/it's RAM"/*)" 700
check "... and the RAM file in it" is "$(stat -c %s "$ram_directory/ram")" 67108864
stop_pasted
paste --ram-folder="$work/it's RAM"
wait_for 10 gone "$pasted"
stop_pasted
check "... and starts nothing on one that is there already" is "$status" 1
check "... but says so" says '^mkdir: '
rm -rf "$work/it's RAM"
paste --ram-folder=/dev/shm
check "the same in /dev/shm" wait_for 10 test -S "$directory/qmp0.sock"
stop_pasted
rm -rf "$directory-ram"
check "nothing is left after pasted lines" nothing_left

for bad in --ram=12 --ram=1M --ram=0x10G --ram=4097T --machine=isapc --slots=0 --slots=257 --bridges=0 --env=A-B \
  --name=a/b --timeout=-1 --nonsense; do
  run "$bad" -- true
  check "$bad is refused" is "$status" 125
done

run --ram=8192T -- true
check "too much RAM is told the limit" says '--ram=8192T: .* to 4096T$'
run --ram=4096T --print-command
check "... which itself is taken" prints 'size=4294967296M,'

### Starts that fail

run --qemu=/nonexistent/qemu -- true
check "a missing QEMU gives 125" is "$status" 125
check "... and names the remedy" says 'apt install qemu-system-x86'
QEMU=/nonexistent/by-environment run -- true
check "\$QEMU names the binary" says '/nonexistent/by-environment'
run --qemu-arg=-nonsense -- true
check "an option that QEMU refuses gives 125" is "$status" 125
check "... and QEMU's own words" says '^qemu| .*nonsense'
run --kernel=/nonexistent/kernel -- touch "$work/must-not-run"
check "a missing kernel gives 125" is "$status" 125
check "... and the command does not run" test ! -e "$work/must-not-run"
run --qemu="$(command -v sleep)" -- true
check "a QEMU that is another program gives 125" is "$status" 125
cat >"$work/mute" <<'SCRIPT'
#!/bin/sh
exec sleep 60
SCRIPT
chmod +x "$work/mute"
run --qemu="$work/mute" --ready-timeout=1 -- true
check "a QEMU that never answers gives 125 after --ready-timeout" is "$status" 125
check "... and says which option" says '--ready-timeout'
run --ram=100T -- true
check "RAM that does not fit into /dev/shm gives 125" is "$status" 125
check "... and the remedy" says 'mount -o remount'
run -- /nonexistent/command
check "a command that does not exist gives 127" is "$status" 127
run -- "$work"
check "a command that cannot be executed gives 127" is "$status" 127
check "nothing is left after starts that fail" nothing_left

### The guest's console and status

make_guest "$work/guest0" 0
make_guest "$work/guest1" 1
run --kernel="$work/guest1" --paused --expect-guest-status=3 --guest-timeout=1 -- true
check "a guest that does not end in time gives 126" is "$status" 126
check "... and says which option" says '--guest-timeout'
# The guest is continued by the command, so that it cannot end before the command runs.
cat >"$work/continue.py" <<'PYTHON'
import os, socket, sys
client = socket.socket(socket.AF_UNIX)
client.settimeout(10)
client.connect(os.environ["QEMU_DPI"][4:])
lines = client.makefile("rw")
lines.readline()
for command in ["qmp_capabilities", "cont"]:
    lines.write('{"execute": "%s"}\n' % command)
    lines.flush()
    lines.readline()
if "wait" in sys.argv:
    try:
        while lines.readline():
            pass
    except OSError:
        pass
PYTHON
go=(python3 "$work/continue.py")
run --kernel="$work/guest1" --paused --expect-guest-status=3 -- "${go[@]}"
check "the expected guest status gives the command's status" is "$status" 0
check "the console is printed with a prefix, without control characters" prints "^$name| h^\\[i\$"
run --kernel="$work/guest1" --paused --expect-guest-status=3 -- "${go[@]}" wait
check "... also when QEMU ends first" is "$status" 0
run --kernel="$work/guest0" --paused --expect-guest-status=3 -- "${go[@]}"
check "another guest status gives 126" is "$status" 126
check "... and both numbers" says 'status 1, .* status 3'
run --kernel="$work/guest1" --paused --expect-guest-status=3 -- sh -c 'exit 4'
check "a command that fails is not waited for" is "$status" 4
run --kernel="$work/guest1" --paused -- "${go[@]}" wait
check "a guest status that nobody expected gives 123" is "$status" 123
run --kernel="$work/guest1" --paused --grace=1 -- sh -c "python3 $work/continue.py wait; exec sleep 60"
check "a command that stays after QEMU's end is ended after --grace" is "$status" 123
run --kernel="$work/guest1" --paused --grace=1 --expect-guest-status=3 -- \
  sh -c "python3 $work/continue.py wait; exec sleep 60"
check "... and that is a time-out when the guest's end was good" is "$status" 124
run --kernel="$work/guest1" --paused --serial="$work/my,console" --expect-guest-status=3 -- "${go[@]}"
check "--serial=FILE gets the raw console" is "$(cat "$work/my,console")" $'h\033i'
check "... and nothing is printed" is "$(cat "$work/out")" ""
mkfifo "$work/fifo"
run --serial="$work/fifo" -- true
check "a console that QEMU could block on is refused" is "$status" 125
run --kernel="$work/guest1" --paused --keep-log="$work/kept" --expect-guest-status=3 -- "${go[@]}"
check "--keep-log keeps the console" is "$(cat "$work/kept/$name-console.log")" $'h\033i'
check "... and QEMU's messages" test -e "$work/kept/$name-qemu.log"
mkdir -m 300 "$work/unreadable"
# root may read everything, unless this right is taken from it.
as_anybody=()
[ "$(id -u)" -ne 0 ] || as_anybody=(setpriv "--bounding-set=-dac_override,-dac_read_search")
quietly ${as_anybody[@]+"${as_anybody[@]}"} "$launch" --name="$name" --keep-log="$work/unreadable" -- true </dev/null
check "a --keep-log that cannot be watched gives 125" is "$?" 125
check "... and is named, with what to do" says "$work/unreadable: Permission denied; give yourself the right to read"
rmdir "$work/unreadable"
check "nothing is left after guests' ends" nothing_left

### A console that floods

# mov dx, 0x3f8; then for ever: out dx, al.
head -c 32 "$work/guest0" >"$work/flood"
printf '\x66\xba\xf8\x03\xb0\x78\xee\xeb\xfd' >>"$work/flood"
mkfifo "$work/undrained"
# shellcheck disable=SC2217 # holding the pipe open without reading it is the point
sleep 30 <"$work/undrained" &
reader=$!
timeout --kill-after=5 30 "$launch" --name="$name" --kernel="$work/flood" -- \
  sh -c "sleep 1; python3 $work/qmp.py QEMU_DPI >$work/answer" >"$work/undrained" 2>"$work/err" </dev/null
check "a console that nobody reads blocks neither QEMU nor the launcher" is "$?" 0
check "... QEMU still answers" grep -q '^running$' "$work/answer"
kill -KILL "$reader" 2>/dev/null
wait "$reader" 2>/dev/null
# Many short lines at once, with the longest name before each: what is printed grows most.
head -c 32 "$work/guest0" >"$work/lines"
printf '\x66\xba\xf8\x03\xb0\x0a\xee\xeb\xfd' >>"$work/lines"
long_name=$name$(printf 'x%.0s' $(seq $((32 - ${#name}))))
"$launch" --name="$long_name" --kernel="$work/lines" -- sleep 3 2>"$work/err" </dev/null |
  { sleep 2; cat >"$work/out"; }
check "... nor does one with many lines" is "${PIPESTATUS[0]}" 0
check "... each of which has its prefix" is "$(sort -u "$work/out")" "$long_name| "
check "nothing is left after a flood" nothing_left

### Signals and time

for signal in INT:130 TERM:143 HUP:129; do
  rm -f "$work/up" "$work/told"
  # The command tells which signal it got, and lives until then.
  start -- bash -c "trap 'echo ${signal%:*} >$work/told; exit 0' ${signal%:*}
    touch $work/up; while :; do sleep 0.05; done"
  wait_for 10 running || echo "# the command did not come up"
  kill -s "${signal%:*}" "$launcher"
  finish
  check "SIG${signal%:*} gives ${signal#*:}" is "$status" "${signal#*:}"
  check "... is passed on to the command" is "$(cat "$work/told" 2>/dev/null)" "${signal%:*}"
  check "... and ends QEMU" qemu_gone
  check "... with nothing left" nothing_left
done

# What a launcher inherits as ignored: by nohup, or from a program that wants no zombies.
rm -f "$work/up"
sh -c 'trap "" HUP; exec "$@"' sh "$launch" --name="$name" -- sh -c "touch $work/up; exec sleep 60" \
  >"$work/out" 2>"$work/err" </dev/null &
launcher=$!
wait_for 10 running
kill -HUP "$launcher"
sleep 0.5
kill -TERM "$launcher"
finish
check "SIGHUP that is ignored ends nothing" is "$status" 143
timeout --kill-after=5 60 bash -c 'trap "" CHLD; exec "$@"' bash "$launch" --name="$name" -- sh -c 'exit 37' \
  >"$work/out" 2>"$work/err" </dev/null
check "SIGCHLD that is ignored hides no status" is "$?" 37

rm -f "$work/up"
start --grace=1 -- bash -c "trap '' INT TERM; touch $work/up; while :; do sleep 0.05; done"
wait_for 10 running
kill -s INT "$launcher"
finish
check "a command that ignores all signals is killed" is "$status" 130
check "... with nothing left" nothing_left

# The straggler ignores SIGTERM from its birth, and its output would hold a pipe of the caller open.
run -- sh -c "trap '' TERM; sleep 61.25 & echo \$! >$work/straggler"
check "processes that the command leaves behind end with it" gone "$(cat "$work/straggler")"

run --timeout=1 -- sleep 60
check "--timeout gives 124" is "$status" 124
check "... and its sentence" says '--timeout'
check "nothing is left after a time-out" nothing_left

start
wait_for 10 says 'export QEMU_DPI=qmp:'
QEMU_DPI=$(sed -n 's/.*export QEMU_DPI=\(.*\)/\1/p' "$work/err")
export QEMU_DPI
answers() { python3 "$work/qmp.py" QEMU_DPI >/dev/null; }
check "without a command, the printed endpoint answers" answers
unset QEMU_DPI
kill -s INT "$launcher"
finish
check "... and Ctrl-C ends it" is "$status" 130
check "... with nothing left" nothing_left

### Violent ends

rm -f "$work/up"
start --ram-folder="$work/ram,folder" -- sh -c "echo \$\$ >$work/command; touch $work/up; exec sleep 60"
wait_for 10 running
qemu=$(qemu_pid)
kill -KILL "$launcher"
finish
check "SIGKILL of the launcher ends QEMU" wait_for 10 gone "$qemu"
check "... and the command" wait_for 10 gone "$(cat "$work/command")"
run -- true
check "... and the next launch sweeps the files away" nothing_left
check "... the RAM file elsewhere too" is "$(ls -A "$work/ram,folder")" ""

rm -f "$work/up"
start -- sh -c "touch $work/up; exec sleep 60"
first=$launcher
wait_for 10 running
directory=$(sed -n 's/.*its files are in \(.*\)/\1/p' "$work/err")
run -- true
check "a sweep spares a launch that lives" test -S "$directory/qmp0.sock"
kill -TERM "$first"
launcher=$first
finish

rm -f "$work/up"
start --grace=1 -- sh -c "touch $work/up; exec sleep 60"
wait_for 10 running
kill -KILL "$(qemu_pid)"
finish
check "QEMU killed while the command runs gives 123" is "$status" 123
check "... and the signal" says 'killed by signal 9'
rm -f "$work/up"
start -- sh -c "touch $work/up; sleep 1; exit 0"
wait_for 10 running
kill -SEGV "$(qemu_pid)"
finish
check "... also when the command then ends well" is "$status" 123
rm -f "$work/up"
start -- bash -c "trap 'exit 0' TERM; touch $work/up; while :; do sleep 0.05; done"
wait_for 10 running
kill -STOP "$(qemu_pid)"
kill -TERM "$launcher"
finish
check "a QEMU that stands still is ended too" qemu_gone
# A shell around QEMU dies of SIGTERM, which QEMU would have obeyed. Without the launcher's own socket nobody
# can tell QEMU to quit, and SIGTERM comes at once.
cat >"$work/wrapper" <<SCRIPT
#!/bin/sh
"${QEMU:-qemu-system-x86_64}" "\$@"
exit \$?
SCRIPT
chmod +x "$work/wrapper"
# shellcheck disable=SC2016 # expanded by the command's shell
without_quit='rm "$(dirname "${QEMU_DPI#qmp:}")/launcher.sock"'
run --qemu="$work/wrapper" -- sh -c "$without_quit; exit 37"
check "a wrapper that dies of the launcher's SIGTERM hides no status" is "$status" 37
check "... and nobody else is blamed" eval '! says "did not send"'
check "nothing is left after violent ends" nothing_left

### Nested launchers

run --env=QEMU_DPI_A -- "$launch" --name="$name-b" --env=QEMU_DPI_B -- \
  sh -c "python3 $work/qmp.py QEMU_DPI_A && python3 $work/qmp.py QEMU_DPI_B && exit 9"
check "nested launchers give both endpoints" is "$(grep -c running "$work/out")" 2
check "... and the innermost status" is "$status" 9
rm -f "$work/up"
start --env=QEMU_DPI_A -- "$launch" --name="$name-b" --env=QEMU_DPI_B -- \
  bash -c "trap 'exit 0' INT; touch $work/up; while :; do sleep 0.05; done"
wait_for 10 running
kill -INT "$launcher"
finish
check "a signal ends both" is "$status" 130
check "nothing is left after nested launches" nothing_left
rm -f "$work/up"
start --env=QEMU_DPI_A -- "$launch" --name="$name-b" --env=QEMU_DPI_B -- \
  sh -c "touch $work/up; exec sleep 60"
wait_for 10 running
kill -KILL "$launcher"
finish
check "SIGKILL of the outer one ends both" wait_for 10 no_process_left
run -- true
check "... and the next launch sweeps" nothing_left
# It cannot tidy up; nor can anybody as long as its QEMU lives.
rm -f "$work/up"
start --env=QEMU_DPI_A -- sh -c "'$launch' --name='$name-b' --env=QEMU_DPI_B -- sh -c 'touch $work/up; exec sleep 60'
  until [ -e '$work/go' ]; do sleep 0.05; done"
wait_for 10 running
qemu=$(qemu_pid)
kill -KILL "$(sed -n 's/^PPid:[[:space:]]*//p' "/proc/$qemu/status")"
wait_for 10 gone "$qemu"
touch "$work/go"
finish
check "of an inner one that was killed the outer one leaves nothing" nothing_left

### Debugging

run --gdb --print-command --kernel="$work/guest0"
check "--gdb gives QEMU a private socket for gdb" prints 'gdb.sock,server=on,wait=off -gdb chardev:gdb'
run --gdb --kernel="$work/guest0" --paused -- true
check "--gdb prints the line to type" says '^    gdb -ex .target remote /dev/shm/.*/gdb.sock.$'
run --gdb --gdb-symbols="$work/it's symbols" --kernel="$work/guest0" --paused -- true
check "a symbol file that is not there is refused" is "$status" 125
touch "$work/it's symbols"
run --gdb --gdb-symbols="$work/it's symbols" --kernel="$work/guest0" --paused -- true
check "... one that is there is in the line" says "^    gdb '.*/it'\\\\''s symbols' -ex 'target"
run --gdb-symbols="$launch" -- true
check "symbols without --gdb are refused" is "$status" 125

if [ -n "$guest" ]; then
  QEMU='' run --gdb --kernel="$guest" --print-command
  check "a 32-bit kernel is debugged in the 32-bit QEMU" prints 'qemu-system-i386 '
  QEMU='' run --gdb --kernel="$guest" --ram=5G -- true
  check "... which is refused RAM that it cannot reach" is "$status" 125
  run --gdb --kernel="$guest" --print-command --ram=5G --qemu=another
  check "... unless --qemu says which" prints ' another '

  [ -z "${QEMU:-}" ] || export QEMU="${QEMU/%x86_64/i386}"
  # Types the printed line, with more gdb commands, then asks whether the guest runs.
  cat >"$work/debug" <<SCRIPT
eval "\$(sed -n 's/^    gdb /gdb -nx -batch /p' "$work/err") \$1" </dev/null 2>&1
sleep 0.2
python3 "$work/qmp.py" QEMU_DPI
SCRIPT
  run --gdb --paused --kernel="$guest" -- \
    sh "$work/debug" "-ex 'break qdpi_guest_main' -ex continue -ex backtrace -ex delete -ex detach"
  check "gdb stops the guest at a breakpoint" prints '^Breakpoint 1, qdpi_guest_main () at .*guest_led.c:'
  check "... and knows where it is called" prints '^#1 .* in qdpi_start (.*) at .*start.c:'
  check "... and lets it run" prints '^running$'
  check "... all by the line alone" is "$status" 0
  check "... and the guest has begun" prints "^$name| guest: "
  run --gdb --kernel="$guest" -- sh "$work/debug" "-ex 'info registers eip' -ex detach"
  check "without --paused gdb comes to a guest that runs" prints '^eip '
  check "... and leaves it so" prints '^running$'
fi
check "nothing is left after debugging" nothing_left

if [ -n "$guest" ]; then
  run --kernel="$guest" --paused -- python3 "$work/qmp.py" QEMU_DPI
  check "$guest can be started" is "$status" 0
fi

echo "$checks checks, $failures failed"
[ "$failures" -eq 0 ]
