#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The qemu-dpi authors
# SPDX-License-Identifier: Apache-2.0
#
# Which kernel a build has, when the cache is emptied and when apt knows a newer one: test_kernel.sh KERNEL_SH
#
# The archive is a shell script that packs what it is asked for.

set -u

kernel=$(realpath "${1:?"usage: test_kernel.sh KERNEL_SH"}")
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/launches.sh"
export archive=$work/archive
export XDG_CACHE_HOME=$work/cache

mkdir "$work/bin"
export PATH="$work/bin:$PATH"
# What the archive has is in a file: "RELEASE VERSION".
cat >"$work/bin/apt-cache" <<'SCRIPT'
#!/bin/sh
read -r release version <"$archive"
case "$1 $2" in
  "depends linux-image-amd64") echo "  Depends: linux-image-$release-amd64" ;;
  "depends linux-headers-amd64") echo "  Depends: linux-headers-$release-amd64" ;;
  "depends linux-headers-"*) printf '  Depends: %s\n' "linux-headers-$release-common" "linux-kbuild-6.1" ;;
  policy*) echo "  Candidate: $version" ;;
esac
SCRIPT
cat >"$work/bin/apt-get" <<'SCRIPT'
#!/bin/sh
read -r release version <"$archive"
for package in "$@"; do
  case $package in
    download | -* | APT::*) continue ;;
    *=*) [ "${package#*=}" = "$version" ] || exit 100 ;;
  esac
  case ${package%%=*} in
    linux-*-dbg) file=usr/lib/debug/boot/vmlinux-$release-amd64 ;;
    linux-image-*) file=boot/vmlinuz-$release-amd64 ;;
    linux-headers-*) file=usr/src/${package}/Makefile ;;
    linux-kbuild-*) file=lib/$package ;;
    *) file=bin/$package ;;
  esac
  root=$(mktemp -d "$archive.XXXXXX")
  mkdir -p "$root/DEBIAN" "$(dirname "$root/$file")"
  echo "of $version" >"$root/$file"
  printf '%s\n' "Package: ${package%%=*}" "Version: $version" 'Architecture: all' \
    'Maintainer: nobody <nobody@example.org>' 'Description: nothing' >"$root/DEBIAN/control"
  dpkg-deb -b "$root" "${package%%=*}.deb"
done
SCRIPT
chmod +x "$work/bin"/*

link=$work/build/kernel
get() { # OPTION...
  quietly "$kernel" "$@" "$link"
  status=$?
}
has() { [ "$(cat "$link/$1")" = "of $2" ]; }
mark() { touch -d @0 "$link.stamp"; }
marked() { [ "$(stat -c %Y "$link.stamp")" -eq 0 ]; }

echo '6.1.0-1 6.1.10-1' >"$archive"
get
check "the kernel is there" has boot/vmlinuz 6.1.10-1
check "... and busybox, and a stamp" test -e "$link/bin/busybox-static" -a -s "$link.stamp"
mark
get
check "once more changes nothing" marked
rm -r "$XDG_CACHE_HOME"
get
check "an emptied cache is filled again" has boot/vmlinuz 6.1.10-1
check "... with the same, as the stamp says" marked
rm "$link/boot/vmlinuz-6.1.0-1-amd64"
get
check "what is broken there is replaced" has boot/vmlinuz 6.1.10-1
get --debug
check "--debug gets the symbols" has lib/debug/boot/vmlinux 6.1.10-1

rm -r "$link/lib/debug"
echo '6.1.0-2 6.1.20-1' >"$archive"
get
check "a newer kernel in the archive leaves the one that is there" has boot/vmlinuz 6.1.10-1
check "... as the stamp says" marked
get --debug
check "--debug takes no symbols of another kernel" is "$status" 1
check "... and names the remedy" says "remove $link and build again"
check "... and leaves the kernel" has boot/vmlinuz 6.1.10-1
rm "$link"
get --debug
check "without the link it is the newer one" has boot/vmlinuz 6.1.20-1
check "... with its symbols" has lib/debug/boot/vmlinux 6.1.20-1
check "... and a new stamp" is "$(marked; echo $?):$(cat "$link.stamp")" "1:$(readlink "$link")"
check "nothing else stays in the cache" is "$(ls "$XDG_CACHE_HOME/qemu-dpi")" \
  $'linux-6.1.0-1-amd64_6.1.10-1\nlinux-6.1.0-2-amd64_6.1.20-1\nlock'

echo "$checks checks, $failures failed"
[ "$failures" -eq 0 ]
