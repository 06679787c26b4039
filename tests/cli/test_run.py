"""What `splicemd run` prints: thermo tables, summary, progress, and the files of rows for programs."""

import fcntl
import glob
import os
import pty
import re
import struct
import subprocess
import termios
import unittest

import numpy as np

from frames import read_extxyz, read_rows, thermo_tables
from splicemd_process import SOURCE, SplicemdCase

INPUTS = os.path.join(SOURCE, "inputs")
DECKS = sorted(
    path for path in glob.glob(os.path.join(INPUTS, "*.yaml")) if not os.path.basename(path).startswith("campaign_")
)
TUNGSTEN = os.path.join(INPUTS, "w_snap_nve.yaml")
SHAKEN_COPPER = f"""
system:
  build:
    {{lattice: fcc, a: 3.615, elements: [Cu], repeats: [3, 3, 3], displace: {{amplitude: 0.1, seed: 1}}}}
potentials: [{{style: eam, file: {INPUTS}/potentials/Cu_u3.eam}}]
"""
PARTS = ("Pair", "Neigh", "Comm", "Output", "Modify", "Other")
LOOP = r"(?m)^Loop time of (\S+) on (\d+) procs for (\d+) steps with (\d+) atoms$"
PERFORMANCE = (
    r"(?m)^Performance: (\S+) ns/day, (\S+) hours/ns, (\S+) timesteps/s, (\S+) ([kM])atom-step/s$"
)


def summaries(text):
    """One dictionary per closing summary in a run's output."""
    found = []
    starts = [match.start() for match in re.finditer(LOOP, text)]
    for start, end in zip(starts, starts[1:] + [len(text)]):
        part = text[start:end]
        seconds, procs, steps, atoms = re.search(LOOP, part).groups()
        rows = {
            name: [float(word) for word in re.search(rf"(?m)^{name} +\|(.*)$", part).group(1).split("|")]
            for name in PARTS
        }
        performance = re.search(PERFORMANCE, part)
        found.append(
            {
                "seconds": float(seconds),
                "procs": int(procs),
                "steps": int(steps),
                "atoms": int(atoms),
                "breakdown": rows,
                "performance": performance.groups() if performance else None,
                "neighbours": float(re.search(r"(?m)^Ave neighs/atom = (\S+)$", part).group(1)),
                "builds": int(re.search(r"(?m)^Neighbor list builds = (\d+)$", part).group(1)),
                "dangerous": int(re.search(r"(?m)^Dangerous builds = (\d+)$", part).group(1)),
            }
        )
    return found


class Inputs(SplicemdCase):
    """Every deck that ships: parseable output of sensible content."""

    def check(self, deck, steps=20):
        small = []
        with open(deck, encoding="utf-8") as file:
            if re.search(r"(?m)^  n: ", file.read()):
                small = ["-v", "n=3"]
        out, err = self.splicemd("run", deck, "-v", f"steps={steps}", *small)
        self.assertEqual(err, "")
        tables, ends = thermo_tables(out), summaries(out)
        self.assertGreater(len(tables), 0)
        self.assertEqual(len(tables), len(ends))
        for (names, rows), end in zip(tables, ends):
            self.assertEqual(names[0], "Step")
            self.assertTrue(np.all(np.isfinite(rows)))
            self.assertEqual(rows[-1][0] - rows[0][0], end["steps"])
            self.assertEqual([row[0] for row in rows], sorted({row[0] for row in rows}))
            self.assertEqual(end["dangerous"], 0)
            self.assertGreater(end["neighbours"], 0)
            if end["performance"]:
                self.assertEqual(end["steps"], steps)
        return tables, ends


def add(deck):
    setattr(Inputs, "test_" + os.path.basename(deck)[:-5], lambda self: self.check(deck))


for path in DECKS:
    add(path)


class Summary(SplicemdCase):
    def test_figures_fit_together(self):
        out, _ = self.splicemd("run", TUNGSTEN, "-v", "n=4", "-v", "steps=60")
        (end,) = summaries(out)
        self.assertEqual((end["procs"], end["steps"], end["atoms"]), (2, 60, 128))
        rate = 60 / end["seconds"]
        ns_per_day, hours_per_ns, steps_per_second, atom_rate, unit = end["performance"]
        self.assertLess(abs(float(steps_per_second) / rate - 1), 0.01)
        self.assertLess(abs(float(ns_per_day) / (rate * 0.5e-6 * 86400) - 1), 0.01)
        self.assertLess(abs(float(hours_per_ns) / (24 / float(ns_per_day)) - 1), 0.01)
        self.assertLess(abs(float(atom_rate) / (rate * 128 / {"k": 1e3, "M": 1e6}[unit]) - 1), 0.01)
        total = sum(row[1] for row in end["breakdown"].values())
        self.assertLess(abs(total / end["seconds"] - 1), 0.05)
        self.assertGreater(end["breakdown"]["Pair"][4], 50)  # SNAP is nearly all of the work
        for least, average, most, _, _ in end["breakdown"].values():
            self.assertLessEqual(least, average)
            self.assertLessEqual(average, most)

    def test_ranks_agree(self):
        """Two and three ranks print the energies of one."""
        tables = {}
        for ranks in (1, 2, 3):
            out, _ = self.splicemd(
                "run", TUNGSTEN, "-v", "n=4", "-v", "steps=50", "--threads", "1", ranks=ranks
            )
            ((names, rows),) = thermo_tables(out)
            (end,) = summaries(out)
            self.assertEqual(end["procs"], ranks)
            self.assertIn(f"{ranks} MPI rank", out)
            tables[ranks] = np.array(rows)
        for ranks in (2, 3):
            self.assertTrue(np.allclose(tables[ranks], tables[1], rtol=1e-7, atol=1e-6))
        drift = tables[1][-1][names.index("TotEng")] - tables[1][0][names.index("TotEng")]
        self.assertLess(abs(drift), 1e-4 * 128)

    def test_total_energy_is_conserved(self):
        out, _ = self.splicemd("run", os.path.join(INPUTS, "cu_eam_nve.yaml"), "-v", "n=4", "-v", "steps=200")
        ((names, rows),) = thermo_tables(out)
        energy = [row[names.index("TotEng")] for row in rows]
        kinetic = [row[names.index("KinEng")] for row in rows]
        self.assertGreater(max(kinetic) - min(kinetic), 1)  # energy does flow
        self.assertLess(max(energy) - min(energy), 2e-3 * kinetic[0])


class Rows(SplicemdCase):
    """Rows for programs: the printed numbers, at full precision."""

    COLUMNS = ("step", "time", "temp", "pe", "ke", "etotal", "press", "pxx", "pyz", "volume", "density",
               "lx", "alpha", "fmax", "peatom", "atoms", "conserved")

    def deck(self, file):
        with open(TUNGSTEN, encoding="utf-8") as source:
            text = source.read()
        text = text.replace("potentials/", f"{INPUTS}/potentials/")
        text = re.sub(r"(?m)^  columns: .*$", f"  columns: [{', '.join(self.COLUMNS)}]\n  file: {file}", text)
        text = text.replace("interval: 50", "interval: 5")
        return self.write("deck.yaml", text[: text.index("outputs:")] + text[text.index("stages:") :])

    def check(self, file):
        out, err = self.splicemd("run", self.deck(file), "-v", "n=3", "-v", "steps=15")
        self.assertEqual(err, "")
        ((_, printed),) = thermo_tables(out)
        rows = read_rows(self.path(file))
        self.assertEqual(len(rows), 4)
        for row, line in zip(rows, printed):
            self.assertEqual(sorted(row), sorted(self.COLUMNS))
            self.assertTrue(np.allclose([row[name] for name in self.COLUMNS], line, rtol=1e-7, atol=1e-12))
            self.assertAlmostEqual(row["pe"] + row["ke"], row["etotal"], 9)
            self.assertAlmostEqual(row["pe"] / row["atoms"], row["peatom"], 12)
            self.assertAlmostEqual(row["time"], row["step"] * 0.0005, 12)
            self.assertAlmostEqual(row["density"], 54 * 183.84 / row["volume"] * 1.66053907, 4)
        return rows

    def test_csv(self):
        self.check("rows.csv")

    def test_json_lines(self):
        self.check("rows.jsonl")

    def test_the_file_has_columns_the_screen_lacks(self):
        """The file's columns are the deck's, whatever a stage prints."""
        self.write("deck.yaml", SHAKEN_COPPER + """
thermo: {file: rows.csv, columns: [step, fmax, pxx], interval: 1}
outputs: [{file: all.extxyz, interval: 1, fields: [forces]}]
stages:
  - {style: nve, steps: 2, thermo: {interval: 1, columns: [step, pe]}}
""")
        self.splicemd("run", "deck.yaml")
        rows = read_rows(self.path("rows.csv"))
        self.assertEqual(len(rows), 3)
        for row, frame in zip(rows, read_extxyz(self.path("all.extxyz"))):
            self.assertAlmostEqual(row["fmax"], np.max(np.abs(frame.forces)), 10)
            self.assertNotEqual(row["pxx"], 0)

    def test_the_last_step_of_a_minimisation_is_a_row(self):
        """Also where only a frame was due there."""
        self.write("deck.yaml", SHAKEN_COPPER + """
thermo: {file: rows.csv, columns: [step, fmax], interval: 1000}
outputs: [{file: all.extxyz, interval: 1, fields: [forces]}]
stages:
  - {style: minimise, force_tolerance: 0.01}
""")
        out, _ = self.splicemd("run", "deck.yaml")
        rows, frames = read_rows(self.path("rows.csv")), read_extxyz(self.path("all.extxyz"))
        self.assertGreater(frames[-1].step, 0)
        self.assertEqual([row["step"] for row in rows], [0, frames[-1].step])
        self.assertAlmostEqual(rows[-1]["fmax"], np.max(np.abs(frames[-1].forces)), 10)
        ((_, printed),) = thermo_tables(out)
        self.assertEqual(printed[-1][0], frames[-1].step)

    def test_a_second_run_starts_the_file_anew(self):
        self.check("rows.csv")
        self.check("rows.csv")


class Terminal(SplicemdCase):
    def run_on_terminal(self, *options, columns=80, ranks=1):
        """What a terminal of that width receives."""
        parent, child = pty.openpty()
        fcntl.ioctl(child, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        attributes = termios.tcgetattr(child)
        attributes[1] &= ~termios.OPOST  # newlines as they are
        termios.tcsetattr(child, termios.TCSANOW, attributes)
        command = [os.environ["SPLICEMD"], "run", TUNGSTEN, *options]
        if ranks > 1:
            command = [os.environ["MPIEXEC"], "-n", str(ranks), *command]
        process = subprocess.Popen(
            command, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=child, stderr=child, close_fds=True
        )
        os.close(child)
        text = b""
        while True:
            try:
                piece = os.read(parent, 65536)
            except OSError:
                break
            if not piece:
                break
            text += piece
        os.close(parent)
        self.assertEqual(process.wait(timeout=60), 0)
        return text.decode()

    @staticmethod
    def screen(text):
        """The lines that stay on the screen, and the progress lines that were shown for a while."""
        stayed, passed, line = [], [], ""
        for token in re.split(r"(\r\x1b\[K|\n)", text):
            if token == "\r\x1b[K":
                if line:
                    passed.append(line)
                line = ""
            elif token == "\n":
                stayed.append(line)
                line = ""
            else:
                line += token
        return stayed, passed, line

    def test_progress_line(self):
        text = self.run_on_terminal("-v", "n=6", "-v", "steps=150")
        stayed, passed, rest = self.screen(text)
        self.assertEqual(rest, "")  # the progress line is gone at the end
        self.assertGreater(len(passed), 0)
        for line in passed:
            self.assertRegex(line, r"^\d+/150 steps +\d+ % +\S+ katom-step/s +ETA \d+:\d\d:\d\d$")
            self.assertLess(len(line), 80)
        done = [int(line.split("/")[0]) for line in passed]
        self.assertEqual(done, sorted(done))
        # Beneath it the output is what a file would hold.
        self.assertNotIn("\x1b", "".join(stayed))
        ((_, rows),) = thermo_tables("\n".join(stayed))
        self.assertEqual([row[0] for row in rows], [0, 50, 100, 150])
        self.assertEqual(len(summaries("\n".join(stayed))), 1)

    def test_narrow_terminal(self):
        _, passed, _ = self.screen(self.run_on_terminal("-v", "n=6", "-v", "steps=100", columns=20))
        self.assertGreater(len(passed), 0)
        self.assertLess(max(len(line) for line in passed), 20)

    def test_quiet(self):
        self.assertEqual(self.run_on_terminal("-v", "n=3", "-v", "steps=40", "--quiet"), "")

    def test_no_terminal_no_progress(self):
        out, _ = self.splicemd("run", TUNGSTEN, "-v", "n=6", "-v", "steps=100", "--log", "run.log")
        self.assertNotIn("\r", out)
        self.assertNotIn("\x1b", out)
        self.assertNotIn("ETA", out)
        with open(self.path("run.log"), encoding="utf-8") as log:
            self.assertEqual(log.read(), out)  # the log is what was printed


class Variables(SplicemdCase):
    def test_override(self):
        out, _ = self.splicemd("run", TUNGSTEN, "-v", "n=2", "-v", "steps=3", "-v", "start=450 K")
        ((names, rows),) = thermo_tables(out)
        self.assertEqual([row[0] for row in rows], [0, 3])
        self.assertAlmostEqual(rows[0][names.index("Temp")], 450, 6)
        self.assertIn("16 atoms", out)

    def test_dry_run_writes_nothing_on_two_ranks(self):
        for deck in DECKS:
            out, err = self.splicemd("run", deck, "--dry-run", ranks=2)
            self.assertEqual(err, "")
            self.assertRegex(out, r"about [0-9.]+ [kMG]B per rank")
            self.assertIn("The deck is valid", out)
        self.assertEqual(os.listdir(self.folder), [])


class Memory(SplicemdCase):
    """The estimate of --dry-run against what a run of one step takes."""

    def estimate_and_use(self, deck, *options):
        """Megabytes: estimated, and the peak of a run less that of the same deck with few atoms."""
        out, _ = self.splicemd("run", deck, "--dry-run", *options, "-v", "n=20")
        number, unit = re.search(r"about ([0-9.]+) ([kMG])B per rank", out).groups()
        peaks = []
        for n in (2, 20):
            command = [os.environ["SPLICEMD"], "run", deck, *options, "-v", f"n={n}", "-v", "steps=1", "--quiet"]
            process = subprocess.Popen(command, cwd=self.folder, stdin=subprocess.DEVNULL)
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = status
            self.assertEqual(status, 0)
            peaks.append(usage.ru_maxrss / 1024)
        return float(number) * {"k": 1e-3, "M": 1, "G": 1e3}[unit], peaks[1] - peaks[0]

    def test_eam(self):
        estimated, used = self.estimate_and_use(os.path.join(INPUTS, "cu_eam_nve.yaml"), "--threads", "2")
        self.assertGreater(estimated, 0.75 * used)
        self.assertLess(estimated, 2 * used)

    def test_snap(self):
        """The kernel's work memory for each thread, and every thread's copy of the forces."""
        few, _ = self.splicemd("run", TUNGSTEN, "--dry-run", "-v", "n=8", "--threads", "1")
        more, _ = self.splicemd("run", TUNGSTEN, "--dry-run", "-v", "n=8", "--threads", "2")
        sizes = [float(re.search(r"about ([0-9.]+) MB per rank", text).group(1)) for text in (few, more)]
        self.assertGreater(sizes[1] - sizes[0], 0.05)


if __name__ == "__main__":
    unittest.main()
