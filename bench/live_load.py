#!/usr/bin/env python3
"""How fast `mouthpiece serve` is, and what it bears: every figure of docs/serve.md, with its aim.

Serves the avatar, loads it with live_load_client (bench/live) and with the page in Chromium, and prints a table. Talks to
the loopback alone. With --quick it shows that it works, in two minutes; `steady` takes ten, all together
half an hour. Wants a machine that does nothing else; `page` wants Chromium and Playwright (`make page` installs them)."""

import argparse
import json
import os
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile
import time

from measure import machine
from report.tables import table

ROOT = pathlib.Path(__file__).resolve().parent.parent
PARTS = ("latency", "interrupts", "capacity", "steady", "overload", "idle", "churn", "page")


class Server:
    """`mouthpiece serve` with its threads' time, memory and files."""

    def __init__(self, program, avatar, *options):
        self.process = subprocess.Popen([program, "serve", avatar, "--listen", "127.0.0.1:0", "--quiet", *options],
                                        stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        found = re.fullmatch(r"listening on (http://127\.0\.0\.1:(\d+)/)\n", line)
        if not found:
            sys.exit(f"the server said {line!r}")
        self.url, self.port = found[1], int(found[2])
        self.folder = pathlib.Path("/proc") / str(self.process.pid)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(90)

    def cpu_seconds(self):
        fields = (self.folder / "stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def memory(self):
        return int(re.search(r"VmRSS:\s+(\d+)", (self.folder / "status").read_text())[1]) * 1024

    def threads(self):
        return len(list((self.folder / "task").iterdir()))

    def files(self):
        return len(list((self.folder / "fd").iterdir()))


class Bench:
    def __init__(self, arguments, folder):
        self.arguments, self.folder = arguments, folder
        self.speech = folder / "speech.raw"
        subprocess.run(["ffmpeg", "-v", "error", "-i", arguments.speech, "-t", "6", "-f", "s16le", "-ar", "24000", "-ac", "1",
                        self.speech], check=True)

    def serve(self, *options, avatar=None):
        return Server(self.arguments.mouthpiece, avatar or self.arguments.avatar, *options)

    def start(self, server, scenario, **options):
        words = [word for name, value in options.items() for word in (f"--{name}", str(value))]
        return subprocess.Popen([self.arguments.client, scenario, "--port", str(server.port), "--speech", self.speech, *words],
                                stdout=subprocess.PIPE, text=True)

    def run(self, server, scenario, **options):
        process = self.start(server, scenario, **options)
        output = process.communicate()[0]
        if process.returncode != 0:
            sys.exit(f"{scenario} failed")
        return json.loads(output.splitlines()[-1])

    def warm(self, server):
        """The avatar is loaded and its idle pictures are there before anything is measured."""
        self.run(server, "latency", sessions=1, count=1)
        previous, now = -1.0, server.cpu_seconds()
        while now - previous > 0.1:
            time.sleep(1)
            previous, now = now, server.cpu_seconds()

    def latency(self):
        with self.serve() as server:
            self.warm(server)
            return self.run(server, "latency", sessions=1, count=self.arguments.utterances)

    def interrupts(self):
        with self.serve("--oversubscribe") as server:
            self.warm(server)
            alone = self.run(server, "interrupts", sessions=1, count=max(20, self.arguments.interrupts // 100))
            return alone | {"many": self.run(server, "interrupts", sessions=20, count=self.arguments.interrupts)}

    def capacity(self):
        with self.serve() as server:
            self.warm(server)
            return self.run(server, "capacity")

    def steady(self):
        with self.serve() as server:
            self.warm(server)
            begin, spent = time.monotonic(), server.cpu_seconds()
            figures = self.run(server, "steady", sessions=0, share=0.8, seconds=self.arguments.seconds)
            figures["cores"] = (server.cpu_seconds() - spent) / (time.monotonic() - begin)
            return figures

    def overload(self):
        with self.serve() as server:
            self.warm(server)
            return self.run(server, "overload", sessions=0, seconds=min(180, self.arguments.seconds))

    def idle(self):
        with self.serve() as server:
            self.warm(server)
            process = self.start(server, "idle", sessions=200, seconds=min(60, self.arguments.seconds))
            process.stdout.readline()
            time.sleep(2)
            begin, spent = time.monotonic(), server.cpu_seconds()
            time.sleep(min(60, self.arguments.seconds) - 4)
            cores = (server.cpu_seconds() - spent) / (time.monotonic() - begin)
            figures = json.loads(process.communicate()[0].splitlines()[-1])
            return figures | {"core_each": cores / figures["sessions"], "memory": server.memory()}

    def churn(self):
        with self.serve("--max-sessions", "4000") as server:
            self.warm(server)
            self.run(server, "churn", count=max(100, self.arguments.connections // 10))
            self.rest(server)
            before = server.memory(), server.threads(), server.files()
            figures = self.run(server, "churn", count=self.arguments.connections)
            self.rest(server)
            after = server.memory(), server.threads(), server.files()
            return figures | {"memory_growth": after[0] / before[0] - 1, "threads": after[1] - before[1],
                              "files": after[2] - before[2]}

    @staticmethod
    def rest(server):
        """Until sessions without a viewer have ended."""
        lowest, since = server.files(), time.monotonic()
        while time.monotonic() - since < 12:
            time.sleep(0.5)
            if server.files() < lowest:
                lowest, since = server.files(), time.monotonic()
        time.sleep(30)

    def page(self):
        from live import barcode, page  # Playwright is there for `make page` alone

        avatar = self.folder / "bars"
        frames = barcode.make(self.arguments.avatar, avatar)
        with self.serve(avatar=avatar) as server:
            self.warm(server)
            return page.measure(server.url, self.speech, frames, self.folder, self.arguments.rounds, self.arguments.bursts)


def quantile(values, share):
    return sorted(values)[int(share * (len(values) - 1) + 0.5)]


def milliseconds(value):
    return "-" if value is None else f"{value:.0f} ms"


def rows_of(figures):
    """(figure, aim, found) of every part that was measured."""
    rows = []
    if found := figures.get("latency"):
        for name, which, how in (("burst", "first_ms", "a burst: the first frame that hears it"),
                                 ("pieces", "decided_ms", "pieces of 20 ms: every frame")):
            took = found[name][which]
            rows.append([f"deciding sample in -> its frame out, {how}", "p95 <= 80 ms",
                         f"p50 {milliseconds(took['p50'])}, p95 {milliseconds(took['p95'])} of {took['count']}"])
        past = found["pieces"]["ended_ms"]
        rows.append(["end of the speech -> frames that look beyond it, at their time", "",
                     f"p50 {milliseconds(past['p50'])}, p95 {milliseconds(past['p95'])} of {past['count']}"])
        for name, how in (("burst", "a burst"), ("pieces", "pieces")):
            due = found[name]["due_ms"]
            rows.append([f"that, or 140 ms before its time, whichever is later -> its frame out, {how}", "",
                         f"p50 {milliseconds(due['p50'])}, p95 {milliseconds(due['p95'])} of {due['count']}"])
        apart = sum(found[name]["sounds_apart"] + found[name]["sounds_broken"] for name in ("burst", "pieces"))
        rows.append(["sound against picture, server", "0 ticks",
                     f"{apart} of {sum(found[name]['sounds'] for name in ('burst', 'pieces'))} packets off"])
    if found := figures.get("page"):
        rows.append(["deciding sample in -> pixels on the page", "p95 <= 200 ms",
                     f"p50 {milliseconds(statistics.median(found['pixels_ms']))}, "
                     f"p95 {milliseconds(quantile(found['pixels_ms'], 0.95))} of {len(found['pixels_ms'])}"])
        rows.append(["end of the speech -> pixels of frames that look beyond it", "",
                     f"p95 {milliseconds(quantile(found['past_ms'], 0.95))} of {len(found['past_ms'])}"])
        rows.append(["pictures on the page that are not their time's", "0",
                     f"{found['wrong_pictures']} of {found['drawn']}"])
        rows.append(["microphone -> lips and voice", "p95 <= 650 ms",
                     f"p50 {milliseconds(statistics.median(found['microphone_ms']))}, "
                     f"p95 {milliseconds(quantile(found['microphone_ms'], 0.95))} of {len(found['microphone_ms'])}"])
        rows.append(["stop on the page -> last sound heard", "p95 <= 100 ms",
                     f"p95 {milliseconds(quantile(found['silent_ms'], 0.95))} of {len(found['silent_ms'])}"])
        rows.append(["sound against picture, page", "p99 <= 40 ms",
                     f"p99 {milliseconds(quantile([abs(skew) for skew in found['skew_ms']], 0.99))}"])
    if found := figures.get("interrupts"):
        many = found["many"]
        rows.append(["interrupt -> last old sound out", "p95 <= 60 ms",
                     f"p95 {milliseconds(found['last_old_ms']['p95'])}; told so: {milliseconds(found['flushed_ms']['p95'])}"])
        rows.append(["packets of an older epoch after an interrupt", "0 of 10,000",
                     f"{found['stale'] + many['stale']} of {found['interrupts'] + many['interrupts']} interrupts"])
        rows.append(["utterances that did not finish exactly once", "0",
                     f"{found['finished_wrongly'] + many['finished_wrongly']}"])
    if found := figures.get("capacity"):
        rows.append(["speaking sessions at once", ">= 4",
                     f"{found['sessions']}: a frame costs {found['cost_ms']:.1f} ms of a core"])
    if found := figures.get("steady"):
        rows.append([f"frames missed at 80 % of that, {found['seconds']:.0f} s", "<= 0.1 %",
                     f"{100 * found['missed'] / found['frames']:.3f} % of {found['frames']}, {found['sessions']} sessions, "
                     f"{found['cores']:.2f} cores"])
        rows.append(["clock of the session against the machine's meanwhile", "0", f"{found['drift_ms']:.1f} ms"])
    if found := figures.get("overload"):
        alone, crowded = (found[name]["due_ms"]["p99"] for name in ("admitted", "crowded"))
        rows.append(["150 % offered: p99 of those admitted", "+10 %",
                     f"{milliseconds(alone)} -> {milliseconds(crowded)}; {found['refused']} refused, {found['let_in']} let in"])
    if found := figures.get("idle"):
        rows.append(["idle sessions", ">= 200, <= 0.3 % of a core each",
                     f"{found['sessions']}, {100 * found['core_each']:.2f} % each, {found['frames_a_second']:.1f} frames/s"])
    if found := figures.get("churn"):
        rows.append([f"{found['connections']:,} connections cut off: memory, threads, files", "within 1 %, 0, 0",
                     f"{100 * found['memory_growth']:+.2f} %, {found['threads']:+d}, {found['files']:+d}"])
    return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("avatar", type=pathlib.Path, nargs="?", default=ROOT / "assets" / "demo")
    parser.add_argument("--speech", type=pathlib.Path, default=ROOT / "assets" / "demo" / "speech.flac")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", type=pathlib.Path, help="every figure, in a file")
    parser.add_argument("--mouthpiece", type=pathlib.Path, default=ROOT / "build" / "release" / "mouthpiece")
    parser.add_argument("--client", type=pathlib.Path, default=ROOT / "build" / "release" / "bench" / "live_load_client")
    arguments = parser.parse_args()
    sizes = {"utterances": (12, 2), "interrupts": (10000, 200), "seconds": (600, 15), "connections": (10000, 400),
             "rounds": (10, 1), "bursts": (20, 3)}
    for name, (whole, quick) in sizes.items():
        setattr(arguments, name, quick if arguments.quick else whole)
    with tempfile.TemporaryDirectory() as scratch:
        bench = Bench(arguments, pathlib.Path(scratch))
        figures = {}
        for part in arguments.only:
            begin = time.monotonic()
            figures[part] = getattr(bench, part)()
            if part == "steady":
                figures[part]["seconds"] = arguments.seconds
            print(f"{part}: {time.monotonic() - begin:.0f} s", file=sys.stderr, flush=True)
    about = machine.describe(arguments.mouthpiece)
    print(f"{about['cpu']}, {about['cores']} cores ({', '.join(about['instructions'])}), load before: {about['load_before']}\n")
    print(table(["figure", "aim", "found"], rows_of(figures)), end="")
    if arguments.json:
        arguments.json.write_text(json.dumps({"machine": about, "figures": figures}, indent=1) + "\n")


if __name__ == "__main__":
    main()
