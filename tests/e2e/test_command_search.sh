#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The qemu-dpi authors
# SPDX-License-Identifier: Apache-2.0
#
# qemu-dpi search, diff and watch with a guest:
# test_command_search.sh QDPI_LAUNCH QEMU_DPI GUEST_MEMORY_ELF

set -u

usage='usage: test_command_search.sh QDPI_LAUNCH QEMU_DPI GUEST_MEMORY_ELF'
launch=$(realpath "${1:?"$usage"}")
tool=$(realpath "${2:?"$usage"}")
guest=$(realpath "${3:?"$usage"}")
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/launches.sh"

# Each command leaves status, $work/out and $work/err.
dpi() {
  timeout --kill-after=5 60 "$tool" "$@" >"$work/out" 2>"$work/err" </dev/null
  status=$?
}
shows() { [ "$(cat "$work/out")" = "$1" ]; }
is_json() { python3 -c 'import json, sys; d = json.load(open(sys.argv[1])); assert eval(sys.argv[2]), d' "$work/out" "$1"; }
are_json() { python3 -c 'import json, sys; d = [json.loads(l) for l in open(sys.argv[1])]; assert eval(sys.argv[2]), d' "$work/out" "$1"; }
# A second command beside the one that has the first monitor.
meanwhile() { QEMU_DPI=$second timeout 30 "$tool" "$@" >/dev/null 2>"$work/meanwhile"; }

### A guest

start --bridges=2 --ram=64M --kernel="$guest"
# The launcher's messages are needed after commands have overwritten the others.
endpoints() { sed -n 's/^ *export QEMU_DPI[_0-9]*=//p' "$work/err"; }
two_endpoints() { [ "$(endpoints | wc -l)" = 2 ]; }
wait_for 30 two_endpoints || { echo "no guest: $(cat "$work/err")"; exit 1; }
qemu=$(qemu_pid)
ram=$(sed -n 's/.*mem-path=\([^,]*\),.*/\1/p' "$work/err" | head -n 1)
QEMU_DPI=$(endpoints | sed -n 1p)
second=$(endpoints | sed -n 2p)
export QEMU_DPI
serves() { [ "$("$tool" read 0x200000 2>/dev/null)" = 0x584f424d ]; }
wait_for 30 serves || { echo "the guest does not serve"; exit 1; }

requests=0
tell_guest() { # COMMAND ARGUMENT...: by the mailbox, from the second monitor
  local command=$1
  shift
  requests=$((requests + 1))
  meanwhile write -w 8 0x200040 "$@" && meanwhile write -w 4 0x200010 "$command" &&
    meanwhile write -w 4 0x200008 "$requests"
}
has_answered() {
  [ "$(QEMU_DPI=$second timeout 10 "$tool" read 0x20000c 2>/dev/null)" = "$(printf '0x%08x' "$requests")" ]
}
fill=1
ring=5

### search

dpi search --text nowhere-to-be-found-in-it
check "a text that is nowhere gives 1" is "$status" 1
check "... and prints nothing" shows ""
dpi search --u32 0x584f424d --from 2M --to 3M --align 4
check "the guest's own word is found" shows 0x00200000
check "... with status 0" is "$status" 0
# Matches over 2.5 MiB, of which some lie across the pieces of 1 MiB that are read at once.
dpi fill -w 8 0x3000000 0x280000 0x0807060504030201
dpi search --hex "04 05 06 07 08 01 02 03" --count
check "none is lost where pieces meet" shows 327679
places="0x1234567 0x13ffffd 0x1600000 0x2000003 0x2ffffff 0x3fffff8"
for place in $places; do
  dpi write -w 1 "$place" 0xde 0xad 0x57 0xbe 0xef 0x11 0x99 0x01
done
wanted=$(for place in $places; do printf '0x%08x\n' "$place"; done)
dpi search --hex "de ad ?? be ef 11 99 01"
check "bytes are found wherever they stand" shows "$wanted"
dpi search --hex "DEAD?7beef119901"
check "... with half of a byte left open" shows "$wanted"
dpi search --hex "deadffbeef119901" --mask "ff ff 00 ff ff ff ff ff"
check "... with a mask" shows "$wanted"
dpi search --u64 0x019911efbe57adde
check "... as a number" shows "$wanted"
dpi search --u64 0xdead57beef119901 --big
check "... as a big endian one" shows "$wanted"
dpi search --u64 0x019911efbe00adde --mask 0xffffffffff00ffff
check "... as one with a mask" shows "$wanted"
dpi search --u32 0x57adde --mask 0xffffff --align 0x1000 --from 16M
check "--align leaves out what is not aligned" shows 0x01600000
dpi search --u8 0x57 --from 0x1234569 --to 0x123456a
check "--from and --to leave one byte" shows 0x01234569
dpi search --u16 0xbe57 --from 0x1234569 --to 0x123456a
check "... in which no two are" is "$status" 1
dpi search --hex deadffbeef119902 --mask 00ffffffffffff00
check "a mask does not hide a difference" is "$status" 1
dpi search --hex "de ad 57 be" --max 2
check "--max ends early" shows "$(head -n 2 <<<"$wanted")"
dpi search --hex "de ad 57 be" --count
check "--count counts" shows 6
dpi search --hex "de ad 57 be" --max 1 -v
check "-v prints the file and the offset" shows "0x01234567  $ram+0x1234567"
check "... and the speed" says 'MB/s'
dpi search --hex "de ad 57 be" --json
check "--json has all" is_json \
  "d['count'] == 6 and d['matches'][1] == {'gpa': '0x13ffffd', 'file': '$ram', 'offset': '0x13ffffd'}"
dpi search --text nowhere-to-be-found-in-it --json
check "... also when nothing is found" is_json "d['count'] == 0 and d['matches'] == []"
check "... with status 1" is "$status" 1
dpi search --hex dead57beef --from 0x3fffff0 --context 4
check "--context ends with the RAM" prints '^  03fffff4: 0000 0000 dead 57be ef11 9901 '

dpi write -w 1 0x1900000 0xff
dpi write -w 1 0x1800001 0x47 0x72 0xc3 0xbc 0x6e
dpi write -w 2 0x1900001 0x47 0x72 0xfc 0x6e
dpi search --text Grün
check "text is found" shows 0x01800001
dpi search --text Grün --utf16
check "... and as UTF-16" shows 0x01900001
dpi search --text Grün --utf16 --big
check "... which has an order" is "$status" 1

# The firmware's ROM in the RAM file ends where RAM goes on.
border=$("$tool" read -w 8 0xffffc)
dpi search --u64 "$border" --from 0xff000 --to 0x101000 --align 4
check "a match may begin in one range and end in the next" prints 0x000ffffc
map_has_border() { "$tool" map | grep -q '^0*100000 '; }
check "... which meet there" map_has_border

before=$(stat -c %b "$ram")
dpi search --u32 0 --count --align 4096
check "memory that nobody has written has zeros" is "$([ "$(cat "$work/out")" -gt 15000 ] && echo many)" many
dpi search --u32 0xfeedbed5 --mask 0xfffffffd
check "... is not filled with pages by looking" test "$(stat -c %b "$ram")" -le $((before + 512))

### diff

dpi read 0x1000000 1M -o "$work/copy"
dpi diff 0x1000000 "$work/copy"
check "memory is like its copy" is "$status" 0
check "... and nothing is printed" shows ""
tell_guest $fill 0x1000010 12 0x01020304
wait_for 10 has_answered
dpi diff 0x1000000 "$work/copy" -w 4
check "what the guest writes differs" is "$status" 1
check "... and is printed as one run" shows \
  "01000010: 0x00000000 0x00000000 0x00000000 -> 0x01020304 0x01020304 0x01020304"
dpi diff 0x1000000 "$work/copy" -w 4 -f bin --offset 0 --length 0x14
check "... in binary" shows "01000010: 0b00000000_00000000_00000000_00000000 -> 0b00000001_00000010_00000011_00000100"
dpi diff 0x1000014 "$work/copy" -w 1 --offset 0x14 --length 5 -f dec
check "... by the byte, from an offset on" shows "01000014: 0 0 0 0 0 -> 4 3 2 1 4"
dpi diff 0x1000000 "$work/copy" --quiet
check "--quiet says it by the status" is "$status" 1
check "... alone" shows ""
dpi diff 0x1000000 "$work/copy" -w 4 --json
check "--json has the runs" is_json "d['different'] and d['runs'] == [{'gpa': '0x1000010', 'size': 12, 'old': ['0x00000000'] * 3, 'new': ['0x01020304'] * 3}]"
{ sleep 0.5; tell_guest $fill 0x1000020 4 7; } &
teller=$!
dpi diff 0x1000000 4K --after 2 -w 4 -f dec
wait "$teller"
requests=$((requests + 1)) # the subshell's
check "two moments differ by what the guest wrote in between" shows "01000020: 0 -> 7"
dpi diff 0x1000000 4K --after 0.1
check "... or do not" is "$status" 0
{ sleep 0.5; meanwhile write 0x1000030 9; echo; } |
  timeout 60 "$tool" diff 0x1000000 4K --key -w 4 -f signed >"$work/out" 2>"$work/err"
check "--key waits for a line" shows "01000030: 0 -> 9"
dpi diff 0x1000000 4K --key
check "... or for the end of the input" is "$status" 0

### watch

{ sleep 0.5; for value in 5 6 0xffffffff; do meanwhile write 0x1000040 $value; sleep 0.3; done; } &
teller=$!
dpi watch 0x1000000 4K --count 3 --interval 20 --for 20 -f signed
wait "$teller"
check "watch sees each change" is "$status:$(cut -c 13- "$work/out" | tr '\n' ';')" \
  "0:01000040: 0 -> 5;01000040: 5 -> 6;01000040: 6 -> -1;"
check "... with the time" prints '^     [0-9]\.[0-9]\{3\}  01000040: 0 '
check "... and a summary" says '3 changes in [0-9]* looks'
{ sleep 0.5; meanwhile write 0x1000040 0x20; } &
dpi watch 0x1000040 --json --count 1 --for 20
check "--json has a line for each" are_json \
  "len(d) == 1 and d[0]['gpa'] == '0x1000040' and d[0]['new'] == ['0x00000020'] and 0 < d[0]['seconds'] < 20"
dpi watch 0x1000000 4K --for 0.3
check "no change gives 1" is "$status" 1
dpi watch 0x1000000 4K --for 0.3 --count 1
check "... and 6 when one is waited for" is "$status" 6

# More doorbells than a bridge holds: a watch that did not take them would stop the guest.
"$tool" watch 0x1000000 64 >"$work/watched" 2>"$work/watch" &
watcher=$!
sleep 0.5
tell_guest $ring 2 80000
check "a guest that rings goes on while it is watched" wait_for 60 has_answered
meanwhile write 0x1000000 1
sleep 0.5
kill -INT "$watcher"
wait_for 10 gone "$watcher"
wait "$watcher"
check "SIGINT ends the watch" is $? 0
check "... with the summary" grep -q '1 changes in' "$work/watch"

### What is refused

refused() { # STATUS WORDS ARGUMENT...
  local expected=$1 words=$2
  shift 2
  dpi "$@"
  check "$1 ${*:2} gives $expected" is "$status" "$expected"
  check "... and says why" says "$words"
}
refused 2 'what is to be looked for' search
refused 2 'one thing' search --u8 1 --hex aa
refused 2 'hex digits' search --hex 'zz'
refused 2 'hex digits' search --hex 'abc'
refused 2 'all open' search --hex '?? ??'
refused 2 'is empty' search --text ''
refused 2 'not fit' search --u8 256
refused 2 'as many bytes' search --hex 'aa bb' --mask ff
refused 2 'not UTF-8' search --text $'\xff' --utf16
refused 2 'about --text' search --u8 1 --utf16
refused 2 'no order' search --hex aa --big
refused 2 'no meaning' search --u8 1 --align 0
refused 2 'not below' search --u8 1 --from 2 --to 2
refused 2 'Too many arguments' search --u8 1 5
refused 2 'compare what' diff
refused 2 'compare what' diff 0
refused 2 'one or the other' diff 0 64 --key --after 1
refused 2 'about a file' diff 0 64 --key --offset 1
refused 2 'no time' diff 0 64 --after soon
refused 2 'whole words' diff 0 3 -w 2 --after 0
refused 2 'nothing to do' diff 0 0 --after 0
refused 5 'No such file' diff 0 /nonexistent
refused 5 'or, to compare two moments' diff 0 64
refused 5 'regular file' diff 0 /dev/null
refused 5 'has 1048576 bytes' diff 0 "$work/copy" --length 2M
refused 5 'has 0 bytes' diff 0 "$work/copy" --offset 2M
refused 4 'not RAM' diff 64M-16 "$work/copy"
refused 4 'not RAM' diff 0xfee00000 16 --after 0
refused 2 'watch what' watch
refused 2 'no interval' watch 0 4 -i 0
refused 2 'no duration' watch 0 4 --for 0
refused 2 'nothing to wait for' watch 0 4 -n 0
refused 2 'whole words' watch 0 6
refused 4 'not RAM' watch 64M 4
for command in 'search --u8 1' 'diff 0 8 --after 0' 'watch 0 8'; do
  # shellcheck disable=SC2086 # words are what is wanted
  dpi $command --endpoint qmp:/nonexistent/socket --timeout 0
  check "${command%% *} without a guest gives 3" is "$status" 3
done

### A guest that is gone

"$tool" watch 0x1000000 64 >"$work/watched" 2>"$work/watch" &
watcher=$!
sleep 0.5
kill -KILL "$qemu"
wait_for 10 gone "$watcher"
wait "$watcher"
check "a watch of a guest that dies gives 4" is $? 4
check "... and says so" grep -q 'watching GPA 0x1000000: ' "$work/watch"
wait "$launcher" 2>/dev/null
check "nothing is left" nothing_left

echo "$checks checks, $failures failed"
[ "$failures" -eq 0 ]
