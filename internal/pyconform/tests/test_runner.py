"""Running modules in processes that may hang or die."""

import pathlib
import sys
import tempfile
import unittest
from unittest import mock

from harness import outcome, runner

MODULE = '''
import os, signal, time, unittest

class Sample(unittest.TestCase):
    def test_a_passes(self):
        pass
    def test_b_hangs(self):
        time.sleep(60)
    def test_c_dies(self):
        os.kill(os.getpid(), signal.SIGKILL)
    def test_d_exits(self):
        os._exit(5)
    def test_e_passes(self):
        pass
    def test_f_is_interrupted(self):
        self.assertEqual(signal.getsignal(signal.SIGINT),
                         signal.default_int_handler)
'''


class RunnerTest(unittest.TestCase):
    """What becomes of a module's tests."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def run_module(self, text, **options):
        (self.folder / 'sample_of_tests.py').write_text(text)
        with mock.patch.dict('os.environ', PYTHONPATH=str(self.folder)):
            found = runner.run(runner.Job(
                'sample_of_tests', self.folder / 'out', **options))
        return {test.rpartition('.')[2]: one for test, one in found.items()}

    def test_goes_on_after_a_hang_and_a_crash(self):
        found = self.run_module(MODULE, timeout=2)
        self.assertEqual({test: one.state for test, one in found.items()}, {
            'test_a_passes': outcome.PASSED,
            'test_b_hangs': outcome.HUNG,
            'test_c_dies': outcome.CRASHED,
            'test_d_exits': outcome.CRASHED,
            'test_e_passes': outcome.PASSED,
            'test_f_is_interrupted': outcome.PASSED,
        })

    def test_only_and_without(self):
        found = self.run_module(
            MODULE, only=('test_a_passes', 'test_e_passes'),
            without=('sample_of_tests.Sample.test_e_passes',))
        self.assertEqual(list(found), ['test_a_passes'])

    def test_module_that_skips(self):
        found = self.run_module('import unittest\nraise unittest.SkipTest("no")')
        self.assertEqual(found['sample_of_tests'].state, outcome.SKIPPED)

    def test_module_that_cannot_be_imported(self):
        found = self.run_module('raise ImportError("broken")')
        (one,) = found.values()
        self.assertEqual(one.state, outcome.ERROR)

    def test_module_that_is_too_slow(self):
        found = self.run_module(MODULE, module_timeout=2, timeout=60)
        self.assertEqual(found['test_b_hangs'].state, outcome.HUNG)

    def test_command_names_this_python(self):
        job = runner.Job('test.test_x', self.folder, pollux=True)
        self.assertEqual(job.command()[0], sys.executable)
        self.assertIn('--pollux', job.command())
