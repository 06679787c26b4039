"""Reads stores with sqlite3 and h5py alone, as docs/datastore_format.md says: with the very code of its example.

Usage: read_store.py MAKE_STORE DOCS FOLDER
"""

import os
import re
import signal
import sqlite3
import subprocess
import sys
import unittest

MAKE_STORE, DOCS, FOLDER = sys.argv[-3:]
del sys.argv[-3:]


def example():
    """The function of the page's Python example."""
    with open(os.path.join(DOCS, "datastore_format.md"), encoding="utf-8") as page:
        code = re.search(r"```python\n(.*?)```", page.read(), re.S).group(1)
    names = {}
    exec(code, names)  # pylint: disable=exec-used
    return names["values"]


class ReadStore(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        done = subprocess.run([MAKE_STORE, FOLDER], check=False)
        assert done.returncode == -signal.SIGKILL, done

    def expected(self):
        values = {f"{i:016x}{7 * i:016x}": bytes([i & 255]) * i for i in range(2, 3000)}
        values[f"{1:032x}"] = b"splice"
        del values[f"{3:016x}{21:016x}"]
        values[f"{4:016x}{28:016x}"] = b"replaced"
        return values

    def check(self, name):
        store = os.path.join(FOLDER, name)
        self.assertEqual(dict(example()(store)), self.expected())
        ledger = sqlite3.connect(f"file:{store}/ledger.sqlite?mode=ro", uri=True)
        self.assertEqual(ledger.execute("PRAGMA application_id").fetchone()[0], 0x53704D44)
        self.assertEqual(dict(ledger.execute("SELECT name, version FROM schemas")), {"datastore": 1, "example": 1})
        self.assertEqual(ledger.execute("SELECT count(*) FROM visits").fetchone()[0], 2998)
        erased = ledger.execute("SELECT hex(key) FROM records WHERE shard IS NULL").fetchall()
        self.assertEqual(erased, [(f"{3:016X}{21:016X}",)])
        host, pid, ended = ledger.execute("SELECT host, pid, ended FROM writers").fetchone()
        self.assertEqual(host, os.uname().nodename)
        self.assertGreater(pid, 0)
        return ended, ledger.execute("SELECT file, sealed FROM shards").fetchall()

    def test_closed_store(self):
        ended, shards = self.check("closed")
        self.assertGreater(ended, 1.6e9)
        self.assertEqual(shards, [("shards/000001.h5", 1)])
        self.assertEqual(os.path.getsize(os.path.join(FOLDER, "closed", "lock")), 0)

    def test_store_of_a_killed_writer(self):
        ended, shards = self.check("killed")
        self.assertIsNone(ended)
        self.assertEqual(shards, [("shards/000001.h5", 0)])

    def test_checksums(self):
        try:
            import xxhash  # pylint: disable=import-outside-toplevel
        except ImportError:
            self.skipTest("python3-xxhash is not installed")
        ledger = sqlite3.connect(f"file:{FOLDER}/closed/ledger.sqlite?mode=ro", uri=True)
        sums = {key.lower(): c & (2**64 - 1) for key, c in ledger.execute("SELECT hex(key), checksum FROM records")}
        for key, value in self.expected().items():
            self.assertEqual(sums[key], xxhash.xxh3_64_intdigest(value))


if __name__ == "__main__":
    unittest.main()
