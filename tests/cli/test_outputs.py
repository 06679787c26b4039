"""Trajectory and data files as other programs read them: h5py, MDAnalysis and ASE.

The numbers are held against the thermo output and against each other: every format tells the same
positions, velocities and forces, and forces are the derivative of the energy.
"""

import os
import unittest
import warnings

import ase.io
import h5py
import numpy as np

from frames import read_dump, read_extxyz, read_rows
from splicemd_process import SOURCE, SplicemdCase

warnings.simplefilter("ignore")
KILOJOULE_PER_MOLE = 96.48533212331
EV_PER_A3_IN_BAR = 1.6021765e6  # the program's constant
FIELDS = "fields: [velocities, forces, energies, images]"
POTENTIALS = os.path.join(SOURCE, "inputs", "potentials")

ORTHOGONAL = f"""\
variables: {{steps: 20}}
system:
  build:
    lattice: fcc
    a: 3.57
    elements: [Cu]
    repeats: [3, 3, 4]
    fractions: {{elements: {{Cu: 0.5, Ni: 0.5}}, seed: 5}}
potentials:
  - {{style: eam/alloy, file: {POTENTIALS}/CuNi.eam.alloy}}
velocities: {{temperature: 900 K, seed: 3}}
"""
TRICLINIC = f"""\
variables: {{steps: 20}}
system: {{read: tilted.data}}
potentials:
  - {{style: eam, file: {POTENTIALS}/Cu_u3.eam}}
velocities: {{temperature: 900 K, seed: 3}}
"""
OPEN = f"""\
variables: {{steps: 20}}
system:
  build: {{lattice: fcc, a: 3.615, elements: [Cu], repeats: [5, 5, 5], sphere: {{radius: 6, vacuum: 8}}}}
potentials:
  - {{style: eam, file: {POTENTIALS}/Cu_u3.eam}}
velocities: {{temperature: 900 K, seed: 3}}
"""
TAIL = f"""\
thermo:
  interval: 5
  columns: [step, time, temp, pe, ke, press, pxx, pyy, pzz, pxy, pxz, pyz, volume, lx, ly, lz, alpha, beta, gamma, fmax]
  file: thermo.jsonl
outputs:
  - {{file: all.h5md, interval: 5, {FIELDS}, author: A. Tester}}
  - {{file: small.h5md, interval: 5, precision: single, compression: 6}}
  - {{file: all.extxyz, interval: 5, {FIELDS}}}
  - {{file: all.dump, interval: 5, {FIELDS}}}
  - {{file: end.extxyz, interval: end, {FIELDS}}}
  - {{file: end.data}}
stages:
  - {{style: STYLE, steps: "${{steps}}", timestep: 2 fs}}
"""
NPT = 'npt, temperature: 900 K, cell: tri, tau_p: 0.2 ps'


def tilted_data():
    """A LAMMPS data file: sheared fcc copper, 3 x 3 x 3 cells, corner away from the origin."""
    cell = 3 * 3.615 * np.array([[1, 0, 0], [0.25, 1, 0], [-0.15, 0.2, 1.0]])
    corner = np.array([1.0, -2.0, 3.0])
    basis = np.array([[0, 0, 0], [0.5, 0.5, 0], [0.5, 0, 0.5], [0, 0.5, 0.5]])
    cells = np.array([[i, j, k] for i in range(3) for j in range(3) for k in range(3)])
    fractional = (cells[:, None, :] + basis[None, :, :]).reshape(-1, 3) / 3 + 0.01
    positions = fractional @ cell + corner
    text = f"sheared copper\n\n{len(positions)} atoms\n1 atom types\n\n"
    for k, axis in enumerate("xyz"):
        text += f"{corner[k]} {corner[k] + cell[k][k]} {axis}lo {axis}hi\n"
    text += f"{cell[1][0]} {cell[2][0]} {cell[2][1]} xy xz yz\n\nMasses\n\n1 63.546 # Cu\n\nAtoms # atomic\n\n"
    return text + "".join(f"{i + 1} 1 {p[0]:.17g} {p[1]:.17g} {p[2]:.17g}\n" for i, p in enumerate(positions))


def matrix(stress):
    xx, yy, zz, yz, xz, xy = stress
    return np.array([[xx, xy, xz], [xy, yy, yz], [xz, yz, zz]])


class Outputs(SplicemdCase):
    def run_system(self, deck, style, ranks=1):
        self.write("tilted.data", tilted_data())
        self.write("deck.yaml", deck + TAIL.replace("STYLE", style))
        _, err = self.splicemd("run", "deck.yaml", ranks=ranks)
        self.assertEqual(err, "")
        self.rows = read_rows(self.path("thermo.jsonl"))
        self.steps = [0, 5, 10, 15, 20]
        self.assertEqual([row["step"] for row in self.rows], self.steps)

    def check(self, deck, style, ranks=1, periodic=True):
        self.run_system(deck, style, ranks)
        frames = read_extxyz(self.path("all.extxyz"))
        self.assertEqual([frame.step for frame in frames], self.steps)
        self.check_ase(frames, periodic)
        self.check_dump(frames)
        self.check_h5md(frames, periodic)
        self.check_mdanalysis(frames)
        self.check_data(frames[-1])
        last = read_extxyz(self.path("end.extxyz"))
        self.assertEqual(len(last), 1)
        self.assertTrue(np.array_equal(last[0].pos, frames[-1].pos))

    def check_ase(self, frames, periodic):
        """Extended XYZ: ASE derives the thermo output's numbers from the file."""
        images = ase.io.read(self.path("all.extxyz"), index=":")
        self.assertEqual(len(images), len(self.steps))
        for atoms, row, frame in zip(images, self.rows, frames):
            self.assertTrue(all(atoms.pbc == periodic))
            self.assertEqual(atoms.info["step"], row["step"])
            self.assertAlmostEqual(atoms.info["time"], row["time"], 12)
            self.assertAlmostEqual(atoms.get_volume(), row["volume"], 6)
            self.assertTrue(np.allclose(atoms.cell.cellpar(), [row[n] for n in ("lx", "ly", "lz", "alpha", "beta", "gamma")], atol=1e-9))
            self.assertAlmostEqual(atoms.get_potential_energy(), row["pe"], 9)
            self.assertAlmostEqual(atoms.get_potential_energies().sum(), row["pe"], 8)
            self.assertAlmostEqual(np.max(abs(atoms.get_forces())), row["fmax"], 10)
            self.assertLess(np.max(abs(atoms.get_forces().sum(axis=0))), 1e-10)
            # ASE's constants differ from the program's in the eighth digit.
            self.assertLess(abs(atoms.get_kinetic_energy() - row["ke"]), 1e-6 * row["ke"])
            self.assertEqual(sorted(set(atoms.get_chemical_symbols())), sorted(set(frame.species)))
            self.check_stress(atoms, row)

    def check_stress(self, atoms, row):
        """The file's stress is the virial's; with the momenta's part it is the thermo output's pressure."""
        momenta, masses = atoms.get_momenta(), atoms.get_masses()
        kinetic = np.einsum("ia,ib->ab", momenta, momenta / masses[:, None])
        pressure = (kinetic / atoms.get_volume() - matrix(atoms.get_stress())) * EV_PER_A3_IN_BAR
        expected = [[row["p" + "".join(sorted(a + b))] for b in "xyz"] for a in "xyz"]
        self.assertLess(np.max(abs(pressure - expected)), 1e-6 * np.max(np.abs(expected)))

    def check_dump(self, frames):
        """LAMMPS dump: the same numbers as extended XYZ; ASE reads cell and positions."""
        dumped = read_dump(self.path("all.dump"))
        self.assertEqual([frame.step for frame in dumped], self.steps)
        images = ase.io.read(self.path("all.dump"), index=":", format="lammps-dump-text")
        for dump, frame, atoms in zip(dumped, frames, images):
            cell = np.array(frame.info["Lattice"].split(), dtype=float).reshape(3, 3)
            if np.allclose(cell, np.tril(cell), atol=0):  # else the dump has turned the system
                self.assertTrue(np.array_equal(np.stack([dump.x, dump.y, dump.z], 1), frame.pos))
                self.assertTrue(np.array_equal(np.stack([dump.fx, dump.fy, dump.fz], 1), frame.forces))
            self.assertTrue(np.array_equal(np.stack([dump.ix, dump.iy, dump.iz], 1), frame.image))
            self.assertEqual(list(dump.element), list(frame.species))
            self.assertTrue(np.array_equal(dump.c_pe, frame.energies))
            self.assertLess(np.max(abs(atoms.cell.lengths() - np.linalg.norm(cell, axis=1))), 1e-9)
            self.assertLess(np.max(abs(atoms.cell @ atoms.cell.T - cell @ cell.T)), 1e-8)
            # Distances do not depend on the orientation of the box.
            found = np.linalg.norm(atoms.positions - atoms.positions[0], axis=1)
            expected = np.linalg.norm(frame.pos - frame.pos[0], axis=1)
            self.assertLess(np.max(abs(found - expected)), 1e-9)

    def check_h5md(self, frames, periodic):
        """H5MD 1.1 by the letter of its specification."""
        with h5py.File(self.path("all.h5md"), "r") as file:
            self.assertEqual(list(file["h5md"].attrs["version"]), [1, 1])
            self.assertEqual(self.text(file["h5md/author"].attrs["name"]), "A. Tester")
            self.assertEqual(list(file["particles"]), ["all"])
            particles = file["particles/all"]
            box = particles["box"]
            self.assertEqual(box.attrs["dimension"], 3)
            self.assertEqual([self.text(b) for b in box.attrs["boundary"]], ["periodic" if periodic else "none"] * 3)
            units = {"position": "Angstrom", "velocity": "Angstrom ps-1", "force": "kJ mol-1 Angstrom-1", "box/edges": "Angstrom"}
            for name, unit in units.items():
                self.assertEqual(self.text(particles[name]["value"].attrs["unit"]), unit)
                self.assertTrue(np.array_equal(particles[name]["step"], self.steps))
                self.assertTrue(np.allclose(particles[name]["time"], [row["time"] for row in self.rows], atol=1e-12))
            self.assertTrue(np.array_equal(particles["id"], frames[0].id))
            symbols = [self.text(s) for s in file["parameters/species"].attrs["symbol"]]
            self.assertEqual([symbols[t - 1] for t in particles["species"]], list(frames[0].species))
            self.assertTrue(np.array_equal(particles["mass"], frames[0].masses))
            self.assertTrue(np.allclose(file["observables/total_potential_energy/value"], [r["pe"] for r in self.rows], rtol=1e-14))
            for k, frame in enumerate(frames):
                lattice = np.array(frame.info["Lattice"].split(), dtype=float).reshape(3, 3)
                self.assertTrue(np.array_equal(box["edges/value"][k], lattice))
                self.assertTrue(np.array_equal(particles["position/value"][k], frame.pos))
                self.assertTrue(np.array_equal(particles["image/value"][k], frame.image))
                self.assertTrue(np.allclose(particles["force/value"][k] / KILOJOULE_PER_MOLE, frame.forces, rtol=1e-14, atol=0))
                ke = 0.5 * 1.0364269e-4 * np.sum(particles["mass"][...] * np.sum(particles["velocity/value"][k] ** 2, axis=1))
                self.assertLess(abs(ke - self.rows[k]["ke"]), 1e-10 * ke)
        with h5py.File(self.path("small.h5md"), "r") as file:
            value = file["particles/all/position/value"]
            self.assertEqual(value.dtype, np.float32)
            self.assertEqual(value.compression, "gzip")
            self.assertLess(np.max(abs(value[-1] - frames[-1].pos)), 1e-5)
            self.assertNotIn("force", file["particles/all"])

    @staticmethod
    def text(value):
        value = value[0] if isinstance(value, np.ndarray) else value
        return value.decode() if isinstance(value, bytes) else str(value)

    def check_mdanalysis(self, frames):
        import MDAnalysis

        universe = MDAnalysis.Universe.empty(len(frames[0].id), trajectory=True, velocities=True, forces=True)
        universe.load_new(self.path("all.h5md"))
        self.assertEqual(len(universe.trajectory), len(frames))
        for time_step, frame, row in zip(universe.trajectory, frames, self.rows):
            self.assertAlmostEqual(time_step.time, row["time"], 6)
            self.assertLess(np.max(abs(universe.atoms.positions - frame.pos)), 1e-4)
            # MDAnalysis' own constant from kJ/mol to its unit is 1.
            self.assertLess(np.max(abs(universe.atoms.forces / KILOJOULE_PER_MOLE - frame.forces)), 1e-5)
            shape = [row[name] for name in ("lx", "ly", "lz", "alpha", "beta", "gamma")]
            self.assertLess(np.max(abs(time_step.dimensions - shape)), 1e-3)

    def check_data(self, last):
        """LAMMPS data file: read by ASE, and by the program itself to the same energy."""
        atoms = ase.io.read(self.path("end.data"), format="lammps-data", style="atomic")
        self.assertEqual(len(atoms), len(last.id))
        lattice = np.array(last.info["Lattice"].split(), dtype=float).reshape(3, 3)
        self.assertLess(np.max(abs(atoms.cell @ atoms.cell.T - lattice @ lattice.T)), 1e-8)
        with open(self.path("deck.yaml"), encoding="utf-8") as file:
            potentials = next(line for line in file if "style: eam" in line)
        boundary = "periodic" if last.info["pbc"].startswith("T") else "open"
        self.write(
            "again.yaml",
            f"system: {{read: end.data, boundary: {boundary}}}\npotentials:\n{potentials}"
            "thermo: {file: again.csv, columns: [pe, ke, pxx]}\nstages:\n  - {style: nve, steps: 0}\n",
        )
        self.splicemd("run", "again.yaml")
        row = read_rows(self.path("again.csv"))[0]
        for name in ("pe", "ke"):
            self.assertLess(abs(row[name] - self.rows[-1][name]), 1e-10 * abs(self.rows[-1][name]), name)

    def test_orthogonal(self):
        self.check(ORTHOGONAL, "nve")

    def test_orthogonal_npt_on_two_ranks(self):
        self.check(ORTHOGONAL, NPT, ranks=2)

    def test_triclinic(self):
        self.check(TRICLINIC, "nve")

    def test_triclinic_npt(self):
        self.check(TRICLINIC, NPT)

    def test_triclinic_on_three_ranks(self):
        self.check(TRICLINIC, "langevin, temperature: 900 K", ranks=3)

    def test_open_cluster(self):
        self.check(OPEN, "nve", periodic=False)

    def test_ranks_write_the_same_frames(self):
        for deck in (ORTHOGONAL, TRICLINIC):
            for style in ("langevin, temperature: 900 K", NPT):
                runs = []
                for ranks in (1, 2, 3):
                    self.run_system(deck, style, ranks)
                    runs.append(read_extxyz(self.path("all.extxyz")))
                for other in runs[1:]:
                    for a, b in zip(runs[0], other):
                        self.assertTrue(np.array_equal(a.id, b.id))
                        self.assertEqual(list(a.species), list(b.species))
                        # Where an atom crosses the border between two images is a matter of rounding.
                        lattice = np.array(a.info["Lattice"].split(), dtype=float).reshape(3, 3)
                        unwrapped = [f.pos + f.image @ lattice for f in (a, b)]
                        self.assertLess(np.max(abs(unwrapped[0] - unwrapped[1])), 1e-9)
                        self.assertLess(np.max(abs(a.momenta - b.momenta)), 1e-8)
                        self.assertLess(np.max(abs(a.forces - b.forces)), 1e-8)

    def test_force_is_the_derivative_of_the_energy(self):
        """−ΔE/Δx between files that differ in one coordinate, for an atom off its site."""
        self.run_system(TRICLINIC, "nve")
        start = read_extxyz(self.path("all.extxyz"))[-1]
        energies, h = [], 1e-4
        for shift in (-h, h):
            columns = [f"Cu {x:.17g} {y:.17g} {z:.17g}" for x, y, z in start.pos]
            x, y, z = start.pos[17]
            columns[17] = f"Cu {x + shift:.17g} {y:.17g} {z:.17g}"
            comment = f'Lattice="{start.info["Lattice"]}" Origin="{start.info["Origin"]}" Properties=species:S:1:pos:R:3 pbc="T T T"'
            self.write("moved.extxyz", "\n".join([str(len(columns)), comment, *columns]) + "\n")
            self.write(
                "moved.yaml",
                TRICLINIC.replace("tilted.data", "moved.extxyz").replace("velocities", "title: moved #")
                + "thermo: {file: moved.csv}\nstages:\n  - {style: nve, steps: 0}\n",
            )
            self.splicemd("run", "moved.yaml")
            energies.append(read_rows(self.path("moved.csv"))[0]["pe"])
        force = -(energies[1] - energies[0]) / (2 * h)
        self.assertLess(abs(force - start.forces[17][0]), 1e-6 * max(1, abs(force)))


class OpenAxes(SplicemdCase):
    DATA = """t

2 atoms
1 atom types

0 20 xlo xhi
0 20 ylo yhi
0 18 zlo zhi
TILT

Masses

1 39.95 # Ar

Atoms # atomic

1 1 5 5 5 0 0 2
2 1 5 5 -30 1 0 -1
"""

    def run_slab(self, tilt):
        self.write("x.data", self.DATA.replace("TILT", tilt))
        self.write("deck.yaml", """
system: {read: x.data, boundary: [p, p, o]}
potentials: [{style: lj/cut, cutoff: 8, pairs: [{species: [Ar, Ar], epsilon: 0.01, sigma: 3.4}]}]
outputs: [{file: o.data}, {file: o.dump, interval: end}, {file: o.extxyz, interval: end}]
stages: [{style: nve, steps: 0}]
""")
        return self.splicemd("run", "deck.yaml")[1]

    def test_images_along_them_are_ignored(self):
        err = self.run_slab("")
        self.assertIn("image counts of 2 atom(s) along open axes are ignored", err)
        (frame,) = read_extxyz(self.path("o.extxyz"))
        self.assertEqual([list(row) for row in frame.image], [[0, 0, 0], [1, 0, 0]])
        self.assertEqual([row[2] for row in frame.pos], [5, -30])

    def test_written_bounds_enclose_all_atoms(self):
        """LAMMPS refuses files with atoms outside."""
        for tilt in ("", "0 4 -3 xy xz yz"):
            self.run_slab(tilt)
            with open(self.path("o.data"), encoding="utf-8") as file:
                low, high = next(line for line in file if "zlo zhi" in line).split()[:2]
            self.assertLess(float(low), -30)
            self.assertAlmostEqual(float(high), 18, 12)
            (frame,) = read_dump(self.path("o.dump"))
            self.assertEqual(frame.info["box"][2][:2], [float(low), float(high)])
            self.assertEqual(list(frame.z), [5, -30])


if __name__ == "__main__":
    unittest.main()
