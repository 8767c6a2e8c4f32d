#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The qemu-dpi authors
# SPDX-License-Identifier: Apache-2.0
#
# Debian's packaged kernel, its headers and a static busybox: downloaded by name, unpacked, not
# installed. Needs no root. What is there already is not downloaded again.
#
# usage: kernel.sh [--debug | --source] LINK
#   LINK      becomes a symbolic link to the unpacked tree (boot/ lib/ usr/ bin/). A tree that it names
#             already stays, whatever apt knows by now: what was built fits that one. LINK.stamp is
#             written when the tree is another
#   --debug   also the kernel's symbols, lib/debug/boot/vmlinux-VERSION (0.9 GB to download)
#   --source  also checkpatch.pl of the kernel's source, in checkpatch/
# The trees lie in ${XDG_CACHE_HOME:-~/.cache}/qemu-dpi, one for each version of the packages.

set -eu

usage() {
  sed -n '/^# usage:/,/^# The trees/s/^# \{0,1\}//p' "$0" >&2
  exit 2
}

extra=
case ${1:-} in
  --debug | --source) extra=$1; shift ;;
esac
[ $# -eq 1 ] || usage
link=$1

fail() {
  printf 'kernel.sh: %s\n' "$1" >&2
  exit 1
}

# The version that apt would install of a package: "6.1.192-2".
candidate() { LC_ALL=C apt-cache policy "$1" | sed -n 's/^  Candidate: \(.*\)/\1/p'; }

# What a metapackage stands for: linux-image-amd64 -> linux-image-6.1.0-56-amd64.
depends_on() { LC_ALL=C apt-cache depends "$1" 2>/dev/null | sed -n "s/^ *Depends: \($2\)\$/\1/p" | head -n 1; }

cache=${XDG_CACHE_HOME:-${HOME:?}/.cache}/qemu-dpi
mkdir -p "$cache"
# Two builds that start at once: the second waits and finds it done.
exec 9>"$cache/lock"
flock 9

work=$(mktemp -d "$cache/unpack.XXXXXX")
trap 'rm -rf "$work"' EXIT

remedy=
# download_and_unpack FOLDER PACKAGE...
download_and_unpack() {
  local folder=$1 package
  shift
  mkdir -p "$work/packages"
  printf 'Downloading %s\n' "$*"
  # As root apt would drop to a user who may not write here.
  (cd "$work/packages" && apt-get download -q -o APT::Sandbox::User=root "$@" >../download.log 2>&1) ||
    { cat "$work/download.log" >&2; fail "apt-get could not download $*$remedy"; }
  for package in "$work"/packages/*.deb; do dpkg-deb -x "$package" "$folder"; done
  rm -r "$work/packages"
}

if [ ! -e "$link/boot/vmlinuz" ]; then
  image=$(depends_on linux-image-amd64 'linux-image-[0-9].*')
  headers=$(depends_on linux-headers-amd64 'linux-headers-[0-9].*')
  if [ -z "$image" ] || [ -z "$headers" ]; then
    fail 'apt knows no package linux-image-amd64: run "apt-get update" as root, on Debian for amd64'
  fi
  common=$(depends_on "$headers" 'linux-headers-.*-common')
  kbuild=$(depends_on "$headers" 'linux-kbuild-.*')
  release=${image#linux-image-}
  tree=$cache/linux-${release}_$(candidate "$image")
  if [ ! -e "$tree/boot/vmlinuz" ]; then
    download_and_unpack "$work/tree" "$image" "$headers" "$common" "$kbuild" busybox-static
    # The headers look for each other below /usr/src.
    sed -i "s|^include /usr/src|include $tree/usr/src|" "$work/tree/usr/src/$headers/Makefile"
    # One name for the version that is here.
    ln -s "vmlinuz-$release" "$work/tree/boot/vmlinuz"
    ln -s "$headers" "$work/tree/usr/src/headers"
    rm -rf "$tree"
    mv "$work/tree" "$tree"
  fi
  mkdir -p "$(dirname "$link")"
  ln -sfn "$tree" "$link"
fi
tree=$(readlink "$link")
[ "$(cat "$link.stamp" 2>/dev/null)" = "$tree" ] || printf '%s\n' "$tree" >"$link.stamp"

version=${tree##*/linux-}
release=${version%_*}
version=${version##*_}
if [ "$extra" = --debug ] && [ ! -e "$tree/lib/debug" ]; then
  remedy="; if the archive has it no more, remove $link and build again with the kernel that apt knows now"
  download_and_unpack "$work/debug" "linux-image-$release-dbg=$version"
  mkdir -p "$work/symbols/boot"
  mv "$work/debug/usr/lib/debug/boot/vmlinux-$release" "$work/symbols/boot/"
  mv "$work/symbols" "$tree/lib/debug"
fi
# One name here as well.
[ ! -e "$tree/lib/debug" ] || ln -sfn "vmlinux-$release" "$tree/lib/debug/boot/vmlinux"
if [ "$extra" = --source ] && [ ! -e "$tree/checkpatch" ]; then
  headers=$(depends_on linux-headers-amd64 'linux-headers-[0-9].*')
  kbuild=$(depends_on "$headers" 'linux-kbuild-.*')
  source=linux-source-${kbuild#linux-kbuild-}
  download_and_unpack "$work/source" "$source"
  mkdir "$work/checkpatch"
  tar -xJf "$work/source/usr/src/$source.tar.xz" -C "$work/checkpatch" --strip-components=2 \
    "$source/scripts/checkpatch.pl" "$source/scripts/spelling.txt" "$source/scripts/const_structs.checkpatch"
  mv "$work/checkpatch" "$tree/checkpatch"
fi
