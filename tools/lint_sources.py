#!/usr/bin/env python3
"""Checks what the compilers cannot: include directions, banned calls, kernel labels, file headers.

Usage: tools/lint_sources.py [FILES...]   (default: every source of the project)
Prints file:line: message for each finding; exit status 1 if there are any.
"""
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

# Which folders' headers a folder may include: arrows point one way only.
MAY_INCLUDE = {
    "base": {"base"},
    "snap": {"base", "snap"},
    "md": {"base", "snap", "md"},
    "taskmgr": {"base", "taskmgr"},
    "datastore": {"base", "datastore"},
    "parsplice": {"base", "snap", "md", "taskmgr", "datastore", "parsplice"},
}
APPLICATION = set(MAY_INCLUDE["parsplice"])
MAY_INCLUDE["bench"] = APPLICATION | {"bench"}
MAY_INCLUDE["cli"] = APPLICATION | {"bench", "cli"}
MAY_INCLUDE["tests"] = APPLICATION | {"cli", "bench", "tests"}

GENERATED = {"splicemd_build_info.hpp"}

# Calls that are written nowhere, with what to use instead, and the files or folders that may.
BANNED = [
    (r"\b(?:ato[ifl]l?|(?:std::)?sto(?:i|l|ll|ul|ull|f|d|ld)|strto[a-z]+|[fsv]*scanf|from_chars)\s*\(",
     "numbers are parsed by base/parse.hpp", {"base/parse.cpp"}),
    (r"\.\s*as\s*<", "YAML scalars are read through base/config.hpp", set()),
    (r"\b(?:std::)?s?rand\s*\(", "random numbers are counter-based: base/random.hpp", set()),
    (r"\bstd::(?:mt19937|default_random_engine|random_device)\b",
     "random numbers are counter-based: base/random.hpp", {"tests/", "bench/"}),
    (r"\b(?:std::system|popen)\s*\(", "no shell is started", set()),
    (r"\bstd::chrono::(?:system_clock|high_resolution_clock)\b|\b(?:MPI_Wtime|gettimeofday|ftime)\s*\(|\bCLOCK_REALTIME\b"
     r"|(?<![\w:.>])(?:std::)?time\s*\(\s*(?:nullptr|NULL|0|&)",
     "durations are by steady_seconds(), labels by seconds_since_1970(): base/clock.hpp",
     {"base/clock.hpp", "tests/parsplice/step_clock.cpp",
      "datastore/client.cpp", "datastore/store.cpp"}),  # the last two make names that differ
    (r"\.\s*wait_until\s*\(", "waiting is for a duration, by the steady clock", set()),
    (r"\b(?:gets|strcpy|strcat|sprintf|vsprintf)\s*\(", "unbounded writes", set()),
    # Whoever creates or renames files himself skips the checks on what a user's path leads to. The store and the
    # marks of running tasks are this program's own folders; text_trajectory only reads.
    (r"\b(?:std::(?:basic_)?o?fstream|f(?:re|d)?open|creat|mk[od]?stemps?|tmpfile|O_CREAT"
     r"|O_TRUNC|H5F_ACC_TRUNC|H5F_ACC_EXCL|H5Fcreate|rename(?:at2?)?|copy_file|resize_file|create_(?:hard_|sym)?link)\b",
     "files are created and replaced through base/files.hpp",
     {"base/files.cpp", "base/hdf5.cpp", "datastore/", "taskmgr/running_mark.cpp", "md/io/text_trajectory.cpp",
      "tests/"}),
]
# A call of MPI whose result nobody looks at.
UNCHECKED_MPI = re.compile(r"(?:^|[;{}]|\belse\b|\bif\s*\([^;{}]*?\))\s*(?:\(void\)\s*)?(MPI_[A-Z]\w*)\s*\(")
# Only main() ends the process; elsewhere an exception is thrown.
ENDS_PROCESS = re.compile(r"\b(?:MPI_Abort|std::exit|std::abort|std::terminate|_exit|quick_exit)\s*\(")
MAY_END_PROCESS = ("cli/", "tests/", "bench/")

# Words that have no place in what is committed.
UNFINISHED = re.compile(r"\b(?:TODO|FIXME|XXX|HACK)\b")
LOCAL_PATH = re.compile(r"(?<![\w.$}~])/(?:home|root|work|Users|var/tmp)/")

MAX_COLUMNS = 120  # of comments and strings: clang-format keeps code at 100
MAX_LINES = 600

PARALLEL = re.compile(r"\b(?:parallel_(?:for|reduce|scan)|(?:for|reduce)_rows)\s*\(")
NESTED = re.compile(r"(?:Kokkos::)?(?:TeamThread|ThreadVector|TeamVector)(?:MD)?Range\b")


def without_comments(text, keep_strings):
    """The text with comments (and string contents unless kept) blanked out, line structure intact."""
    pattern = re.compile(
        r'//[^\n]*|/\*.*?\*/|R"(?P<d>[^(\s]*)\(.*?\)(?P=d)"|"(?:\\.|[^"\\\n])*"|(?<![0-9A-Fa-f])\'(?:\\.|[^\'\\\n])+\'',
        re.S)

    def blank(match):
        token = match.group(0)
        if token[0] in "\"'R" and keep_strings:
            return token
        inner = re.sub(r"[^\n]", " ", token)
        return inner if token[0] == "/" else '"' + inner[1:-1] + '"'

    return pattern.sub(blank, text)


def line_of(text, offset):
    return text.count("\n", 0, offset) + 1


def second_argument(text, start):
    """The second argument of a call whose first one starts at `start`."""
    depth, arguments, begin, quoted = 0, [], start, False
    for i in range(start, min(len(text), start + 2000)):
        c = text[i]
        if c == '"' and text[i - 1] != "\\":
            quoted = not quoted
        if quoted:
            continue
        if c in "([{":
            depth += 1
        elif c in ")]}":
            depth -= 1
        if depth < 0 or (c == "," and depth == 0):
            arguments.append(text[begin:i])
            begin = i + 1
            if depth < 0 or len(arguments) == 2:
                break
    return arguments[1] if len(arguments) > 1 else ""


def is_fragment(path):
    """A header that says of itself that it is included inside a namespace or after definitions."""
    head = (ROOT / path).read_text(encoding="utf-8")[:1000]
    return re.search(r"Included inside the namespace|[Ii]ncludes this file alone|Included by \S+ only", head) is not None


class Linter:
    def __init__(self):
        self.findings = []

    def report(self, path, line, message):
        self.findings.append(f"{path}:{line}: {message}")

    def check_includes(self, path, text):
        folder = path.split("/")[0]
        for match in re.finditer(r'^\s*#\s*include\s*"([^"]+)"', text, re.M):
            line, name = line_of(text, match.start(1)), match.group(1)
            if folder == "tests" and ((ROOT / "tests" / name).exists() or ((ROOT / path).parent / name).exists()):
                continue
            if name in GENERATED:
                continue
            if "/" not in name or not (ROOT / name).exists():
                self.report(path, line, f'include "{name}" is not the path of a header from the root')
            elif name.split("/")[0] not in MAY_INCLUDE[folder]:
                allowed = ", ".join(sorted(MAY_INCLUDE[folder]))
                self.report(path, line, f'{folder}/ may include {allowed}, not "{name}"')

    def check_calls(self, path, code):
        for pattern, instead, allowed in BANNED:
            if path in allowed or path.split("/")[0] + "/" in allowed:
                continue
            for match in re.finditer(pattern, code):
                self.report(path, line_of(code, match.start()),
                            f"'{match.group(0).rstrip('( ')}' is banned: {instead}")
        for match in UNCHECKED_MPI.finditer(code):
            if match.group(1) != "MPI_Abort" and not path.startswith("tests/"):
                self.report(path, line_of(code, match.start(1)),
                            f"the result of '{match.group(1)}' is not looked at: mpi_check()")
        if not path.startswith(MAY_END_PROCESS):
            for match in ENDS_PROCESS.finditer(code):
                self.report(path, line_of(code, match.start()),
                            f"'{match.group(0)[:-1].rstrip()}': only main() ends the process; throw instead")
        if path.endswith(".hpp") and not is_fragment(path):
            if not re.search(r"^#pragma once$", code, re.M):
                self.report(path, 1, "a header without #pragma once")
            for match in re.finditer(r"^\s*using\s+namespace\b", code, re.M):
                self.report(path, line_of(code, match.start()), "'using namespace' in a header")

    def check_kernels(self, path, code):
        folder = path.split("/")[0]
        for match in PARALLEL.finditer(code):
            line = line_of(code, match.start())
            first = code[match.end():match.end() + 200].lstrip()
            if NESTED.match(first):
                continue
            if re.match(r"(?:const char\* )?\w*[lL]abel\w*\b", first):  # a literal at the caller's
                continue
            label = re.match(r'"([^"]*)"', first)
            if not label:
                self.report(path, line, 'a kernel without a label "folder::name" as first argument')
                continue
            scope = label.group(1).split("::")[0]
            if not re.fullmatch(r"[a-z_]+(::[a-z0-9_]+)+", label.group(1)) or not (
                    scope == folder or Path(path).name.startswith(scope) or folder in ("tests", "bench")):
                self.report(path, line, f'kernel label "{label.group(1)}" is not "{folder}::name" or "file::name"')
            launch = match.group(0).startswith("parallel")
            if launch and not re.search(r"[Pp]olicy|Range", second_argument(code, match.end())):
                self.report(path, line, "a kernel without an explicit policy on an execution space")

    def check_opening(self, path, lines):
        if path.endswith((".hpp", ".cpp")):
            opening, mark = lines, "//"
        elif path.endswith((".sh", ".cmake")):
            opening, mark = [l for l in lines if not l.startswith("#!")], "#"
        else:
            return
        comment = []
        for line in opening:
            if not line.startswith(mark):
                break
            comment.append(line[len(mark):].strip())
        if not re.search(r"\w+ .*[.:]", " ".join(comment)):
            self.report(path, 1, "the file does not open with a comment sentence that says what it is for")

    def check_text(self, path, lines):
        for number, line in enumerate(lines, 1):
            if path.endswith((".hpp", ".cpp")) and len(line) > MAX_COLUMNS:
                self.report(path, number, f"{len(line)} columns; at most {MAX_COLUMNS}")
            if line != line.rstrip():
                self.report(path, number, "trailing white space")
            if "\t" in line:
                self.report(path, number, "a tab")
            if path != "tools/lint_sources.py":
                if UNFINISHED.search(line):
                    self.report(path, number, "unfinished work is not committed as a comment")
                if LOCAL_PATH.search(line):
                    self.report(path, number, "a path of one machine")
        if path.endswith((".hpp", ".cpp")) and len(lines) > MAX_LINES:
            self.report(path, 1, f"{len(lines)} lines; split it by verb (at most {MAX_LINES})")

    def check_ledger_work(self, path, code):
        """Ledger work runs later, perhaps when its maker is no more: it owns all it reads."""
        for match in re.finditer(r"\bwrite\(\s*\[([^\]]*)\]", code):
            if path.split("/")[0] in ("parsplice", "datastore") and re.search(r"&|\bthis\b", match.group(1)):
                self.report(path, line_of(code, match.start()), "ledger work that captures 'this' or a reference")

    def check_built(self, path):
        """A test that no CMakeLists.txt names is never run."""
        name = Path(path).name
        if not (path.startswith("tests/") and path.endswith(".cpp")):
            return
        folder = ROOT / path
        while folder != ROOT:
            folder = folder.parent
            lists = folder / "CMakeLists.txt"
            if lists.exists() and re.search(rf"\b{re.escape(name)}\b|\b{re.escape(name[:-4])}\b|GLOB",
                                            lists.read_text()):
                return
        self.report(path, 1, "no CMakeLists.txt builds this file")

    def check(self, path):
        text = (ROOT / path).read_text(encoding="utf-8")
        lines = text.split("\n")
        if lines[-1] != "":
            self.report(path, len(lines), "no newline at the end of the file")
        lines = lines[:-1]
        self.check_text(path, lines)
        self.check_opening(path, lines)
        if path.endswith((".hpp", ".cpp")):
            with_strings = without_comments(text, keep_strings=True)
            self.check_includes(path, with_strings)
            self.check_calls(path, without_comments(text, keep_strings=False))
            self.check_kernels(path, with_strings)
            self.check_ledger_work(path, with_strings)
            self.check_built(path)


def project_files():
    folders = list(MAY_INCLUDE) + ["cmake", "tools", "docs", "inputs"]
    names = []
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*")):
            name = path.relative_to(ROOT).as_posix()
            if path.suffix in (".hpp", ".cpp", ".py", ".sh", ".cmake", ".md", ".yaml") or path.name == "CMakeLists.txt":
                if "__pycache__" not in name:
                    names.append(name)
    return names + ["CMakeLists.txt"] + [p.name for p in ROOT.glob("*.md")]


def headers_to_compile():
    """The headers whose being complete no build shows: those that no .cpp includes before all else."""
    names = project_files()
    shown = set()
    for name in names:
        if name.endswith(".cpp"):
            first = re.search(r'^#include [<"]([^">]+)[">]', (ROOT / name).read_text(encoding="utf-8"), re.M)
            if first:
                shown |= {first.group(1), "tests/" + first.group(1)}
    return [n for n in names if n.endswith(".hpp") and n not in shown and not is_fragment(n)]


def main():
    if sys.argv[1:] == ["--headers-to-compile"]:
        print("\n".join(headers_to_compile()))
        return 0
    names = sys.argv[1:] or project_files()
    linter = Linter()
    for name in names:
        linter.check(name)
    print("\n".join(linter.findings) if linter.findings else f"lint_sources: {len(names)} files, no findings")
    return 1 if linter.findings else 0


if __name__ == "__main__":
    sys.exit(main())
