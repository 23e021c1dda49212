#!/usr/bin/env python3
"""Measure chutes-top beside other terminal dashboards, and write docs/performance.{json,md}.

    tools/compare.py [--runs 5] [--starts 9] [--seconds 20] [--bin FOLDER] [--program target/release/chutes-top]

Programs that are not installed are left out, and said. To have all of them:

    cargo install --locked --root target/neighbours clui quotop bottom && apt-get install htop btop

The programs take turns, so that a busy minute of the machine is nobody's alone; each number is the median over the
runs. All run in a pseudo-terminal of 120 x 40 (tools/tui_meter.py), without a network, in a home of their own.
Linux only; standard library only.
"""

import argparse
import json
import os
import pathlib
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
METER = ROOT / "tools" / "tui_meter.py"
BEGIN, END = "<!-- table: made by tools/compare.py -->", "<!-- end of the table -->"

# Name, arguments, what stands on its first full frame (with its first numbers, where it has any), what it shows here.
PROGRAMS = [
    ("chutes-top", [], "quit", "no key: the welcome screen"),
    ("chutes-top --demo", ["--demo"], r"work .*\d %", "14 keys, and the server that it simulates"),
    ("clui", [], "quit", "no account"),
    ("quotop", [], "quit", "no service"),
    ("bottom", [], r"AVG *\d+ *%", "this machine"),
    ("htop", [], "F10Quit", "this machine"),
    ("btop", ["--utf-force"], r"CPU .*\d%", "this machine"),
]
EXECUTABLES = {"bottom": "btm"}

# What is kept of a run: where the meter has it, and the heading.
NUMBERS = [
    ("start_ms", "start.first_frame_ms", "first full frame", "{:.1f} ms"),
    ("cpu_pct", "idle.cpu_pct", "idle CPU", "{:.3f} %"),
    ("wakeups_per_s", "idle.wakeups_per_s", "wake-ups/s", "{:.2f}"),
    ("bytes_per_s", "idle.bytes_per_s", "bytes/s", "{:,.0f}"),
    ("rss_mb", "idle.rss_kb", "resident", "{:.1f} MB"),
    ("pss_mb", "idle.pss_kb", "of that its own", "{:.1f} MB"),
    ("threads", "idle.threads", "threads", "{:.0f}"),
]


def find(name, options):
    """The executable, or None."""
    first = name.split()[0]
    if first == "chutes-top":
        return str(pathlib.Path(options.program).resolve()) if os.path.exists(options.program) else None
    return shutil.which(EXECUTABLES.get(first, first), path=f"{options.bin}{os.pathsep}{os.environ['PATH']}")


def version(path):
    told = subprocess.run([path, "--version"], capture_output=True, text=True, check=False).stdout
    return next((word.strip("v,") for word in told.split() if word.strip("v,")[:1].isdigit()), "?")


def meter(command, expect, home, seconds, settle):
    """One run; the numbers of the meter, flat."""
    arguments = [sys.executable, METER, "--size", "120x40", "--expect", expect, "--settle", settle, "--seconds", seconds]
    arguments += ["--clear-env", "--env", f"HOME={home}", "--env", "LANG=C.UTF-8", "--env", f"PATH={os.environ['PATH']}"]
    told = subprocess.run([*map(str, arguments), "--quit", "q", "--", *command], capture_output=True, text=True, check=False)
    if told.returncode != 0:
        sys.exit(f"{' '.join(command)}: {told.stderr.strip() or told.stdout[:300]}")
    document = json.loads(told.stdout)
    return {key: value["median"] for key, value in document["summary"].items()}


def measure(options):
    found = [(name, find(name, options), *rest) for name, *rest in PROGRAMS]
    for name, path, *_ in found:
        if not path:
            print(f"{name}: not installed, left out", file=sys.stderr)
    found = [program for program in found if program[1]]
    starts, idles, loads = {}, {}, []
    with tempfile.TemporaryDirectory() as home:
        for _ in range(options.starts):
            for name, path, arguments, expect, _ in found:
                run = meter([path, *arguments], expect, home, "0.2", "0.3")
                starts.setdefault(name, []).append(run["start.first_frame_ms"])
        for turn in range(options.runs):
            loads.append(os.getloadavg()[0])
            for name, path, arguments, expect, _ in found:
                print(f"{turn + 1}/{options.runs} {name}", file=sys.stderr)
                idles.setdefault(name, []).append(meter([path, *arguments], expect, home, str(options.seconds), "3"))
    programs = {}
    for name, path, _, _, shows in found:
        median = lambda key: statistics.median(run[key] for run in idles[name])
        numbers = {key: median(place) / (1024 if key.endswith("_mb") else 1) for key, place, *_ in NUMBERS}
        numbers["start_ms"] = statistics.median(starts[name])
        numbers["binary_mb"] = os.stat(path).st_size / 1024 / 1024
        others = median("idle.other_machine_cpu_pct")
        programs[name] = {"version": version(path), "shows": shows, **{k: round(v, 4) for k, v in numbers.items()},
                          "other_machine_cpu_pct": round(others, 1)}
    return {"machine": {"cores": os.cpu_count(), "arch": platform.machine(), "system": platform.system()},
            "load_average": {"lowest": min(loads), "highest": max(loads)}, "runs": options.runs,
            "starts": options.starts, "idle_seconds": options.seconds, "programs": programs}


def table(document):
    heads = ["program", "shows", *(head for _, _, head, _ in NUMBERS), "binary"]
    lines = [heads, ["---"] * len(heads)]
    for name, numbers in document["programs"].items():
        cells = [form.format(numbers[key]) for key, _, _, form in NUMBERS]
        label = name.replace("chutes-top", f"chutes-top {numbers['version']}", 1) if "chutes" in name else f"{name} {numbers['version']}"
        lines.append([label, numbers["shows"], *cells, f"{numbers['binary_mb']:.1f} MB"])
    machine, load = document["machine"], document["load_average"]
    said = (f"{machine['cores']} cores, {machine['arch']}, {machine['system']}; medians of {document['starts']} starts and "
            f"{document['runs']} idle periods of\n{document['idle_seconds']:g} s each. The load average of the machine was "
            f"{load['lowest']:.1f} to {load['highest']:.1f} meanwhile.")
    return said + "\n\n" + "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def leave_the_network():
    """Start again in a network of our own, in which there is nobody but this machine."""
    if os.environ.get("COMPARE_ALONE") != "1":
        inside = 'ip link set lo up && COMPARE_ALONE=1 exec "$0" "$@"'
        os.execvp("unshare", ["unshare", "-rn", "sh", "-c", inside, sys.executable, *sys.argv])


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--starts", type=int, default=9)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--bin", default=str(ROOT / "target" / "neighbours" / "bin"), help="where neighbours are installed")
    parser.add_argument("--table-only", action="store_true", help="make the table from the numbers that are there")
    parser.add_argument("--program", default=str(ROOT / "target" / "release" / "chutes-top"))
    options = parser.parse_args()
    numbers = ROOT / "docs" / "performance.json"
    if options.table_only:
        document = json.loads(numbers.read_text())
    else:
        leave_the_network()
        document = measure(options)
        numbers.write_text(json.dumps(document, indent=2) + "\n")
    page = ROOT / "docs" / "performance.md"
    before, rest = page.read_text().split(BEGIN)
    page.write_text(f"{before}{BEGIN}\n\n{table(document)}\n{END}{rest.split(END)[1]}")


if __name__ == "__main__":
    main()
