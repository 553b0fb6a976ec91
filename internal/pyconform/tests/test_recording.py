"""Choosing and recording tests."""

import contextlib
import pathlib
import tempfile
import unittest

from harness import outcome, recording


class Sample(unittest.TestCase):
    """Ends in every way. It does not run by itself, see load_tests."""

    def test_passes(self):
        pass

    def test_fails(self):
        self.fail('as it should')

    def test_raises(self):
        raise KeyError('as it should')

    @unittest.skip('no reason')
    def test_skips(self):
        pass

    @unittest.expectedFailure
    def test_fails_as_expected(self):
        self.fail()

    @unittest.expectedFailure
    def test_passes_unexpectedly(self):
        pass

    def test_parts(self):
        for number in range(3):
            with self.subTest(number=number):
                self.assertNotEqual(number, 1, 'one')

    def test_skipped_part(self):
        with self.subTest():
            self.skipTest('a part')


class BrokenClass(unittest.TestCase):
    """Fails before its first test."""

    @classmethod
    def setUpClass(cls):
        raise OSError('broken')

    def test_never_runs(self):
        pass


def suite_of(*cases):
    """Loads the tests of classes."""
    load = unittest.defaultTestLoader.loadTestsFromTestCase
    return unittest.TestSuite(map(load, cases))


def watchdog():
    """Makes one that measures nothing."""
    return recording.Watchdog(start=lambda: None, stop=lambda: None,
                              clock=lambda: 0.0, calls=lambda: 0)


@contextlib.contextmanager
def new_log():
    """Makes a log that goes away."""
    with tempfile.TemporaryDirectory() as folder:
        yield outcome.Log(pathlib.Path(folder) / 'log')


class RecorderTest(unittest.TestCase):
    """What the recorder writes."""

    def states(self, *cases):
        with new_log() as log:
            suite_of(*cases).run(recording.Recorder(log, watchdog()))
            self.assertEqual(log.running(), [])
            return {recording.short(test): one
                    for test, one in log.outcomes().items()}

    def test_states(self):
        states = {test: one.state for test, one in self.states(Sample).items()}
        self.assertEqual(states, {
            'Sample.test_passes': outcome.PASSED,
            'Sample.test_fails': outcome.FAILED,
            'Sample.test_raises': outcome.ERROR,
            'Sample.test_skips': outcome.SKIPPED,
            'Sample.test_fails_as_expected': outcome.EXPECTED,
            'Sample.test_passes_unexpectedly': outcome.SURPRISE,
            'Sample.test_parts': outcome.FAILED,
            'Sample.test_skipped_part': outcome.PASSED,
        })

    def test_message(self):
        failed = self.states(Sample)['Sample.test_raises']
        self.assertEqual(failed.last_line, "KeyError: 'as it should'")

    def test_class_that_fails(self):
        (one,) = self.states(BrokenClass).values()
        self.assertIn('setUpClass', one.test)
        self.assertEqual(one.state, outcome.ERROR)


class ChoiceTest(unittest.TestCase):
    """Which tests run."""

    def test_chosen(self):
        test = 'test.test_x.SomeTest.testThis'
        for part in ('SomeTest', 'testThis', 'SomeTest.testThis', test):
            self.assertTrue(recording.chosen(test, [part], ()), part)
        for part in ('Some', 'This', 'OtherTest', 'test'):
            self.assertFalse(recording.chosen(test, [part], ()), part)
        self.assertTrue(recording.chosen(test, [], ()))
        self.assertFalse(recording.chosen(test, ['SomeTest'], {test}))

    def test_choose(self):
        suite = recording.choose(suite_of(Sample), ['test_fails'], ())
        self.assertEqual(suite.countTestCases(), 1)


def load_tests(loader, standard_tests, pattern):
    """Leaves the samples out."""
    return unittest.TestSuite(
        loader.loadTestsFromTestCase(case) for case in (RecorderTest, ChoiceTest))
