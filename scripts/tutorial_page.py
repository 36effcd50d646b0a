"""Runs the commands of a page and puts their output behind them.

    scripts/tutorial_page.py PAGE FOLDER CONDITIONS [--check]

A command is a line that begins with "$ " in a fenced block of the kind `console`; what follows it, up to the next command, is
what it printed. All run in FOLDER, one after the other, with stderr behind stdout as a terminal has it. A command must end with
exit code 0, or with N where the line before its block is "<!-- exit N -->". The line that begins with "Conditions: " gets CONDITIONS. With
--check nothing is written.
"""

import pathlib
import re
import subprocess
import sys


def run(command: str, folder: str, expected: int) -> str:
    done = subprocess.run(["bash", "-c", command], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode != expected:
        sys.exit(f"tutorial: `{command}` ended with {done.returncode}, not {expected}:\n{done.stdout}")
    if str(pathlib.Path.cwd()) in done.stdout:
        sys.exit(f"tutorial: `{command}` prints where this copy of the project lies")
    print(f"ok  {command}")
    return "".join(line.rstrip() + "\n" for line in done.stdout.splitlines())


def renewed(page: str, folder: str, conditions: str) -> str:
    lines, expected, in_block = [], 0, False
    for line in page.splitlines():
        if in_block and line != "```":
            if line.startswith("$ "):
                lines += [line, *run(line[2:], folder, expected).splitlines()]
            continue  # what an earlier run printed
        in_block = line == "```console"
        if match := re.fullmatch(r"<!-- exit (\d+) -->", line):
            expected = int(match[1])
        elif line == "```":
            expected = 0
        lines.append(f"Conditions: {conditions}." if line.startswith("Conditions: ") else line)
    return "\n".join(lines) + "\n"


def main() -> None:
    path = pathlib.Path(sys.argv[1])
    page = renewed(path.read_text(encoding="utf-8"), sys.argv[2], sys.argv[3])
    if "--check" not in sys.argv:
        path.write_text(page, encoding="utf-8")


main()
