"""The type _ssl._SSLSocket: TLS on a socket, or between two MemoryBIO."""

import ctypes
import weakref

from pollux import buffers, numbers, tlsobjects
from pollux.abi import INT64, byref, tls
from pollux.results import repeat
from pollux.tlserrors import (Immutable, check, disallow, no_socket, octets,
                              question, seal, unpicklable)

# The connections by handle, for server name callbacks.
connections = weakref.WeakValueDictionary()


class _SSLSocket(metaclass=Immutable):
    """A connection. Its context stays for as long as it does."""

    __slots__ = ('_handle', '_context', '_socket', '_owner',
                 '_transport', '_server_side', '_server_hostname',
                 '__weakref__')
    __new__ = disallow
    __reduce_ex__ = unpicklable

    def __del__(self):
        tls.conn_free(self._handle)

    # Who belongs to it.

    @property
    def context(self):
        """The context."""
        return self._context

    @context.setter
    def context(self, value):
        if not hasattr(value, '_wrap_bio'):
            raise TypeError('The value must be a SSLContext')
        check(tls.conn_set_context(self._handle, value._handle))
        self._context = value

    @property
    def owner(self):
        """The SSLSocket or SSLObject."""
        return self._owner and self._owner()

    @property
    def server_side(self):
        """Whether this is the server's end."""
        return self._server_side

    @property
    def server_hostname(self):
        """The name that a client asks for."""
        return self._server_hostname

    @property
    def session(self):
        """What a client can resume later."""
        return tlsobjects.session(check(tls.conn_session(self._handle)))

    @session.setter
    def session(self, value):
        if not isinstance(value, tlsobjects.SSLSession):
            raise TypeError('Value is not a SSLSession.')
        check(tls.conn_set_session(self._handle, value._handle))

    # Calls that may wait.

    def _call(self, function, verb: str, *args) -> int:
        if self._socket and self._socket() is None:
            raise no_socket()
        return check(repeat(function, self._handle, *args, byref(INT64(0))),
                     f'The {verb} operation timed out')

    def do_handshake(self):
        """Makes the handshake."""
        self._call(tls.conn_handshake, 'handshake')

    def read(self, size, buffer=None, /):
        """Returns plaintext, or puts it into a buffer."""
        size = numbers.i_format(size)
        if buffer is not None:
            return self._read_into(size, buffer)
        if size < 0:
            raise ValueError('size should not be negative')
        memory = ctypes.create_string_buffer(size or 1)
        got = self._call(tls.conn_read, 'read', memory, size)
        return ctypes.string_at(memory, got)

    def _read_into(self, size: int, buffer) -> int:
        with buffers.writable(buffer, 'read', 2) as memory:
            if not 0 < size <= memory.size:
                size = memory.size
            numbers.i_format(size)
            return self._call(tls.conn_read, 'read', memory.address, size)

    def write(self, b, /):
        """Encrypts and sends all of the bytes."""
        with buffers.Buffer(b) as memory:
            return self._call(tls.conn_write, 'write',
                              memory.address, memory.size)

    def shutdown(self):
        """Says farewell, waits for the peer's, and returns the socket."""
        self._call(tls.conn_unwrap, 'read')
        return self._socket and self._socket()

    # What was agreed.

    def _ask(self, name: str):
        return question(tls.conn_ask, self._handle, name.encode())

    def pending(self):
        """Returns how many bytes a read returns without waiting."""
        return check(tls.conn_pending(self._handle))

    def version(self):
        """Returns the version of TLS."""
        return self._ask('version')

    def cipher(self):
        """Returns the cipher suite."""
        return _tuple(self._ask('cipher'))

    def shared_ciphers(self):
        """Returns the suites that the client has, too."""
        found = self._ask('shared_ciphers')
        return found and [_tuple(one) for one in found]

    def compression(self):
        """Returns None."""
        return self._ask('compression')

    def selected_alpn_protocol(self):
        """Returns the application protocol."""
        return self._ask('selected_alpn_protocol')

    @property
    def session_reused(self):
        """Whether a session was resumed."""
        return self._ask('session_reused')

    def getpeercert(self, binary_mode=False, /):
        """Returns the peer's certificate."""
        if binary_mode:
            return octets(self._ask('getpeercert_der'))
        return tlsobjects.description(self._ask('getpeercert'))

    def get_verified_chain(self):
        """Returns the peer's certificate and those up to a trusted one."""
        return tlsobjects.certificates(self._ask('get_verified_chain'))

    def get_unverified_chain(self):
        """Returns what the peer has sent."""
        return tlsobjects.certificates(self._ask('get_unverified_chain'))

    def get_channel_binding(self, cb_type='tls-unique'):
        """Returns what ties data to this connection."""
        kind = cb_type.encode()
        return octets(question(tls.conn_channel_binding, self._handle, kind))

    def verify_client_post_handshake(self):
        """Asks the client for a certificate."""
        check(tls.conn_verify_client_post_handshake(self._handle))


_SSLSocket.__module__ = '_ssl'
seal(_SSLSocket)


def _tuple(found):
    return None if found is None else tuple(found)


def _host(name) -> bytes:
    """Converts a server's name; that none is not "" is lost with this."""
    if name is None:
        return b''
    name = name.encode('ascii') if isinstance(name, str) else bytes(name)
    if not name or name.startswith(b'.'):
        raise ValueError('server_hostname cannot be an empty string or start '
                         'with a leading dot.')
    if b'\0' in name:
        raise TypeError('argument must be encoded string without null bytes, '
                        'not str')
    return name


def _make(context, function, transport, server_side, name, owner, session):
    """Makes a connection by one of the library's functions."""
    host = b'' if server_side else _host(name)
    if session is not None and not isinstance(session, tlsobjects.SSLSession):
        raise TypeError('Value is not a SSLSession.')
    handle = check(function(
        context._handle, *(one._handle for one in transport), server_side,
        host, len(host), session._handle if session else 0))
    self = object.__new__(_SSLSocket)
    self._handle = handle
    self._context = context
    self._owner = owner and weakref.ref(owner)
    self._socket = self._transport = None
    self._server_side = bool(server_side)
    self._server_hostname = host.decode() or None
    connections[handle] = self
    return self


def wrap_socket(self, sock, server_side, server_hostname=None, *,
                owner=None, session=None):
    """Puts TLS on a socket; a method of _SSLContext."""
    made = _make(self, tls.sock_new, [sock], server_side, server_hostname,
                 owner, session)
    made._socket = weakref.ref(sock)
    return made


def wrap_bio(self, incoming, outgoing, server_side, server_hostname=None, *,
             owner=None, session=None):
    """Puts TLS between two MemoryBIO; a method of _SSLContext."""
    for name, value in (('incoming', incoming), ('outgoing', outgoing)):
        if not isinstance(value, tlsobjects.MemoryBIO):
            raise TypeError(f"_wrap_bio() argument '{name}' must be "
                            f'_ssl.MemoryBIO, not {type(value).__name__}')
    made = _make(self, tls.obj_new, [incoming, outgoing], server_side,
                 server_hostname, owner, session)
    made._transport = (incoming, outgoing)
    return made
