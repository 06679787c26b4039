"""kill -9 of every process of a small campaign: manager, store servers, workers, the MPI launcher; tasks that kill
their worker.

Nothing that was acknowledged is lost, every store opens and is clean, every task takes effect once.

SPLICEMD_CRASH_RUNS sets how many processes are killed in all (default 10; the full suite uses 200 and more).
"""

import glob
import os
import random
import re
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

PROGRAM = os.path.realpath(os.environ["SMALL_CAMPAIGN"])
KILLS = int(os.environ.get("SPLICEMD_CRASH_RUNS", "10"))
ENDPOINTS = 5
MANAGER = 0


def quietly(process):
    """Kills a process that may be gone already."""
    try:
        process.send_signal(signal.SIGKILL)
    except OSError:
        pass


def tear(folder, chance):
    """Garbage behind what was last written: a write that was torn."""
    for path in glob.glob(os.path.join(folder, "**", "*"), recursive=True):
        if path.endswith(".h5") and chance.random() < 0.5:
            with open(path, "ab") as file:
                file.write(b"torn" + b"\xff" * 1000)
        if path.endswith("ledger.sqlite-wal") and chance.random() < 0.5:
            with open(path, "ab") as file:
                file.write(b"\x5a" * 2024)


class Crashes(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="small_campaign.")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.acknowledged = (0, 0)

    def verify(self):
        """What the stores say, once nobody writes."""
        done = subprocess.run([PROGRAM, self.folder, "verify"], capture_output=True, text=True, timeout=120,
                              check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        found = re.search(r"results (\d+) values (\d+) quarantined (\d+) complete (\d)", done.stdout)
        self.assertIsNotNone(found, done.stdout)
        results, values, quarantined, complete = map(int, found.groups())
        self.assertGreaterEqual((results, values), self.acknowledged)
        self.acknowledged = (results, values)
        return quarantined, complete

    def again(self):
        """A finished campaign makes room for the next."""
        shutil.rmtree(self.folder)
        self.acknowledged = (0, 0)


class OneByOne(Crashes):
    """Processes of their own: those that live go on without the dead one, and with its next life."""

    def start(self, endpoint):
        self.lives[endpoint] += 1
        return subprocess.Popen([PROGRAM, self.folder, str(endpoint), str(self.lives[endpoint])],
                                stdin=subprocess.DEVNULL, stdout=self.output, stderr=self.output)

    def start_all(self):
        self.processes = [self.start(endpoint) for endpoint in range(ENDPOINTS)]
        self.due = {}

    def kill_all(self):
        for process in self.processes:
            quietly(process)
        for process in self.processes:
            process.wait()

    def kill(self, victim, chance):
        quietly(self.processes[victim])
        self.processes[victim].wait()
        if victim == MANAGER:  # the others have nobody to work for
            self.kill_all()
            if chance.random() < 0.5:
                tear(self.folder, chance)
            self.verify()
            self.start_all()
        else:
            self.due[victim] = time.monotonic() + chance.uniform(0.0, 0.4)

    def revive(self):
        """Whoever was killed, by us or by its task, begins a new life."""
        for endpoint, process in enumerate(self.processes):
            status = process.poll()
            if status is None or endpoint == MANAGER:
                continue
            if status == 0 and endpoint not in self.due:
                continue  # the end has come
            self.assertIn(-status, (signal.SIGKILL, signal.SIGSEGV, 0), self.said())
            self.due.setdefault(endpoint, time.monotonic())
            if time.monotonic() >= self.due[endpoint]:
                del self.due[endpoint]
                self.processes[endpoint] = self.start(endpoint)

    def said(self):
        self.output.flush()
        with open(self.output.name, encoding="utf-8", errors="replace") as file:
            return file.read()[-3000:]

    def finish(self):
        """The manager has ended: so do the others, or they are told of nobody's need."""
        self.assertEqual(self.processes[MANAGER].returncode, 0, self.said())
        end = time.monotonic() + 5
        while time.monotonic() < end and any(p.poll() is None for p in self.processes):
            time.sleep(0.02)
        self.kill_all()
        self.assertEqual(self.verify(), (2, 1), "two killers quarantined, every other task done")

    def test_each_process_dies_and_comes_back(self):
        chance = random.Random(5)
        self.output = tempfile.NamedTemporaryFile("w", suffix=".log")
        self.addCleanup(self.output.close)
        killed, campaigns = {endpoint: 0 for endpoint in range(ENDPOINTS)}, 0
        self.lives = [0] * ENDPOINTS
        self.start_all()
        self.addCleanup(self.kill_all)
        next_kill = time.monotonic() + 0.3
        deadline = time.monotonic() + 60 + 4 * KILLS
        while sum(killed.values()) < KILLS // 2 or campaigns == 0:
            self.assertLess(time.monotonic(), deadline, self.said())
            time.sleep(0.01)
            if self.processes[MANAGER].poll() is not None:
                self.finish()
                campaigns += 1
                self.again()
                self.start_all()
                continue
            self.revive()
            if time.monotonic() >= next_kill and sum(killed.values()) < KILLS // 2:
                # Tasks kill workers, too: servers more often than their share.
                victim = chance.choice([0, 1, 2, 1, 2, 3, 4])
                killed[victim] += 1
                self.kill(victim, chance)
                next_kill = time.monotonic() + chance.uniform(0.05, 0.7)
        print(f"killed {killed}, {campaigns} campaigns finished")


class Job(Crashes):
    """An MPI job: the death of one rank ends it; the next job goes on from what is stored."""

    def ranks_of(self, launcher):
        found = []
        for name in filter(str.isdigit, os.listdir("/proc")):
            try:
                if os.readlink(f"/proc/{name}/exe") != PROGRAM:
                    continue
                with open(f"/proc/{name}/environ", "rb") as file:
                    if f"SMALL_CAMPAIGN_JOB={launcher}".encode() in file.read().split(b"\0"):
                        found.append(int(name))
            except OSError:
                continue
        return found

    def start(self, job):
        command = [os.environ["MPIEXEC"], "-n", str(ENDPOINTS), PROGRAM, self.folder, "mpi"]
        return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                stderr=subprocess.DEVNULL, start_new_session=True,
                                env={**os.environ, "SMALL_CAMPAIGN_JOB": job})

    def end(self, launcher, job):
        try:
            launcher.wait(timeout=20)
        except subprocess.TimeoutExpired:
            pass
        # What the launcher leaves behind must be gone before the next writer comes.
        while ranks := self.ranks_of(job):
            for rank in ranks:
                try:
                    os.kill(rank, signal.SIGKILL)
                except OSError:
                    pass
            time.sleep(0.02)
        quietly(launcher)
        launcher.wait()

    def test_a_task_that_kills_its_job_is_quarantined(self):
        """Its worker's death is the job's; the next job knows whose doing it was."""
        ended = []
        while 0 not in ended:
            self.assertLess(len(ended), 8, "both tasks should have killed three jobs each by now")
            job = f"{os.getpid()}.q{len(ended)}"
            launcher = self.start(job)
            launcher.wait(timeout=120)
            self.end(launcher, job)
            ended.append(launcher.returncode)
        self.assertGreaterEqual(len(ended), 4)
        self.assertEqual(self.verify(), (2, 1), "two killers quarantined, every other task done")
        with open(os.path.join(self.folder, "running", "deaths"), encoding="utf-8") as file:
            deaths = file.read()
        self.assertEqual(deaths.count("signal 11"), 6, deaths)

    def test_any_rank_may_end_the_job(self):
        chance = random.Random(6)
        killed = 0
        while killed < (KILLS + 1) // 2:
            job = f"{os.getpid()}.{killed}"
            launcher = self.start(job)
            ranks = []
            while len(ranks) < ENDPOINTS and launcher.poll() is None:
                ranks = self.ranks_of(job)
                time.sleep(0.01)
            time.sleep(chance.uniform(0.0, 0.8))
            victim = chance.choice(ranks + [launcher.pid]) if ranks else launcher.pid
            try:
                os.kill(victim, signal.SIGKILL)
                killed += 1
            except OSError:
                pass  # it had ended
            self.end(launcher, job)
            if chance.random() < 0.3:
                tear(self.folder, chance)
            quarantined, complete = self.verify()
            if complete and quarantined == 2:
                self.again()
        print(f"killed {killed}, acknowledged {self.acknowledged}")


if __name__ == "__main__":
    unittest.main()
