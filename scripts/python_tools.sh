#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The qemu-dpi authors
# SPDX-License-Identifier: Apache-2.0
#
# A private Python environment with the tools that Debian does not package: slang, the second
# SystemVerilog front end of the lint. Prints nothing if it is there already.
#
# usage: python_tools.sh            make it
#        python_tools.sh --where    print its folder

set -eu
folder=${QDPI_VENV:-${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/qemu-dpi/venv}
slang=pyslang==12.1.0

if [ "${1:-}" = --where ]; then
  printf '%s\n' "$folder"
  exit 0
fi
[ ! -e "$folder/$slang" ] || exit 0
printf 'Installing %s in %s\n' "$slang" "$folder"
mkdir -p "$(dirname "$folder")"
python3 -m venv --clear "$folder"
"$folder/bin/pip" install --quiet --disable-pip-version-check "$slang"
touch "$folder/$slang"
