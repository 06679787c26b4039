"""Every deck in inputs/ and bench/ runs as it is, with few steps; campaigns are checked, start state and all."""

import glob
import os
import re
import unittest

from splicemd_process import SOURCE, SplicemdCase


class Decks(SplicemdCase):
    def run_deck(self, path, steps, ranks=1, more=()):
        out, err = self.splicemd("run", path, "-v", f"steps={steps}", *more, ranks=ranks)
        self.assertEqual(err, "", path)
        self.assertGreater(len(re.findall(r"(?m)^Loop time of ", out)), 0)
        self.assertIn("Dangerous builds = 0", out)
        return out


def add_campaign(name, path):
    def test(self):
        out, err = self.splicemd("campaign", path, "--dry-run", "--store", "campaign.store")
        self.assertEqual(err, "", path)
        self.assertNotEqual(out, "")
        self.assertEqual(os.listdir(self.folder), [])

    setattr(Decks, f"test_{name}", test)


def add(name, path, steps, ranks=1):
    def test(self):
        self.run_deck(path, steps, ranks)

    setattr(Decks, f"test_{name}_{ranks}", test)


for deck in sorted(glob.glob(os.path.join(SOURCE, "inputs", "*.yaml"))):
    name = os.path.basename(deck)[:-5]
    if name.startswith("campaign_"):
        add_campaign(name, deck)
    else:
        add(name, deck, 4)
for deck in sorted(glob.glob(os.path.join(SOURCE, "bench", "*", "*.yaml"))):
    add("bench_" + os.path.basename(deck)[:-5], deck, 2)
for deck in ("w_snap_nve", "ag_adatom_langevin", "cuni_npt", "cu_cluster_langevin"):
    add(deck, os.path.join(SOURCE, "inputs", deck + ".yaml"), 4, ranks=2)


if __name__ == "__main__":
    unittest.main()
