"""The conversions that need no library, next to CPython's own."""

import socket
import struct
import unittest

from pollux import addresses, buffers, numbers

INTEGERS = [0, 1, -1, True, 2**31 - 1, 2**31, -2**31, -2**31 - 1, 2**32,
            2**63 - 1, 2**63, -2**63 - 1, 2**64, 1.5, 'x', None, b'x']


def result_of(function, *args):
    """Gives what a call returns or raises, so that two can be compared."""
    try:
        return function(*args)
    except (TypeError, ValueError, OverflowError) as error:
        return type(error), str(error)


class NumbersTest(unittest.TestCase):
    """Numbers."""

    def test_int_format(self):
        for value in INTEGERS:
            with self.subTest(value=value):
                ours = result_of(numbers.i_format, value)
                with socket.socket() as sock:
                    theirs = result_of(sock.listen, value)
                self.assertEqual(isinstance(ours, tuple), theirs is not None)
                if theirs is not None:
                    self.assertEqual(ours, theirs)

    def test_nanoseconds(self):
        for value, unit, expected in (
                (1, numbers.SECOND, 10**9), (0.5, numbers.SECOND, 5 * 10**8),
                (1e-10, numbers.SECOND, 1), (-1e-10, numbers.SECOND, -1),
                (0.4, numbers.MILLISECOND, 400000), (0, 1, 0)):
            self.assertEqual(numbers.nanoseconds(value, unit), expected)

    def test_nanoseconds_refused(self):
        for value in (float('nan'), float('inf'), 1e300, 2**63, 'x', None):
            with self.subTest(value=value), socket.socket() as sock:
                self.assertEqual(
                    result_of(numbers.nanoseconds, value, numbers.SECOND),
                    # None means something to settimeout, and a str to nobody
                    result_of(sock.settimeout, value) if value is not None
                    else (TypeError, "'NoneType' object cannot be "
                          'interpreted as an integer'))

    def test_descriptor_is_cut(self):
        self.assertEqual(numbers.descriptor(2**32 + 5), 5)
        self.assertEqual(numbers.descriptor(2**31), -2**31)


class AddressesTest(unittest.TestCase):
    """Addresses there and back."""

    def test_encode(self):
        for family, address, text in (
                (socket.AF_INET, ('127.0.0.1', 80), '["inet", "127.0.0.1", 80]'),
                (socket.AF_INET6, ('::1', 80), '["inet6", "::1", 80, 0, 0]'),
                (socket.AF_INET6, ('::1', 1, 2, -1),
                 '["inet6", "::1", 1, 2, 4294967295]'),
                (socket.AF_UNIX, '\0a', '["unix", "0061"]')):
            encoded = addresses.encode(family, address, 'bind')
            self.assertEqual(encoded.decode(), text)

    def test_decode(self):
        for parts, address in (
                (None, None), (['inet', 'a', 1], ('a', 1)),
                (['unix', '61'], 'a'), (['unix', '0061'], b'\0a'),
                (['unix', ''], ''), (['raw', 40, 'ff'], (40, b'\xff'))):
            self.assertEqual(addresses.decode(parts), address)

    def test_family_that_is_not_known(self):
        with self.assertRaisesRegex(OSError, r'bind\(\): bad family'):
            addresses.encode(12345, (), 'bind')


class BuffersTest(unittest.TestCase):
    """Memory of objects."""

    def test_writable(self):
        memory = bytearray(4)
        with buffers.writable(memory, 'recv_into') as view:
            self.assertEqual(view.size, 4)
            with self.assertRaises(BufferError):
                memory.append(1)
        memory.append(1)

    def test_not_writable(self):
        for value in (b'x', 'x', 1, None, memoryview(b'x')):
            with self.subTest(value=value), self.assertRaises(TypeError):
                buffers.writable(value, 'recv_into')

    def test_collect_releases_all(self):
        first = bytearray(1)
        with self.assertRaises(TypeError):
            buffers.collect([first, 'x'], buffers.Buffer)
        first.append(1)

    def test_vectors(self):
        with buffers.collect([b'ab', b''], buffers.Buffer) as held:
            self.assertEqual([v.len for v in held.vectors()], [2, 0])
            self.assertEqual(len(bytes(held.vectors())), 4 * struct.calcsize('P'))
