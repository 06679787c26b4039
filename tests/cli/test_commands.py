"""Commands and options that do not simulate: version, info, help, dry run, log and quiet."""

import json
import os
import re
import shutil
import unittest

from splicemd_process import SOURCE, SplicemdCase

DECK = os.path.join(SOURCE, "inputs", "w_snap_nve.yaml")
SMALL = ("-v", "n=3", "-v", "steps=4")


class Commands(SplicemdCase):
    def test_version(self):
        out, _ = self.splicemd("--version")
        self.assertRegex(out, r"^splicemd \d+\.\d+\.\d+\n$")

    def test_help_names_the_commands(self):
        out, _ = self.splicemd("--help")
        for command in ("run", "campaign", "direct", "query", "verify", "bench", "tune", "info"):
            self.assertIn(command, out)

    def test_unknown_command(self):
        out, err = self.splicemd("rum", DECK, status=2)
        self.assertEqual(out, "")
        self.assertIn("unknown command 'rum' (did you mean 'run'?)", err)

    def test_info(self):
        out, err = self.splicemd("info", "--threads", "2", ranks=2)
        self.assertEqual(err, "")
        for name in ("version", "backend", "precision", "vector", "Kokkos", "MPI", "HDF5", "yaml-cpp", "fmt"):
            self.assertEqual(len(re.findall(rf"^{name} +\S", out, re.MULTILINE)), 1, name + "\n" + out)
        self.assertRegex(out, r"concurrency +2 ranks x 2 threads")

    def test_threads_option(self):
        out, _ = self.splicemd("info", "--threads", "1")
        self.assertRegex(out, r"concurrency +1 ranks x 1 threads")

    def test_more_threads_or_ranks_than_cores_are_one_warning(self):
        cores = len(os.sched_getaffinity(0))
        out, err = self.splicemd("info", environment={"OMP_NUM_THREADS": str(4 * cores)}, crowding=True)
        self.assertRegex(out, rf"concurrency +1 ranks x {cores} threads")
        self.assertEqual(err, f"warning: {cores} threads a rank instead of {4 * cores}: more than its share of cores "
                              f"would be slow (1 rank on {cores} core{'s' if cores > 1 else ''})\n")
        out, err = self.splicemd("info", "--threads", str(2 * cores), crowding=True)
        self.assertRegex(out, rf"concurrency +1 ranks x {2 * cores} threads")  # the user's word
        self.assertEqual(err.count("warning: "), 1, err)
        if cores < 8:
            _, err = self.splicemd("info", ranks=cores + 1, environment={"OMP_NUM_THREADS": "1"}, crowding=True)
            self.assertEqual(err.count("warning: more ranks than cores"), 1, err)
        _, err = self.splicemd("info", environment={"OMP_NUM_THREADS": "1"}, crowding=True)
        self.assertEqual(err, "")

    def test_all_cores_are_used_by_default(self):
        del os.environ["OMP_NUM_THREADS"]
        self.addCleanup(os.environ.__setitem__, "OMP_NUM_THREADS", "2")
        environment = {}
        out, _ = self.splicemd("info", environment=environment)
        cores = len(os.sched_getaffinity(0))
        self.assertRegex(out, rf"concurrency +1 ranks x {cores} threads")
        out, _ = self.splicemd("info", ranks=2, environment=environment)
        self.assertRegex(out, rf"concurrency +2 ranks x {max(1, cores // 2)} threads")

    def test_verify_passes_and_tells_a_wrong_number(self):
        reference = os.path.join(SOURCE, "tests", "reference")
        case = os.path.join(reference, "cases", "eam_ag_cluster")
        potentials = os.path.join(SOURCE, "inputs", "potentials")
        for ranks in (1, 2):
            out, _ = self.splicemd("verify", case, "--potentials", potentials, ranks=ranks)
            self.assertIn("1 of 1 cases within tolerance", out)
            self.assertRegex(out, r"(?m)^eam_ag_cluster +forces +\S+ +1e-09  ok$")
        wrong = self.path("wrong")
        shutil.copytree(case, wrong)
        with open(os.path.join(wrong, "expected.json"), encoding="utf-8") as file:
            expected = json.load(file)
        expected["forces"][3][1] += 1e-5
        with open(os.path.join(wrong, "expected.json"), "w", encoding="utf-8") as file:
            json.dump(expected, file)
        out, _ = self.splicemd("verify", wrong, case, self.write("note", ""), "--potentials", potentials, status=1)
        self.assertRegex(out, r"(?m)^wrong +forces .* EXCEEDED$")
        self.assertIn("1 of 2 cases within tolerance", out)
        _, err = self.splicemd("verify", self.path("none"), status=2)
        self.assertIn("none/expected.json", err)

    def test_dry_run_writes_nothing(self):
        out, err = self.splicemd("run", DECK, *SMALL, "--dry-run")
        self.assertEqual(err, "")
        self.assertIn("54 atoms", out)
        self.assertNotIn("Loop time", out)
        self.assertEqual(os.listdir(self.folder), [])

    def test_quiet_prints_nothing_and_log_gets_everything(self):
        out, err = self.splicemd("run", DECK, *SMALL, "--quiet", "--log", "run.log")
        self.assertEqual((out, err), ("", ""))
        with open(self.path("run.log"), encoding="utf-8") as log:
            text = log.read()
        self.assertIn("Loop time of", text)
        self.assertRegex(text, r"(?m)^ *Step +Time +Temp ")

    def test_summary_in_the_words_scripts_look_for(self):
        out, _ = self.splicemd("run", DECK, *SMALL)
        self.assertRegex(out, r"(?m)^Loop time of \S+ on 2 procs for 4 steps with 54 atoms")
        self.assertRegex(out, r"(?m)^Performance: \S+ ns/day, \S+ hours/ns, \S+ timesteps/s, \S+ katom-step/s")
        for part in ("Pair", "Neigh", "Comm", "Output", "Modify", "Other"):
            self.assertRegex(out, rf"(?m)^{part} +\|")
        self.assertIn("Dangerous builds = 0", out)
        self.assertNotIn("\r", out)  # no progress line where there is no terminal

    def test_tune_finds_settings_that_run_uses(self):
        cache = {"XDG_CACHE_HOME": self.path("cache"), "OMP_NUM_THREADS": "1"}
        _, err = self.splicemd("run", DECK, *SMALL, "--tuned", environment=cache, status=2)
        self.assertIn("run  splicemd tune", err)
        out, err = self.splicemd("tune", DECK, "-v", "n=3", "--seconds", "0.002", environment=cache)
        self.assertEqual(err, "")
        skin = re.search(r"(?m)^Chosen: skin (\S+) Å", out).group(1)
        out, _ = self.splicemd("run", DECK, *SMALL, "--tuned", environment=cache)
        self.assertIn(f"Tuned: skin {skin} Å", out)
        self.assertIn(f"Neighbour lists: skin {skin} Å", out)
        (file,) = os.listdir(self.path("cache/splicemd/tuned"))
        self.write(os.path.join("cache/splicemd/tuned", file), "skin: much\n")
        _, err = self.splicemd("run", DECK, *SMALL, "--tuned", environment=cache, status=2)
        self.assertIn("skin", err)


if __name__ == "__main__":
    unittest.main()
