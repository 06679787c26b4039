"""`cmake --install`: everything below the prefix, and what is there runs."""

import os
import re
import subprocess
import unittest

from splicemd_process import SplicemdCase


class Install(SplicemdCase):
    def test_a_prefix_holds_all_and_runs(self):
        prefix = self.path("prefix")
        done = subprocess.run([os.environ["CMAKE"], "--install", os.environ["BUILD"], "--prefix", prefix],
                              capture_output=True, text=True, check=True, timeout=300)
        files = re.findall(r"-- (?:Installing|Up-to-date): (.*)", done.stdout)
        self.assertGreater(len(files), 50)
        for file in files:
            self.assertTrue(file.startswith(prefix + "/"), file)

        share = os.path.join(prefix, "share", "splicemd")
        executable = os.path.join(prefix, "bin", "splicemd")
        for command in (["info"], ["run", "--dry-run", os.path.join(share, "inputs", "w_snap_nve.yaml")],
                        ["bench", "snap", "--case", "w-54", "--smoke"]):
            done = subprocess.run([executable, *command], cwd=self.folder, stdin=subprocess.DEVNULL,
                                  capture_output=True, text=True, check=False, timeout=300)
            self.assertEqual(done.returncode, 0, f"{command}\n{done.stdout}\n{done.stderr}")
        self.assertIn("w-54", done.stdout)


if __name__ == "__main__":
    unittest.main()
