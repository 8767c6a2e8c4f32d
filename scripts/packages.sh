#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The qemu-dpi authors
# SPDX-License-Identifier: Apache-2.0
#
# Installs through apt what is missing of the Debian packages that a job needs.
#
# usage: packages.sh run|linux|test|bench|coverage|fuzz
#   run    what builds the library, the bare-metal guests and the simulations, and runs them
#   linux  that, and what builds the Linux guest
#   test   that, and what the tests and lint need
#   bench  that, and what draws the plots of scripts/bench.sh
#   coverage  that of test, and what scripts/c_coverage.sh needs
#   fuzz   as run, and what builds the fuzz targets with libFuzzer
# Without root it names the missing packages and stops with status 3.

set -eu

run_packages=(gcc g++ make cmake pkg-config libjansson-dev verilator qemu-system-x86 zlib1g-dev)
# Since the change to times of 64 bits some libraries' names end in t64, and provide the older ones.
linux_packages=(cpio libelf1 procps)
test_packages=(git libcmocka-dev sparse xz-utils gdb groff-base xxd clang clang-format clang-tidy cppcheck shellcheck yosys python3
  python3-venv valgrind)
fuzz_packages=(libcmocka-dev clang libclang-rt-dev)

case ${1:-} in
  run) wanted=("${run_packages[@]}") ;;
  linux) wanted=("${run_packages[@]}" "${linux_packages[@]}") ;;
  test) wanted=("${run_packages[@]}" "${linux_packages[@]}" "${test_packages[@]}") ;;
  bench) wanted=("${run_packages[@]}" "${linux_packages[@]}" "${test_packages[@]}" gnuplot-nox) ;;
  coverage) wanted=("${run_packages[@]}" "${linux_packages[@]}" "${test_packages[@]}" gcovr) ;;
  fuzz) wanted=("${run_packages[@]}" "${fuzz_packages[@]}") ;;
  *) sed -n '/^# usage:/,/^# Without/s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
esac

missing=()
for package in "${wanted[@]}"; do
  # One line for each architecture.
  dpkg-query -W -f='${db:Status-Status}\n' "$package" "${package}t64" 2>/dev/null | grep -qx installed ||
    missing+=("$package")
done
[ "${#missing[@]}" -gt 0 ] || exit 0

if [ "$(id -u)" -ne 0 ]; then
  printf 'These Debian packages are missing; install them as root and run this again:\n' >&2
  printf '  apt-get install --no-install-recommends %s\n' "${missing[*]}" >&2
  exit 3
fi
printf 'Installing %s\n' "${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
apt-get update -q
apt-get install -q -y --no-install-recommends "${missing[@]}"
