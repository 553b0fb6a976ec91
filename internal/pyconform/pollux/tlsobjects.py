"""The small types of _ssl: MemoryBIO, Certificate, SSLSession."""

import ctypes

from pollux import buffers, numbers
from pollux.abi import tls
from pollux.results import ask
from pollux.tlserrors import (Immutable, check, disallow, octets, seal,
                              unpicklable)

ENCODING_PEM = 1
ENCODING_DER = 2


class MemoryBIO(metaclass=Immutable):
    """A queue of bytes, which stands for one direction of a transport."""

    __slots__ = ('_handle', '__weakref__')
    __reduce_ex__ = unpicklable

    def __init__(self):
        self._handle = tls.bio_new()

    def __del__(self):
        tls.bio_free(self._handle)

    @property
    def pending(self):
        """How many bytes there are."""
        return check(tls.bio_pending(self._handle))

    @property
    def eof(self):
        """Whether all has been read that will ever come."""
        return bool(check(tls.bio_eof(self._handle)))

    def read(self, size=-1, /):
        """Removes and returns bytes, all of them by default."""
        size = numbers.i_format(size)
        room = self.pending
        if 0 <= size < room:
            room = size
        memory = ctypes.create_string_buffer(room or 1)
        got = check(tls.bio_read(self._handle, memory, room))
        return memory.raw[:got]

    def write(self, b, /):
        """Appends bytes and returns their number."""
        with buffers.Buffer(b) as memory:
            return check(tls.bio_write(
                self._handle, memory.address, memory.size))

    def write_eof(self):
        """Says that nothing will follow."""
        check(tls.bio_write_eof(self._handle))


class Certificate(metaclass=Immutable):
    """A certificate of a chain."""

    __slots__ = ('_der',)
    __new__ = disallow
    __reduce_ex__ = unpicklable

    def public_bytes(self, format=ENCODING_PEM):
        """Returns the certificate in PEM (a str) or DER."""
        if format == ENCODING_DER:
            return self._der
        if format != ENCODING_PEM:
            raise ValueError('Unsupported format')
        room = 2 * len(self._der) + 128
        memory = ctypes.create_string_buffer(room)
        size = check(tls.cert_pem(self._der, len(self._der), memory, room))
        return memory.raw[:size].decode()

    def get_info(self):
        """Returns what getpeercert returns."""
        return decode(self._der)

    def __eq__(self, other):
        if not isinstance(other, Certificate):
            return NotImplemented
        return self._der == other._der

    def __hash__(self):
        return hash(self._der)

    def __repr__(self):
        subject = reversed(self.get_info()['subject'])
        name = ','.join('+'.join(f'{SHORT.get(key, key)}={value}'
                                  for key, value in part) for part in subject)
        return f"<_ssl.Certificate '{name}'>"


# The names that RFC 2253 has short ones for.
SHORT = {
    'commonName': 'CN', 'countryName': 'C', 'localityName': 'L',
    'organizationName': 'O', 'organizationalUnitName': 'OU',
    'stateOrProvinceName': 'ST', 'streetAddress': 'STREET',
    'domainComponent': 'DC', 'userId': 'UID',
}


def certificates(chain):
    """Makes certificates of a chain in JSON."""
    if chain is None:
        return None
    return [_certificate(octets(der)) for der in chain]


def _certificate(der: bytes) -> Certificate:
    self = object.__new__(Certificate)
    self._der = der
    return self


def decode(der: bytes) -> dict:
    """Describes a certificate as getpeercert does."""
    return description(ask(tls.cert_decode, der, len(der)))


# The keys in CPython's order.
KEYS = ('subject', 'issuer', 'version', 'serialNumber', 'notBefore',
        'notAfter', 'subjectAltName', 'OCSP', 'caIssuers',
        'crlDistributionPoints')


def description(found):
    """Puts a certificate in JSON into Python's form, which has tuples."""
    if found is None:
        return None
    found = {key: found[key] for key in KEYS if key in found}
    for key in ('subject', 'issuer'):
        if key in found:
            found[key] = _name(found[key])
    for key in ('OCSP', 'caIssuers', 'crlDistributionPoints'):
        if key in found:
            found[key] = tuple(found[key])
    if 'subjectAltName' in found:
        found['subjectAltName'] = tuple(
            (kind, value if isinstance(value, str) else _name(value))
            for kind, value in found['subjectAltName'])
    return found


def _name(parts):
    return tuple(tuple((key, value) for key, value in part) for part in parts)


class SSLSession(metaclass=Immutable):
    """What a client needs to resume a connection."""

    __slots__ = ('_handle',)
    __new__ = disallow
    __reduce_ex__ = unpicklable

    def __del__(self):
        tls.session_free(self._handle)

    def _info(self, key):
        return ask(tls.session_info, self._handle)[key]

    @property
    def id(self):
        """The session's identifier."""
        return octets(self._info('id'))

    @property
    def time(self):
        """When it began, in seconds since 1970."""
        return self._info('time')

    @property
    def timeout(self):
        """How long it lasts, in seconds."""
        return self._info('timeout')

    @property
    def ticket_lifetime_hint(self):
        """How long its ticket lasts, in seconds."""
        return self._info('ticket_lifetime_hint')

    @property
    def has_ticket(self):
        """Whether there is a ticket."""
        return self._info('has_ticket')

    def __eq__(self, other):
        if not isinstance(other, SSLSession):
            return NotImplemented
        return bool(tls.session_equal(self._handle, other._handle))

    def __hash__(self):
        return hash(self.id)


def session(handle: int):
    """Makes a session object, or None, of a handle."""
    if not handle:
        return None
    self = object.__new__(SSLSession)
    self._handle = handle
    return self


for _class in (MemoryBIO, Certificate, SSLSession):
    _class.__module__ = '_ssl'
SSLSession.__qualname__ = 'SSLSession'
seal(MemoryBIO, Certificate, SSLSession)
