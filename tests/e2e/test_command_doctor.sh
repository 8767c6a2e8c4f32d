#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The qemu-dpi authors
# SPDX-License-Identifier: Apache-2.0
#
# Each broken set-up is found by `qemu-dpi doctor`, with the option that mends it; the right one is "ready".
# usage: test_command_doctor.sh QEMU_DPI
#
# The guests are QEMUs that stand at their first instruction, but for one that runs its firmware.

set -u

tool=$(realpath "${1:?"usage: test_command_doctor.sh QEMU_DPI"}")
qemu=${QEMU:-qemu-system-x86_64}
command -v "$qemu" >/dev/null || { echo "1..0 # skipped: no $qemu"; exit 77; }
unset QEMU_DPI
work=$(mktemp -d /dev/shm/qdpi-test-doctor.XXXXXX)
disk=$(mktemp -d "${TMPDIR:-/tmp}/qdpi-test-doctor.XXXXXX")
failures=0
checks=0

tidy_up() {
  local pid
  for pid in $(jobs -pr); do
    kill -KILL "$pid"
  done
  wait 2>/dev/null
  rm -rf "$work" "$disk"
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
    echo "not ok $checks - $description (status ${status:-})"
    sed 's/^/    # out: /' "$work/out" | cut -c 1-300
    sed 's/^/    # err: /' "$work/err" | cut -c 1-300
  fi
}

# NAME ARGUMENT...: a QEMU with a directory of its own, which @ in an argument stands for.
start() {
  local name=$1 argument
  local arguments=()
  shift
  mkdir "$work/$name"
  for argument; do arguments+=("${argument//@/$work/$name}"); done
  (cd "$work/$name" && exec "$qemu" -display none -no-user-config "${arguments[@]}") \
    >"$work/$name/log" 2>&1 </dev/null &
  pids[$name]=$!
}
declare -A pids

doctor() { # ARGUMENT...: leaves status, $work/out and $work/err
  timeout --kill-after=5 20 "$tool" doctor "$@" >"$work/out" 2>"$work/err" </dev/null
  status=$?
}

await() { # COMMAND...: until it succeeds
  local tries=500
  until "$@"; do
    tries=$((tries - 1))
    [ "$tries" -gt 0 ] || return 1
    sleep 0.02
  done
}
await_socket() { await test -S "$1"; }

# STATUS TEXT...: the exit status, and that every text stands in the output.
finds() {
  local text
  [ "$status" = "$1" ] || return 1
  shift
  for text; do grep -qF -e "$text" "$work/out" || return 1; done
}
complains() { [ "$status" = "$1" ] && grep -qF -e "$2" "$work/err"; }
says_ready() { [ "$status" = 0 ] && [ "$(tail -n 1 "$work/out")" = ready ] && ! grep -q '^  missing' "$work/out"; }
lacks() { ! grep -qF -e "$1" "$work/out"; }

file="memory-backend-file,id=mem,size=64M,mem-path=@/ram"
memory=(-object "$file,share=on" -machine "pc,memory-backend=mem")
slots=(-m "64M,slots=64,maxmem=1G")
lines=(-device pc-testdev)
cpus=(-smp "1,maxcpus=2")
qmp=(-qmp "unix:@/q,server=on,wait=off")
second=(-qmp "unix:@/q2,server=on,wait=off")
rest=(-nodefaults -S)
right=("${memory[@]}" "${slots[@]}" "${lines[@]}" "${cpus[@]}" "${qmp[@]}" "${rest[@]}")
without_memory=("${slots[@]}" "${lines[@]}" "${cpus[@]}" "${qmp[@]}" "${rest[@]}")

dimm=(-object "memory-backend-file,id=dimm,size=128M,mem-path=@/dimm,share=on" -device "pc-dimm,id=d3,memdev=dimm")
window=(-object "memory-backend-file,id=window,size=1M,mem-path=@/window,share=on" -device "ivshmem-plain,memdev=window")

# All at once: they wait for their files together.
start right "${right[@]}" "${second[@]}" -qmp "unix:@/odd?%q,server=on,wait=off"
start q35 -object "$file,share=on" -machine q35,memory-backend=mem "${without_memory[@]}"
start numa -object memory-backend-file,id=a,size=32M,mem-path=@/a,share=on \
  -object memory-backend-file,id=b,size=32M,mem-path=@/b,share=on \
  -numa node,memdev=a -numa node,memdev=b "${without_memory[@]}"
start named_ram -object "${file/id=mem/id=ram},share=on" -machine pc,memory-backend=ram "${without_memory[@]}"
start named_pc_ram -object "${file/id=mem/id=pc.ram},share=on" -machine pc,memory-backend=pc.ram "${without_memory[@]}"
start firmware "${memory[@]}" "${slots[@]}" "${lines[@]}" "${cpus[@]}" "${qmp[@]}" -nodefaults
start window "${memory[@]}" "${slots[@]}" "${lines[@]}" "${cpus[@]}" "${qmp[@]}" "${window[@]}" -nodefaults
start private_window "${slots[@]}" "${lines[@]}" "${cpus[@]}" "${qmp[@]}" "${window[@]}" -nodefaults
start private "${without_memory[@]}"
start unused -object "$file,share=on" "${without_memory[@]}"
start private_file -object "$file,share=off" -machine pc,memory-backend=mem "${without_memory[@]}"
start memfd -object memory-backend-memfd,id=mem,size=64M,share=on -machine pc,memory-backend=mem \
  "${without_memory[@]}"
start anonymous -object memory-backend-ram,id=mem,size=64M,share=on -machine pc,memory-backend=mem \
  "${without_memory[@]}"
start mem_path -mem-path "$work" "${without_memory[@]}"
start no_slots "${memory[@]}" -m 64M "${lines[@]}" "${cpus[@]}" "${qmp[@]}" "${rest[@]}"
start plugged "${right[@]}" -object memory-backend-ram,id=dimm,size=128M -device pc-dimm,id=d3,memdev=dimm,slot=3
start private_plugged "${without_memory[@]}" "${dimm[@]}"
start no_lines "${memory[@]}" "${slots[@]}" "${cpus[@]}" "${qmp[@]}" "${rest[@]}"
start one_cpu "${memory[@]}" "${slots[@]}" "${lines[@]}" "${qmp[@]}" "${rest[@]}" -accel tcg
start one_thread "${right[@]}" -accel tcg,thread=single
start microvm -object "$file,share=on" -machine microvm,memory-backend=mem "${without_memory[@]}"
start no_monitor "${memory[@]}" "${slots[@]}" "${lines[@]}" "${cpus[@]}" "${rest[@]}"
cat >"$work/monitor.cfg" <<CONFIG
[chardev "q"]
  backend = "socket"
  path = "$work/configured/q"
  server = "on"
  wait = "off"
[mon "m"]
  mode = "control"
  chardev = "q"
CONFIG
start configured "${memory[@]}" "${slots[@]}" "${lines[@]}" "${cpus[@]}" "${rest[@]}" -readconfig "$work/monitor.cfg"
start human "${memory[@]}" "${slots[@]}" "${cpus[@]}" "${rest[@]}" -monitor "unix:@/q,server=on,wait=off"
start dead "${right[@]}"
start consoles "${right[@]}" -serial "unix:@/serial,server=on,wait=off"
start defaults "${memory[@]}" "${slots[@]}" "${lines[@]}" "${cpus[@]}" "${qmp[@]}" -S
start waits "${memory[@]}" "${slots[@]}" "${lines[@]}" "${cpus[@]}" -qmp "unix:@/q,server=on" "${rest[@]}"
start held "${right[@]}" "${second[@]}"
start stale "${right[@]}"
start removed "${right[@]}"
start short "${right[@]}"
start shared "${right[@]}"
start on_disk -object "memory-backend-file,id=mem,size=64M,mem-path=$disk/ram,share=on" \
  -machine pc,memory-backend=mem "${without_memory[@]}"
for name in "${!pids[@]}"; do
  [ "$name" = no_monitor ] || await_socket "$work/$name/q" || { cat "$work/$name/log"; exit 1; }
done
await test -s "$work/no_monitor/ram"

### Right ones

doctor -e "$work/right/q"
check "the right set-up is ready" says_ready
check "the endpoint and the process are named" finds 0 "qmp:$work/right/q" "${pids[right]}"
doctor --pid="${pids[right]}"
check "by its process too" says_ready
QEMU_DPI=qmp:$work/right/q doctor
check "by \$QEMU_DPI too" says_ready
QEMU_DPI=$work/right/q doctor
check "a bare path in \$QEMU_DPI, which nothing else takes" finds 3 "neither qmp: nor file:"
DOCTORED=$work/right/q doctor -e env:DOCTORED
check "nor in another variable" finds 3 "neither qmp: nor file:"
cd "$work/right" || exit 1
doctor -e q
cd "$OLDPWD" || exit 1
check "the bare path of a socket here" says_ready
doctor -e "qmp:$work/right/odd%3F%25q"
check "a path with characters that mean something in an endpoint" says_ready
doctor -e "qmp:$work/q35/q"
check "q35 is ready" says_ready
doctor -e "qmp:$work/numa/q"
check "RAM in two NUMA backends is ready" says_ready
check "both files were compared" finds 0 "$work/numa/a are what QEMU reads" "$work/numa/b are what"
for name in ram pc_ram; do
  doctor -e "qmp:$work/named_$name/q"
  check "RAM in a backend called as the machine calls its own, $name, is ready" says_ready
done
written() { doctor -e "qmp:$work/firmware/q" && ! grep -q "all zero" "$work/out"; }
await written
check "a guest that runs is ready, and its bytes were compared" says_ready
doctor --json -e "qmp:$work/right/q"
check "JSON says ready" python3 - "$work/out" <<'PYTHON'
import json, sys
report = json.load(open(sys.argv[1]))[0]
assert report["ready"] is True and report["missing"] == [], report
assert set(report["usable"]) == {"memory", "doorbells", "interrupts", "events", "atomics"}, report
assert all(finding["severity"] in ("ok", "note") for finding in report["findings"]), report
PYTHON

### Memory

doctor -e "qmp:$work/private/q"
check "private RAM" finds 3 "QEMU keeps the guest's RAM to itself" "not ready" \
  "-object memory-backend-file,id=mem,size=64M,mem-path=/dev/shm/NAME,share=on -machine pc"
doctor -e "qmp:$work/private_plugged/q"
check "private RAM beside a shared DIMM" finds 3 "QEMU keeps the guest's RAM to itself"
check "is not a matter of its size" lacks "-m gives the guest"
shows_window() { doctor -e "qmp:$work/$1/q"; finds "$status" "1M in $work/$1/window"; }
await shows_window window
check "a device's shared memory does no harm" says_ready
await shows_window private_window
check "and is not the guest's RAM" finds 3 "QEMU keeps the guest's RAM to itself"
doctor -e "qmp:$work/unused/q"
check "no -machine memory-backend=" finds 3 "classic mistake" ",memory-backend=mem" "not ready"
doctor -e "qmp:$work/private_file/q"
check "share=off" finds 3 "has share=off" "mem-path=$work/private_file/ram,share=on"
doctor -e "qmp:$work/memfd/q"
check "memfd" finds 3 "is a memory-backend-memfd" "-object memory-backend-file,id=mem,size=64M"
doctor -e "qmp:$work/anonymous/q"
check "memory-backend-ram" finds 3 "is a memory-backend-ram" "-object memory-backend-file,id=mem"
doctor -e "qmp:$work/mem_path/q"
check "-mem-path" finds 3 "-mem-path makes a file" "-object memory-backend-file,id=mem,size=64M"
cp "$work/stale/ram" "$work/stale/other" && mv "$work/stale/other" "$work/stale/ram"
doctor -e "qmp:$work/stale/q"
check "a RAM file that was replaced" finds 3 "was replaced after QEMU's start" "start QEMU again"
rm "$work/removed/ram"
doctor -e "qmp:$work/removed/q"
check "a RAM file that was removed" finds 3 "there is no file $work/removed/ram" "start QEMU again"
truncate -s 1M "$work/short/ram"
doctor -e "qmp:$work/short/q"
check "a RAM file that was truncated" finds 3 "has 1048576 bytes" "do not truncate"
start sharing "${memory[@]/@/$work/shared}" "${without_memory[@]}"
await_socket "$work/sharing/q"
doctor -e "qmp:$work/shared/q"
check "two guests in one file" finds 3 "QEMU process ${pids[sharing]} has its guest's RAM in" \
  "mem-path=$work/shared/ram.2,share=on"
doctor -e "qmp:$work/on_disk/q"
case $(stat -f -c %T "$disk") in
  tmpfs | ramfs) check "a RAM file on tmpfs elsewhere is ready" says_ready ;;
  *) check "a RAM file on a disk" finds 0 "is on a disk" "mem-path=/dev/shm/NAME,share=on" ;;
esac

### Bytes that differ, found without /proc: the firmware runs on in a file that is not there any more

cp "$work/firmware/ram" "$work/firmware/keep"
truncate -s 0 "$work/firmware/keep" && truncate -s 64M "$work/firmware/keep"
mv "$work/firmware/keep" "$work/firmware/ram"
doctor -e "qmp:$work/firmware/q"
check "bytes are compared" finds 3 "is not the guest's RAM" "places differ"

### Doorbells, interrupts, atomics

doctor -e "qmp:$work/no_slots/q"
check "no memory slots" finds 1 "missing  doorbells: the machine has no memory slots" \
  "use: -m 64M,slots=64,maxmem=1088M" "doorbells missing"
doctor --need=memory,interrupt -e "qmp:$work/no_slots/q"
check "which do not matter when they are not needed" finds 0 "ready for memory, interrupts"
doctor -e "qmp:$work/plugged/q"
check "a DIMM in a slot" finds 0 "a DIMM is plugged into memory slot 3" "use: -device pc-dimm,id=dimm0,memdev=dimm,slot=63"
doctor -e "qmp:$work/no_lines/q"
check "no pc-testdev" finds 1 "missing  interrupts" "use: -device pc-testdev" "interrupts missing"
doctor -e "qmp:$work/one_cpu/q"
check "one CPU" finds 1 "missing  atomics" "use: -smp 1,maxcpus=2" "atomics missing"
doctor -e "qmp:$work/one_thread/q"
check "one thread, which a QEMU with one CPU does not tell" finds 1 "missing  atomics" \
  "use: -accel tcg,thread=multi"
doctor -e "qmp:$work/microvm/q"
check "microvm" finds 1 "the machine is microvm" "use: -machine pc" \
  "missing  doorbells: a microvm has its memory slots elsewhere"

### Monitors and the rest

doctor --pid="${pids[no_monitor]}"
check "no monitor" finds 1 "QEMU has no QMP monitor" "use: -qmp unix:" "ready for memory" \
  "file:$work/no_monitor/ram?machine=pc"
doctor --need=memory --pid="${pids[no_monitor]}"
check "which memory does not need" finds 0 "ready for memory"
doctor -e "qmp:$work/human/q"
check "a human monitor" finds 3 "is it a -qmp socket?" "use: -qmp unix:$work/human/q"
kill -KILL "${pids[dead]}" && wait "${pids[dead]}" 2>/dev/null
doctor -e "qmp:$work/dead/q"
check "the socket of a QEMU that has ended" finds 3 "nobody listens there" "use: -qmp unix:$work/dead/q"
doctor -e "qmp:$work/none"
check "no socket" finds 3 "there is no such socket" "use: -qmp unix:$work/none,server=on,wait=off"
doctor -e "qmp:$work/$(printf 'x%.0s' {1..120})"
check "a path too long" finds 3 "longer than 107 bytes" "not ready"
doctor -e "qmp:$work/consoles/q"
check "a console on a socket" finds 0 "stops the whole of QEMU" "use: -chardev file,id=console"
doctor -e "qmp:$work/defaults/q"
check "default devices" finds 0 "0xa0000-0xbffff" "use: -nodefaults"
doctor -e "qmp:$work/waits/q"
check "wait=on" finds 0 "has wait=on" "use: -qmp unix:$work/waits/q,server=on,wait=off"

cat >"$work/proxy.py" <<'PYTHON'
import os, socket, sys, threading
def carry(source, sink):
    while data := source.recv(4096):
        sink.sendall(data)
    sink.shutdown(socket.SHUT_RDWR)
listener = socket.socket(socket.AF_UNIX)
listener.bind(sys.argv[1] + ".made")
listener.listen()
os.rename(sys.argv[1] + ".made", sys.argv[1])
while True:
    client = listener.accept()[0]
    qemu = socket.socket(socket.AF_UNIX)
    qemu.connect(sys.argv[2])
    for ends in ((client, qemu), (qemu, client)):
        threading.Thread(target=carry, args=ends, daemon=True).start()
PYTHON
python3 "$work/proxy.py" "$work/proxy" "$work/right/q" 2>/dev/null &
await_socket "$work/proxy"
doctor -e "qmp:$work/proxy"
check "behind a proxy, whose command line tells nothing" says_ready
doctor -e "qmp:$work/configured/q"
check "a monitor that is in a file of QEMU's" says_ready
doctor --pid="${pids[configured]}"
check "is not found by the process alone" finds 1 "QEMU has no QMP monitor" "-readconfig names a file"

python3 -c 'import socket, sys, time
client = socket.socket(socket.AF_UNIX); client.connect(sys.argv[1]); client.recv(1)
open(sys.argv[2], "w").close(); time.sleep(60)' "$work/held/q" "$work/held/connected" &
holder=$!
await test -e "$work/held/connected"
doctor -e "qmp:$work/held/q" --timeout=0.5
check "a monitor that is held" finds 3 "process $holder (python3" "$work/held/q2 of the same QEMU is free" \
  "use: -e qmp:$work/held/q2"
doctor --pid="${pids[held]}"
check "the process has another one" says_ready
if unshare --pid --fork --mount-proc true 2>/dev/null; then
  # shellcheck disable=SC2016 # expanded by the inner shell
  unshare --pid --fork --mount-proc sh -c '"$0" doctor -e "$1" --timeout=0.5' "$tool" "qmp:$work/held/q" \
    >"$work/out" 2>"$work/err"
  status=$?
  check "held by a process that is not seen" finds 3 "a process of another user or container is connected to"
fi
kill -KILL "$holder" && wait "$holder" 2>/dev/null
doctor -e "qmp:$work/held/q"
check "which is let go" says_ready

doctor -e "file:$work/right/ram?machine=pc"
check "a file endpoint" finds 1 "ready for memory" "missing  doorbells, interrupts, events"
doctor --need=memory -e "file:$work/right/ram?machine=pc"
check "a file endpoint for memory" finds 0 "ready for memory"

if [ "$(id -u)" = 0 ] && setpriv --reuid=65534 --clear-groups "$tool" --version >/dev/null 2>&1; then
  as_other() { setpriv --reuid=65534 --regid=65534 --clear-groups "$tool" doctor "$@" >"$work/out" 2>"$work/err"; status=$?; }
  as_other -e "qmp:$work/right/q"
  check "another user" finds 3 "Permission denied" "same user"
  chmod 755 "$work" "$work/right"
  as_other -e "file:$work/right/ram?machine=pc"
  check "another user's RAM file" finds 3 "cannot be opened by uid 65534" "same user"
fi

### Without a subject: all QEMUs of this user, in a world of our own

if unshare --pid --fork --mount-proc true 2>/dev/null; then
  status=0
  # shellcheck disable=SC2016 # expanded by the inner shell
  unshare --pid --fork --mount-proc sh -c '"$0" doctor' "$tool" >"$work/out" 2>"$work/err" || status=$?
  check "no QEMU runs" complains 3 "qdpi-launch"
  cat >"$work/world.sh" <<'SHELL'
cd "$3" || exit 9
tool=$1 qemu=$2
shift 3
"$qemu" -display none "$@" -qmp unix:r,server=on,wait=off -name first >log 2>&1 &
for _ in $(seq 500); do [ -S r ] && break; sleep 0.02; done
"$tool" doctor
status=$?
kill -KILL $!
exit $status
SHELL
  mkdir "$work/world"
  unshare --pid --fork --mount-proc sh "$work/world.sh" "$tool" "$qemu" "$work/world" "${memory[@]//@/$work/world}" \
    "${slots[@]}" "${lines[@]}" "${cpus[@]}" "${rest[@]}" >"$work/out" 2>"$work/err"
  status=$?
  check "all QEMUs that run, with a relative path" says_ready
  check "by name and with the whole path" finds 0 "-name first" "qmp:$work/world/r"
fi

### Command lines that are not started

place=$work/place
mkdir "$place"
on() { local words=("${@//@/$place}"); doctor -- "$qemu" -display none "${words[@]}"; }
on "${right[@]}" "${second[@]}"
check "the right line is in order" finds 0 "in order: a simulator could attach when this runs"
check "and not called ready" lacks "ready"
check "nothing was started or made" test -z "$(ls -A "$place")"
doctor -- timeout 5 env A=B "$qemu" "${right[@]//@/$place}"
check "behind other commands" finds 0 "in order" "command line of $qemu"
on "${without_memory[@]}"
check "line: private RAM" finds 3 "-object memory-backend-file,id=mem,size=64M" "cannot attach"
on -object "$file,share=on" "${without_memory[@]}"
check "line: no memory-backend=" finds 3 "use: -machine pc,memory-backend=mem"
on -object "$file" -machine pc,memory-backend=mem "${without_memory[@]}"
check "line: no share=on" finds 3 "mem-path=$place/ram,share=on"
on "${memory[@]}" -m 128M,slots=64,maxmem=1G "${lines[@]}" "${cpus[@]}" "${qmp[@]}" "${rest[@]}"
check "line: another size than -m" finds 3 "-m gives the guest 128M" "use: -m 64M"
on "${without_memory[@]}" "${dimm[@]}"
check "line: private RAM beside a shared DIMM" finds 3 "QEMU keeps the guest's RAM to itself"
check "is not a matter of its size" lacks "-m gives the guest"
on -machine pc,memory-backend=other "${without_memory[@]}"
check "line: a backend that is none" finds 3 "no -object makes" "id=other"
on "${right[@]}" -m 64M,slots=4,maxmem=64M
check "line: maxmem" finds 3 "maxmem is not above the RAM" "maxmem=1088M"
on "${right[@]}" -no-acpi
check "line: no ACPI" finds 1 "ACPI is off" "use: -machine pc,acpi=on"
on "${right[@]}" -icount 1
check "line: -icount" finds 1 "missing  atomics" "thread=multi"
without_kvm=()
# shellcheck disable=SC2016 # expanded by the inner shell
[ -e /dev/kvm ] &&
  without_kvm=(unshare --user --map-root-user --mount sh -c 'mount --bind /dev/null /dev/kvm && exec "$0" "$@"')
if "${without_kvm[@]}" true 2>/dev/null; then
  on_without_kvm() { # ARGUMENT...: as on, where KVM does not work
    status=0
    "${without_kvm[@]}" "$tool" doctor -- "$qemu" -display none "${@//@/$place}" >"$work/out" 2>"$work/err" ||
      status=$?
  }
  on_without_kvm "${right[@]}" -accel kvm
  check "line: KVM where there is none" finds 3 "KVM cannot be used" "use: -accel tcg"
  on_without_kvm "${right[@]}" -accel kvm -accel tcg
  check "line: KVM or TCG" finds 0 "in order" "TCG with room for 2 CPUs"
  on_without_kvm "${right[@]}" -machine accel=kvm:tcg -smp 1,maxcpus=1
  check "line: one CPU is judged as what there is" finds 1 "TCG has one CPU"
fi
on -object memory-backend-file,id=mem,size=4000G,mem-path=@/ram,share=on -machine pc,memory-backend=mem \
  -m 4000G,slots=64,maxmem=4100G "${lines[@]}" "${cpus[@]}" "${qmp[@]}" "${rest[@]}"
check "line: no room" finds 3 "has room for" "use: -m " "remount,size="
# shellcheck disable=SC2016 # expanded by the inner shell
without_limit=(unshare --user --map-root-user --mount sh -c 'mount -t tmpfs -o size=0 none "$0" && exec "$@"' "$place")
if "${without_limit[@]}" true 2>/dev/null; then
  status=0
  "${without_limit[@]}" "$tool" doctor -- "$qemu" -display none "${right[@]//@/$place}" >"$work/out" 2>"$work/err" ||
    status=$?
  check "line: a file system without a limit" finds 0 "in order"
fi
on -object memory-backend-file,id=mem,size=64M,mem-path=@,share=on -machine pc,memory-backend=mem \
  "${without_memory[@]}"
check "line: a directory as RAM file" finds 3 "is a directory" "mem-path=$place/ram,share=on"
on "${right[@]/mem-path=@/mem-path=@/none}"
check "line: a directory that is not there" finds 3 "no file can be made in" "mem-path=/dev/shm/NAME"
echo x >"$place/ram"
on "${right[@]}"
check "line: a RAM file with content" finds 0 "is there already" "do: rm $place/ram"
rm "$place/ram"
doctor -- "$qemu" "${right[@]//@/$work/right}"
check "line: the RAM file of a QEMU that runs" finds 3 "process ${pids[right]} has its guest's RAM" \
  "ram.2,share=on" "listens at $work/right/q already"
on "${right[@]/@\/q/@/$(printf 'x%.0s' {1..120})}"
check "line: a path too long" finds 3 "a UNIX socket's has at most 107" "use: -qmp unix:"
on "${right[@]/server=on,wait=off/server=off}"
check "line: QEMU as the client" finds 1 "server=off" "use: -qmp unix:"
on "${right[@]}" -chardev socket,id=c,path=@/c,server=on,wait=off -serial chardev:c
check "line: a console on a socket" finds 0 "stops the whole of QEMU" "use: -chardev file,id=console"
on "${right[@]}" -object '{"qom-type":"memory-backend-file","id":"more","mem-path":"x"}' -mon chardev=none,mode=control
check "line: JSON as libvirt writes it" finds 0 "in order"
on "${right[@]}" -append
check "line: an option without its value" finds 3 "-append is the last word"
doctor -- "$place/qemu-system-x86_64" -m 1G
check "line: no such QEMU" finds 3 "cannot be run" "install QEMU"

# No program but a QEMU is started, and nothing of what a QEMU's wrapper starts is left.
program() { # NAME: of the lines on standard input
  { echo "#!/bin/sh"; cat; } >"$work/$1"
  chmod +x "$work/$1"
}
program start.sh <<SHELL
: >$work/started
SHELL
doctor -- "$work/start.sh" -m 1G
check "line: a program of another name" finds 3 "not asked for its version"
check "is not started" test ! -e "$work/started"
program qemu-system-wrapped <<SHELL
grep SigIgn /proc/self/status >$work/ignored
echo "QEMU emulator version 9.1.0"
exec >&-
read -r line
sleep 60
SHELL
doctor -- "$work/qemu-system-wrapped" "${right[@]//@/$place}"
check "line: a wrapper that answers and does not end" finds 0 "QEMU 9.1.0" "in order"
check "and had its signals" python3 -c 'import sys
ignored = int(open(sys.argv[1]).read().split()[1], 16)
sys.exit(ignored >> 12 & 1 or ignored >> 24 & 1)' "$work/ignored"
program qemu-system-parent <<SHELL
sleep 60 >/dev/null 2>&1 &
echo \$! >$work/child
echo "QEMU emulator version 9.1.0"
SHELL
doctor -- "$work/qemu-system-parent" "${right[@]//@/$place}"
is_gone() { ! grep -q . "/proc/$(cat "$work/child")/cmdline" 2>/dev/null; }
check "line: what a wrapper has started ends with it" await is_gone

doctor -- qdpi-launch --ram=64M --kernel=guest.elf -- ./sim -m 1
check "the launcher's line is in order" finds 0 "in order" "64M in"
doctor -- qdpi-launch --ram 64M --qemu-arg=-icount --qemu-arg=1 -- ./sim
check "but for what it is told to add" finds 1 "missing  atomics" "thread=multi"

### Wrong arguments

doctor --need=memory,rubbish
check "an unknown feature" complains 2 "'rubbish' is none of"
doctor --pid=x
check "no process number" complains 2 "give the number of a process"
doctor -m 512M
check "options of QEMU without --" complains 2 "invalid option"
doctor "$qemu" -m 512M
check "a command line without --" complains 2 "goes after --"
doctor --
check "nothing after --" complains 2 "goes the command line"
doctor --pid=1 -e "qmp:$work/right/q"
check "two subjects" complains 2 "give one of"
doctor -e nonsense
check "no endpoint" finds 3 "neither qmp: nor file:" "not ready"
doctor -e env:QDPI_TEST_NOT_SET
check "a variable that is not set" finds 3 "QDPI_TEST_NOT_SET is not set"
doctor --pid=$$
check "a process that is no QEMU" finds 3 "is no QEMU"
doctor --help
check "--help" finds 0 "Exit status: 0 ready" "--need=FEATURE"

echo "1..$checks"
[ "$failures" -eq 0 ]
