"""Reads back with ASE, MDAnalysis, h5py and Python's own modules what `splicemd query STORE export` writes, and
compares it with the ledger; the mean squared displacement is computed again from the exported path.
"""

import csv
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree

import h5py
import numpy as np

sys.path.insert(0, os.path.join(os.environ["SOURCE"], "tests", "cli"))
from splicemd_process import SOURCE, SplicemdCase  # noqa: E402

LATTICE, CELLS, BLOCK = 3.615, 3, 0.5  # Å, -, ps
EDGE = LATTICE * CELLS
ATOMS = 4 * CELLS**3 - 1
DECK = f"""
seed: 3
system:
  build:
    lattice: fcc
    a: {LATTICE}
    elements: [Cu]
    repeats: [{CELLS}, {CELLS}, {CELLS}]
    vacancies: {{at: [3.615, 3.615, 3.615]}}
potentials: [{{style: eam, file: {SOURCE}/inputs/potentials/Cu_u3.eam}}]
dynamics: {{temperature: 1500 K}}
quench: {{method: fire, force_tolerance: 0.01, max_steps: 2000}}
states: {{bonds: 3.1}}
segments: {{block: {BLOCK} ps, decorrelation: 0.5 ps, length: 2 ps}}
limits: {{transitions: 20}}
store: store
"""


def read_with_ase(path, **options):
    import ase.io

    return ase.io.read(path, index=":", **options)


class Exports(SplicemdCase):
    """A copper vacancy hops some twenty times; all tests look at this one campaign."""

    @classmethod
    def setUpClass(cls):
        cls.campaign = tempfile.mkdtemp(prefix="splicemd-exports-")
        cls.addClassCleanup(shutil.rmtree, cls.campaign)
        cls.store = os.path.join(cls.campaign, "store")
        with open(os.path.join(cls.campaign, "deck.yaml"), "w", encoding="utf-8") as file:
            file.write(DECK)
        subprocess.run([os.environ["MPIEXEC"], "-n", "2", os.environ["SPLICEMD"], "campaign", "deck.yaml", "-q"],
                       cwd=cls.campaign, check=True, timeout=600, stdin=subprocess.DEVNULL,
                       env={**os.environ, "OMP_NUM_THREADS": "1"})

    def setUp(self):
        super().setUp()
        with sqlite3.connect(f"file:{self.store}/ledger.sqlite?mode=ro", uri=True) as ledger:
            self.visits = ledger.execute("SELECT state, start, blocks FROM visits ORDER BY id").fetchall()
            self.energies = [row[0] for row in ledger.execute("SELECT energy FROM states ORDER BY id")]

    def export(self, what, name, *options):
        self.splicemd("query", self.store, "export", what, "-o", name, *options)
        return self.path(name)

    def unwrapped(self):
        """The path's positions (visit, atom, component) from H5MD, and the worst fit that export reports."""
        out, _ = self.splicemd("query", self.store, "export", "trajectory", "-o", "path.h5md")
        with h5py.File(self.path("path.h5md")) as file:
            particles = file["particles/all"]
            position = particles["position/value"][:] + EDGE * particles["image/value"][:]
            self.assertEqual(list(particles["position/step"][:]), list(range(len(self.visits))))
        return position, float(re.search(r"reference: ([0-9.e+-]+) Å", out)[1])

    def test_states_as_extended_xyz(self):
        frames = read_with_ase(self.export("states", "states.extxyz"))
        self.assertEqual(len(frames), len(self.energies))
        for frame, energy in zip(frames, self.energies):
            self.assertEqual(frame.get_chemical_formula(), f"Cu{ATOMS}")
            self.assertTrue(all(frame.pbc))
            np.testing.assert_allclose(frame.cell.lengths(), EDGE, rtol=1e-12)
            self.assertAlmostEqual(frame.get_potential_energy(), energy, places=9)
            self.assertNotIn("stress", frame.calc.results)  # nobody has computed it

    def test_states_as_h5md(self):
        """Every data set has a row per state, the energies among them."""
        with h5py.File(self.export("states", "states.h5md")) as file:
            np.testing.assert_allclose(file["observables/total_potential_energy/value"][:], self.energies, rtol=1e-14)
            self.assertNotIn("virial", file["observables"])  # nobody has computed it
            rows = []
            file.visititems(lambda name, item: rows.append((name, len(item))) if name.endswith("/value") else None)
            self.assertEqual({n for _, n in rows}, {len(self.energies)}, rows)

    def test_a_state_as_lammps_data(self):
        data = read_with_ase(self.export("states", "state.data", "--state", "0"), format="lammps-data",
                             style="atomic")[0]
        xyz = read_with_ase(self.export("states", "states.extxyz"))[0]
        self.assertEqual(len(data), ATOMS)
        order = np.argsort(data.arrays["id"])
        between = data.positions[order] - xyz.positions
        np.testing.assert_allclose(between - EDGE * np.round(between / EDGE), 0.0, atol=1e-6)

    def test_a_state_is_a_minimum_with_a_vacancy(self):
        frame = read_with_ase(self.export("states", "one.extxyz", "--state", "0"))[0]
        distances = frame.get_all_distances(mic=True)
        neighbours = ((distances > 0.1) & (distances < 3.1)).sum(axis=1)
        self.assertEqual(sorted(neighbours)[:13], [11] * 12 + [12])

    def test_the_trajectory_in_three_formats(self):
        import MDAnalysis

        positions, _ = self.unwrapped()
        xyz = read_with_ase(self.export("trajectory", "path.extxyz"))
        dump = read_with_ase(self.export("trajectory", "path.dump"), format="lammps-dump-text")
        universe = MDAnalysis.Universe.empty(ATOMS, trajectory=False)
        universe.load_new(self.path("path.h5md"), format="H5MD", convert_units=False)
        for frames in (xyz, dump, universe.trajectory):
            self.assertEqual(len(frames), len(self.visits))
        for k, (_, start, _) in enumerate(self.visits):
            self.assertAlmostEqual(xyz[k].info["time"], start * BLOCK)
            image = EDGE * xyz[k].arrays["image"]
            np.testing.assert_allclose(xyz[k].positions + image, positions[k], atol=1e-9)
            between = dump[k].positions - positions[k]
            np.testing.assert_allclose(between - EDGE * np.round(between / EDGE), 0.0, atol=1e-6)
            np.testing.assert_allclose(universe.trajectory[k].positions, xyz[k].positions, atol=1e-4)

    def test_every_transition_is_a_hop(self):
        positions, residual = self.unwrapped()
        self.assertLess(residual, 0.05)
        hops = []
        for before, after in zip(positions, positions[1:]):
            moved = np.linalg.norm(after - before, axis=1)
            hops.append(moved[moved > 0.5])  # the others relax
            self.assertIn(len(hops[-1]), (1, 2, 3))  # within a block there can be more than one
            np.testing.assert_allclose(hops[-1], LATTICE / np.sqrt(2.0), atol=0.3)
        self.assertGreater(sum(len(hop) == 1 for hop in hops), len(hops) / 2)

    def test_mean_squared_displacement(self):
        positions, _ = self.unwrapped()
        self.splicemd("query", self.store, "export", "msd", "-o", "msd.csv")
        with open(self.path("msd.csv"), encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        self.assertGreater(len(rows), 3)
        starts = np.array([start for _, start, _ in self.visits])

        def at(block):  # a visit's first block is the one after the transition was seen
            return positions[np.searchsorted(starts, block, side="left") - 1 if block > 0 else 0]

        for row in rows:
            window = round(float(row["time_ps"]) / BLOCK)
            self.assertAlmostEqual(window * BLOCK, float(row["time_ps"]))
            edges = np.arange(0, starts[-1] + 1, window)
            squares = [np.mean(np.sum((at(b) - at(a)) ** 2, axis=1)) for a, b in zip(edges, edges[1:])]
            self.assertEqual(int(row["windows"]), len(squares))
            self.assertAlmostEqual(float(row["msd_A2"]), np.mean(squares), places=6)
            # D = ⟨Δr²⟩/(6 t); 1 Å²/ps is 1e-8 m²/s.
            diffusion = np.mean(squares) / (6.0 * window * BLOCK) * 1e-8
            self.assertAlmostEqual(float(row["diffusion_m2_per_s"]) / diffusion, 1.0, places=6)
        # Hops that are far apart add up: over the shortest window the displacement per hop is d²/N, and somewhat
        # less because some go straight back.
        hops = (len(self.visits) - 1) / (starts[-1] * BLOCK)
        single = hops * LATTICE**2 / 2.0 / ATOMS
        found = float(rows[0]["msd_A2"]) / float(rows[0]["time_ps"])
        self.assertLess(0.4, found / single)
        self.assertLess(found / single, 1.6)

    def test_the_matrix_as_csv_and_graphml(self):
        with open(self.export("matrix", "matrix.csv"), encoding="utf-8", newline="") as file:
            counts = {(row["from"], row["to"]): int(row["count"]) for row in csv.DictReader(file)}
        self.assertEqual(sum(counts.values()), len(self.visits) - 1)
        root = xml.etree.ElementTree.parse(self.export("matrix", "graph.graphml")).getroot()
        space = {"g": "http://graphml.graphdrawing.org/xmlns"}
        nodes = root.findall("g:graph/g:node", space)
        self.assertEqual(len(nodes), len(self.energies))
        for node, energy in zip(nodes, self.energies):
            self.assertAlmostEqual(float(node.find("g:data[@key='energy']", space).text), energy)
        edges = {(edge.get("source")[1:], edge.get("target")[1:]): int(edge.find("g:data", space).text)
                 for edge in root.findall("g:graph/g:edge", space)}
        self.assertEqual(edges, counts)

    def test_an_unknown_question_is_named(self):
        _, errors = self.splicemd("query", self.store, "stat", status=2)
        self.assertIn("'state'", errors)
        _, errors = self.splicemd("query", self.store, "summary", "twice", status=2)
        self.assertIn("twice", errors)
        _, errors = self.splicemd("query", self.store, status=2)
        self.assertIn("summary", errors)

    def test_tables_are_json_too(self):
        rows = json.loads(self.splicemd("query", self.store, "export", "matrix", "--json")[0])
        self.assertEqual(sum(row["count"] for row in rows), len(self.visits) - 1)


if __name__ == "__main__":
    unittest.main()
