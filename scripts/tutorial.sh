#!/usr/bin/env bash
# Runs every command of docs/tutorial.md and puts what it printed into the page, and draws the page's pictures anew.
#   scripts/tutorial.sh           writes docs/tutorial.md and its pictures
#   scripts/tutorial.sh --check   only runs the commands: each must end as the page expects
# Needs what scripts/setup.sh test installs, 6 GB of memory, and a few minutes.
set -euo pipefail
cd "$(dirname "$0")/.."
case "${1:-}" in
    '' | --check) ;;
    *)
        sed -n '2,5s/^# \{0,1\}//p' "$0"
        [ "$1" = --help ] || exit 2
        exit 0
        ;;
esac

scripts/setup.sh test
[ -x build/bin/memo ] && [ -e build/lib/libmemomalloc.so ] || make --no-print-directory release >&2
. scripts/environment.sh

work=build/tutorial
rm -rf "$work"
mkdir -p "$work"
cp benchmarks/server.py "$work"
export PATH="$PWD/build/bin:/usr/bin:$PATH"
python3 scripts/tutorial_page.py docs/tutorial.md "$work" "$(conditions)" "$@"
[ "${1:-}" = --check ] && exit 0

# One section of a report, as a browser shows it.
picture() { # REPORT SECTION WIDTHxHEIGHT PICTURE
    sed "s#</head>#<style>header, footer, section:not(\#$2), \#$2 .hint, \#$2 details { display: none !important }</style></head>#" \
        "$work/$1" >"$work/section.html"
    HOME="$PWD/$work" timeout 120 chromium --headless --no-sandbox --disable-gpu --hide-scrollbars \
        --virtual-time-budget=4000 --window-size="${3/x/,}" --screenshot="$PWD/docs/$4" \
        "file://$PWD/$work/section.html#theme=light" 2>/dev/null
}
picture server.html timeline 1000x470 tutorial-growth.png
picture routed.html plan 1000x620 tutorial-plan.png
