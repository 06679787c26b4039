"""Plain dynamics from outside: any first piece is recorded, and a run that was killed or stopped continues the same
trajectory."""

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
import unittest

sys.path.insert(0, os.path.join(os.environ["SOURCE"], "tests", "cli"))
from splicemd_process import SplicemdCase  # noqa: E402

MARKOV = """
engine: markov
seed: {seed}
markov: {{rings: 100, places: 12, temperature: 600 K, delay: {delay} s}}
segments: {{block: 1 ps, decorrelation: 2 ps, length: {length} ps}}
"""
ATOMS = """
seed: 5
system: {build: {lattice: fcc, a: 3.615, elements: [Cu], repeats: [3, 3, 3], vacancies: {at: [3.615, 3.615, 3.615]}}}
potentials: [{style: eam/alloy, file: Cu_mishin1.eam.alloy}]
dynamics: {temperature: 1000 K, timestep: 2 fs}
quench: {method: fire, force_tolerance: 0.01 eV/A}
states: {bonds: 3.1}
segments: {block: 0.5 ps, decorrelation: 0.5 ps, length: 1 ps}
"""


class Direct(SplicemdCase):
    def deck(self, name="deck.yaml", seed=7, delay=0.0, length=20):
        self.write(name, MARKOV.format(seed=seed, delay=delay, length=length))
        return name

    def visits(self, store):
        with sqlite3.connect(f"file:{self.path(store)}/ledger.sqlite?mode=ro", uri=True) as ledger:
            return ledger.execute("SELECT state, start, blocks FROM visits ORDER BY id").fetchall()

    def check_clean(self, store):
        self.assertIn("clean            yes", self.splicemd("query", store, "check")[0])

    def start(self, store, until):
        """Begins a run and waits until it is under way."""
        command = [os.environ["SPLICEMD"], "direct", "deck.yaml", "--store", store, "--until", until]
        with open(self.path("output"), "w", encoding="utf-8") as output:
            process = subprocess.Popen(command, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=output,
                                       stderr=output)
        deadline = time.monotonic() + 60
        while process.poll() is None and time.monotonic() < deadline:
            with open(self.path("output"), encoding="utf-8") as output:
                if f" {store}" in output.read():
                    break
            time.sleep(0.01)
        return process

    def test_first_piece_may_hold_transitions(self):
        for seed in range(1, 6):
            self.deck(seed=seed, length=100)
            self.splicemd("direct", "deck.yaml", "--store", f"store{seed}", "--until", "1 ns")
            self.assertEqual(sum(blocks for _, _, blocks in self.visits(f"store{seed}")), 1000)

    def test_killed_run_continues_the_same_trajectory(self):
        self.deck(delay=0.0005)
        self.splicemd("direct", "deck.yaml", "--store", "whole", "--until", "2 ns")
        chance = random.Random(5)
        for _ in range(3):
            process = self.start("parts", "2 ns")
            time.sleep(chance.uniform(0.0, 0.5))
            process.send_signal(signal.SIGKILL)
            process.wait()
        out, _ = self.splicemd("direct", "deck.yaml", "--store", "parts", "--until", "2 ns")
        self.assertIn("Continuing", out)
        self.assertEqual(self.visits("parts"), self.visits("whole"))
        self.check_clean("parts")

    def test_stopped_run_is_resumed(self):
        self.deck(delay=0.001, length=100000)  # a piece of 100 s
        process = self.start("store", "1 us")
        process.send_signal(signal.SIGTERM)
        time.sleep(0.2)
        process.send_signal(signal.SIGTERM)  # twice: the running piece is given up
        self.assertEqual(process.wait(timeout=60), 0)
        self.check_clean("store")
        process = self.start("store", "1 us")
        process.send_signal(signal.SIGTERM)
        began = time.monotonic()
        self.assertEqual(process.wait(timeout=60), 0)  # once: it is given up after a while
        self.assertLess(time.monotonic() - began, 30.0)

    def test_atoms_go_on_as_they_were(self):
        potential = os.path.join(os.environ["SOURCE"], "inputs", "potentials", "Cu_mishin1.eam.alloy")
        self.write("deck.yaml", ATOMS.replace("Cu_mishin1.eam.alloy", potential))
        self.splicemd("direct", "deck.yaml", "--store", "whole", "--until", "6 ps")
        for until in ("2 ps", "3 ps", "6 ps"):
            self.splicemd("direct", "deck.yaml", "--store", "parts", "--until", until)
        question = ("SELECT s.piece, s.end_state, s.blocks, s.first_stay, hex(v.checksum) FROM segments s "
                    "LEFT JOIN records v ON v.key = s.end_data ORDER BY s.piece")
        stores = [self.splicemd("query", store, "sql", question, "--csv")[0] for store in ("whole", "parts")]
        self.assertEqual(stores[0], stores[1])  # with a checksum of the last configuration
        self.check_clean("parts")

    def test_stores_of_something_else_are_refused(self):
        self.deck()
        _, errors = self.splicemd("direct", "deck.yaml", "--store", "none", "--resume", status=2)
        self.assertIn("no store", errors)
        self.assertFalse(os.path.exists(self.path("none")))
        self.splicemd("direct", "deck.yaml", "--store", "direct", "--until", "100 ps")
        _, errors = self.splicemd("campaign", "deck.yaml", "--store", "direct", "--until", "1 ns", ranks=2, status=2)
        self.assertIn("plain dynamics", errors)
        self.splicemd("campaign", "deck.yaml", "--store", "campaign", "--until", "100 ps", ranks=2)
        _, errors = self.splicemd("direct", "deck.yaml", "--store", "campaign", "--until", "1 ns", status=2)
        self.assertIn("holds a campaign", errors)
        self.deck(seed=8)
        _, errors = self.splicemd("direct", "deck.yaml", "--store", "direct", "--until", "1 ns", status=2)
        self.assertIn("another deck", errors)


if __name__ == "__main__":
    unittest.main()
