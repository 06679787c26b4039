"""`splicemd query` on stores that are closed, killed, being written, damaged, or no stores at all."""

import csv
import glob
import io
import json
import os
import signal
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.join(os.environ["SOURCE"], "tests", "cli"))
from splicemd_process import SplicemdCase  # noqa: E402  pylint: disable=wrong-import-position

VALUES = 2998  # 2 … 2999 and "splice", less one taken
BYTES = sum(range(2, 3000)) - 3 - 4 + len("splice") + len("replaced")


class QueryCase(SplicemdCase):
    def setUp(self):
        super().setUp()
        done = subprocess.run([os.environ["MAKE_STORE"], self.path("stores")], check=False)
        self.assertEqual(done.returncode, -signal.SIGKILL)
        self.closed, self.killed = self.path("stores/closed"), self.path("stores/killed")

    def query(self, *arguments, **how):
        return self.splicemd("query", *arguments, **how)

    def fields(self, *arguments, **how):
        return json.loads(self.query(*arguments, "--json", **how)[0])

    def test_summary(self):
        for store in (self.closed, self.killed):
            fields = self.fields(store, "summary")
            self.assertEqual(fields["values"], VALUES)
            self.assertEqual(fields["value_bytes"], BYTES)
            self.assertEqual(fields["erased"], 1)
            self.assertEqual(fields["writer_host"], os.uname().nodename)
        out, _ = self.query(self.closed, "summary")
        self.assertRegex(out, rf"(?m)^values +{VALUES}$")

    def test_sql(self):
        select = "SELECT n, hex(state) AS state, state AS raw, NULL AS empty FROM visits WHERE n < 4"
        rows = self.fields(self.closed, "sql", select)
        self.assertEqual(len(rows), 2)
        key = f"{2:016x}{14:016x}"
        self.assertEqual(rows[0], {"n": 2, "state": key.upper(), "raw": key, "empty": None})
        out, _ = self.query(self.closed, "--csv", "sql", select)
        self.assertEqual(list(csv.DictReader(io.StringIO(out)))[1]["n"], "3")
        out, _ = self.query(self.closed, "sql", select)
        self.assertRegex(out.splitlines()[0], "^n +state +raw +empty$")

    def test_sql_changes_nothing(self):
        for statement in ("DELETE FROM visits", "INSERT INTO visits(n) VALUES(1)", "DROP TABLE visits"):
            self.query(self.closed, "sql", statement, status=2)
        _, err = self.query(self.closed, "sql", "SELECT * FROM visit", status=2)
        self.assertIn("no such table: visit", err)
        _, err = self.query(self.closed, "sql", "SELECT 1; DELETE FROM visits", status=2)
        self.assertIn("more than one statement", err)
        self.assertEqual(self.fields(self.closed, "sql", "SELECT count(*) AS n FROM visits")[0]["n"], 2998)

    def test_check_is_clean_and_changes_nothing(self):
        for store, unsealed in ((self.closed, 0), (self.killed, 1)):
            fields = self.fields(store, "check")
            self.assertEqual(fields["clean"], "yes")
            self.assertEqual((fields["values"], fields["value_bytes"]), (VALUES, BYTES))
            self.assertEqual(fields["unsealed_shards"], unsealed)

    def test_repair_after_a_kill(self):
        fields = self.fields(self.killed, "repair")
        self.assertEqual((fields["clean"], fields["lost"], fields["unsealed_shards"]), ("yes", 0, 0))
        self.assertIn("lock of process", fields["repair_1"])
        self.assertEqual(self.fields(self.killed, "check")["values"], VALUES)
        self.assertEqual(self.fields(self.killed, "repair")["repairs"], 0)

    def test_damaged_value_is_found_and_given_up(self):
        (shard,) = glob.glob(os.path.join(self.closed, "shards", "*.h5"))
        with open(shard, "r+b") as file:
            at = file.read().index(b"replaced")
            file.seek(at)
            file.write(b"REPLACED")
        _, err = self.query(self.closed, "check", status=1)
        self.assertIn(f"bad value {4:016x}{28:016x}: does not match its checksum", err)
        fields = self.fields(self.closed, "repair")
        self.assertEqual((fields["clean"], fields["lost"], fields["values"]), ("yes", 1, VALUES - 1))
        lost = self.fields(self.closed, "sql", "SELECT hex(key) AS key, reason FROM lost")
        self.assertEqual(lost[0]["key"].lower(), f"{4:016x}{28:016x}")
        self.assertEqual(self.fields(self.closed, "check")["clean"], "yes")

    def test_missing_shard(self):
        for shard in glob.glob(os.path.join(self.closed, "shards", "*.h5")):
            os.remove(shard)
        self.query(self.closed, "check", status=1)
        fields = self.fields(self.closed, "repair")
        self.assertEqual((fields["clean"], fields["lost"], fields["values"]), ("yes", VALUES, 0))

    def test_damaged_ledger(self):
        ledger = os.path.join(self.closed, "ledger.sqlite")
        with open(ledger, "r+b") as file:
            file.seek(8 * 4096)
            file.write(b"\xff" * 4096)
        _, err = self.query(self.closed, "check", status=1)
        self.assertIn("ledger.sqlite", err)

    def test_what_is_no_store(self):
        _, err = self.query(self.folder, "summary", status=2)
        self.assertIn("is not a datastore", err)
        self.query(self.closed, status=2)
        ledger = os.path.join(self.closed, "ledger.sqlite")
        subprocess.run(["cp", ledger, ledger + ".copy"], check=True)
        import sqlite3  # pylint: disable=import-outside-toplevel

        with sqlite3.connect(ledger) as database:
            database.execute("UPDATE schemas SET version = 99 WHERE name = 'datastore'")
        database.close()
        _, err = self.query(self.closed, "summary", status=1)
        self.assertIn("written by a newer SpliceMD", err)


if __name__ == "__main__":
    unittest.main()
