#!/usr/bin/env python3
"""Leave the dashboard open for an hour and see what it takes.

    tools/soak.py [--seconds 3600] [--keys 50] [--interval 30s] [--csv FILE] PROGRAM

Runs PROGRAM in a pseudo-terminal (by `tui_meter.py`, which stands beside this
file) with so many made-up keys, against a server on loopback that this file is
as well, and looks at its memory and its CPU time every ten seconds. Prints what
it held at the start, in the median and at the end; --csv keeps every sample.
Linux only; Python 3.10+; standard library only. Nothing leaves the machine.

    cargo build --release && tools/soak.py --csv soak.csv target/release/chutes-top
"""

import argparse
import csv
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import threading
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

EVERY = 10
HOUR = timedelta(hours=1)
# What is left out of the growth: the first answers and the first frames have to be held somewhere.
WARM_UP = 60


def answer(path, who):
    """What the server says at `path` to the key of that number, as JSON; None: there is no such path."""
    now = datetime.now(timezone.utc)
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    passed = (now - midnight) / timedelta(days=1)
    limit = (300, 2000, 5000, 200, 5001)[who % 5]
    naive = "%Y-%m-%dT%H:%M:%S.%f"
    if path == "/users/me/quota_usage/me":
        return {"quota": limit, "used": round(limit * passed * (0.3 + who % 8 / 10), 1)}
    if path == "/users/me/subscription_usage":
        block = midnight + timedelta(hours=4 * (now.hour // 4 + 1))
        anchor = midnight - timedelta(days=who % 28)
        return {"subscription": True, "custom": False, "monthly_price": 10.0, "anchor_date": anchor.strftime(naive),
                "four_hour": {"usage": 1.5 * passed, "cap": 4.0, "reset_at": block.isoformat()},
                "monthly": {"usage": 25.0, "cap": 100.0, "reset_at": (anchor + timedelta(days=30)).isoformat()}}
    if path == "/users/me/quotas":
        return [{"chute_id": "*", "quota": limit}]
    if path == "/users/me":
        return {"user_id": "%032x" % who, "username": "user%d" % who, "balance": 12.5, "permissions_bitmask": 0}
    if path == "/users/me/usage":
        start = now.replace(minute=0, second=0, microsecond=0)
        items = [{"bucket": (start - HOUR * back).strftime("%Y-%m-%dT%H:%M:%S"), "chute_id": "chute-%d" % (back % 3),
                  "amount": 0.0, "count": back % 17, "input_tokens": 1000, "output_tokens": 100}
                 for back in range(7 * 24)]
        return {"total": len(items), "page": 0, "limit": 500, "items": items}
    if path == "/invocations/stats/llm":
        return [{"chute_id": "chute-%d" % n, "name": "owner/model-%d" % n, "date": "2026-11-23"} for n in range(3)]
    return None


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    requests = 0

    def do_GET(self):
        Handler.requests += 1
        key = re.search(r"cpk_([0-9a-f]{32})\.", self.headers.get("Authorization", ""))
        said = answer(self.path.split("?")[0], int(key[1], 16) if key else 0)
        body = json.dumps({"detail": "No matching chute found!"} if said is None else said).encode()
        self.send_response(404 if said is None else 200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def key_file(folder, count):
    path = Path(folder, "keys.env")
    lines = ["CHUTES_API_KEY_%d=cpk_%032x.%032x.%s\n" % (n, n, n, "MadeUp" * 5 + "MU") for n in range(1, count + 1)]
    with open(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), "w") as file:
        file.writelines(lines)
    return path


def measure(opt, folder, port):
    """Runs the program under the meter and gives the meter's idle phase."""
    meter = Path(__file__).with_name("tui_meter.py")
    history = Path(folder, "history.db")
    command = [sys.executable, meter, "--seconds", str(opt.seconds), "--sample-every", str(EVERY), "--samples",
               "--size", opt.size, "--expect", "chutes-top", "--", opt.program, "--api-url", f"http://127.0.0.1:{port}",
               "--env-file", key_file(folder, opt.keys), "--interval", opt.interval, "--history", history]
    done = subprocess.run(list(map(str, command)), stdout=subprocess.PIPE, check=False)
    run = json.loads(done.stdout)["runs"][0]
    if "error" in run or "samples" not in run.get("idle", {}):
        sys.exit(json.dumps(run, indent=1, ensure_ascii=False))
    run["idle"]["exit_code"] = run["exit"].get("code")
    run["idle"]["history_bytes"] = history.stat().st_size
    return run["idle"]


def rows(samples):
    """Seconds, RSS in KiB, threads, descriptors, and the CPU in percent since the row before."""
    out = []
    for before, sample in zip([samples[0], *samples], samples):
        at, rss, _, threads, fds, cpu = sample
        out.append((at, rss, threads, fds, round(100 * (cpu - before[5]) / max(at - before[0], 1e-9), 3)))
    return out


def report(idle, table):
    warm = [row for row in table if row[0] >= min(WARM_UP, table[-1][0] / 2)]
    rss = [row[1] for row in warm]
    cpu = [row[4] for row in warm]
    slope = statistics.linear_regression([row[0] for row in warm], rss).slope * 3600 if len(warm) > 2 else 0
    print(f"{idle['seconds']:.0f} s, {Handler.requests} requests answered, exit code {idle['exit_code']}")
    print(f"RSS  start {rss[0]} KiB, median {statistics.median(rss):.0f}, end {rss[-1]}, most {max(rss)}; "
          f"trend {slope:+.0f} KiB/h")
    print(f"CPU  {idle['cpu_pct']:.2f} % of a core over all; ten seconds each: median {statistics.median(cpu):.2f} %, "
          f"most {max(cpu):.2f} %")
    print(f"     {idle['wakeups_per_s']:.2f} wake-ups/s, {idle['threads_max']} threads at most, "
          f"{max(row[3] for row in table)} descriptors at most, {idle['bytes_per_s']:.0f} bytes/s to the terminal")
    print(f"history {idle['history_bytes'] / 1024:.0f} KiB")


def main():
    ap = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    ap.add_argument("--seconds", type=int, default=3600)
    ap.add_argument("--keys", type=int, default=50)
    ap.add_argument("--interval", default="30s")
    ap.add_argument("--size", default="120x40", metavar="COLSxROWS")
    ap.add_argument("--csv", metavar="FILE")
    ap.add_argument("program")
    opt = ap.parse_args()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with tempfile.TemporaryDirectory() as folder:
        idle = measure(opt, folder, server.server_port)
    table = rows(idle["samples"])
    if opt.csv:
        with open(opt.csv, "w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(("seconds", "rss_kib", "threads", "descriptors", "cpu_percent"))
            writer.writerows(table)
    report(idle, table)
    return 0 if idle["exit_code"] == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
