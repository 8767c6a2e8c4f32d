#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The qemu-dpi authors
# SPDX-License-Identifier: Apache-2.0
#
# What is written about qemu-dpi against what it says of itself: each subcommand has a manual page, the
# pages are well formed, and pages, --help and completion know the same options:
# test_command_docs.sh QEMU_DPI MAN_FOLDER COMPLETION

set -u

usage='usage: test_command_docs.sh QEMU_DPI MAN_FOLDER COMPLETION'
tool=$(realpath "${1:?"$usage"}")
pages=$(realpath "${2:?"$usage"}")
completion=$(realpath "${3:?"$usage"}")
checks=0
failures=0

check() { # DESCRIPTION EXPECTED FOUND
  checks=$((checks + 1))
  if [ "$2" = "$3" ]; then
    echo "ok $checks - $1"
  else
    failures=$((failures + 1))
    echo "not ok $checks - $1"
    diff <(echo "$2") <(echo "$3") | sed 's/^/    # /'
  fi
}

# The tags of options, short and long: "-f, --format=..." gives -f and --format.
tags() { grep -o -E -e '^ *(-., )?--[a-z0-9-]+' | grep -o -E -e '--?[a-zA-Z0-9?][a-z0-9-]*' | sort -u; }
helped() { ARGP_HELP_FMT=rmargin=2000 "$tool" "$@" --help | tags; }
# The lines that follow .TP, without fonts and escapes.
paged() { sed -n '/^\.TP$/{n;s/\\f[A-Z]//g;s/\\-/-/g;p}' "$1" | tags; }

warnings() { # PAGE: what groff has to say about it, of what a terminal of any width shows
  groff -man -Tutf8 -ww -z "$1" 2>&1
  if command -v man >/dev/null; then
    { LC_ALL=C.UTF-8 MANWIDTH=80 man --warnings --local-file "$1" >/dev/null; } 2>&1
  fi
}

# As readline would ask, with bash's own breaks of words.
compopt() { :; }
# shellcheck source=/dev/null
. "$completion"
offered() { # WORD...: the last one is to be completed
  COMP_WORDS=(qemu-dpi "$@")
  COMP_CWORD=$#
  COMPREPLY=()
  _qemu_dpi "$tool"
  printf '%s\n' "${COMPREPLY[@]%=}" | sort -u
}

subcommands=$("$tool" --help | sed -n '/^Subcommands:/,/^$/s/^  \([a-z]*\) .*/\1/p' | sort)
check "the tool lists its subcommands" "$(echo "$subcommands" | grep -x search)" search
check "each has a page, and each page a subcommand" "$(grep -v -x help <<<"$subcommands")" \
  "$(cd "$pages" && printf '%s\n' qemu-dpi-*.1 | sed 's/^qemu-dpi-//;s/\.1$//' | sort)"
check "completion offers them" "$subcommands" "$(offered '')"
check "... and those that begin so" "$(grep ^re <<<"$subcommands")" "$(offered re)"
check "... to help as well" "$subcommands" "$(offered help '')"

check "qemu-dpi(1) is well formed" "" "$(warnings "$pages/qemu-dpi.1")"
check "... has the options" "$(helped)" "$(paged "$pages/qemu-dpi.1" | grep -x -F -e "$(helped)")"
check "... and names each subcommand" "$(grep -v -x help <<<"$subcommands")" \
  "$(sed -n 's/^\.BR qemu\\-dpi\\-\([a-z]*\) (1)$/\1/p' "$pages/qemu-dpi.1" | sort -u)"
for subcommand in $subcommands; do
  [ "$subcommand" != help ] || continue
  page=$pages/qemu-dpi-$subcommand.1
  check "qemu-dpi-$subcommand(1) is well formed" "" "$(warnings "$page")"
  check "... and has the options" "$(helped "$subcommand")" "$(paged "$page")"
  check "... which completion offers" "$(helped "$subcommand" | grep -e '^--')" \
    "$(offered "$subcommand" --)"
  mapfile -t seen_also < <(sed -n '/^\.SH SEE ALSO/,$s/^\.BR \([^ ]*\) (1).*/\1/p' "$page" | sed 's/\\//g')
  for seen in "${seen_also[@]}"; do
    check "... and refers to $seen(1), which is there" "$seen" \
      "$([ -f "$pages/$seen.1" ] && echo "$seen")"
  done
done

check "completion offers the choices of an argument" $'all\nbin\ndec\nhex\nsigned' \
  "$(offered read --format = '')"
check "... which begin so" signed "$(offered read -f s)"
check "... of run" $'pc\nq35' "$(offered run --machine =)"
cd / || exit 1
check "... files" /etc "$(offered diff 0 /et)"
check "... endpoints" $'env:\nfile:\nqmp:' "$(offered map --endpoint = '')"
check "... and nothing where a number stands" "" "$(offered read --timeout = '')"

echo "$checks checks, $failures failed"
[ "$failures" -eq 0 ]
