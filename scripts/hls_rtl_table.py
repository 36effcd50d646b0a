# The tables of results/hls_rtl.md from what scripts/bench_hls_rtl.sh left in its folder: hls_rtl_table.py FOLDER CONDITIONS.
import glob
import json
import os
import sys

work, conditions = sys.argv[1:3]
designs = [json.load(open(path)) for path in sorted(glob.glob(f"{work}/bench.*.json"), key=lambda p: int(p.split(".")[-2]))]
growth = sorted((json.load(open(path)) for path in glob.glob(f"{work}/growth.*.json")), key=lambda d: d["elements"])

print(f"""# The hardware of hls

Written by scripts/bench_hls_rtl.sh on: {conditions}. Verilator 5.006, Icarus 11, yosys 0.23, nextpnr 0.4 of Debian 12.
Weights are random (seed 1) and so are samples, uniform in [-1, 1).

## Networks in hardware

*Different* counts words in which the SystemVerilog under Verilator is not the bit-exact model. *Error* is the model's in the number
format against double precision, root mean square, relative to that of the results: what the format costs, not the hardware.
Interval and latency are measured in the simulation; the latency has one cycle for the output register. µs at 10 ns.

| network | numbers | elements | interval | µs a sample | latency | different | of words | error | memory words | program Mbit | cycles/s |
| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |""")
for d in designs:
    check = d["checks"][0]
    print(
        f"| {d['network']} | {d['format']} | {d['elements']} | {check['interval_cycles']:.0f} | {d['microseconds_a_sample']:.2f} | "
        f"{check['latency_cycles']} | {check['different']} | {check['words']} | {check['error_rms']:.3f} | {d['bank_words']} | "
        f"{d['program_bits'] / 1e6:.2f} | {check['simulated_cycles'] / max(check['simulation_seconds'], 1e-9):.0f} |"
    )

print("""
## One element in logic

UltraScale+ counts are yosys' for the paper's family (no placement); iCE40 ones are placed and routed on an HX8K, pins included. A
`mac_element` multiplies, adds and compares; a `function_element` divides and exponentiates.

| block | numbers | LUT (US+) | FF (US+) | DSP (US+) | LUT4 (iCE40) | FF (iCE40) | MHz (iCE40) |
| --- | --- | --- | --- | --- | --- | --- | --- |""")


def count(cells, *prefixes):
    return sum(n for name, n in cells.items() if name.startswith(prefixes))


for d in designs:
    for b in d.get("blocks", []):
        x, i = b["ultrascale"], b["ice40"]
        mhz = f"{b['ice40_megahertz']:.1f}" if b["ice40_megahertz"] else "does not fit"
        print(
            f"| {b['module']} | {d['format']} | {count(x, 'LUT')} | {count(x, 'FD')} | {count(x, 'DSP')} | {count(i, 'SB_LUT')} | "
            f"{count(i, 'SB_DFF')} | {mhz} |"
        )

print("""
## Building grows with the elements

The same convolution on ever more elements, one compiler at a time. Verilator writes each element out, and each may read every bank:
time grows with the elements, in the end faster than they do, and hardly depends on the network.

| elements | interval | CPU-s | peak MiB of one process |
| --- | --- | --- | --- |""")
for d in growth:
    print(f"| {d['elements']} | {d['interval']} | {d['build_cpu_seconds']:.1f} | {d['build_peak_mib']:.0f} |")
whole = f"{work}/whole.check.json"
print("""
## The whole BraggNN

BraggNN(s=1) as it is scheduled in [results/hls.md](hls.md), on 1,296 elements, in one simulator.
""")
if os.path.exists(whole):
    d, b = json.load(open(whole)), json.load(open(f"{work}/whole.build.json"))
    check = d["checks"][0]
    print(f"""| elements | building, s | CPU-s | peak MiB of one process | interval | latency | different | of words | cycles/s |
| --- | --- | --- | --- | --- | --- | --- | --- | --- |
| {d['elements']} | {b['build_seconds']:.0f} | {b['build_cpu_seconds']:.0f} | {b['build_peak_mib']:.0f} | {check['interval_cycles']:.0f} | \
{check['latency_cycles']} | {check['different']} | {check['words']} | {check['simulated_cycles'] / max(check['simulation_seconds'], 1e-9):.0f} |""")
else:
    print("Not built here: `MEMO_HLS_WHOLE=1 scripts/bench_hls_rtl.sh` does it.")
