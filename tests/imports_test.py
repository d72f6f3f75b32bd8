#!/usr/bin/env python3
"""Which Python imports which: tests and tools nothing of each other, bench's reports nothing that
measures. What is shared is run as a program."""

import ast
import pathlib
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent


def sources(*folders):
    return [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]


def imported(path):
    """The modules that a file imports, dots included."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add(node.module)
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


class Imports(unittest.TestCase):
    def check_apart(self, files, others):
        foreign = {path.stem for path in others} - {path.stem for path in files}
        for path in files:
            with self.subTest(str(path.relative_to(ROOT))):
                self.assertEqual(imported(path) & foreign, set())

    def test_tests_have_nothing_of_tools(self):
        self.check_apart(sources("tests", "python/tests"), sources("tools"))

    def test_tools_have_nothing_of_tests(self):
        self.check_apart(sources("tools"), sources("tests", "python/tests"))

    def test_reports_have_nothing_that_measures(self):
        for path in sources("bench/report"):
            with self.subTest(path.name):
                outside = {name for name in imported(path) if name.split(".")[0] not in sys.stdlib_module_names
                           and name.split(".")[0] != "report"}
                self.assertLessEqual(outside, {"measure.sides", "measure.sides.FIRST_PASS"})

    def test_baselines_have_nothing_of_what_measures_them(self):
        for path in sources("bench/baseline"):
            with self.subTest(path.name):
                self.assertEqual({name for name in imported(path) if name.split(".")[0] in ("measure", "report")}, set())


if __name__ == "__main__":
    unittest.main(verbosity=2)
