#!/usr/bin/env python3
"""How a deck scales from one core to two: medians of runs taken in turn, and their ratios.

    bench/scaling.py DECK [--splicemd build/splicemd] [--rounds 7] [-v NAME=VALUE ...]

Each round runs the deck on one core, as two independent runs at once on one core each (what the machine
itself gives: cores share memory, caches and power), with two threads, and with two ranks.
"""
import argparse
import os
import re
import statistics
import subprocess
import sys
import tempfile

PERFORMANCE = re.compile(r"Performance: .* ([0-9.]+) timesteps/s")


def start(command, folder, threads, core=None):
    if core is not None:
        command = ["taskset", "-c", str(core), *command]
    environment = {**os.environ, "OMP_NUM_THREADS": str(threads)}
    return subprocess.Popen(command, cwd=folder, env=environment, text=True,
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def rate(process):
    """Steps per second of a run."""
    output = process.communicate()[0]
    found = PERFORMANCE.findall(output)
    if process.returncode != 0 or not found:
        sys.exit(f"{' '.join(process.args)} failed:\n{output}")
    return float(found[-1])


def measure(command, folder):
    one = rate(start(command, folder, 1, core=0))
    pair = [start(command, folder, 1, core=core) for core in (0, 1)]
    independent = sum(rate(process) for process in pair)
    threads = rate(start(command, folder, 2))
    ranks = rate(start(["mpiexec.mpich", "-n", "2", *command], folder, 1))
    return one, independent, threads, ranks


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("deck")
    parser.add_argument("--splicemd", default="build/splicemd")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("-v", action="append", default=[], metavar="NAME=VALUE", help="a deck's variable")
    options = parser.parse_args()
    command = [os.path.abspath(options.splicemd), "run", os.path.abspath(options.deck)]
    for variable in options.v:
        command += ["-v", variable]
    with tempfile.TemporaryDirectory() as folder:
        rounds = [measure(command, folder) for _ in range(options.rounds)]
    names = ["one core", "two independent runs", "two threads", "two ranks"]
    print(f"{'':22}{'steps/s':>10}{'ratio':>8}{'least':>8}{'most':>8}")
    for k, name in enumerate(names):
        ratios = [values[k] / values[0] for values in rounds]
        print(f"{name:22}{statistics.median(v[k] for v in rounds):10.2f}"
              f"{statistics.median(ratios):8.3f}{min(ratios):8.3f}{max(ratios):8.3f}")


if __name__ == "__main__":
    main()
