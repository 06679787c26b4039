"""Reads the trajectories that test_trajectory wrote, with the libraries their users have: h5py, MDAnalysis, ASE."""
import json
import sys
import unittest
import warnings
from pathlib import Path

import ase.io
import ase.units
import h5py
import MDAnalysis
import numpy as np

warnings.filterwarnings("ignore")
FOLDER = Path(sys.argv.pop())
EXPECTED = json.loads((FOLDER / "expected.json").read_text())
KJ_PER_MOL = 96.48533212331  # per eV
SYMBOLS = ["Ni", "Al"]


def tensor(w):
    xx, yy, zz, xy, xz, yz = w
    return np.array([[xx, xy, xz], [xy, yy, yz], [xz, yz, zz]])


class H5md(unittest.TestCase):
    def test_h5py(self):
        with h5py.File(FOLDER / "sample.h5md", "r") as f:
            self.assertEqual(list(f["h5md"].attrs["version"]), [1, 1])
            self.assertEqual(f["h5md/author"].attrs["name"], "A. Tester")
            self.assertEqual(f["h5md/creator"].attrs["name"], "SpliceMD")
            self.assertEqual(list(f["particles"]), ["all"])
            p = f["particles/all"]
            self.assertEqual(p["box"].attrs["dimension"], 3)
            self.assertEqual(list(p["box"].attrs["boundary"]), [b"periodic", b"periodic", b"none"])
            np.testing.assert_array_equal(p["id"], np.arange(1, 24))
            np.testing.assert_array_equal(p["species"][:] - 1, EXPECTED[0]["type"])
            self.assertEqual(p["position/value"].shape, (3, 23, 3))
            self.assertEqual(p["position/value"].attrs["unit"], "Angstrom")
            self.assertEqual(p["velocity/value"].attrs["unit"], "Angstrom ps-1")
            self.assertEqual(p["position/time"].attrs["unit"], "ps")
            for k, e in enumerate(EXPECTED):
                self.assertEqual(p["position/step"][k], e["step"])
                self.assertEqual(p["box/edges/time"][k], e["time"])
                np.testing.assert_array_equal(p["box/edges/value"][k], e["cell"])
                np.testing.assert_array_equal(p["position/value"][k], e["x"])
                np.testing.assert_array_equal(p["velocity/value"][k], e["v"])
                np.testing.assert_array_equal(p["image/value"][k], e["image"])
                np.testing.assert_allclose(p["force/value"][k], np.array(e["f"]) * KJ_PER_MOL, rtol=1e-14)
                self.assertEqual(f["observables/total_potential_energy/value"][k], e["energy"])
                np.testing.assert_array_equal(f["observables/virial/value"][k], tensor(e["virial"]))

    def test_single_precision_and_compression(self):
        with h5py.File(FOLDER / "packed.h5md", "r") as f:
            value = f["particles/all/velocity/value"]
            self.assertEqual(value.dtype, np.float32)
            self.assertEqual(value.compression, "gzip")
            np.testing.assert_allclose(value[2], EXPECTED[2]["v"], atol=1e-7)

    def test_resumed_equals_uninterrupted(self):
        for one, two in (("whole_1", "resumed_1"), ("unkilled_1", "killed_1")):
            with h5py.File(FOLDER / f"{one}.h5md", "r") as a, h5py.File(FOLDER / f"{two}.h5md", "r") as b:
                self.assertEqual(list(b["particles/all/step"]), [0, 10, 20, 30, 40])
                names = []
                a.visititems(lambda name, item: names.append(name) if isinstance(item, h5py.Dataset) else None)
                self.assertGreater(len(names), 10)
                for name in names:
                    np.testing.assert_allclose(a[name][()], b[name][()], rtol=1e-15, err_msg=name)

    def test_mdanalysis(self):
        n = len(EXPECTED[0]["x"])
        universe = MDAnalysis.Universe.empty(n, trajectory=True)
        universe.load_new(str(FOLDER / "sample.h5md"), format="H5MD")
        self.assertEqual(len(universe.trajectory), 3)
        for ts, e in zip(universe.trajectory, EXPECTED):
            self.assertAlmostEqual(ts.time, e["time"])
            np.testing.assert_allclose(ts.positions, e["x"], atol=1e-5)
            np.testing.assert_allclose(ts.velocities, e["v"], atol=1e-6)
            np.testing.assert_allclose(ts.forces, np.array(e["f"]) * KJ_PER_MOL, rtol=1e-6)
            cell = np.array(e["cell"])
            np.testing.assert_allclose(ts.dimensions[:3], np.linalg.norm(cell, axis=1), rtol=1e-6)
            self.assertAlmostEqual(ts.volume / e["volume"], 1.0, places=5)


class ExtendedXyz(unittest.TestCase):
    def test_ase(self):
        frames = ase.io.read(FOLDER / "sample.extxyz", index=":", format="extxyz")
        self.assertEqual(len(frames), 3)
        angstrom_per_ps = 1.0 / (1000.0 * ase.units.fs)
        for atoms, e in zip(frames, EXPECTED):
            self.assertEqual(atoms.get_chemical_symbols(), [SYMBOLS[t] for t in e["type"]])
            np.testing.assert_array_equal(atoms.cell.array, e["cell"])
            np.testing.assert_array_equal(atoms.pbc, [True, True, False])
            np.testing.assert_array_equal(atoms.positions, e["x"])
            np.testing.assert_allclose(atoms.get_velocities() / angstrom_per_ps, e["v"], atol=2e-7)
            np.testing.assert_array_equal(atoms.get_forces(), e["f"])
            self.assertEqual(atoms.get_potential_energy(), e["energy"])
            # ASE's stress is −W/V, where the potential pressure is +W/V.
            np.testing.assert_allclose(atoms.get_stress(voigt=False), -tensor(e["virial"]) / e["volume"], rtol=1e-13)
            self.assertEqual(atoms.info["step"], e["step"])


class LammpsDump(unittest.TestCase):
    def test_ase(self):
        frames = ase.io.read(FOLDER / "sample.dump", index=":", format="lammps-dump-text")
        self.assertEqual(len(frames), 3)
        for atoms, e in zip(frames, EXPECTED):
            cell = np.array(e["cell"])
            # The box was rotated: lengths, angles, volume and fractional positions are what remains.
            np.testing.assert_allclose(atoms.cell.cellpar(), ase.cell.Cell(cell).cellpar(), rtol=1e-12)
            fractional = (np.array(e["x"]) - [1, 2, -3]) @ np.linalg.inv(cell)
            np.testing.assert_allclose((atoms.positions - [1, 2, -3]) @ np.linalg.inv(atoms.cell.array), fractional, atol=1e-9)
            self.assertEqual(atoms.get_chemical_symbols(), [SYMBOLS[t] for t in e["type"]])

    def test_mdanalysis(self):
        universe = MDAnalysis.Universe(str(FOLDER / "sample.dump"), format="LAMMPSDUMP", topology_format="LAMMPSDUMP")
        self.assertEqual(len(universe.trajectory), 3)
        for ts, e in zip(universe.trajectory, EXPECTED):
            self.assertAlmostEqual(ts.volume / e["volume"], 1.0, places=5)


if __name__ == "__main__":
    unittest.main()
