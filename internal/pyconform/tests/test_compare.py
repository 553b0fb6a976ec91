"""What is a failure, and what is an exception to it."""

import pathlib
import tempfile
import unittest

from harness import compare, outcome, report
from harness.outcome import Outcome


def side(**states):
    """Makes the outcomes of one side."""
    return {test: Outcome(test, state) for test, state in states.items()}


class ComparisonTest(unittest.TestCase):
    """Stock's outcomes next to Pollux's."""

    def compare(self, stock, pollux, reasons=None, complete=True):
        return compare.Comparison('test_x', stock, pollux, reasons or {},
                                  complete)

    def test_all_is_well(self):
        one = self.compare(side(a='pass', b='skip', c='fail'),
                           side(a='pass', b='skip', c='error'))
        self.assertTrue(one.is_good())
        self.assertEqual(one.passed(), (1, 1))

    def test_whatever_stock_passes_must_pass(self):
        for state in ('fail', 'error', 'skip', 'hung', 'crash', 'xfail'):
            one = self.compare(side(a='pass'), side(a=state))
            self.assertEqual(list(one.unexpected()), ['a'], state)
            self.assertFalse(one.is_good())

    def test_missing(self):
        one = self.compare(side(a='pass', b='pass'), side(b='pass'))
        self.assertEqual(list(one.unexpected()), ['a'])

    def test_exception(self):
        one = self.compare(side(a='pass'), side(a='fail'), {'a': 'reason'})
        self.assertTrue(one.is_good())
        self.assertEqual(one.excepted(), {'a': 'reason'})

    def test_exception_that_passes(self):
        one = self.compare(side(a='pass'), side(a='pass'), {'a': 'reason'})
        self.assertEqual(one.outdated(), ['a'])
        self.assertFalse(one.is_good())

    def test_exception_that_is_not_there(self):
        self.assertEqual(self.compare({}, {}, {'a': 'x'}).outdated(), ['a'])
        part = self.compare({}, {}, {'a': 'x'}, complete=False)
        self.assertEqual(part.outdated(), [])

    def test_slow(self):
        stock = {'a': Outcome('a', seconds=0.1), 'b': Outcome('b', seconds=2)}
        pollux = {'a': Outcome('a', seconds=2), 'b': Outcome('b', seconds=4)}
        one = self.compare(stock, pollux)
        self.assertEqual(one.slow(), {'a': (0.1, 2)})
        self.assertFalse(one.is_good())

    def test_patience(self):
        one = compare.Comparison(
            'test_x', {'a': Outcome('a', seconds=0.1)},
            {'a': Outcome('a', seconds=2)}, {}, patience=2)
        self.assertEqual(one.slow(), {})

    def test_slow_by_much_work(self):
        self.assertTrue(compare.is_slow(0.1, 3))
        self.assertFalse(compare.is_slow(0.1, 3, calls=100_000))

    def test_shorten(self):
        found = compare.shorten(side(**{'test.test_x.A.b': 'pass'}),
                                'test.test_x')
        self.assertEqual(list(found), ['A.b'])


class ReasonsTest(unittest.TestCase):
    """The file of exceptions."""

    def test_load(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / 'expected.toml'
            path.write_text('[test_x]\n"A.b" = "because"\n')
            self.assertEqual(compare.load_reasons(path),
                             {'test_x': {'A.b': 'because'}})

    def test_reasons_of_a_version(self):
        tables = {'test_x': {'a': 'why', 'b': 'why'},
                  'test_x 3.11.2': {'b': False, 'c': 'other'}}
        self.assertEqual(compare.reasons_of(tables, 'test_x', '3.11.2'),
                         {'a': 'why', 'c': 'other'})
        self.assertEqual(compare.reasons_of(tables, 'test_x', '3.12.0'),
                         tables['test_x'])
        self.assertEqual(compare.reasons_of(tables, 'test_y', '3.11.2'), {})

    def test_own(self):
        path = pathlib.Path(__file__).parents[1] / 'expected.toml'
        for suite in compare.load_reasons(path).values():
            self.assertNotIn('', suite.values())


class ReportTest(unittest.TestCase):
    """The table and the complaints."""

    def test_table(self):
        one = compare.Comparison('test_x', side(a='pass'), side(a='fail'), {})
        head, line = report.table([one]).splitlines()
        self.assertEqual(head.split()[:4], ['suite', 'stock', 'pollux', 'failed'])
        self.assertEqual(line.split()[:4], ['test_x', '1', '0', '1'])
        self.assertEqual(len(report.complaints([one], None)), 1)

    def test_written(self):
        one = compare.Comparison('test_x', side(a='pass'), side(a='pass'), {})
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / 'conformance.json'
            report.write(path, [one], None)
            self.assertIn('"stock_passed": 1', path.read_text())


class OutcomeTest(unittest.TestCase):
    """One test's state."""

    def test_the_worst_counts(self):
        one = Outcome('a')
        one.become(outcome.FAILED, 'first')
        one.become(outcome.SKIPPED, 'second')
        self.assertEqual((one.state, one.message), (outcome.FAILED, 'first'))
