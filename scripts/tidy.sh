#!/usr/bin/env bash
# clang-tidy over every source file of the product, in parallel; any finding fails. clang's static analyzer takes as long as
# all other checks together, so it looks at what runs inside other people's programs and at what reads files; the rest runs under
# sanitizers in the tests.
#   scripts/tidy.sh all   the analyzer looks at everything
set -euo pipefail
cd "$(dirname "$0")/.."
[ -f build/compile_commands.json ] || cmake --preset release >/dev/null
# A file once, as its library compiles it: tests compile some again, and clang-tidy would look at each as often.
mkdir -p build/tidy
python3 - build/compile_commands.json >build/tidy/compile_commands.json <<'END'
import json, sys
with open(sys.argv[1], encoding="utf-8") as file:
    commands = json.load(file)
once = {command["file"]: command for command in sorted(commands, key=lambda c: " -o tests/" in c["command"], reverse=True)}
json.dump(list(once.values()), sys.stdout)
END
analysed=('common/*.cpp' 'interpose/*.cpp' 'tracer/*.cpp' 'allocator/*.cpp')
# Not what includes LibTorch's modules: clang 14 cannot read them as C++20.
others=('planner/*.cpp' 'cli/*.cpp' 'scientific/*.cpp' ':!scientific/hls/front/torchscript' ':!scientific/ligo/nets/model.cpp'
        ':!scientific/ligo/nets/training.cpp')
if [ "${1:-}" = all ]; then
    analysed+=("${others[@]}")
    others=()
fi

{
    printf -- '--checks= %s\n' $(git ls-files "${analysed[@]}")
    [ ${#others[@]} -eq 0 ] || printf -- '--checks=-clang-analyzer-* %s\n' $(git ls-files "${others[@]}")
} | xargs -n 2 -P "$(nproc)" clang-tidy -p build/tidy --quiet --extra-arg=-Wno-unknown-warning-option \
    2> >(grep -v ' warnings\? generated\.$' >&2) # of other people's headers: they would hide the findings
