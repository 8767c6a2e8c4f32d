#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The qemu-dpi authors
# SPDX-License-Identifier: Apache-2.0
#
# The subcommands of qemu-dpi for memory, with a RAM file and with a guest that answers by its mailbox:
# test_command_memory.sh QEMU_DPI QDPI_LAUNCH GUEST_MEMORY_ELF
#
# With --measure in front, none of that, but how long `read` of 256 MiB of the guest to a file takes beside dd from the
# RAM file: medians of runs in turn, and their ratio.

set -u

measure=
[ "${1:-}" != --measure ] || { measure=yes && shift; }
usage="usage: test_command_memory.sh [--measure] QEMU_DPI QDPI_LAUNCH GUEST_MEMORY_ELF"
tool=$(realpath "${1:?"$usage"}")
launch=$(realpath "${2:?"$usage"}")
guest=$(realpath "${3:?"$usage"}")
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/launches.sh"

dpi() { # ARGUMENT...: the command to its end; leaves status, $work/out and $work/err
  timeout --kill-after=5 60 "$tool" "$@" >"$work/out" 2>"$work/err" </dev/null
  status=$?
}

text() { tr '\n' ' ' <"$work/out"; }
json() { python3 -c "import json, sys; d = json.load(sys.stdin); print(*($1))" <"$work/out"; } # PYTHON_TUPLE
same() { cmp -s -- "$1" "$2"; }
silent() { [ ! -s "$work/out" ]; }
# Neither the file nor one beside it that was to become it.
no_file() { ! compgen -G "$1*" >/dev/null; }
# The bytes of FILE from OFFSET on, LENGTH of them.
part() { tail -c +$(($2 + 1)) "$1" | head -c "$3"; } # FILE OFFSET LENGTH

refuses() { # PATTERN ARGUMENT...: wrong usage, which says why and how to go on
  local pattern=$1
  shift
  dpi "$@"
  check "refuses: $*" is "$status" 2
  check "... and says: $pattern" says "$pattern"
  check "... and where help is" says "Try .qemu-dpi.*--help"
}

run_guest() { # LAUNCH_ARGUMENT...: in the background; leaves QEMU_DPI
  # shellcheck disable=SC2016 # expanded by the command's shell
  start "$@" --kernel="$guest" -- sh -c 'echo "$QEMU_DPI" >"$1/endpoint.new" && mv "$1/endpoint.new" "$1/endpoint" &&
    touch "$1/up" && exec sleep 600' sh "$work"
  if ! wait_for 40 test -e "$work/up"; then
    echo "the guest did not start"
    cat "$work/out" "$work/err"
    exit 1
  fi
  QEMU_DPI=$(cat "$work/endpoint")
  export QEMU_DPI
}

end_guest() {
  kill -TERM "$launcher"
  finish
}

milliseconds() { # COMMAND...: leaves how long it took in elapsed
  local before=${EPOCHREALTIME/[.,]/}
  "$@" || exit 1
  elapsed=$(((${EPOCHREALTIME/[.,]/} - before) / 1000))
}

median() { sort -n | sed -n "$((runs / 2 + 1))p"; }

if [ -n "$measure" ]; then
  runs=${QDPI_MEASURE_RUNS:-15}
  run_guest --ram=512M
  at=16
  file=$("$tool" map --at ${at}M --json | sed -n 's/^  "file": "\(.*\)",$/\1/p')
  # No page of the file is missing, and none is like another.
  head -c 256M /dev/urandom | "$tool" load - ${at}M --length 256M || exit 1
  for ((i = 0; i < runs; i++)); do
    rm -f "$work/read.bin" "$work/dd.bin"
    milliseconds "$tool" read ${at}M 256M -o "$work/read.bin"
    echo "$elapsed" >>"$work/read.times"
    milliseconds dd if="$file" of="$work/dd.bin" bs=1M skip=$at count=256 status=none
    echo "$elapsed" >>"$work/dd.times"
  done
  cmp "$work/read.bin" "$work/dd.bin" || exit 1
  end_guest
  read_ms=$(median <"$work/read.times")
  dd_ms=$(median <"$work/dd.times")
  echo "read $read_ms ms, dd $dd_ms ms, medians of $runs runs: $((100 * read_ms / dd_ms)) %, wanted: at most 120 %"
  [ $((100 * read_ms)) -le $((120 * dd_ms)) ]
  exit
fi

### A RAM file alone, with the hole of a PC

ram=$work/ram
head -c 4M /dev/urandom >"$ram"
cp "$ram" "$work/before"
export QEMU_DPI="file:$ram?machine=pc"

dpi map
check "map: status 0" is "$status" 0
check "... RAM below the hole" prints "^0*0  0*9ffff  RAM     0x0 *$ram$"
check "... ROM, with its place in the file" prints "^0*c0000  0*fffff  ROM     0xc0000 *$ram$"
check "... the total of RAM" prints "^RAM: $((4 * 1048576 - 0x60000)) bytes"
dpi map --json
check "map --json: all ranges" is "$(json 'len(d["ranges"]), d["ram_bytes"], d["ranges"][2]["first"]')" \
  "3 $((4 * 1048576 - 0x60000)) 0x100000"
printf '\xff' >"$work/r"$'\xe4'm
truncate -s 1M "$work/r"$'\xe4'm
dpi map --json -e "file:$work/r"$'\xe4'm
check "map --json: a path that is no UTF-8 is null" is "$status:$(json 'd["ranges"][0]["file"], d["ranges"][0]["last"]')" \
  "0:None 0xfffff"
dpi search --hex ff --json -e "file:$work/r"$'\xe4'm
check "search --json: likewise" is "$status:$(json 'd["matches"][0]["file"], d["matches"][0]["gpa"]')" "0:None 0x0"
dpi map --at 1M+0x10
check "map --at: file and offset" is "$status:$(text)" \
  "0:0x100010: RAM, $ram at offset 0x100010 (range 0x100000 to 0x3fffff) "
dpi map --at 0x9ffff
check "map --at: the last byte before the hole" is "$status" 0
dpi map --at 0xa0000
check "map --at: the first of the hole" is "$status:$(text)" "1:0xa0000: nothing "
dpi map --at 0xa0000 --json
check "map --at --json: the first of the hole" is "$status:$(json 'd["kind"],')" "1:None"
right=$QEMU_DPI
QEMU_DPI=nonsense dpi map -e "$right"
check "-e goes before \$QEMU_DPI" is "$status" 0
dpi map -e "file:$work/nowhere"
check "a RAM file that is not there: status 3" is "$status" 3
QEMU_DPI='' dpi map
check "no endpoint: status 3" is "$status" 3
dpi map --timeout 0.2 -e "$work/nowhere.sock"
check "the path of a socket that is not there: status 3" is "$status" 3
check "... which is named" says "QMP socket $work/nowhere.sock"

dpi write 0x1000 0x89abcdef 0b1010 077 --verify
check "write: status 0, says nothing" is "$status:$(text)" "0:"
dpi read 0x1000
check "read: one value alone" is "$(text)" "0x89abcdef "
dpi read 0x1000 5 -w 2
check "read: several, with their address" is "$(text)" "00001000: 0xcdef 0x89ab 0x000a 0x0000 0x004d "
dpi read 0x1000 -f all
check "read -f all" is "$(text)" "0x89abcdef 2309737967 -1985229329 0b10001001_10101011_11001101_11101111 "
dpi read 0x1004 -f bin -w 1
check "read -f bin" is "$(text)" "0b00001010 "
dpi read 0x1000 -f dec -w 8
check "read -f dec" is "$(text)" "$((0xa89abcdef)) "
dpi read 0x1001 -w 4
check "read: not aligned" is "$(text)" "0x0a89abcd "
dpi read 0x1000 2 --json
check "read --json" is "$(json 'd["values"], d["width"], d["gpa"]')" "['0x89abcdef', '0x0000000a'] 4 0x1000"
dpi write -w 8 -- 0x1008 -2
dpi read 0x1008 -w 8
check "write: negative, 8 bytes" is "$(text)" "0xfffffffffffffffe "
dpi write -w 2 0x1008 0x1234
dpi read 0x1008 -w 8
check "write: 2 bytes and no more" is "$(text)" "0xffffffffffff1234 "

dpi read 0x9fff8 4
check "read into the hole: status 4" is "$status" 4
check "... names the first byte of the hole" says "0xa0000 is not RAM: nothing"
check "... and shows nothing" silent
dpi read 0xb0000 -w 1
check "read in the hole names that byte" says "0xb0000 is not RAM"
dpi write 0xbfffe 0
check "write into the hole: status 4" is "$status" 4
dpi write 0x9fffc 1 2
check "write to RAM and the hole: status 4" is "$status" 4
check "... names the first byte of the hole" says "0xa0000 is not RAM: nothing"
check "... has written nothing" same <(part "$ram" $((0x9fffc)) 4) <(part "$work/before" $((0x9fffc)) 4)
dpi write 0xc0000 0
check "write to ROM: status 4" is "$status" 4
check "... says ROM" says "0xc0000 is not RAM: ROM"
dpi read 0xc0000 4
check "ROM in the RAM file can be read" is "$status" 0
dpi fill 0xffff0 32 0
check "fill from ROM on: status 4" is "$status" 4
dpi load "$work/before" 1M
check "load beyond the end of RAM: status 4" is "$status" 4
check "... names the first GPA that is not" says "0x400000 is not RAM"
check "... has written nothing" same <(part "$ram" $((0x100000)) $((0x300000))) \
  <(part "$work/before" $((0x100000)) $((0x300000)))

dpi fill 2M+3 1M-7 0x5a
check "fill: status 0" is "$status" 0
check "... every byte" same <(part "$ram" $((0x200003)) $((0xffff9))) <(head -c $((0xffff9)) /dev/zero | tr '\0' Z)
check "... and none before" same <(part "$ram" $((0x200000)) 3) <(part "$work/before" $((0x200000)) 3)
check "... or behind" same <(part "$ram" $((0x2ffffc)) 64) <(part "$work/before" $((0x2ffffc)) 64)
dpi fill -w 4 2M 1M 0x11223344
check "fill -w 4, more than a chunk" same <(part "$ram" $((0x200000)) $((0x100000))) \
  <(for ((i = 0; i < 0x10000; i++)); do printf '\x44\x33\x22\x11\x44\x33\x22\x11\x44\x33\x22\x11\x44\x33\x22\x11'; done)

dpi load "$work/before" 1M --offset 1M --length 3M
check "load: status 0" is "$status" 0
check "... puts the file's bytes there" same <(part "$ram" $((0x100000)) $((0x300000))) \
  <(part "$work/before" $((0x100000)) $((0x300000)))
dpi load "$work/before" 1M --offset 4M-5
check "load: the last bytes of a file" same <(part "$ram" $((0x100000)) 8) \
  <(part "$work/before" $((0x3ffffb)) 5 && part "$work/before" $((0x100005)) 3)
dpi load "$work/before" 1M --offset 4M-5 --length 6
check "load: more than the file has: status 5" is "$status" 5
dpi load "$work/nowhere" 1M
check "load: no such file: status 5" is "$status" 5
check "... which is named" says "$work/nowhere"
printf abcd | "$tool" load - 1M --length 4 2>"$work/err"
check "load from a pipe" is "$(part "$ram" $((0x100000)) 4)" abcd
printf abcd | "$tool" load - 1M 2>"$work/err"
check "load from a pipe without a length: status 5" is "${PIPESTATUS[1]}" 5
printf ab | "$tool" load - 2M --length 4 2>"$work/err"
check "load from a pipe that ends too early: status 5" is "${PIPESTATUS[1]}" 5
dpi load "$work/before" 1M --offset 1M

for length in 1 15 16 17 1000 $((0x100001)); do
  dpi dump 1M+1 "$length"
  check "dump of $length bytes: as xxd shows them" same "$work/out" <(part "$ram" $((0x100001)) "$length" | xxd -o $((0x100001)))
done
dpi dump 1M 64 -f raw -o "$work/raw.bin"
check "dump -f raw" same "$work/raw.bin" <(part "$ram" $((0x100000)) 64)

for algorithm in crc32 crc32c sha256; do
  dpi crc -a $algorithm 1M 1M+13
  got=$(text)
  case $algorithm in
    crc32) wanted=$(part "$ram" $((0x100000)) $((0x10000d)) |
      python3 -c 'import sys, zlib; print("%08x" % zlib.crc32(sys.stdin.buffer.read()))') ;;
    sha256) wanted=$(part "$ram" $((0x100000)) $((0x10000d)) | sha256sum | cut -d ' ' -f 1) ;;
    crc32c) wanted=$(part "$ram" $((0x100000)) $((0x10000d)) | python3 -c '
import sys
table = []
for byte in range(256):
    for bit in range(8):
        byte = byte >> 1 ^ (0x82f63b78 if byte & 1 else 0)
    table.append(byte)
crc = 0xffffffff
for byte in sys.stdin.buffer.read():
    crc = crc >> 8 ^ table[(crc ^ byte) & 255]
print("%08x" % (crc ^ 0xffffffff))') ;;
  esac
  check "crc -a $algorithm" is "$got" "$wanted "
done
dpi crc 1M 9 --json
check "crc --json" is "$(json 'd["algorithm"], d["gpa"], d["length"], d["value"]')" "crc32 0x100000 9 $(
  part "$ram" $((0x100000)) 9 | python3 -c 'import sys, zlib; print("%08x" % zlib.crc32(sys.stdin.buffer.read()))')"
dpi crc 0 4M
check "crc over the hole: status 4" is "$status" 4
check "... shows nothing" silent

dpi dump -f elf -o "$work/core"
check "dump -f elf: status 0" is "$status" 0
readelf -lW "$work/core" >"$work/out" 2>"$work/err"
check "... readelf has nothing against it" is "$?:$(cat "$work/err")" "0:"
check "... a segment for each range, and a note" is "$(grep -c '^  LOAD' "$work/out"):$(grep -c '^  NOTE' "$work/out")" 3:1
# What a loader would put at each address is what the RAM file has there.
python3 - "$work/core" "$ram" >"$work/out" 2>"$work/err" <<'PYTHON'
import struct, sys
core, ram = (open(name, "rb").read() for name in sys.argv[1:])
header = struct.unpack_from("<16sHHIQQQIHHHHHH", core)
assert header[1:3] == (4, 62), header
covered = 0
for i in range(header[10]):
    kind, flags, offset, vaddr, paddr, filesz, memsz, align = struct.unpack_from("<IIQQQQQQ", core, header[5] + 56 * i)
    if kind == 1:
        assert offset % 4096 == 0 and filesz == memsz and vaddr == paddr
        assert core[offset:offset + filesz] == ram[paddr:paddr + filesz], hex(paddr)
        covered += filesz
assert covered == len(ram) - 0x20000, covered
PYTHON
check "... with the bytes of RAM at their addresses" is "$?" 0
dpi dump -f elf 0x9f801 0x7ff -o "$work/core"
check "dump -f elf of a part" is "$status:$(readelf -lW "$work/core" | grep -c '^  LOAD .*0x0*9f801 0x0007ff')" 0:1
dpi dump -f elf 0x9f801 0x1000 -o "$work/core.hole"
check "dump -f elf into the hole: status 4" is "$status" 4
check "... leaves no file" no_file "$work/core.hole"

### Files that cannot be written, readers that go away, signals

dpi read 1M 3M -o "$work/copy"
check "read -o: the bytes" same "$work/copy" <(part "$ram" $((0x100000)) $((0x300000)))
chmod 640 "$work/copy"
ln -s copy "$work/link"
dpi read 1M 16 -o "$work/link"
check "read -o: through a link, over an old file, whose permissions stay" \
  is "$(stat -c '%a %s' "$work/copy")$(readlink "$work/link")" "640 16copy"
dpi read 1M 16 -o -
check "read -o -: standard output" same "$work/out" <(part "$ram" $((0x100000)) 16)
dpi read 0x9f000 4K+1 -o "$work/none"
check "read -o into the hole: status 4" is "$status" 4
check "... leaves no file" no_file "$work/none"
(ulimit -f 64 && dpi read 1M 3M -o "$work/none" && exit "$status")
check "read -o: a file that may not grow: status 5" is "$?" 5
check "... leaves no file" no_file "$work/none"
check "... says so" says "writing $work/none: .*it is not whole"
echo kept >"$work/kept"
(ulimit -f 64 && dpi dump 1M 3M -o "$work/kept" && exit "$status")
check "dump -o: the same: status 5" is "$?" 5
check "... and the old file stays" is "$(cat "$work/kept")" kept
dpi read 1M 16 -o "$work/nowhere/file"
check "read -o: no such folder: status 5" is "$status" 5
dpi read 1M 16 -o "$work"
check "read -o: a folder: status 5" is "$status" 5
for arguments in "read 1M 3M -o /dev/full" "dump 1M 64K -o /dev/full"; do
  # shellcheck disable=SC2086 # words
  dpi $arguments
  check "$arguments: status 5" is "$status" 5
done
# 0xa0000 is in no range, and the file is no part of the guest: the answer is no, if it arrives.
for arguments in map "map --json" "map --at 0xa0000" "diff 1M $0" "read 1M" "read 1M 9999" "read --json 1M" "dump 1M 64K" "crc 1M 64" "read 1M 3M -o -"; do
  # shellcheck disable=SC2086 # as above
  timeout 60 "$tool" $arguments >/dev/full 2>"$work/err"
  check "$arguments: standard output is full: status 5" is "$?" 5
  # shellcheck disable=SC2086 # as above
  { timeout 60 "$tool" $arguments 2>"$work/err"; echo $? >"$work/status"; } | :
done
for arguments in "read 1M 99999" "dump 1M 1M" "read 1M 3M -o -"; do
  # shellcheck disable=SC2086 # as above
  { timeout 60 "$tool" $arguments 2>"$work/err"; echo $? >"$work/status"; } | head -c 10 >/dev/null
  check "$arguments: the reader goes away: status 5" is "$(cat "$work/status")" 5
done
# A signal at any moment: no file, or all of it.
for delay in 0.001 0.003 0.005 0.008 0.012; do
  rm -f "$work/cut"*
  timeout --signal=INT $delay "$tool" read 1M 3M -o "$work/cut" 2>"$work/err"
  check "a signal after $delay s leaves no file or all of it" is \
    "$(find "$work" -name 'cut*' ! \( -name cut -size 3145728c \))" ""
done
mkfifo "$work/fifo"
timeout --signal=TERM 0.5 "$tool" dump 1M 3M -o "$work/fifo" 2>"$work/err" &
exec 7<"$work/fifo"
wait $!
check "a signal ends a command that waits for a slow reader" is "$?" 124
exec 7<&-

### Wrong usage

refuses "which subcommand"
refuses "no subcommand 'peek'" peek 0
refuses "unrecognized option" --bogus
refuses "unrecognized option" map --bogus
refuses "no GPA" map --at 12Q
refuses "no GPA" map --at -1
refuses "no GPA" map --at 0x1_0000_0000_0000_0000
refuses "no GPA" map --at 16-17
refuses "Too many arguments" map 0
refuses "no time-out" map --timeout soon
refuses "where" read
refuses "no GPA" read zero
refuses "no count" read 0 many
refuses "0 is nothing" read 0 0
refuses "Too many arguments" read 0 1 2
refuses "no width" read 0 -w 3
refuses "no width" read 0 -w 16
refuses "no format" read 0 -f octal
refuses "leave -w" read 0 16 -o "$work/none" -w 4
refuses "how much" read 0 -o "$work/none"
refuses "past 2^64" read 0xffff_ffff_ffff_fff0 5
refuses "past 2^64" read 0xffff_ffff_ffff_ffff 2 -w 1
refuses "past 2^64" read 0 0x8000_0000_0000_0000 -w 4
refuses "write what" write
refuses "write what" write 0
refuses "no value" write 0 x
refuses "does not fit" write 0 1 256 -w 1
refuses "does not fit" write -w 1 -- 0 -129
refuses "fill what" fill 0 16
refuses "no multiple" fill 0 15 0 -w 2
refuses "does not fit" fill 0 16 256
refuses "0 is nothing" fill 0 0 1
refuses "dump what" dump
refuses "dump what" dump 0
refuses "dump what" dump -f elf 0
refuses "no format" dump 0 16 -f exe
refuses "load what" load "$ram"
refuses "no offset\|no file has" load "$ram" 0 --offset 0x8000_0000_0000_0000
refuses "0 is nothing" load "$ram" 0 --length 0
refuses "of what" crc 0
refuses "no algorithm" crc 0 16 -a md5
check "wrong usage has made no file" no_file "$work/none"
for command in map read write fill dump load crc; do
  dpi $command --help
  check "$command --help: status 0" is "$status" 0
  check "... shows the usage" prints "^Usage: qemu-dpi $command "
  cp "$work/out" "$work/help"
  dpi help $command
  check "help $command: the same" same "$work/out" "$work/help"
done
dpi --help
check "--help lists the subcommands" prints "^  crc  "
dpi --version
check "--version" prints "^qemu-dpi [0-9]*\.[0-9]*\.[0-9]*$"

### A guest

run_guest --ram=64M
mailbox=2M

# The guest carries COMMAND out with the ARGUMENTs: qdpi_mailbox_layout.inc.
request=0
ask() { # COMMAND ARGUMENT...
  local command=$1
  shift
  request=$((request + 1))
  "$tool" write $mailbox+64 -w 8 "$@" && "$tool" write $mailbox+16 "$command" && "$tool" write $mailbox+8 $request &&
    wait_for 20 answered
}
answered() { [ "$("$tool" read $mailbox+12 -f dec)" = "$request" ]; }
result() { "$tool" read $mailbox+128 -w 8 -f dec; }
ready() { [ "$("$tool" read $mailbox 2>/dev/null)" = 0x584f424d ]; }

check "the guest's mailbox is seen" wait_for 20 ready
request=$("$tool" read $mailbox+12 -f dec)
dpi map
check "map of a guest: RAM in its file" prints "  RAM     0x0  *[^ ]*/ram$"
check "... devices" prints "  device$"
file=$("$tool" map --at 16M --json | sed -n 's/^  "file": "\(.*\)",$/\1/p')
check "map --at: the RAM file" test -f "$file"

check "the guest fills" ask 1 0x1000000 0x100000 0xcafef00d
dpi read 16M
check "... and read sees it" is "$(text)" "0xcafef00d "
check "... to its end, in the RAM file too" is "$("$tool" crc 16M 1M)" "$(part "$file" $((0x1000000)) $((0x100000)) |
  python3 -c 'import sys, zlib; print("%08x" % zlib.crc32(sys.stdin.buffer.read()))')"
dpi fill 16M 1M 0x12345678 -w 4
check "fill" is "$status" 0
check "... and the guest sums it" ask 2 0x1000000 0x100000
check "... rightly" is "$(result)" "$((0x12345678 * 0x40000))"
dpi load "$work/before" 16M
check "load" is "$status" 0
check "... and the guest sums it" ask 2 0x1000000 0x400000
check "... rightly" is "$(result)" "$(python3 -c '
import struct, sys
data = open(sys.argv[1], "rb").read()
print(sum(struct.unpack("<%dI" % (len(data) // 4), data)))' "$work/before")"
dpi read 16M 4M -o "$work/copy"
check "read -o: the same bytes again" same "$work/copy" "$work/before"
dpi dump -f elf -o "$work/core"
check "dump -f elf of a guest" is "$status" 0
gdb -batch -nx -c "$work/core" -ex 'x/2xw 0x1000000' >"$work/out" 2>"$work/err"
check "... gdb reads it" prints "^0x1000000:.*$("$tool" read 16M)"

dpi read 0xfee00000
check "read of a device: status 4" is "$status" 4
check "... says so" says "0xfee00000 is not RAM: a device"
dpi read 64M-4 2
check "read over the end of RAM: status 4" is "$status" 4
check "... names the first GPA behind" says "0x4000000 is not RAM: nothing"
(exec 9<>/dev/null; dpi map -e "${QEMU_DPI#qmp:}"; exit "$status")
check "the bare path of the socket does as well" is "$?" 0
end_guest
dpi read 0 --timeout 0.2
check "a guest that is gone: status 3" is "$status" 3
check "nothing is left" nothing_left

echo "$checks checks, $failures failed"
[ "$failures" -eq 0 ]
