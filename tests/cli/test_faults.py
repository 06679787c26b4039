"""Whatever is wrong with a run's input or surroundings ends in one message and a defined exit status.

Status 2: the input is wrong, nothing was written. Status 1: the run failed. Never a signal, a hang or an
exception's trace.
"""

import os
import random
import shutil
import subprocess
import time
import unittest

from splicemd_process import SOURCE, SplicemdCase

INPUTS = os.path.join(SOURCE, "inputs")
POTENTIALS = os.path.join(INPUTS, "potentials")
SYSTEM = "system:\n  build: {lattice: fcc, a: 3.615, elements: [Cu], repeats: [3, 3, 3]}\n"
TERMS = f"potentials:\n  - {{style: eam, file: {POTENTIALS}/Cu_u3.eam}}\n"
STAGES = "stages:\n  - {style: nve, steps: 2}\n"
DECK = SYSTEM + TERMS + STAGES


class Faults(SplicemdCase):
    def fails(self, deck, *expected, options=(), ranks=1, status=2, leaves=()):
        if isinstance(deck, bytes):
            with open(self.path("deck.yaml"), "wb") as file:
                file.write(deck)
        else:
            self.write("deck.yaml", deck)
        before = set(os.listdir(self.folder))
        _, err = self.splicemd("run", "deck.yaml", *options, ranks=ranks, status=status, timeout=150)
        self.one_message(err)
        for text in expected:
            self.assertIn(text, err)
        self.assertEqual(set(os.listdir(self.folder)) - before, set(leaves))
        return err

    def one_message(self, err):
        lines = [line for line in err.splitlines() if not line.startswith("warning: ")]
        self.assertGreater(len(lines), 0)
        self.assertTrue(lines[0].startswith("splicemd: "), err)
        self.assertEqual(sum("splicemd: " in line for line in lines), 1, err)
        for word in ("terminate", "what():", "HDF5-DIAG", "Traceback", "Assertion", "internal error", "Abort("):
            self.assertNotIn(word, err)

    # --- the deck ------------------------------------------------------------------------------------
    def test_deck_is_not_a_text_file(self):
        self.fails(bytes(range(256)) * 20, "deck.yaml", "not a text file")
        self.fails(b"\xff\xfe\x00\x01", "deck.yaml")
        self.fails(b"%PDF-1.4\n\x80\x81\x82", "deck.yaml")

    def test_deck_is_a_directory(self):
        os.mkdir(self.path("folder"))
        _, err = self.splicemd("run", "folder", status=2)
        self.one_message(err)
        self.assertIn("folder", err)

    def test_deck_is_a_device(self):
        for device in ("/dev/null", "/dev/zero"):
            _, err = self.splicemd("run", device, status=2, timeout=30)
            self.one_message(err)

    def test_huge_deck(self):
        self.fails("# " + "x" * (17 << 20) + "\n" + DECK, "deck.yaml")

    def test_deep_deck(self):
        self.fails(DECK + "title: " + "[" * 2000 + "]" * 2000 + "\n", "deck.yaml")
        self.fails(DECK + "title: " + "{a: " * 300 + "1" + "}" * 300 + "\n", "deck.yaml")

    def test_alias_bomb(self):
        bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n"
        for k in range(1, 12):
            bomb += f"a{k}: &a{k} [{', '.join([f'*a{k - 1}'] * 9)}]\n"
        start = time.monotonic()
        self.fails(bomb + DECK, "deck.yaml:1: ", "not allowed")
        self.assertLess(time.monotonic() - start, 30)

    def test_missing_parts(self):
        self.fails(TERMS + STAGES, "system")
        self.fails(SYSTEM + STAGES, "potentials")
        self.fails(SYSTEM + TERMS, "stages")
        self.fails(SYSTEM + TERMS + "stages: []\n", "stages")
        self.fails(SYSTEM + "potentials: []\n" + STAGES, "potentials")
        self.fails(SYSTEM.replace("a: 3.615, ", "") + TERMS + STAGES, "deck.yaml:2: ", "a")

    def test_values_out_of_range(self):
        for old, new, *expected in (
            ("3.615", "-3.615", "deck.yaml:2: system.build.a"),
            ("3.615", "inf", "deck.yaml:2: system.build.a"),
            ("3.615", "1e999", "deck.yaml:2: system.build.a"),
            ("3.615", "0x10", "deck.yaml:2: system.build.a"),
            ("3.615", "3,615", "deck.yaml:2: system.build"),
            ("3.615", "12 GPa", "deck.yaml:2: system.build.a", "length"),
            ("[3, 3, 3]", "[3, 3, 0]", "deck.yaml:2: system.build.repeats"),
            ("[3, 3, 3]", "[3, 3, -3]", "deck.yaml:2: system.build.repeats"),
            ("[3, 3, 3]", "[3, 3, 1e30]", "deck.yaml:2: system.build.repeats"),
            ("[3, 3, 3]", "[100000, 100000, 100000]", "atoms"),
            ("[3, 3, 3]", "[4000000000, 4000000000, 4000000000]", "deck.yaml:2: "),
            ("steps: 2", "steps: 99999999999999999999", "deck.yaml:6: stages[0].steps"),
            ("steps: 2", "steps: 2, timestep: 0", "deck.yaml:6: stages[0].timestep"),
            ("steps: 2", "steps: 2, timestep: -1 fs", "deck.yaml:6: stages[0].timestep"),
            ("steps: 2", "steps: 2, timestep: 1 K", "deck.yaml:6: stages[0].timestep", "time"),
            ("nve, steps: 2", "nvt, steps: 2, temperature: 0", "deck.yaml:6: stages[0].temperature"),
            ("nve, steps: 2", "langevin, steps: 2, temperature: -5", "deck.yaml:6: stages[0].temperature"),
            ("nve, steps: 2", "langevin, steps: 2, temperature: 300, friction: -1", "deck.yaml:6: stages[0].friction"),
            ("nve, steps: 2", "npt, steps: 2, temperature: 300, cell: cubic", "deck.yaml:6: stages[0].cell"),
            ("[Cu]", "[Xx]", "Xx"),
            ("[Cu]", "[Cu, Cu]", "deck.yaml:2: system.build"),
            ("[Cu]", "[]", "deck.yaml:2: system.build"),
        ):
            with self.subTest(new):
                self.fails(DECK.replace(old, new), *expected)

    def test_more(self):
        for more, *expected in (
            ("system_: 1\n", "unknown key"),
            ("neighbour: {skin: -1}\n", "deck.yaml:7: neighbour.skin"),
            ("neighbour: {every: 0}\n", "deck.yaml:7: neighbour.every"),
            ("thermo: {columns: [step, tmep]}\n", "tmep", "did you mean 'temp'?"),
            ("thermo: {interval: -1}\n", "deck.yaml:7: thermo.interval"),
            ("thermo: {file: rows.txt}\n", "rows.txt"),
            ("outputs:\n  - {file: a.pdb, interval: 1}\n", "deck.yaml:8: outputs[0]", "a.pdb"),
            ("outputs:\n  - {file: a.dump}\n", "interval"),
            ("outputs:\n  - {file: a.dump, interval: 0}\n", "deck.yaml:8: outputs[0].interval"),
            ("outputs:\n  - {file: a.dump, interval: 1, fields: [speed]}\n", "speed"),
            ("outputs:\n  - {file: a.dump, interval: 1, group: mobile}\n", "mobile"),
            ("outputs:\n  - {file: a.dump, interval: 1}\n  - {file: a.dump, interval: 2}\n", "a.dump"),
            ("groups: {some: {region: {x: {above: 1000}}}}\n", "some"),
            ("groups: {all: {species: [Cu]}}\n", "all"),
            ("groups: {some: {species: [Ag]}}\n", "Ag"),
            ("velocities: {temperature: -1}\n", "deck.yaml:7: velocities.temperature"),
            ("velocities: {temperature: 300 bar}\n", "deck.yaml:7: velocities.temperature", "temperature"),
            ("limits: {wall_time: -1 s}\n", "deck.yaml:7: limits.wall_time"),
            ("decomposition: {ranks: [2, 1, 1]}\n", "decomposition.ranks"),
            ("decomposition: {ranks: [0, 1, 1]}\n", "decomposition.ranks"),
            ("seed: -4\n", "deck.yaml:7: seed"),
            ("variables: {b: '${c}', c: 1}\n", "c"),
        ):
            with self.subTest(more):
                self.fails(DECK + more, *expected)

    def test_masses(self):
        for mass in ("-1", "0", "nan", "1e9", "heavy", "3 K"):
            self.fails(DECK.replace("\npot", f"\n  masses: {{Cu: {mass}}}\npot"), "deck.yaml:3: system.masses.Cu")
        self.fails(DECK.replace("\npot", "\n  masses: {Ag: 108}\npot"), "deck.yaml:3: system.masses", "Ag")

    # --- files a deck names --------------------------------------------------------------------------
    def test_structure_files(self):
        read = "system: {read: FILE}\n" + TERMS + STAGES
        self.fails(read.replace("FILE", "missing.data"), "missing.data")
        os.mkdir(self.path("folder.data"))
        self.fails(read.replace("FILE", "folder.data"), "folder.data")
        with open(self.path("noise.data"), "wb") as file:
            file.write(random.Random(3).randbytes(4000))
        self.fails(read.replace("FILE", "noise.data"), "noise.data")
        with open(os.path.join(INPUTS, "data", "w_vacancy.data"), encoding="utf-8") as file:
            good = file.read()
        count = good.split(" atoms")[0].split()[-1]
        lines = good.splitlines()
        body = next(k for k, line in enumerate(lines) if line.startswith("Atoms")) + 3
        for name, text in {
            "empty": "",
            "title": "only a title\n",
            "half": good[: len(good) // 2],
            "more": good.replace(f"{count} atoms", "1000000000000 atoms"),
            "huge": good.replace(f"{count} atoms", "99999999999999999999999 atoms"),
            "negative": good.replace(f"{count} atoms", "-5 atoms"),
            "none": good.replace(f"{count} atoms", "0 atoms"),
            "nan": "\n".join(lines[:body] + [lines[body].rsplit(" ", 1)[0] + " nan"] + lines[body + 1 :]),
            "twice": "\n".join(lines[: body + 1] + [lines[body]] + lines[body + 2 :]),
            "types": good.replace("1 atom types", "1000000000 atom types"),
            "flat": good.replace("zlo zhi", "zlo zlo"),
        }.items():
            with self.subTest(name):
                self.write("bad.data", text)
                self.fails(read.replace("FILE", "bad.data, boundary: periodic"), "bad.data")

    def test_text_structures(self):
        read = "system: {read: FILE}\n" + TERMS + STAGES
        xyz = '2\nLattice="9 0 0 0 9 0 0 0 9" Properties=species:S:1:pos:R:3 pbc="T T T"\nCu 0 0 0\nCu 2.5 0 0\n'
        self.write("good.extxyz", xyz)
        self.write("deck.yaml", read.replace("FILE", "good.extxyz"))
        self.splicemd("run", "deck.yaml")
        for name, text in {
            "count": xyz.replace("2\n", "3\n", 1),
            "much": xyz.replace("2\n", "2000000000\n", 1),
            "lattice": xyz.replace("9 0 0 0 9 0 0 0 9", "9 0 0 0 9 0"),
            "flat": xyz.replace("9 0 0 0 9 0 0 0 9", "9 0 0 9 0 0 0 0 9"),
            "properties": xyz.replace("pos:R:3", "pos:R:2"),
            "column": xyz.replace("2.5 0 0", "2.5 0"),
            "number": xyz.replace("2.5 0 0", "2.5 0 x"),
            "infinite": xyz.replace("2.5 0 0", "2.5 0 1e400"),
            "quote": xyz.replace('T T T"', "T T T"),
        }.items():
            with self.subTest(name):
                self.write("bad.extxyz", text)
                self.fails(read.replace("FILE", "bad.extxyz"), "bad.extxyz")
        poscar = "Cu\n1.0\n9 0 0\n0 9 0\n0 0 9\nCu\n1\nDirect\n0 0 0\n"
        for name, text in {
            "half": poscar[: len(poscar) // 2],
            "counts": poscar.replace("\n1\nD", "\n99999999999\nD"),
            "negative": poscar.replace("\n1\nD", "\n-1\nD"),
            "scale": poscar.replace("\n1.0\n", "\n0\n"),
        }.items():
            with self.subTest(name):
                self.write("POSCAR", text)
                self.fails(read.replace("FILE", "POSCAR"), "POSCAR")

    def test_snap_files(self):
        with open(os.path.join(POTENTIALS, "W_2940_2017_2.snapcoeff"), encoding="utf-8") as file:
            coefficients = file.read()
        with open(os.path.join(POTENTIALS, "W_2940_2017_2.snapparam"), encoding="utf-8") as file:
            parameters = file.read()
        deck = (
            "system:\n  build: {lattice: bcc, a: 3.18, elements: [W], repeats: [2, 2, 2]}\n"
            "potentials:\n  - {style: snap, coefficients: w.snapcoeff, parameters: w.snapparam}\n" + STAGES
        )
        rows = coefficients.splitlines()
        header = next(k for k, row in enumerate(rows) if len(row.split()) == 2 and not row.startswith("#"))
        bad_coefficients = {
            "empty": "",
            "truncated": "\n".join(rows[:-10]),
            "header": "\n".join(rows[:header] + ["1 99999999999"] + rows[header + 1 :]),
            "elements": "\n".join(rows[:header] + ["2000000000 56"] + rows[header + 1 :]),
            "nan": "\n".join(rows[:-1] + ["nan"]),
            "word": "\n".join(rows[:-1] + ["beta"]),
            "other": coefficients.replace("W ", "Mo "),
        }
        bad_parameters = {
            "empty": "",
            "twojmax": parameters.replace("twojmax 8", "twojmax 6"),
            "large": parameters.replace("twojmax 8", "twojmax 2000000000"),
            "negative": parameters.replace("twojmax 8", "twojmax -8"),
            "cutoff": parameters.replace("rcutfac ", "rcutfac nan #"),
            "unknown": parameters + "\nrcutfacc 4\n",
            "value": parameters + "\nquadraticflag maybe\n",
        }
        for name, text in bad_coefficients.items():
            with self.subTest("coefficients " + name):
                self.assertNotEqual(text, coefficients)
                self.write("w.snapcoeff", text)
                self.write("w.snapparam", parameters)
                self.fails(deck, "w.snapcoeff")
        for name, text in bad_parameters.items():
            with self.subTest("parameters " + name):
                self.assertNotEqual(text, parameters)
                self.write("w.snapcoeff", coefficients)
                self.write("w.snapparam", text)
                self.fails(deck, "w.snap")

    def test_eam_files(self):
        with open(os.path.join(POTENTIALS, "Cu_mishin1.eam.alloy"), encoding="utf-8") as file:
            lines = file.read().splitlines()
        deck = SYSTEM + "potentials:\n  - {style: eam/alloy, file: cu.eam.alloy}\n" + STAGES
        sizes = lines[4].split()
        for name, text in {
            "comments": "\n".join(lines[:3]),
            "half": "\n".join(lines[: len(lines) // 2]),
            "elements": "\n".join(lines[:3] + ["99999999 Cu"] + lines[4:]),
            "points": "\n".join(lines[:4] + [" ".join(["2000000000", *sizes[1:]])] + lines[5:]),
            "overflow": "\n".join(lines[:4] + [" ".join(["99999999999999999999", *sizes[1:]])] + lines[5:]),
            "few": "\n".join(lines[:4] + [" ".join(["1", *sizes[1:]])] + lines[5:]),
            "spacing": "\n".join(lines[:4] + [" ".join([sizes[0], "0.0", *sizes[2:]])] + lines[5:]),
            "cutoff": "\n".join(lines[:4] + [" ".join([*sizes[:4], "-5"])] + lines[5:]),
            "species": "\n".join(lines[:3] + ["1 Ag"] + lines[4:]),
        }.items():
            with self.subTest(name):
                self.write("cu.eam.alloy", text + "\n")
                self.fails(deck, "cu.eam.alloy")

    def test_potential_is_a_directory(self):
        self.fails(DECK.replace(f"{POTENTIALS}/Cu_u3.eam", POTENTIALS), "deck.yaml:4: potentials[0]")

    def test_zbl_and_lj(self):
        for term, *expected in (
            ("{style: zbl, inner: 4, outer: 3}", "deck.yaml:4: potentials[0]"),
            ("{style: zbl, inner: 4, outer: 4.8, elements: {Cu: 500}}", "potentials[0]"),
            ("{style: lj/cut, cutoff: 8, pairs: []}", "Cu"),
            ("{style: lj/cut, cutoff: -8, pairs: [{species: [Cu, Cu], epsilon: 1, sigma: 2}]}", "cutoff"),
            ("{style: lj/cut, cutoff: 8, pairs: [{species: [Cu, Ag], epsilon: 1, sigma: 2}]}", "Ag"),
        ):
            with self.subTest(term):
                self.fails(SYSTEM + f"potentials:\n  - {term}\n" + STAGES, *expected)

    # --- where output goes ---------------------------------------------------------------------------
    def test_outputs_that_cannot_be_written(self):
        os.mkdir(self.path("taken.dump"))
        for ranks in (1, 2):
            for name in ("missing/a.dump", "taken.dump", "missing/a.h5md", "missing/a.extxyz", "missing/a.data"):
                with self.subTest(name=name, ranks=ranks):
                    interval = "end" if name.endswith("data") else 1
                    self.fails(DECK + f"outputs:\n  - {{file: {name}, interval: {interval}}}\n", name, ranks=ranks, status=(1, 2))
            self.fails(DECK + "thermo: {file: missing/rows.csv}\n", "missing/rows.csv", ranks=ranks, status=(1, 2))
            self.fails(DECK + "restart: {file: missing/run.restart}\n", "missing/run.restart", ranks=ranks, status=(1, 2))

    @unittest.skipUnless(os.path.exists("/dev/full"), "needs a device that is always full")
    def test_full_disk(self):
        os.symlink("/dev/full", self.path("full.csv"))
        os.symlink("/dev/full", self.path("full.dump"))
        self.fails(DECK + "thermo: {file: full.csv}\n", "full.csv", status=1)
        for ranks in (1, 2):
            self.fails(DECK + "outputs:\n  - {file: full.dump, interval: 1}\n", "full.dump", ranks=ranks, status=1)

    # --- while it runs -------------------------------------------------------------------------------
    def test_atoms_on_top_of_each_other(self):
        close = '2\nLattice="9 0 0 0 9 0 0 0 9" Properties=species:S:1:pos:R:3 pbc="T T T"\nCu 1 1 1\nCu 1 1 1\n'
        self.write("close.extxyz", close)
        for term in (f"{{style: eam, file: {POTENTIALS}/Cu_u3.eam}}", "{style: zbl, inner: 3, outer: 4}"):
            with self.subTest(term):
                deck = f"system: {{read: close.extxyz}}\npotentials:\n  - {term}\n" + STAGES
                self.fails(deck, status=(1, 2))

    def test_blow_up(self):
        """A timestep a hundred times too long: one message that says so, on every number of ranks."""
        deck = (
            "system:\n  build: {lattice: fcc, a: 5.3, elements: [Ar], repeats: [4, 4, 4]}\npotentials:\n"
            "  - {style: lj/cut, cutoff: 7.65, pairs: [{species: [Ar, Ar], epsilon: 0.0103408, sigma: 3.4}]}\n"
            "velocities: {temperature: 20000 K}\nstages:\n  - {style: nve, steps: 2000, timestep: 0.1 ps}\n"
        )
        for ranks in (1, 2, 3):
            with self.subTest(ranks=ranks):
                err = self.fails(deck, "timestep too long", ranks=ranks, status=1)
                self.assertRegex(err, r"step \d+: ")

    def test_too_little_wall_time(self):
        """Not an error: the run stops after a step, with a checkpoint."""
        self.write("deck.yaml", DECK + "limits: {wall_time: 1e-6 s}\nrestart: {file: run.restart}\n")
        out, err = self.splicemd("run", "deck.yaml")
        self.assertEqual(err, "")
        self.assertIn("wall time reached", out)
        self.assertTrue(os.path.exists(self.path("run.restart")))

    def test_resume_from_something_else(self):
        shutil.copy(os.path.join(POTENTIALS, "Cu_u3.eam"), self.path("run.restart"))
        self.fails(DECK + "restart: {file: run.restart}\n", "run.restart", options=("--resume",))
        self.fails(DECK, "nowhere", options=("--resume-from", "nowhere"), ranks=2)


class Fuzz(SplicemdCase):
    """Decks with seeded mutations: exit status 0 or 2, one message, in short time."""

    COUNT = 200  # bounded: about a minute on two idle cores

    def mutate(self, text, rng):
        for _ in range(rng.randint(1, 3)):
            at = rng.randrange(len(text))
            kind = rng.randrange(7)
            if kind == 0:
                text = text[:at] + text[at + rng.randint(1, 20) :]
            elif kind == 1:
                text = text[:at] + rng.choice("{}[]:,&*!|>'\"%@`#-?\n\t $\\0123456789é") + text[at + 1 :]
            elif kind == 2:
                lines = text.split("\n")
                line = rng.randrange(len(lines))
                lines.insert(rng.randrange(len(lines)), lines[line])
                text = "\n".join(lines)
            elif kind == 3:
                lines = text.split("\n")
                del lines[rng.randrange(len(lines))]
                text = "\n".join(lines)
            elif kind == 4:
                words = text.split(" ")
                i, j = rng.randrange(len(words)), rng.randrange(len(words))
                words[i], words[j] = words[j], words[i]
                text = " ".join(words)
            elif kind == 5:
                word = rng.choice(["nan", "-1", "1e308", "99999999999999999999", "null", "~", "[]", "{}", '""', "0", "1 GPa", "${T}", "${"])
                text = text[:at] + word + text[at:]
            else:
                text = text[:at]
            if not text:
                text = "x"
        return text

    def test_mutated_decks(self):
        decks = []
        for name in ("ag_adatom_langevin", "cuni_npt", "w_data_file", "cu_vacancy_langevin", "ar_lj_nvt"):
            with open(os.path.join(INPUTS, name + ".yaml"), encoding="utf-8") as file:
                decks.append("\n".join(line for line in file.read().splitlines() if not line.startswith("#")))
        os.symlink(POTENTIALS, self.path("potentials"))
        os.symlink(os.path.join(INPUTS, "data"), self.path("data"))
        rng = random.Random(20240229)
        refused = 0
        for k in range(self.COUNT):
            text = self.mutate(rng.choice(decks), rng)
            with open(self.path("deck.yaml"), "w", encoding="utf-8", errors="surrogateescape") as file:
                file.write(text)
            done = subprocess.run(
                [os.environ["SPLICEMD"], "run", "deck.yaml", "--dry-run", "-t", "1"],
                cwd=self.folder, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=150, check=False,
            )
            report = f"mutation {k}, status {done.returncode}\n{done.stderr}\n---\n{text}"
            self.assertIn(done.returncode, (0, 2), report)
            if done.returncode == 2:
                refused += 1
                self.assertEqual(done.stderr.count("splicemd: "), 1, report)
                self.assertRegex(done.stderr, r"deck\.yaml|potentials/|data/", report)
                self.assertNotIn("internal error", done.stderr, report)
            self.assertEqual(set(os.listdir(self.folder)), {"deck.yaml", "potentials", "data"}, report)
        self.assertGreater(refused, self.COUNT // 2)


if __name__ == "__main__":
    unittest.main()
