"""The tables of results/ligo.md from what scripts/bench_ligo.sh measured: ligo_table.py FOLDER MODELS"""
import json
import os
import sys

folder, models = sys.argv[1:3]


def load(name):
    path = f"{folder}/{name}"
    return json.load(open(path)) if os.path.exists(path) else None


def first(values):
    return values[0] if values else 0


def rules_margin(record):
    return f"SNR {record['snr_margin']:g}, rank {record['margin']:g}"


record = json.load(open(models + "/calibration.json"))
efficiency = load("efficiency.json")
event = load("event.json")
throughput = load("throughput.json")

rules = record["filter"]
print(f"Networks propose where each of four models says log odds of {record['rules']['least']:g} or more; a proposal is a candidate if the matched filter "
      f"hears SNR {rules['least_snr']:.2f} there, lowered by chi squared, at least {rules['lowest_snr']:g} of it in each detector (`filter_rules.h`). Networks alone "
      f"would decide at rank {record['threshold']:.2f} (the mean of their log odds). Both thresholds, each by itself, were fixed by `ligo calibrate` at commit {record['commit']} "
      f"for at most one false alarm in {record['wanted_hours']:g} hours (and {rules_margin(record)} more), on the background below alone:")
print()
for one in record["backgrounds"]:
    what = f"seed {one['seed']}" if "seed" in one else f"{len(one['files'])} files"
    print(f"- {one['seconds'] / 3600:.1f} hours of background ({what}: {one['of_each_detector']:.0f} s of each detector, {one['slides']} "
          f"slides), {one['proposals']} proposals. Loudest SNR {first(one['confirmed']):.2f}, {one['false_alarms']} at or above the threshold; loudest "
          f"rank {first(one['loudest']):.2f}, {one['false_alarms_of_networks_alone']} at or above that of networks alone.")
print()
print("The rules of peaks and of the filter were chosen on simulated mergers of other seeds.")
print()
print("## GW150914")
print()
if event is None:
    print("Its file was not there.")
else:
    pair = event["pairs"][0]
    print("| GPS of the models | rank | models' heights | matched filter H1 / L1 | its times after the models', ms | masses |")
    print("| --- | --- | --- | --- | --- | --- |")
    for found in pair["candidates"]:
        matched = found["matched_filter"]
        times = ", ".join(f"{model['gps']:.3f}" for model in found["models"])
        heights = ", ".join(f"{model['height']:.1f}" for model in found["models"])
        word = "nothing | |"
        if matched:
            after = ", ".join(f"{1e3 * (gps - found['gps']):+.0f}" for gps in matched["gps"])
            word = (f"{matched['snr'][0]:.1f} / {matched['snr'][1]:.1f} | {after} | "
                    f"{matched['mass1']:.0f} + {matched['mass2']:.0f}")
        print(f"| {times} | {found['rank']:.2f} | {heights} | {word} |")
    slides = pair["slides"]
    print()
    print(f"{len(pair['candidates'])} candidates in the file's {pair['searched_seconds']:.0f} s of good data, {len(slides['ranks'])} in "
          f"{slides['seconds']:.0f} s of time slides ({len(slides['proposals'])} proposals there, loudest rank {slides['loudest']:.2f}, loudest SNR "
          f"{max((one['snr'] for one in slides['proposals']), default=0):.2f}). {len(slides['of_candidates'])} more in the slides are the event "
          "itself in one detector, with noise in the other for a partner (rank "
          f"{', '.join(f'{rank:.2f}' for rank in slides['of_candidates']) or 'none'}): background is where no signal is, so they are counted apart, by a rule "
          "made after this one was seen.")
    print()
    print("The event's file had been opened before, in the work on earlier models and rules; these models and thresholds were fixed without it.")
print()
print("## Simulated mergers")
print()
print("Sources anywhere in the sky, of any orientation; total masses of 20 to 100 solar masses, mass ratios above 0.33, effective spins up to 0.3. "
      "One standard deviation in brackets.")
print()
print("| network SNR | found | by networks alone | error of time, median ms | 20–40 | 40–60 | 60–80 | 80–100 solar masses |")
print("| --- | --- | --- | --- | --- | --- | --- | --- |")


def share(row):
    return f"{row['share']:.3f} ({row['low']:.3f}–{row['high']:.3f})"


for row in efficiency["efficiency"]:
    bins = " | ".join(f"{one['share']:.2f}" for one in row["by_mass"])
    print(f"| {row['snr']:g} | {share(row)} of {row['of']} | {share(row['networks_alone'])} | {row['median_error_ms']:.0f} | {bins} |")
if efficiency["one_sided"]:
    print()
    print("Signals in one detector alone, which are no mergers: taken for one were " + ", ".join(
        f"{row['found']} of {row['of']} at SNR {row['snr']:g} ({row['networks_alone']['found']} by networks alone)"
        for row in efficiency["one_sided"]) + ".")
alarms = efficiency.get("false_alarms")
if alarms:
    alone = alarms["networks_alone"]
    print()
    print(f"False alarms in {alarms['hours']:.1f} hours of other simulated noise ({alarms['of_each_detector_seconds']:.0f} s of each detector, "
          f"{alarms['slides']} slides): {alarms['count']} of {alarms['proposals']} proposals, so below {alarms['per_hour_below_90_percent']:.2f} an hour "
          f"at 90 % confidence; loudest SNR {alarms['loudest_snr']:.2f}. Networks alone: {alone['count']}, below "
          f"{alone['per_hour_below_90_percent']:.2f} an hour; loudest rank {alone['loudest']:.2f}.")
print()
print("Asked: 0.95 at 12, 0.8 at 10, at most one false alarm in 10 hours.")
print()
print("## Throughput of a core")
print()
if throughput:
    files = {}
    for pair in throughput["pairs"]:
        files.setdefault(pair["h1"], []).append(pair)
    seconds = sum(times[0]["searched_seconds"] for times in files.values())
    again = min(len(times) for times in files.values())
    print(f"CPU time of one thread, the least of {again} runs of each file; the machine may have been busy with other work (conditions above). "
          f"{sum(len(times[0]['candidates']) for times in files.values())} candidates in {seconds:.0f} s.")
    print()
    print("| part | CPU ms a second of both detectors' data | times real time |")
    print("| --- | --- | --- |")
    total = 0
    for key, name in (("read", "reading HDF5"), ("condition", "conditioning"), ("models", "four models and their candidates"),
                      ("matched_filter", "matched filter on proposals")):
        cpu = sum(min(pair["cpu_seconds"][key] for pair in times) for times in files.values())
        total += cpu
        print(f"| {name} | {1e3 * cpu / seconds:.3f} | {seconds / cpu if cpu else 0:,.0f} |")
    print(f"| all | {1e3 * total / seconds:.3f} | {seconds / total:,.0f} |")
    print()
    print("What bounds the models, by PyTorch's profiler:")
    print()
    print(open(f"{folder}/profile.txt").read())
    month = 30 * 86400
    print(f"A month (30 days of both detectors, four models): {month * total / seconds / 3600:.2f} core hours, or "
          f"{month * total / seconds / 60 / 64:.1f} minutes on 64 cores — if files of 512 s as these are read as fast, and cores do not share "
          "memory's bandwidth: neither was measured. The paper: 7 minutes on 64 GPUs.")
print()
print("## Training")
print()
print("| model | data seed | steps | last loss | CPU s | commit | bytes |")
print("| --- | --- | --- | --- | --- | --- | --- |")
import zipfile

spent = 0
for name in sorted(os.listdir(models)):
    if not name.endswith(".pt"):
        continue
    archive = zipfile.ZipFile(f"{models}/{name}")
    entry = next(entry for entry in archive.namelist() if entry.endswith("extra/record.json"))
    training = json.loads(archive.read(entry))
    print(f"| {name} | {training['data_seed']} | {training['steps']} | {training['losses'][-1]:.4f} | {training['cpu_seconds']:.0f} | "
          f"{training['commit']} | {os.path.getsize(models + '/' + name):,} |")
    spent += training["cpu_seconds"]
print()
print(f"All four: {spent / 60:.1f} CPU-minutes. Asked: 20 minutes on 2 cores, which are 40.")
