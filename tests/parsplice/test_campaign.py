"""Campaigns and queries from outside: a Markov campaign killed again and again continues the same trajectory, a
campaign of atoms agrees with itself, queries answer in every format.

SPLICEMD_CRASHES sets how often the campaign is killed (default 4; the full suite uses 50).
"""

import csv
import io
import json
import math
import os
import random
import re
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
markov: {rings: 10, places: 6, temperature: 600 K, outer_barrier: 0.38, delay: 0.0002 s}
segments: {block: 1 ps, decorrelation: 3 ps, length: 20 ps}
limits: {trajectory: 1 us}
store: store
report: 0.5
"""
CRASHES = int(os.environ.get("SPLICEMD_CRASHES", "4"))


def escape_probability():
    """Per block, of a state of MARKOV: two steps within the ring, two to other rings."""
    kt = 8.617343e-5 * 600.0
    rate = 2.6 * (2.0 * math.exp(-0.3 / kt) + 2.0 * math.exp(-0.38 / kt))
    return -math.expm1(-rate)


class CampaignCase(SplicemdCase):
    def ledger(self):
        return sqlite3.connect(f"file:{self.path('store/ledger.sqlite')}?mode=ro", uri=True)

    def visits(self):
        if not os.path.exists(self.path("store/ledger.sqlite")):
            return []
        with self.ledger() as ledger:
            try:
                return ledger.execute("SELECT state, start, blocks FROM visits ORDER BY id").fetchall()
            except sqlite3.OperationalError:  # killed before the tables were there
                return []

    def check_path(self, visits):
        for (_, start, blocks), (_, following, _) in zip(visits, visits[1:]):
            self.assertEqual(start + blocks, following)

    def query(self, *arguments, **options):
        return self.splicemd("query", "store", *arguments, **options)[0]


class Crashes(CampaignCase):
    def ranks_of(self, launcher):
        """Processes of the launcher's process group that run splicemd."""
        found = []
        for name in os.listdir("/proc"):
            if not name.isdigit():
                continue
            try:
                with open(f"/proc/{name}/stat", encoding="utf-8") as file:
                    fields = file.read().rsplit(")", 1)
                group = int(fields[1].split()[2])
                if os.readlink(f"/proc/{name}/exe") == os.path.realpath(os.environ["SPLICEMD"]):
                    if group == launcher.pid or self.descends(int(name), launcher.pid):
                        found.append(int(name))
            except (OSError, ValueError):
                continue
        return found

    @staticmethod
    def descends(process, ancestor):
        while process > 1:
            if process == ancestor:
                return True
            try:
                with open(f"/proc/{process}/stat", encoding="utf-8") as file:
                    process = int(file.read().rsplit(")", 1)[1].split()[1])
            except (OSError, ValueError):
                return False
        return False

    def crash(self, chance):
        """Runs the campaign and kills one of its processes at some moment."""
        command = [os.environ["MPIEXEC"], "-n", "3", os.environ["SPLICEMD"], "campaign", "deck.yaml"]
        with open(self.path("output"), "w", encoding="utf-8") as output:
            launcher = subprocess.Popen(
                command, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                env={**os.environ, "OMP_NUM_THREADS": "1"}, start_new_session=True)
        ranks = []
        deadline = time.monotonic() + 60
        while len(ranks) < 3 and time.monotonic() < deadline and launcher.poll() is None:
            ranks = self.ranks_of(launcher)
            time.sleep(0.05)
        time.sleep(chance.uniform(0.0, 1.5))
        victims = ranks + [launcher.pid]
        os.kill(chance.choice(victims), signal.SIGKILL)
        try:
            launcher.wait(timeout=30)
        except subprocess.TimeoutExpired:
            pass
        # What the launcher leaves behind must be gone before the next writer comes.
        for rank in ranks:
            try:
                if os.readlink(f"/proc/{rank}/exe") == os.path.realpath(os.environ["SPLICEMD"]):
                    os.kill(rank, signal.SIGKILL)
            except OSError:
                pass
        launcher.wait()
        while any(os.path.exists(f"/proc/{rank}/exe") for rank in ranks):
            time.sleep(0.02)

    def test_killed_campaign_continues_the_same_trajectory(self):
        self.write("deck.yaml", MARKOV)
        chance = random.Random(11)
        before = []
        for _ in range(CRASHES):
            self.crash(chance)
            after = self.visits()
            self.check_path(after)
            self.assertGreaterEqual(len(after), len(before))
            self.assertEqual(after[: max(len(before) - 1, 0)], before[:-1])
            if before:  # the last visit was not over
                self.assertEqual(after[len(before) - 1][:2], before[-1][:2])
                self.assertGreaterEqual(after[len(before) - 1][2], before[-1][2])
            before = after
        length = before[-1][1] + before[-1][2] if before else 0
        out, _ = self.splicemd("campaign", "deck.yaml", "--until", f"{length + 20000} ps",
                               ranks=3, environment={"OMP_NUM_THREADS": "1"})
        self.assertIn("Continuing the campaign", out)
        after = self.visits()
        self.check_path(after)
        self.assertEqual(after[: max(len(before) - 1, 0)], before[:-1])
        self.assertIn("clean", self.query("check"))
        self.check_statistics(after)

    def check_statistics(self, visits):
        """Stays are geometric: mean, and the share of short ones, within five standard errors."""
        p = escape_probability()
        stays = [blocks for _, _, blocks in visits[1:-1]]
        n = len(stays)
        self.assertGreater(n, 100)
        deviation = math.sqrt(1.0 - p) / p / math.sqrt(n)
        self.assertLess(abs(sum(stays) / n - 1.0 / p), 5.0 * deviation)
        half = math.ceil(math.log(0.5) / math.log(1.0 - p))
        short = 1.0 - (1.0 - p) ** half
        share = sum(stay <= half for stay in stays) / n
        self.assertLess(abs(share - short), 5.0 * math.sqrt(short * (1.0 - short) / n))


class Queries(CampaignCase):
    def setUp(self):
        super().setUp()
        self.write("deck.yaml", MARKOV)
        self.splicemd("campaign", "deck.yaml", "--until", "5 ns", ranks=2)

    def test_summary_has_the_metrics(self):
        summary = json.loads(self.query("summary", "--json"))
        if isinstance(summary, list):
            summary = summary[0]
        for key in ("trajectory_length_ps", "generated_ps", "spliced_fraction", "transitions", "states",
                    "mean_revisits", "rate_us_per_hour", "speedup", "worker_utilisation", "manager_load"):
            self.assertIn(key, summary)
        self.assertGreaterEqual(summary["trajectory_length_ps"], 5000)
        visits = self.visits()
        self.assertEqual(summary["transitions"], len(visits) - 1)
        self.assertEqual(summary["states"], len({state for state, _, _ in visits}))
        self.assertLessEqual(summary["spliced_fraction"], 1.0)

    def test_tables_agree_with_one_another(self):
        visits = self.visits()
        trajectory = list(csv.DictReader(io.StringIO(self.query("trajectory", "--csv"))))
        self.assertEqual([int(row["state"]) for row in trajectory], [v[0] for v in visits])
        transitions = json.loads(self.query("transitions", "--json"))
        self.assertEqual(sum(row["count"] for row in transitions), len(visits) - 1)
        for row in transitions:
            self.assertLess(row["rate_low"], row["rate_per_ps"])
            self.assertLess(row["rate_per_ps"], row["rate_high"])
        states = json.loads(self.query("states", "--json", "--min-visits", "1"))
        self.assertEqual(sum(row["visits"] for row in states), len(visits))
        window = json.loads(self.query("trajectory", "--json", "--from", "1ns", "--to", "2ns"))
        self.assertLessEqual(window[0]["start_ps"], 1000)
        self.assertLess(window[-1]["start_ps"], 2000)
        generated = json.loads(self.query("transitions", "--json", "--generated"))
        self.assertGreaterEqual(sum(row["count"] for row in generated), len(visits) - 1)

    def test_several_task_managers(self):
        self.write("wide.yaml", MARKOV.replace("store: store", "store: wide") + "layout: {workers_per_manager: 2}\n")
        out, _ = self.splicemd("campaign", "wide.yaml", "--layout", ranks=7)
        self.assertIn("task manager 1: rank 2; 2 workers", out)
        self.splicemd("campaign", "wide.yaml", "--until", "5 ns", ranks=7)
        summary = json.loads(self.splicemd("query", "wide", "summary", "--json")[0])
        summary = summary[0] if isinstance(summary, list) else summary
        self.assertGreaterEqual(summary["trajectory_length_ps"], 5000)
        self.assertIn("clean", self.splicemd("query", "wide", "check")[0])
        count = "SELECT role, count(*) AS n, sum(tasks_done) AS done FROM roles GROUP BY role"
        rows = json.loads(self.splicemd("query", "wide", "sql", count, "--json")[0])
        roles = {row["role"]: row for row in rows}
        self.assertEqual({role: row["n"] for role, row in roles.items()},
                         {"work manager": 1, "task manager": 2, "worker": 4})
        self.assertEqual(roles["work manager"]["done"], roles["worker"]["done"])

    def test_every_question_is_answered(self):
        for question in (["state", "0"], ["segments", "--limit", "3"], ["timeline", "--limit", "3"],
                         ["metrics"], ["watch", "--rounds", "1"], ["export", "matrix"],
                         ["sql", "SELECT count(*) FROM segments"]):
            self.assertTrue(self.query(*question).strip(), question)
        self.query("export", "matrix", "-o", "graph.graphml")
        with open(self.path("graph.graphml"), encoding="utf-8") as file:
            self.assertIn("<graphml", file.read())

    def test_report_shows_the_data(self):
        self.splicemd("report", "store", "-o", "report.html")
        with open(self.path("report.html"), encoding="utf-8") as file:
            page = file.read()
        self.assertNotRegex(page, r"(src|href)=")  # nothing from elsewhere
        self.check_marks(page)
        browser = shutil.which("chromium")
        if browser is None:
            self.skipTest("chromium is not installed")
        command = [browser, "--headless", "--no-sandbox", "--disable-gpu", "--window-size=900,3200",
                   f"--user-data-dir={self.path('profile')}"]
        address = "file://" + self.path("report.html")
        shown = subprocess.run([*command, "--dump-dom", address], capture_output=True, text=True,
                               timeout=120, check=True).stdout
        self.check_marks(shown)
        subprocess.run([*command, f"--screenshot={self.path('page.png')}", address], capture_output=True,
                       timeout=120, check=True)
        # An empty page of this size takes a few kilobytes.
        self.assertGreater(os.path.getsize(self.path("page.png")), 30000)

    def check_marks(self, page):
        marks = dict(re.findall(r'<svg id="(\w+)" data-marks="(\d+)"', page))
        self.assertEqual(set(marks), {"progress", "rate", "energies", "stays", "graph", "workers"})
        for chart, count in marks.items():
            self.assertGreater(int(count), 1, chart)

    def test_mistakes_are_refused(self):
        self.splicemd("query", "store", "state", "zz", status=2)
        self.splicemd("query", "store", "sql", "DELETE FROM states", status=2)
        self.splicemd("query", "nowhere", "summary", status=2)
        self.write("other.yaml", MARKOV.replace("600 K", "700 K"))
        _, errors = self.splicemd("campaign", "other.yaml", ranks=2, status=2)
        self.assertIn("another deck", errors)
        self.splicemd("campaign", "deck.yaml", "--store", "new", "--resume", ranks=2, status=2)
        self.write("typo.yaml", MARKOV.replace("length:", "lenght:"))
        _, errors = self.splicemd("campaign", "typo.yaml", "--dry-run", status=2)
        self.assertIn("lenght", errors)
        self.assertFalse(os.path.exists(self.path("new")))

    def test_durability_is_the_decks(self):
        def stored(store):
            select = "SELECT value FROM meta WHERE name = 'durability'"
            return json.loads(self.splicemd("query", store, "sql", select, "--json")[0])[0]["value"]

        self.assertEqual(stored("store"), "full")
        self.write("fast.yaml", MARKOV + "durability: process\n")
        self.splicemd("campaign", "fast.yaml", "--store", "fast", "--until", "100 ps", ranks=2)
        self.assertEqual(stored("fast"), "process")
        self.splicemd("direct", "fast.yaml", "--store", "plain", "--until", "100 ps")
        self.assertEqual(stored("plain"), "process")
        self.splicemd("campaign", "fast.yaml", "--store", "store", "--until", "6 ns", ranks=2)
        self.assertEqual(stored("store"), "process", "it may change from session to session")
        self.write("wrong.yaml", MARKOV + "durability: ful\n")
        _, errors = self.splicemd("campaign", "wrong.yaml", "--dry-run", status=2)
        self.assertRegex(errors, "wrong.yaml:\\d+: durability.*full")

    def test_plain_dynamics_is_recorded_alike(self):
        self.splicemd("direct", "deck.yaml", "--store", "direct", "--until", "3 ns")
        out, _ = self.splicemd("query", "direct", "summary", "--json")
        summary = json.loads(out)
        if isinstance(summary, list):
            summary = summary[0]
        self.assertGreaterEqual(summary["trajectory_length_ps"], 3000)
        self.assertEqual(summary["spliced_fraction"], 1.0)


if __name__ == "__main__":
    unittest.main()
