"""Escape rates of real atoms: a campaign and plain dynamics on the same deck agree, and both with harmonic theory
within a factor of two.

A visit that has lasted the decorrelation time t_c is from then on quasi-stationary: its further life is exponential
and independent of all before. So hops that end such visits, over the time beyond t_c in them, are a Poisson rate,
whereas all hops are not: quick returns come in bursts.

Takes minutes, so it is skipped unless SPLICEMD_RATES_SECONDS says how long each run may take (300 gives about 7 per
cent for the adatom, 20 for the vacancy at 800 K on two idle cores). Two exact codes differ by more than the joint
95 % interval once in 20 comparisons. For rare events nearly all that was generated must be spliced.
"""

import json
import math
import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.environ["SOURCE"], "tests", "cli"))
from splicemd_process import SplicemdCase  # noqa: E402

SECONDS = float(os.environ.get("SPLICEMD_RATES_SECONDS", "0"))
BOLTZMANN = 8.617343e-5  # eV/K

# deck, temperature (K), barrier (eV), prefactor (1/ps) of one path, paths: static calculations with the potentials
CASES = {
    "campaign_cu_vacancy": ((1000, 800), 0.689, 4.35, 12),
    "campaign_ag_adatom": ((800,), 0.478, 4.37, 4),
}


@unittest.skipUnless(SECONDS > 0, "set SPLICEMD_RATES_SECONDS")
class EscapeRates(SplicemdCase):
    def run_one(self, command, deck, temperature, store, ranks):
        deck = os.path.join(os.environ["SOURCE"], "inputs", deck + ".yaml")
        self.splicemd(command, deck, "-v", f"T={temperature} K", "--store", store, "--wall-time", f"{SECONDS} s",
                      ranks=ranks, timeout=4 * SECONDS + 600, environment={"OMP_NUM_THREADS": "1"})
        def ask(*question):
            return json.loads(self.splicemd("query", store, *question, "--json")[0])

        summary = ask("summary")
        t_c = summary["decorrelation_ps"]
        visits = ask("trajectory")
        decorrelated = [k for k, visit in enumerate(visits) if visit["state"] == 0 and visit["stay_ps"] > t_c]
        # Hops lead from the start to an equivalent state; excursions to rarer states are not the theory's.
        hops = sum(1 for k in decorrelated if k + 1 < len(visits) and visits[k + 1]["state"] == 0)
        return hops, sum(visits[k]["stay_ps"] - t_c for k in decorrelated), summary

    def check(self, deck):
        temperatures, barrier, prefactor, paths = CASES[deck]
        for temperature in temperatures:
            with self.subTest(deck=deck, temperature=temperature):
                harmonic = paths * prefactor * math.exp(-barrier / (BOLTZMANN * temperature))
                found = {}
                for command, ranks in (("campaign", 3), ("direct", 1)):
                    store = f"{deck}-{command}-{temperature}"
                    count, time, summary = self.run_one(command, deck, temperature, store, ranks)
                    self.assertGreater(count, 5)
                    found[command] = (count, time)
                    rate = count / time
                    # Within a factor of two, with room for two standard errors of the count.
                    room = 2.0 * math.exp(2.0 / math.sqrt(count))
                    self.assertLess(max(rate / harmonic, harmonic / rate), room, command)
                    if command == "campaign" and deck == "campaign_cu_vacancy":  # rare events
                        self.assertGreater(summary["spliced_fraction"], 0.95)
                        self.assertGreater(summary["worker_utilisation"], 0.97)
                (a, s), (b, t) = found["campaign"], found["direct"]
                # The difference of the logarithms of two Poisson rates, in standard errors.
                difference = (math.log(a / s) - math.log(b / t)) / math.sqrt(1 / a + 1 / b)
                print(f"{deck} {temperature} K: campaign {a} hops, {a / s:.5f}/ps; direct {b}, {b / t:.5f}/ps; "
                      f"harmonic {harmonic:.5f}/ps; {difference:+.2f} standard errors apart", flush=True)
                self.assertLess(abs(difference), 1.96)

    def test_copper_vacancy(self):
        self.check("campaign_cu_vacancy")

    def test_silver_adatom(self):
        self.check("campaign_ag_adatom")


if __name__ == "__main__":
    unittest.main()
