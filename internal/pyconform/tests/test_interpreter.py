"""Finding a Python with its tests."""

import unittest
from unittest import mock

from harness import interpreter


class FindTest(unittest.TestCase):
    """Which Python is taken."""

    def test_the_one_that_is_asked_for(self):
        self.assertEqual(interpreter.candidates({'PYTHON': '/x'}), ['/x'])

    def test_the_first_with_tests(self):
        with mock.patch.object(interpreter, 'has_tests',
                               lambda python: python == '/usr/bin/python3'):
            self.assertEqual(interpreter.find({}), '/usr/bin/python3')

    def test_none(self):
        with mock.patch.object(interpreter, 'has_tests', return_value=False):
            with self.assertRaisesRegex(interpreter.NotFound,
                                        'libpython3.11-testsuite'):
                interpreter.find({})

    def test_no_program(self):
        self.assertFalse(interpreter.has_tests('/nothing/here'))
