"""Runs the splicemd executable in a temporary directory, on one or several ranks."""

import os
import re
import shutil
import subprocess
import tempfile
import unittest

SOURCE = os.environ["SOURCE"]


def without_crowding(errors):
    """What was written to stderr without the warning that there are few cores here for so many ranks or threads."""
    return re.sub(r"^warning: (more ranks than cores|\d+ threads a rank) .*\n", "", errors, flags=re.MULTILINE)


class SplicemdCase(unittest.TestCase):
    """A test case whose runs happen in a fresh directory, `self.folder`."""

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="splicemd-cli-")
        self.addCleanup(shutil.rmtree, self.folder)

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, text):
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.write(text)
        return self.path(name)

    def splicemd(self, *arguments, ranks=1, status=0, environment=None, timeout=300, crowding=False):
        """Runs the executable, checks its exit status (one, or a tuple of allowed ones); stdout and stderr.

        Unless `crowding`, warnings that there are few cores are left out.
        """
        command = [os.environ["SPLICEMD"], *arguments]
        if ranks > 1:
            command = [os.environ["MPIEXEC"], "-n", str(ranks), *command]
        done = subprocess.run(
            command,
            cwd=self.folder,
            env={**os.environ, **(environment or {})},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )
        allowed = status if isinstance(status, tuple) else (status,)
        self.assertIn(
            done.returncode, allowed, f"{command}\n--- stdout\n{done.stdout}\n--- stderr\n{done.stderr}"
        )
        return done.stdout, done.stderr if crowding else without_crowding(done.stderr)
