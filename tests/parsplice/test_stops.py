"""Campaigns end when they are asked to: in the middle of long segments and of hopeless dephasing, by the wall time, by
a signal to the process that was started, with a rank that hangs for ever; the store is whole each time.
"""

import os
import shutil
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
seed: 7
markov: {{rings: 10, places: 6, temperature: {temperature} K, delay: {delay} s}}
segments: {{block: 1 ps, decorrelation: {decorrelation} ps, length: {length} ps}}
store: store
report: 0.5
"""
# A segment takes a quarter of an hour, and so does dephasing.
LONG = MARKOV.format(temperature=300, delay=0.1, decorrelation=3, length=10000)
LONG_DEPHASING = MARKOV.format(temperature=300, delay=0.1, decorrelation=10000, length=10000)
# A state lives for a tenth of a block.
HOPELESS = MARKOV.format(temperature=50000, delay=0.001, decorrelation=20, length=100)
# Slurm's KillWait: what must be over between SIGTERM and SIGKILL.
KILL_WAIT = 30.0
ALONE = ("OMPI_COMM_WORLD_RANK", "PMI_FD", "PMI_RANK", "PMI_SIZE")


class Stops(SplicemdCase):
    def start(self, deck, *options, ranks=0, environment=None):
        """A campaign in the background; `ranks` 0: started alone, with local ranks."""
        self.write("deck.yaml", deck)
        command = [os.environ["SPLICEMD"], "campaign", "deck.yaml", *options]
        if ranks > 0:
            command = [os.environ["MPIEXEC"], "-n", str(ranks), *command]
        environment = {**{name: value for name, value in os.environ.items() if name not in ALONE}, **(environment or {})}
        with open(self.path("output"), "w", encoding="utf-8") as output:
            process = subprocess.Popen(command, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=output,
                                       stderr=output, env=environment, start_new_session=True)
        self.addCleanup(self.end, process)
        return process

    @staticmethod
    def end(process):
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def output(self):
        with open(self.path("output"), encoding="utf-8") as file:
            return file.read()

    def wait_for_tasks(self, process, count):
        """Until `count` ranks run a task."""
        deadline = time.monotonic() + 60.0
        running = []
        while len(running) < count and time.monotonic() < deadline and process.poll() is None:
            running = []
            folder = self.path("store/running")
            for name in os.listdir(folder) if os.path.isdir(folder) else []:
                with open(os.path.join(folder, name), "rb") as file:
                    if file.read(1) == b"\x01":
                        running.append(name)
            time.sleep(0.05)
        self.assertGreaterEqual(len(running), count, self.output())

    def ends_in_time(self, process, status=0):
        began = time.monotonic()
        try:
            process.wait(timeout=120.0)
        except subprocess.TimeoutExpired:
            self.fail("not ended after two minutes\n" + self.output())
        self.assertLess(time.monotonic() - began, KILL_WAIT, self.output())
        self.assertEqual(process.returncode, status, self.output())
        self.assertIn("clean", self.splicemd("query", "store", "check")[0])

    def orders(self):
        """Number, piece, seed of each segment ordered, and whether it is there."""
        with sqlite3.connect(f"file:{self.path('store/ledger.sqlite')}?mode=ro", uri=True) as ledger:
            return ledger.execute("SELECT id, piece, seed, blocks > 0 FROM segments ORDER BY id, piece").fetchall()

    def test_a_long_segment_is_given_up_and_made_again_with_the_same_seed(self):
        process = self.start(LONG, ranks=3)
        self.wait_for_tasks(process, 2)
        process.send_signal(signal.SIGTERM)
        self.ends_in_time(process)
        self.assertIn("asked to stop", self.output())
        before = self.orders()
        self.assertGreaterEqual(len(before), 2)
        process = self.start(LONG, "--wall-time", "3 s", ranks=3)
        self.ends_in_time(process)
        self.assertIn("wall time reached", self.output())
        self.assertEqual(self.orders()[: len(before)], before)

    def test_dephasing_is_given_up(self):
        process = self.start(LONG_DEPHASING, ranks=2)
        self.wait_for_tasks(process, 1)
        process.send_signal(signal.SIGTERM)
        self.ends_in_time(process)

    def test_a_hopeless_state_is_reported_in_words(self):
        for ranks in (1, 3):
            process = self.start(HOPELESS, "--wall-time", "60 s", ranks=ranks)
            self.ends_in_time(process, status=1)
            for word in ("dephasing time", "temperature", "decorrelation time", "definition of states"):
                self.assertIn(word, self.output())
            self.assertNotIn("seed", self.output())

    def test_the_wall_time_holds_while_a_state_cannot_be_dephased(self):
        deck = HOPELESS.replace("segments: {", "segments: {dephasing_attempts: 1000000, ")
        process = self.start(deck, "--wall-time", "3 s", ranks=2)
        self.ends_in_time(process)
        self.assertIn("wall time reached", self.output())
        self.assertIn("warning: ", self.output())
        self.assertIn("left within the dephasing time in each of 100 attempts so far", self.output())

    def test_every_signal_to_the_process_that_was_started_stops_local_ranks(self):
        for name in ("SIGTERM", "SIGINT", "SIGUSR1", "SIGUSR2"):
            with self.subTest(name):
                process = self.start(LONG)
                self.wait_for_tasks(process, 1)
                process.send_signal(getattr(signal, name))
                self.ends_in_time(process)
                self.assertIn("asked to stop", self.output())

    def test_two_signals_leave_at_once(self):
        process = self.start(LONG)
        self.wait_for_tasks(process, 1)
        process.send_signal(signal.SIGINT)
        process.send_signal(signal.SIGINT)
        self.ends_in_time(process)

    def test_a_rank_that_hangs_does_not_keep_the_others(self):
        process = self.start(LONG, ranks=3)
        self.wait_for_tasks(process, 2)
        os.kill(self.rank(process, "2"), signal.SIGSTOP)
        process.send_signal(signal.SIGTERM)
        self.ends_in_time(process, status=1)
        self.assertIn("do not answer", self.output())

    def test_a_step_of_the_systems_clock_changes_nothing(self):
        quick = MARKOV.format(temperature=600, delay=0.0002, decorrelation=3, length=20)
        for step in "-+":
            with self.subTest(step):
                shutil.rmtree(self.path("store"), ignore_errors=True)
                self.write("deck.yaml", quick)
                began = time.monotonic()
                out, _ = self.splicemd("campaign", "deck.yaml", "--wall-time", "5 s", ranks=3, environment={
                    "STEP_CLOCK": step, "LD_PRELOAD": os.environ["STEP_CLOCK_LIBRARY"]})
                seconds = time.monotonic() - began
                self.assertGreater(seconds, 5.0)
                self.assertLess(seconds, 20.0)
                self.assertRegex(out, r"wall time reached, [56789]\.\d s")

    def test_a_batch_systems_environment_does_not_hang_the_local_start(self):
        process = self.start(LONG, "--wall-time", "1 s", environment={
            "SLURM_JOB_ID": "1", "SLURM_JOBID": "1", "SLURM_NNODES": "2", "SLURM_TASKS_PER_NODE": "2(x2)",
            "SLURM_NODELIST": "node[7-8]", "SLURM_JOB_NODELIST": "node[7-8]"})
        self.ends_in_time(process)

    def rank(self, launcher, number):
        """The process of an MPI rank below `launcher`."""
        for name in os.listdir("/proc"):
            try:
                with open(f"/proc/{name}/environ", encoding="utf-8", errors="replace") as file:
                    environment = file.read().split("\0")
                with open(f"/proc/{name}/cwd/output", encoding="utf-8"):
                    here = os.path.realpath(f"/proc/{name}/cwd") == os.path.realpath(self.folder)
                if here and f"PMI_RANK={number}" in environment:
                    return int(name)
            except OSError:
                continue
        self.fail(f"no rank {number} below {launcher.pid}")
        return 0


if __name__ == "__main__":
    unittest.main()
