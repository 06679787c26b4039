"""Every case of tests/reference/cases through `splicemd run`, against the reference code's numbers.

Each case becomes a deck as a user would write it. Energies and forces agree to 1e-9 of the case's
largest, pressures to 1e-6, NVE traces to 1e-6; two tables on different grids are interpolated anew by
the reference code, so that 1e-5 is enough there.
"""

import glob
import json
import os
import unittest

import numpy as np

from frames import read_extxyz, read_rows
from splicemd_process import SOURCE, SplicemdCase

CASES = os.path.join(SOURCE, "tests", "reference", "cases")
POTENTIALS = ":".join(
    [os.path.join(SOURCE, "tests", "reference", "potentials"), os.path.join(SOURCE, "inputs", "potentials")]
)
EV_PER_A3_IN_BAR = 1.6021765e6
COMPONENTS = {"xx": (0, 0), "yy": (1, 1), "zz": (2, 2), "xy": (0, 1), "xz": (0, 2), "yz": (1, 2)}


def potential_terms(case):
    """The case's pair_style and pair_coeff lines as the terms of a deck."""
    elements = case["elements"]
    words = case["pair_style"].split()
    hybrid = words[0] == "hybrid/overlay"
    coefficients = [line.split() for line in case["pair_coeff"]]
    terms = []
    if "zbl" in words:
        at = words.index("zbl")
        charge = {}
        for c in coefficients:
            if not hybrid or c[2] == "zbl":
                charge[elements[int(c[0]) - 1]], charge[elements[int(c[1]) - 1]] = int(c[-2]), int(c[-1])
        terms.append(
            {"style": "zbl", "inner": float(words[at + 1]), "outer": float(words[at + 2]), "elements": charge}
        )
    if "snap" in words:
        c = next(c for c in coefficients if not hybrid or c[2] == "snap")[3 if hybrid else 2 :]
        terms.append(
            {"style": "snap", "coefficients": c[0], "parameters": c[1], "elements": dict(zip(elements, c[2:]))}
        )
    if words[0] in ("eam/alloy", "eam/fs"):
        c = coefficients[0]
        terms.append({"style": words[0], "file": c[2], "elements": dict(zip(elements, c[3:]))})
    if words[0] == "eam":
        terms.append({"style": "eam", "files": {elements[int(c[0]) - 1]: c[2] for c in coefficients}})
    if words[0] == "lj/cut":
        pairs = [
            {"species": [elements[int(c[0]) - 1], elements[int(c[1]) - 1]], "epsilon": float(c[2]), "sigma": float(c[3])}
            for c in coefficients
        ]
        terms.append({"style": "lj/cut", "cutoff": float(words[1]), "pairs": pairs})
    return terms


def table_masses(case):
    """Masses that the reference code's funcfl style takes from the potential files."""
    masses = {}
    if case["pair_style"] == "eam":
        for line in case["pair_coeff"]:
            number, _, name = line.split()
            with open(os.path.join(SOURCE, "inputs", "potentials", name), encoding="utf-8") as file:
                masses[case["elements"][int(number) - 1]] = float(file.readlines()[1].split()[1])
    return masses


def deck_of(folder, case):
    nve = case.get("nve")
    masses = table_masses(case)
    system = {
        "read": {"file": os.path.join(folder, "system.data"), "format": "lammps-data", "elements": case["elements"]},
        "boundary": [{"p": "periodic", "f": "open"}[b] for b in case["boundary"].split()],
    }
    if masses:
        system["masses"] = masses
    deck = {
        "system": system,
        "potentials": potential_terms(case),
        "thermo": {
            "interval": 20,
            "columns": ["step", "temp", "pe", "ke", "etotal", "press", "pxx", "pyy", "pzz", "pxy", "pxz", "pyz"],
            "file": "thermo.csv",
        },
        "outputs": [
            {"file": "out.extxyz", "interval": nve["steps"] if nve else 1, "fields": ["velocities", "forces", "energies", "images"]}
        ],
        "stages": [{"style": "nve", "steps": nve["steps"] if nve else 0, "timestep": nve["timestep_ps"] if nve else 0.001}],
    }
    if not nve:
        deck["velocities"] = {"temperature": 0}
    return deck


class ReferenceRun(SplicemdCase):
    def compare(self, folder, ranks):
        with open(os.path.join(folder, "expected.json"), encoding="utf-8") as file:
            case = json.load(file)
        self.write("deck.yaml", json.dumps(deck_of(folder, case)))  # JSON is YAML
        _, err = self.splicemd(
            "run", "deck.yaml", "--quiet", ranks=ranks, environment={"SPLICEMD_POTENTIALS": POTENTIALS}
        )
        # Made-up multi-element coefficients draw one warning, whatever the number of ranks.
        asymmetric = "chem_quadratic" in folder
        self.assertEqual(err.count("warning:"), 1 if asymmetric else 0, err)
        self.assertEqual(err.count("\n"), err.count("warning:"), err)
        files = [line for line in case["pair_coeff"] if line.endswith(".eam")]
        tolerance = 1e-5 if len(files) > 1 else 1e-9
        frames = read_extxyz(self.path("out.extxyz"))
        rows = read_rows(self.path("thermo.csv"))
        self.check_static(case, frames[0], rows[0], tolerance)
        if "nve" in case:
            self.check_nve(case["nve"], frames, rows)

    def check_static(self, case, frame, row, tolerance):
        expected = np.array(case["forces"])
        self.assertEqual(frame.forces.shape, expected.shape)
        energy = case["energy"]
        self.assertLessEqual(abs(float(frame.info["energy"]) - energy), tolerance * abs(energy))
        self.assertLessEqual(abs(row["pe"] - energy), tolerance * abs(energy))
        self.assertLessEqual(np.max(abs(frame.forces - expected)), tolerance * np.max(abs(expected)))
        energies = np.array(case["atom_energies"])
        self.assertLessEqual(np.max(abs(frame.energies - energies)), tolerance * np.max(abs(energies)))
        pressure = case["pressure_tensor"]
        slack = max(1e-6, tolerance) * max(abs(p) for p in pressure.values())
        stress = np.array(frame.info["stress"].split(), dtype=float).reshape(3, 3)
        for name, (i, j) in COMPONENTS.items():
            self.assertLessEqual(abs(-stress[i, j] * EV_PER_A3_IN_BAR - pressure[name]), slack, name)
            if "nve" not in case:  # at rest the pressure is the virial's
                self.assertLessEqual(abs(row["p" + name] - pressure[name]), slack, name)

    def check_nve(self, nve, frames, rows):
        expected = np.array(nve["thermo"])
        self.assertEqual([row["step"] for row in rows], list(expected[:, 0]))
        for k, name in enumerate(nve["columns"]):
            column = name.split("_")[0]  # without its unit
            found = np.array([row[column] for row in rows])
            self.assertLessEqual(np.max(abs(found - expected[:, k])), 1e-6 * np.max(abs(expected[:, k])), column)
        last = frames[-1]
        self.assertEqual(last.step, nve["steps"])
        lattice = np.array(last.info["Lattice"].split(), dtype=float).reshape(3, 3)
        shift = (last.pos - np.array(nve["final_positions"])) @ np.linalg.inv(lattice)
        self.assertLess(np.max(abs((shift - np.round(shift)) @ lattice)), 1e-6 * np.max(np.linalg.norm(lattice, axis=1)))
        velocities = last.momenta / last.masses[:, None] / np.sqrt(1.0364269e-4)
        expected_velocities = np.array(nve["final_velocities"])
        self.assertLess(np.max(abs(velocities - expected_velocities)), 1e-6 * np.max(abs(expected_velocities)))


def add(folder, ranks):
    name = os.path.basename(folder)
    setattr(ReferenceRun, f"test_{name}_{ranks}", lambda self: self.compare(folder, ranks))


for case_folder in sorted(glob.glob(os.path.join(CASES, "*"))):
    for rank_count in (1, 2):
        add(case_folder, rank_count)


if __name__ == "__main__":
    unittest.main()
