"""Reads the files that runs write: extended XYZ frames, LAMMPS dump frames, thermo tables and rows."""

import csv
import json
import re

import numpy as np


class Frame:
    """One frame: `step`, `info` (the comment line's keys) and `columns` (name -> array), sorted by id."""

    def __init__(self, step, info, columns):
        order = np.argsort(columns["id"])
        self.step = step
        self.info = info
        self.columns = {name: values[order] for name, values in columns.items()}

    def __getattr__(self, name):
        try:
            return self.columns[name]
        except KeyError as error:
            raise AttributeError(name) from error


def _convert(words, kind):
    if kind == "S":
        return np.array(words)
    return np.array(words, dtype=float if kind == "R" else np.int64)


def read_extxyz(path):
    """All frames of an extended XYZ file, every digit kept."""
    with open(path, encoding="utf-8") as file:
        lines = file.read().split("\n")
    frames, at = [], 0
    while at < len(lines) and lines[at]:
        count = int(lines[at])
        info = {k: q or v for k, q, v in re.findall(r'(\w+)=(?:"([^"]*)"|(\S+))', lines[at + 1])}
        rows = [line.split() for line in lines[at + 2 : at + 2 + count]]
        columns, first = {}, 0
        fields = info["Properties"].split(":")
        for name, kind, width in zip(fields[::3], fields[1::3], fields[2::3]):
            last = first + int(width)
            values = _convert([row[first:last] for row in rows], kind)
            columns[name] = values[:, 0] if int(width) == 1 else values
            first = last
        frames.append(Frame(int(info["step"]), info, columns))
        at += 2 + count
    return frames


def read_dump(path):
    """All frames of a LAMMPS dump; info holds the lines of the box."""
    with open(path, encoding="utf-8") as file:
        lines = file.read().split("\n")
    frames, at = [], 0
    while at < len(lines) and lines[at]:
        count = int(lines[at + 3])
        names = lines[at + 8].split()[2:]
        rows = [line.split() for line in lines[at + 9 : at + 9 + count]]
        columns = {}
        for k, name in enumerate(names):
            kind = "S" if name == "element" else "I" if name in ("id", "type", "ix", "iy", "iz") else "R"
            columns[name] = _convert([row[k] for row in rows], kind)
        info = {"bounds": lines[at + 4], "box": [[float(x) for x in lines[at + 5 + k].split()] for k in range(3)]}
        frames.append(Frame(int(lines[at + 1]), info, columns))
        at += 9 + count
    return frames


# Names in machine-readable thermo files -> the deck's names of the columns.
COLUMNS = {
    "time_ps": "time",
    "temperature_K": "temp",
    "potential_energy_eV": "pe",
    "kinetic_energy_eV": "ke",
    "total_energy_eV": "etotal",
    "conserved_energy_eV": "conserved",
    "pressure_bar": "press",
    "volume_A3": "volume",
    "density_g_cm3": "density",
    **{f"p{c}_bar": f"p{c}" for c in ("xx", "yy", "zz", "xy", "xz", "yz")},
    **{f"{c}_A": f"l{k}" for c, k in zip("abc", "xyz")},
    **{f"{c}_deg": c for c in ("alpha", "beta", "gamma")},
    "max_force_eV_A": "fmax",
    "potential_energy_per_atom_eV": "peatom",
    "wall_s": "cpu",
}


def read_rows(path):
    """The rows of a machine-readable thermo file as dictionaries: the deck's column names -> numbers."""
    with open(path, encoding="utf-8", newline="") as file:
        rows = [json.loads(line) for line in file] if path.endswith(".jsonl") else list(csv.DictReader(file))
    return [{COLUMNS.get(name, name): float(value) for name, value in row.items()} for row in rows]


def thermo_tables(text):
    """The thermo tables that a run printed: a list of (column names, rows of numbers)."""
    tables, rows, width = [], None, 0
    for line in text.splitlines():
        words = line.split()
        if words[:1] == ["Step"]:
            rows, width = [], len(words)
            tables.append((words, rows))
        elif rows is not None and len(words) == width and re.fullmatch(r"\d+", words[0]):
            rows.append([float(word) for word in words])
        else:
            rows = None
    return tables
