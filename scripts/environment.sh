# Sourced by the demo and the benchmarks: the conditions every figure is measured under, the same for every allocator.
# One thread a stream: Debian's BLAS and OpenMP would otherwise hide everything behind their own threads.
export OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1

# Debian's OpenBLAS (0.3.21) takes processors it does not know for a Prescott of 2004 and multiplies with SSE3, which hides the
# cost of memory behind slow arithmetic. Tell it what the processor can do; an older choice of the user's stands.
if [ -z "${OPENBLAS_CORETYPE:-}" ]; then
    core=$(/usr/bin/python3 -c '
import ctypes
library = ctypes.CDLL("libopenblas.so.0")
library.openblas_get_corename.restype = ctypes.c_char_p
print(library.openblas_get_corename().decode())' 2>/dev/null || true)
    if [ "$core" = Prescott ]; then
        if grep -qw avx512bw /proc/cpuinfo; then
            export OPENBLAS_CORETYPE=SkylakeX
        elif grep -qw avx2 /proc/cpuinfo; then
            export OPENBLAS_CORETYPE=Haswell
        fi
    fi
fi

conditions() {  # what a table must say about where it was measured
    printf '%s; %s cores; Linux %s; %s; glibc %s; OpenBLAS kernels %s; one thread\n' \
        "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -1)" "$(nproc --all)" "$(uname -r | cut -d- -f1)" \
        "$(. /etc/os-release && echo "$PRETTY_NAME")" "$(getconf GNU_LIBC_VERSION | cut -d' ' -f2)" \
        "${OPENBLAS_CORETYPE:-chosen by itself}"
}
