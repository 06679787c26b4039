"""Runs that are stopped, killed or damaged continue as if nothing had happened.

On the same number of ranks and threads every output file ends up identical, byte for byte, to that of a
run without interruption; on another number the energies agree.
"""

import os
import random
import shutil
import signal
import subprocess
import time
import unittest

import h5py
import numpy as np

from frames import read_rows
from splicemd_process import SOURCE, SplicemdCase, without_crowding

FILES = ("thermo.csv", "run.dump", "run.extxyz", "run.data")
STEPS = 240  # of each stage
DECK = """\
variables: {steps: %d, interval: 0, wall: 1 h, a: 3.615, resume: false}
seed: 7
system:
  build: {lattice: fcc, a: "${a}", elements: [Cu], repeats: [4, 4, 4], vacancies: {count: 2}}
potentials:
  - {style: eam, file: %s/inputs/potentials/Cu_u3.eam}
velocities: {temperature: 900 K}
thermo:
  interval: 10
  columns: [step, time, temp, pe, ke, etotal, conserved, press, pxx, pxy, volume, fmax]
  file: thermo.csv
outputs:
  - {file: run.dump, interval: 20, fields: [velocities, forces, energies, images]}
  - {file: run.extxyz, interval: 30, fields: [velocities, forces, energies, images]}
  - {file: run.h5md, interval: 20, fields: [velocities, forces, images]}
  - {file: run.data}
restart: {file: run.restart, interval: "${interval}", resume: "${resume}"}
limits: {wall_time: "${wall}"}
stages:
  - {style: nve, steps: "${steps}", timestep: 2 fs}
  - {style: langevin, steps: "${steps}", timestep: 2 fs, temperature: [900 K, 700 K], friction: 5 /ps}
  - {style: nvt, steps: "${steps}", timestep: 2 fs, temperature: 700 K, tau_t: 0.1 ps}
  - {style: npt, steps: "${steps}", timestep: 2 fs, temperature: 700 K, tau_t: 0.1 ps, cell: tri, tau_p: 0.5 ps}
""" % (STEPS, SOURCE)


def descendants(pid):
    """Process ids of everything that `pid` started."""
    children = {}
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        try:
            with open(f"/proc/{entry}/stat", encoding="utf-8", errors="replace") as file:
                parent = int(file.read().rsplit(")", 1)[1].split()[1])
        except OSError:
            continue
        children.setdefault(parent, []).append(int(entry))
    found, queue = [], [pid]
    while queue:
        new = children.get(queue.pop(), [])
        found += new
        queue += new
    return found


class RestartCase(SplicemdCase):
    references = {}  # (ranks, threads) -> what the uninterrupted run wrote

    def setUp(self):
        super().setUp()
        self.write("deck.yaml", DECK)

    def environment(self, threads):
        return {"OMP_NUM_THREADS": str(threads)}

    def outputs(self):
        result = {}
        for name in FILES:
            with open(self.path(name), "rb") as file:
                result[name] = file.read()
        with h5py.File(self.path("run.h5md"), "r") as file:
            particles = file["particles/all"]
            for name in ("position/step", "position/value", "velocity/value", "force/value", "image/value", "box/edges/value"):
                result["run.h5md:" + name] = particles[name][...].tobytes()
        return result

    def reference(self, ranks=1, threads=1):
        key = (ranks, threads)
        if key not in self.references:
            self.splicemd("run", "deck.yaml", ranks=ranks, environment=self.environment(threads))
            type(self).references[key] = self.outputs()
            self.clear()
        return self.references[key]

    def clear(self):
        """Removes all that a run wrote."""
        for name in os.listdir(self.folder):
            if name != "deck.yaml":
                os.remove(self.path(name))

    def start(self, *options, ranks=1, threads=1):
        command = [os.environ["SPLICEMD"], "run", "deck.yaml", *options]
        if ranks > 1:
            command = [os.environ["MPIEXEC"], "-n", str(ranks), *command]
        return subprocess.Popen(
            command,
            cwd=self.folder,
            env={**os.environ, **self.environment(threads)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def ranks_of(self, process):
        """The process ids of the ranks."""
        name = os.path.basename(os.environ["SPLICEMD"])
        found = []
        for pid in [process.pid, *descendants(process.pid)]:
            try:
                with open(f"/proc/{pid}/comm", encoding="utf-8") as file:
                    if file.read().strip() == name:
                        found.append(pid)
            except OSError:
                pass
        return found

    def reached(self):
        """The last step in the thermo file."""
        try:
            return int(read_rows(self.path("thermo.csv"))[-1]["step"])
        except (OSError, IndexError, ValueError, KeyError):
            return -1

    def wait_until(self, process, step, timeout=120):
        """True once `step` is in the thermo file; False if the run ended before."""
        deadline = time.monotonic() + timeout
        while self.reached() < step:
            if process.poll() is not None:
                return False
            self.assertLess(time.monotonic(), deadline, "the run does not advance")
            time.sleep(0.002)
        return process.poll() is None

    def finish(self, process, status=0):
        out, err = process.communicate(timeout=300)
        self.assertEqual(process.returncode, status, out + err)
        return out, without_crowding(err)

    def assert_same(self, found, expected):
        for name, content in expected.items():
            if found[name] != content:
                detail = ""
                if ":" not in name:
                    pairs = zip(found[name].decode().split("\n"), content.decode().split("\n"))
                    detail = next((f"\n{a}\n{b}" for a, b in pairs if a != b), " (length)")
                self.fail(f"{name} differs from the uninterrupted run's{detail}")


class Stopped(RestartCase):
    def stopped_and_resumed(self, number, word, ranks=1, threads=1, all_ranks=True):
        expected = self.reference(ranks, threads)
        stops = 0
        # once in every stage
        for target in (STEPS // 3, STEPS + STEPS // 4, 2 * STEPS + STEPS // 2, 3 * STEPS + STEPS // 5):
            process = self.start(*(["--resume"] if stops else []), ranks=ranks, threads=threads)
            if self.wait_until(process, target):
                pids = self.ranks_of(process)
                self.assertEqual(len(pids), ranks)
                for pid in pids if all_ranks else pids[-1:]:
                    os.kill(pid, number)
            out, err = self.finish(process)
            self.assertEqual(err, "")
            if "Stopped at step" not in out:
                break
            self.assertRegex(out, rf"(?m)^Stopped at step \d+: {word}.*--resume \(checkpoint: run.restart\)")
            self.assertIn("Loop time of", out)
            self.assertTrue(os.path.exists(self.path("run.restart")))
            self.assertFalse(os.path.exists(self.path("run.data")))
            stops += 1
        self.assertGreater(stops, 0)
        if not os.path.exists(self.path("run.data")):
            self.splicemd("run", "deck.yaml", "--resume", ranks=ranks, environment=self.environment(threads))
        self.assert_same(self.outputs(), expected)
        self.nothing_left_behind()

    def nothing_left_behind(self):
        known = {"deck.yaml", "run.h5md", "run.restart", "run.restart.previous", *FILES}
        self.assertEqual(set(os.listdir(self.folder)) - known, set())

    def test_term_one_thread(self):
        self.stopped_and_resumed(signal.SIGTERM, "SIGTERM received")

    def test_usr2_two_threads(self):
        self.stopped_and_resumed(signal.SIGUSR2, "SIGUSR2 received", threads=2)

    def test_usr2_two_ranks(self):
        self.stopped_and_resumed(signal.SIGUSR2, "SIGUSR2 received", ranks=2)

    def test_term_to_one_of_two_ranks(self):
        self.stopped_and_resumed(signal.SIGTERM, "SIGTERM received", ranks=2, all_ranks=False)

    def test_wall_time(self):
        expected = self.reference()
        stops, wall = 0, 0.2  # s
        while "run.data" not in os.listdir(self.folder):
            more = ["--resume"] if stops else []
            out, err = self.splicemd(
                "run", "deck.yaml", "-v", f"wall={wall} s", *more, environment=self.environment(1)
            )
            self.assertEqual(err, "")
            if "Stopped at step" in out:
                self.assertRegex(out, r"Stopped at step \d+: wall time reached")
                stops += 1
            elif not stops:  # a fast machine: give it less
                self.assertGreater(wall, 1e-4)
                wall /= 4
                self.clear()
            self.assertLess(stops, 4 * STEPS)  # every run does one step at least
        self.assertGreater(stops, 0)
        self.assert_same(self.outputs(), expected)

    def test_outputs_at_the_end_are_made_up_for(self):
        """A run killed between its last checkpoint at an interval and the outputs at its end."""
        self.splicemd("run", "deck.yaml", "-v", "steps=20", "-v", "interval=20", environment=self.environment(1))
        with open(self.path("run.data"), "rb") as file:
            expected = file.read()
        os.replace(self.path("run.restart.previous"), self.path("run.restart"))
        os.remove(self.path("run.data"))
        out, _ = self.splicemd("run", "deck.yaml", "-v", "steps=20", "-v", "interval=20", "--resume",
                               environment=self.environment(1))
        self.assertIn("All stages of this deck are done.", out)
        with open(self.path("run.data"), "rb") as file:
            self.assertEqual(file.read(), expected)

    def test_resuming_what_is_done_changes_nothing(self):
        expected = self.reference()
        self.splicemd("run", "deck.yaml", environment=self.environment(1))
        out, err = self.splicemd("run", "deck.yaml", "--resume", environment=self.environment(1))
        self.assertEqual(err, "")
        self.assertIn("done", out)
        self.assert_same(self.outputs(), expected)


class Killed(RestartCase):
    def killed_and_resumed(self, ranks, targets):
        expected = self.reference(ranks, 1)
        options = ("-v", "interval=15", "-v", "resume=true")
        kills = 0
        for target in targets:
            process = self.start(*options, ranks=ranks)
            if self.wait_until(process, target):
                time.sleep(random.Random(target).uniform(0.0, 0.05))
                for pid in self.ranks_of(process):
                    try:
                        os.kill(pid, signal.SIGKILL)
                        kills += 1
                    except ProcessLookupError:
                        pass
            process.communicate(timeout=60)
            if os.path.exists(self.path("run.data")):
                break
        self.assertGreater(kills, 0)
        _, err = self.splicemd("run", "deck.yaml", *options, ranks=ranks, environment=self.environment(1))
        self.assertNotIn("splicemd: ", err)
        self.assert_same(self.outputs(), expected)

    def test_one_rank(self):
        self.killed_and_resumed(1, (0, 30, 60, 170, 250, 330, 400, 490, 560))

    def test_two_ranks(self):
        self.killed_and_resumed(2, (20, 180, 350, 520))


class Damaged(RestartCase):
    """The newest checkpoint is damaged: the one before it is used; if there is none, one message."""

    def setUp(self):
        super().setUp()
        self.expected = self.reference()
        # Ends one stage early: two generations, and something left to do.
        self.options = ("-v", "interval=50", "-v", "resume=true")
        process = self.start(*self.options)
        stopped = self.wait_until(process, 3 * STEPS)
        if stopped:
            process.send_signal(signal.SIGTERM)
        self.finish(process)
        self.assertTrue(os.path.exists(self.path("run.restart.previous")))

    def damage(self, change, name="run.restart"):
        with open(self.path(name), "rb") as file:
            content = bytearray(file.read())
        content = change(content)
        with open(self.path(name), "wb") as file:
            file.write(content)

    def test_falls_back(self):
        def flip(place):
            def change(content):
                content[int(place * (len(content) - 1))] ^= 0x10
                return content

            return change

        changes = {
            "truncated": lambda c: c[: len(c) // 2],
            "short": lambda c: c[:-1],
            "empty": lambda c: c[:0],
            "garbage": lambda c: random.Random(1).randbytes(len(c)),
            "zeros": lambda c: bytes(len(c)),
            "text": lambda c: b"hello\n",
            **{f"flip {place}": flip(place) for place in (0.3, 0.5, 0.7, 0.9)},
        }
        saved = self.path("saved")
        shutil.copy(self.path("run.restart"), saved)
        for name, change in changes.items():
            with self.subTest(name):
                shutil.copy(saved, self.path("run.restart"))
                self.damage(change)
                out, err = self.splicemd("run", "deck.yaml", *self.options, "--dry-run")
                self.assertRegex(err, r"^warning: run.restart: .*; continuing from run.restart.previous\n$")
                self.assertIn("Continuing from", out)

    def test_continues_from_the_older_one(self):
        self.damage(lambda c: c[: len(c) // 2])
        _, err = self.splicemd("run", "deck.yaml", *self.options, environment=self.environment(1))
        self.assertIn("continuing from run.restart.previous", err)
        self.assert_same(self.outputs(), self.expected)

    def test_both_damaged(self):
        for ranks in (1, 2):
            for name in ("run.restart", "run.restart.previous"):
                self.damage(lambda c: c[: len(c) // 2], name)
            before = self.thermo()
            _, err = self.splicemd("run", "deck.yaml", "--resume", ranks=ranks, status=2)
            self.assertEqual(err.count("splicemd: run.restart"), 1, err)
            self.assertEqual(self.thermo(), before)

    def test_missing(self):
        for name in ("run.restart", "run.restart.previous"):
            os.remove(self.path(name))
        before = self.thermo()
        _, err = self.splicemd("run", "deck.yaml", "--resume", status=2)
        self.assertIn("splicemd: run.restart: no such checkpoint", err)
        self.assertEqual(self.thermo(), before)

    def test_newest_missing(self):
        os.remove(self.path("run.restart"))
        out, _ = self.splicemd("run", "deck.yaml", *self.options, "--dry-run")
        self.assertIn("Continuing from", out)

    def test_another_deck(self):
        before = self.thermo()
        for more in (("-v", "a=3.6"),):
            _, err = self.splicemd("run", "deck.yaml", "--resume", *more, status=2)
            self.assertRegex(err, r"^splicemd: run.restart: was written by a run with another system")
        self.write("deck.yaml", DECK.replace("seed: 7", "seed: 8"))
        _, err = self.splicemd("run", "deck.yaml", "--resume", ranks=2, status=2)
        self.assertEqual(err.count("was written by a run with another system"), 1)
        self.assertEqual(self.thermo(), before)

    def thermo(self):
        with open(self.path("thermo.csv"), "rb") as file:
            return file.read()


class OtherDecomposition(RestartCase):
    def test_energies_agree(self):
        """Checkpoint written on one number of ranks, continued on another."""
        one_stage = DECK[: DECK.index("  - {style: langevin")]
        self.write("deck.yaml", one_stage)
        self.splicemd("run", "deck.yaml", "-v", "steps=200", environment=self.environment(1))
        expected = {row["step"]: row for row in read_rows(self.path("thermo.csv"))}
        for name in os.listdir(self.folder):
            if name != "deck.yaml":
                os.remove(self.path(name))
        for first, then, threads in ((1, 2, 1), (3, 1, 2), (2, 3, 1)):
            with self.subTest(first=first, then=then):
                self.splicemd("run", "deck.yaml", "-v", "steps=100", ranks=first, environment=self.environment(1))
                self.splicemd(
                    "run", "deck.yaml", "-v", "steps=200", "--resume", ranks=then, environment=self.environment(threads)
                )
                rows = read_rows(self.path("thermo.csv"))
                self.assertEqual([row["step"] for row in rows], list(range(0, 201, 10)))
                for row in rows[:16]:
                    for name in ("pe", "ke", "etotal"):
                        limit = 1e-9 * abs(expected[row["step"]]["pe"])
                        self.assertLess(abs(row[name] - expected[row["step"]][name]), limit, (row["step"], name))
                with h5py.File(self.path("run.h5md"), "r") as file:
                    steps = file["particles/all/position/step"][...]
                self.assertTrue(np.array_equal(steps, range(0, 201, 20)))


if __name__ == "__main__":
    unittest.main()
