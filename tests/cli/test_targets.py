"""Where outputs go: FIFOs, devices and the standard output are written to, links are followed, and nothing inside a
store is ever replaced, whichever command or deck key names it."""

import os
import stat
import threading
import unittest

from splicemd_process import SOURCE, SplicemdCase

CAMPAIGN = """\
engine: markov
seed: 7
markov: {rings: 10, places: 6, temperature: 600 K, outer_barrier: 0.38, delay: 0.0002 s}
segments: {block: 1 ps, decorrelation: 3 ps, length: 20 ps}
limits: {trajectory: 300 ps}
store: store
"""
RUN = f"""\
system:
  build: {{lattice: fcc, a: 3.615, elements: [Cu], repeats: [2, 2, 2]}}
potentials:
  - {{style: eam, file: {SOURCE}/inputs/potentials/Cu_u3.eam}}
velocities: {{temperature: 300 K}}
stages:
  - {{style: nve, steps: 10}}
"""


class Store(SplicemdCase):
    def setUp(self):
        super().setUp()
        self.write("campaign.yaml", CAMPAIGN)
        self.splicemd("campaign", "campaign.yaml", "-q", ranks=2)

    def inside(self):
        found = {}
        for folder, _, files in os.walk(self.path("store")):
            for name in files:
                if name.endswith(("-wal", "-shm")):  # readers make them
                    continue
                with open(os.path.join(folder, name), "rb") as file:
                    found[os.path.join(folder, name)] = file.read()
        return found

    def test_nothing_inside_a_store_is_an_output(self):
        os.symlink("store/ledger.sqlite", self.path("innocent.html"))
        self.write("run.yaml", RUN)
        before = self.inside()
        for output in ("store/ledger.sqlite", "innocent.html", "store/shards/000001.h5", "store/new.html"):
            for command in (("report", "store", "-o", output), ("query", "store", "export", "matrix", "-o", output),
                            ("run", "run.yaml", "--log", output)):
                _, err = self.splicemd(*command, status=2)
                self.assertIn("lies in the store", err, command)
        for extra in ("thermo: {file: store/t.csv}", "outputs: [{file: store/x.extxyz, interval: 5}]",
                      "outputs: [{file: store/x.h5md, interval: 5}]", "outputs: [{file: store/end.data}]",
                      "restart: {file: store/r.h5}"):
            self.write("run.yaml", RUN + extra + "\n")
            for options in ((), ("--dry-run",)):
                _, err = self.splicemd("run", "run.yaml", *options, status=2)
                self.assertIn("lies in the store", err, extra)
        self.assertEqual(self.inside(), before)
        self.assertIn("clean yes", " ".join(self.splicemd("query", "store", "check")[0].split()))

    def test_reports_go_to_pipes_and_devices(self):
        os.mkfifo(self.path("pipe"))
        read = []

        def reader():
            with open(self.path("pipe"), encoding="utf-8") as pipe:
                read.append(pipe.read())

        for command in (("report", "store"), ("query", "store", "export", "matrix")):
            thread = threading.Thread(target=reader)
            thread.start()
            self.splicemd(*command, "-o", "pipe")
            thread.join()
            self.assertTrue(stat.S_ISFIFO(os.stat(self.path("pipe")).st_mode))
        page, _ = self.splicemd("report", "store", "-o", "-")
        self.assertEqual(page, read[0])
        table, _ = self.splicemd("query", "store", "export", "matrix", "-o", "-")
        self.assertEqual(table, read[1])
        page, _ = self.splicemd("report", "store", "-o", "/dev/stdout")
        self.assertTrue(page.startswith(read[0]))

    def test_device_is_written_to(self):
        try:
            os.mknod(self.path("null"), stat.S_IFCHR | 0o600, os.makedev(1, 3))
            with open(self.path("null"), "w", encoding="utf-8"):
                pass
        except OSError:
            self.skipTest("devices cannot be made here")
        self.splicemd("report", "store", "-o", "null")
        self.splicemd("query", "store", "export", "matrix", "-o", "null")
        self.assertTrue(stat.S_ISCHR(os.stat(self.path("null")).st_mode))


class Decks(SplicemdCase):
    def run_deck(self, extra, *options, status=0):
        self.write("run.yaml", RUN + extra + "\n")
        return self.splicemd("run", "run.yaml", *options, status=status)

    def test_targets_of_a_deck_are_looked_at_before_the_run(self):
        os.mkdir(self.path("folder"))
        os.mkfifo(self.path("pipe"))
        for extra, message in (
                ("restart: {file: pipe}", "a checkpoint needs a regular file"),
                ("outputs: [{file: pipe, format: h5md, interval: 5}]", "an H5MD file needs a regular file"),
                ("outputs: [{file: absent/end.data}]", "there is no folder absent"),
                ("outputs: [{file: folder, format: lammps-data}]", "is a folder"),
                ("thermo: {file: " + "x" * 1200 + ".csv}", "a name of 1204 characters"),
                ("outputs: [{file: same.csv, format: dump, interval: 5}]\nthermo: {file: same.csv}", "same.csv: is both"),
                ("outputs: [{file: r.h5, interval: 5}]\nrestart: {file: ./r.h5}", "r.h5: is both")):
            _, err = self.run_deck(extra, status=2)
            self.assertIn(message, err)
            self.assertEqual(err.count("\n"), 1, err)

    def test_links_are_kept_with_their_generations(self):
        os.mkdir(self.path("disk"))
        for name in ("end.data", "r.h5", "t.csv", "x.extxyz"):
            os.symlink("disk/" + name, self.path(name))
        extra = ("outputs: [{file: end.data}, {file: x.extxyz, interval: 5}]\n"
                 "restart: {file: r.h5, interval: 5}\nthermo: {file: t.csv, interval: 5}")
        for _ in range(2):
            self.run_deck(extra)
        self.run_deck(extra, "--resume")
        self.assertEqual(sorted(os.listdir(self.path("disk"))), ["end.data", "r.h5", "r.h5.previous", "t.csv", "x.extxyz"])
        for name in ("end.data", "r.h5", "t.csv", "x.extxyz"):
            self.assertTrue(os.path.islink(self.path(name)), name)
        with open(self.path("r.h5"), "wb") as file:
            file.write(b"damaged")
        _, err = self.run_deck(extra, "--resume")
        self.assertIn("continuing from", err)


if __name__ == "__main__":
    unittest.main()
