"""Wrong input: a message with its place, exit status 2, nothing written, on one rank and on several."""

import os
import re
import shutil
import unittest

from splicemd_process import SOURCE, SplicemdCase

INPUTS = os.path.join(SOURCE, "inputs")
DECK = """\
variables: {steps: 2}
system:
  build: {lattice: fcc, a: 3.615, elements: [Cu], repeats: [3, 3, 3]}
potentials:
  - {style: eam, file: Cu_u3.eam}
stages:
  - {style: nve, steps: "${steps}"}
"""


class Errors(SplicemdCase):
    def setUp(self):
        super().setUp()
        self.potential = os.path.join(INPUTS, "potentials", "Cu_u3.eam")

    def fails(self, deck, *expected, options=(), ranks=1, potential=True):
        self.write("deck.yaml", deck)
        if potential:
            shutil.copy(self.potential, self.path("Cu_u3.eam"))
        before = sorted(os.listdir(self.folder))
        out, err = self.splicemd("run", "deck.yaml", *options, ranks=ranks, status=2)
        for text in expected:
            self.assertIn(text, err)
        self.assertEqual(err.count("splicemd: "), 1, err)
        self.assertNotIn("terminate", err)
        self.assertNotIn("Loop time", out)
        self.assertEqual(sorted(os.listdir(self.folder)), before)

    def test_the_deck_itself_runs(self):
        self.write("deck.yaml", DECK)
        shutil.copy(self.potential, self.path("Cu_u3.eam"))
        self.splicemd("run", "deck.yaml")

    def test_usage(self):
        self.splicemd(status=2)
        self.splicemd("rnu", status=2)
        self.splicemd("run", status=2)
        self.splicemd("run", "deck.yaml", "--nonsense", status=2)
        _, err = self.splicemd("run", "--nonsense", "deck.yaml", ranks=2, status=2)
        self.assertEqual(err.count("--nonsense"), 1)

    def test_an_unknown_snap_kernel_is_refused_at_setup(self):
        deck = os.path.join(INPUTS, "w_snap_nve.yaml")
        for options, ranks in (((), 1), (("--dry-run",), 1), ((), 2)):
            out, err = self.splicemd(
                "run", deck, "-v", "n=2", *options, ranks=ranks, status=2,
                environment={"SPLICEMD_SNAP_KERNEL": "avx521"},
            )
            self.assertIn("SPLICEMD_SNAP_KERNEL: SNAP kernel 'avx521' is unknown (did you mean 'avx512'?)", err)
            self.assertEqual(err.count("splicemd: "), 1)
            self.assertNotIn("Stage", out)

    def test_a_pressure_on_an_open_axis_names_it(self):
        deck = DECK.replace("repeats: [3, 3, 3]", "repeats: [3, 3, 3], slab: {axis: z, vacuum: 15}").replace(
            "style: nve", "style: npt, temperature: 300, cell: CELL, pressure: {xx: 0, COMPONENT: 0}"
        )
        for cell, component in (("aniso", "zz"), ("tri", "zz"), ("tri", "xz")):
            self.fails(
                deck.replace("CELL", cell).replace("COMPONENT", component),
                f"stages[0].pressure.{component}: {component} cannot be controlled: the box is open along c",
            )

    def test_atoms_on_top_of_each_other_are_named(self):
        self.write("x.xyz", '3\nLattice="9 0 0 0 9 0 0 0 9"\nCu 1 1 1\nCu 4 4 4\nCu 1 10 1.001\n')
        deck = re.sub(r"build: .*", "read: x.xyz", DECK)
        for style in ("style: nve", "style: minimise #"):
            self.fails(deck.replace("style: nve", style).replace('#, steps: "${steps}"}', "}"),
                       "atoms 1 and 3 are on top of each other, 0.001 Å apart")

    def test_a_thermostat_without_motion_warns(self):
        shutil.copy(self.potential, self.path("Cu_u3.eam"))
        for style, warned in (("nvt", 1), ("npt", 1), ("langevin", 0)):
            self.write("deck.yaml", DECK.replace("style: nve", f"style: {style}, temperature: 300"))
            _, err = self.splicemd("run", "deck.yaml")
            self.assertEqual(err.count("all velocities are zero"), warned, err)

    def test_missing_deck(self):
        _, err = self.splicemd("run", "missing.yaml", status=2)
        self.assertEqual(err, "splicemd: missing.yaml: no such file\n")
        _, err = self.splicemd("run", "missing.yaml", ranks=2, status=2)
        self.assertEqual(err.count("missing.yaml: no such file"), 1)

    def test_unknown_keys(self):
        self.fails(DECK + "neighbor: {skin: 1}\n", "deck.yaml:8: neighbor: unknown key", "did you mean 'neighbour'?")
        self.fails(DECK.replace("a: 3.615", "a: 3.615, b: 2"), "deck.yaml:3: system.build.b: unknown key 'b'")
        self.fails(DECK.replace("style: eam,", "style: eam, fil: x,"), "potentials[0].fil: unknown key")
        self.fails(DECK.replace("style: nve,", "style: nve, temperature: 3 K,"), "stages[0].temperature: unknown key")

    def test_unknown_keys_on_two_ranks(self):
        self.fails(DECK + "neighbor: {skin: 1}\n", "deck.yaml:8: neighbor: unknown key", ranks=2)

    def test_wrong_names(self):
        self.fails(DECK.replace("fcc", "fccc"), "deck.yaml:3: system.build.lattice", "did you mean 'fcc'?")
        self.fails(DECK.replace("style: eam", "style: aem"), "did you mean 'eam'?")
        self.fails(DECK.replace("style: nve", "style: nvee"), "stages[0].style", "did you mean 'nve'?")

    def test_wrong_values(self):
        self.fails(DECK.replace("3.615", "3.615 K"), "system.build.a: expected a length")
        self.fails(DECK.replace("3.615", "nan"), "system.build.a: expected a length")
        self.fails(DECK.replace("[3, 3, 3]", "[3, 3]"), "system.build.repeats")
        self.fails(DECK.replace("steps: 2", "steps: 2.5"), "stages[0].steps: expected an integer")
        self.fails(DECK.replace("steps: 2", "steps: -2"), "stages[0].steps: must be")

    def test_variables(self):
        self.fails(DECK, "variable 'step' is not declared", "did you mean 'steps'?", options=("-v", "step=3"))
        self.fails(DECK, "expected name=value", options=("-v", "steps"))
        self.fails(DECK, "is given twice", options=("-v", "steps=1", "-v", "steps=2"))
        self.fails(DECK.replace("${steps}", "${stpes}"), "deck.yaml:7", "did you mean 'steps'?")

    def test_potential_files(self):
        self.fails(DECK, "deck.yaml:5: potentials[0]", "file 'Cu_u3.eam' not found; looked for", potential=False)
        with open(self.potential, encoding="utf-8") as file:
            lines = file.read().splitlines()
        self.potential = self.write("truncated.eam", "\n".join(lines[:50]) + "\n")
        self.fails(DECK, "Cu_u3.eam", "truncated")
        self.potential = self.write("nan.eam", "\n".join(lines[:40] + ["nan " * 5] + lines[41:]) + "\n")
        self.fails(DECK, "Cu_u3.eam:41: ", "nan")
        with open(self.path("binary.eam"), "wb") as file:
            file.write(bytes(range(256)) * 64)
        self.potential = self.path("binary.eam")
        self.fails(DECK, "Cu_u3.eam", "not a text file")

    def test_potential_files_on_three_ranks(self):
        self.fails(DECK, "file 'Cu_u3.eam' not found", potential=False, ranks=3)

    def test_environment_finds_potentials(self):
        self.write("deck.yaml", DECK)
        folder = os.path.join(INPUTS, "potentials")
        for name in ("SPLICEMD_POTENTIALS", "LAMMPS_POTENTIALS"):
            self.splicemd("run", "deck.yaml", environment={name: "/nonexistent:" + folder})

    def test_yaml_tricks(self):
        self.fails(DECK.replace("fcc", "&x fcc"), "deck.yaml:3: ", "not allowed")
        self.fails(DECK + "seed: 1\nseed: 2\n", "deck.yaml:9: duplicate key 'seed' (first on line 8)")
        self.fails("a: [1, 2\n", "not valid YAML")
        self.fails("\x00\x01", "not a text file")
        self.fails("", "empty")

    def test_log_file_that_cannot_be_written(self):
        self.fails(DECK, "log file", options=("--log", "/nonexistent/run.log"), ranks=2)


if __name__ == "__main__":
    unittest.main()
