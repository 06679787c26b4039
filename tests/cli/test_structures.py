"""Structure files as other programs write them: what a run makes of them, and what it says about them."""

import unittest

from frames import read_extxyz
from splicemd_process import SplicemdCase

DECK = """\
system:
  read: @FILE@
potentials:
  - {style: zbl, inner: 3.0, outer: 4.0}
velocities: {temperature: 300, seed: 1}
@MORE@
stages:
  - {style: nve, steps: 10}
outputs:
  - {file: end.extxyz, interval: end}
"""
ATOMS = "Cu 0.1 0.2 0.3\nNi 2.0 1.9 0.1\nCu 0.2 2.1 1.8\nNi 1.9 0.1 2.2\n"
FIXED = """\
c
1.0
4 0 0
0 4 0
0 0 4
Cu Ni
2 2
Selective dynamics
Direct
.02 .05 .08 F F F
.05 .52 .45 T T T
.5 .48 .02 F F F
.48 .02 .55 T T T
"""


class Structures(SplicemdCase):
    def run_on(self, name, content, more=""):
        """The last frame and the warnings of a short run."""
        self.write(name, content)
        self.write("deck.yaml", DECK.replace("@FILE@", name).replace("@MORE@", more))
        _, err = self.splicemd("run", "deck.yaml")
        return read_extxyz(self.path("end.extxyz"))[-1], err

    def test_atoms_that_the_file_holds_are_frozen_on_demand(self):
        frame, err = self.run_on("POSCAR", FIXED)
        self.assertIn("holds 2 atoms fixed, which will move", err)
        self.assertGreater(abs(frame.pos[0] - [0.08, 0.2, 0.32]).max(), 1e-6)
        frame, err = self.run_on("POSCAR", FIXED, "groups: {selected_fixed: {frozen: true}}")
        self.assertEqual(err, "")
        self.assertLess(abs(frame.pos[0] - [0.08, 0.2, 0.32]).max(), 1e-12)
        self.assertGreater(abs(frame.pos[1] - [0.2, 2.08, 1.8]).max(), 1e-6)

    def test_spellings_of_a_lattice_are_one_crystal(self):
        columns = " Properties=species:S:1:pos:R:3"
        plain, err = self.run_on("x.extxyz", '4\nLattice="4 0 0 0 4 0 0 0 4"' + columns + "\n" + ATOMS)
        self.assertEqual(err, "")
        for cell, warning in (
            ("Lattice = [[4, 0, 0], [0, 4, 0], [0, 0, 4]] pbc=[T, T, T] note", ""),
            ('LATTICE="4, 0, 0, 0, 4, 0, 0, 0, 4"', ""),
            ('cell="4 0 0 0 4 0 0 0 4"', "`cell` is read as the cell vectors"),
            ('Lattice="0 4 0 4 0 0 0 0 4"', "left-handed: a and b are exchanged"),
        ):
            with self.subTest(cell=cell):
                frame, err = self.run_on("x.extxyz", "4\n" + cell + columns + "\n" + ATOMS)
                self.assertAlmostEqual(float(frame.info["energy"]), float(plain.info["energy"]), delta=1e-9)
                self.assertIn(warning, err)
                self.assertEqual(err.count("warning:"), 1 if warning else 0, err)


if __name__ == "__main__":
    unittest.main()
