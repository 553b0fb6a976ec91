"""The functions of _ssl."""

import binascii
import ctypes
import os

from pollux import buffers, numbers, tlsobjects
from pollux.abi import tls
from pollux.results import ask
from pollux.tlserrors import SSLError, check, question


def txt2obj(txt, name=False):
    """Looks an object up by its identifier, or by a name."""
    return _object(2 if name else 1, 0, txt.encode())


def nid2obj(nid, /):
    """Looks an object up by OpenSSL's number."""
    return _object(0, numbers.c_int(nid), b'')


def _object(kind: int, nid: int, text: bytes):
    return tuple(question(
        lambda _, key, size, *room: tls.object(kind, nid, key, size, *room),
        0, text))


def get_default_verify_paths():
    """Says where the system keeps authorities."""
    return tuple(ask(tls.default_verify_paths))


def RAND_bytes(n, /):
    """Returns random bytes."""
    size = numbers.c_int(n)
    if size < 0:
        raise ValueError('num must be positive')
    memory = ctypes.create_string_buffer(size or 1)
    got = check(tls.random(memory, size))
    return memory.raw[:got]


def RAND_pseudo_bytes(n, /):
    """Returns random bytes, and that they are fit for secrets."""
    return RAND_bytes(n), True


def RAND_status():
    """Tells that the generator is seeded, as it always is."""
    return True


def RAND_add(string, entropy, /):
    """Does nothing: the generator needs no help."""
    if not isinstance(string, str):
        with buffers.Buffer(string):
            pass
    float(entropy)


def _test_decode_cert(path, /):
    """Describes a certificate in a file."""
    try:
        with open(os.fsdecode(path), encoding='latin-1') as file:
            text = file.read()
    except OSError:
        raise SSLError(0, "Can't open file") from None
    _, _, rest = text.partition('-----BEGIN CERTIFICATE-----')
    body, _, _ = rest.partition('-----END CERTIFICATE-----')
    return tlsobjects.decode(binascii.a2b_base64(body))


FUNCTIONS = {function.__name__: function for function in (
    txt2obj, nid2obj, get_default_verify_paths, RAND_bytes,
    RAND_pseudo_bytes, RAND_status, RAND_add, _test_decode_cert)}


def features() -> dict:
    """Gives the constants that tell what the library can do.

    OPENSSL_VERSION begins as OpenSSL's does, with the version whose rules the
    library follows: programs take it apart.
    """
    found = ask(tls.features)
    number = found['OPENSSL_VERSION_NUMBER']
    version = (number >> 28, number >> 20 & 0xff, number >> 12 & 0xff,
               number >> 4 & 0xff, number & 0xf)
    found['OPENSSL_VERSION_INFO'] = found['_OPENSSL_API_VERSION'] = version
    found['OPENSSL_VERSION'] = (
        'OpenSSL {}.{}.{}'.format(*version[:3])
        + f' by {found["OPENSSL_VERSION"]}')
    return found
