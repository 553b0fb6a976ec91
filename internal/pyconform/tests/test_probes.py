"""Reading and comparing what probes print."""

import pathlib
import tempfile
import unittest

from harness import probes


class ParseTest(unittest.TestCase):
    """Lines of a probe."""

    def test_lines(self):
        found = probes.parse("a / b = 1\nnoise\na / c = x = y\n")
        self.assertEqual(found, {'a / b': '1', 'a / c': 'x = y'})

    def test_again(self):
        self.assertEqual(probes.parse('a = 1\na = 2\na = 3\n'),
                         {'a': '1', 'a #2': '2', 'a #3': '3'})


class DifferenceTest(unittest.TestCase):
    """What is not the same."""

    def test_values(self):
        one, = probes.difference({'a': '1', 'b': '2'}, {'a': '1', 'b': '3'})
        self.assertEqual((one.label, one.stock, one.pollux), ('b', '2', '3'))

    def test_missing(self):
        found = probes.difference({'a': '1'}, {'b': '1'})
        self.assertEqual([(one.stock, one.pollux) for one in found],
                         [('1', probes.ABSENT), (probes.ABSENT, '1')])

    def test_reasons(self):
        difference = probes.Difference('a', '1', '2')
        self.assertTrue(probes.Result(1, [difference], {'a': 'x'}).is_good())
        self.assertFalse(probes.Result(1, [difference], {}).is_good())
        self.assertFalse(probes.Result(1, [], {'a': 'x'}).is_good())


class RunTest(unittest.TestCase):
    """Which reasons count."""

    def test_only(self):
        reasons = {'x / a': 'why', 'y / b': 'why'}
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            for only, outdated in ((['x'], ['x / a']),
                                   ((), ['x / a', 'y / b'])):
                found = probes.run(folder, folder, reasons, only)
                self.assertEqual(found.outdated(), outdated)


class OutputTest(unittest.TestCase):
    """What a probe's process leaves."""

    def observe(self, program):
        with tempfile.TemporaryDirectory() as folder:
            script = pathlib.Path(folder) / 'probe_x.py'
            script.write_text(program)
            return probes.parse(probes.output(script, pollux=False))

    def test_status(self):
        found = self.observe('print("a = 1")')
        self.assertEqual(found, {'a': '1', 'exit status': '0'})

    def test_error(self):
        found = self.observe('print("a = 1")\nraise ValueError("no")')
        self.assertEqual(found['exit status'], '1')
        self.assertIn('ValueError: no', found['its error'])
