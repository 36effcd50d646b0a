#!/usr/bin/env bash
# Installs what a fresh Debian 12 lacks, and says which packages those are. Needs apt, and root or sudo.
#   scripts/setup.sh build   what `make` needs
#   scripts/setup.sh demo    that, and what scripts/demo.sh runs and compares with
#   scripts/setup.sh bench   demo's, and what scripts/bench_latency.sh runs
#   scripts/setup.sh test    demo's, and what scripts/test.sh runs (the default)
set -euo pipefail

build=(g++ make cmake ninja-build pkg-config libcli11-dev libfmt-dev nlohmann-json3-dev libdw-dev libelf-dev
       libunwind8 libzstd-dev zlib1g-dev libfftw3-dev libpng-dev libtiff-dev libhdf5-dev)
demo=(python3 python3-torch python3-torchvision libtorch-dev libopenblas0-pthread
      libjemalloc2 libmimalloc2.0 libtcmalloc-minimal4)
bench=(tesseract-ocr tesseract-ocr-eng python3-opencv python3-pil python3-skimage python3-scipy fonts-dejavu-core nodejs
       verilator iverilog yosys nextpnr-ice40)
command -v npm >/dev/null || bench+=(npm) # some packages of nodejs bring it along
test=(catch2 chromium heaptrack coinor-cbc dwz libc6-dev clang clang-format clang-tidy libclang-rt-14-dev binutils procps
      libpython3.11-testsuite git sqlite3 perl xz-utils redis-server redis-tools nodejs libopenmpi-dev openmpi-bin
      verilator iverilog)

case "${1:-test}" in
    build) wanted=("${build[@]}") ;;
    demo) wanted=("${build[@]}" "${demo[@]}") ;;
    bench) wanted=("${build[@]}" "${demo[@]}" "${bench[@]}") ;;
    test) wanted=("${build[@]}" "${demo[@]}" "${test[@]}") ;;
    *)
        echo "usage: scripts/setup.sh [build|demo|bench|test]" >&2
        exit 2
        ;;
esac

missing=()
for package in "${wanted[@]}"; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q '^install ok installed$' || missing+=("$package")
done
if [ ${#missing[@]} -eq 0 ]; then
    exit 0
fi

as_root=()
if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || {
        echo "setup: these packages are missing, and there is neither root nor sudo to install them: ${missing[*]}" >&2
        exit 1
    }
    as_root=(sudo)
fi
echo "setup: installing ${missing[*]}" >&2
"${as_root[@]}" apt-get update -qq
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
