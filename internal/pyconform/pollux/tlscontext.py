"""The type _ssl._SSLContext.

Its attributes are the library's: it has the rules, and the texts of their
violation.
"""

import ctypes
import errno
import os
import warnings
import weakref

from pollux import buffers, numbers, stock, tlsobjects
from pollux.abi import INT64, POINTER, byref, tls
from pollux.tlsconnection import connections, wrap_bio, wrap_socket
from pollux.tlserrors import (CALLBACK_FAILED, NOT_IMPLEMENTED, Immutable,
                              check, error_of, octets, question,
                              seal, unpicklable)

_PASSWORD = ctypes.CFUNCTYPE(INT64, POINTER, INT64)
_SERVER_NAME = ctypes.CFUNCTYPE(None, INT64, INT64, POINTER, INT64,
                                ctypes.POINTER(INT64))

_DEPRECATED_PROTOCOLS = {
    getattr(stock.ssl, name): name for name in (
        'PROTOCOL_TLS', 'PROTOCOL_TLSv1', 'PROTOCOL_TLSv1_1',
        'PROTOCOL_TLSv1_2')}
_DEPRECATED_VERSIONS = {
    stock.ssl.PROTO_SSLv3: 'SSLv3', stock.ssl.PROTO_TLSv1: 'TLSv1',
    stock.ssl.PROTO_TLSv1_1: 'TLSv1_1'}
_DEPRECATED_OPTIONS = (
    stock.ssl.OP_NO_SSLv2 | stock.ssl.OP_NO_SSLv3 | stock.ssl.OP_NO_TLSv1
    | stock.ssl.OP_NO_TLSv1_1 | stock.ssl.OP_NO_TLSv1_2
    | stock.ssl.OP_NO_TLSv1_3)

# What this CPython sets on every context: in 3.11.2, and not in 3.11.7, an end
# without close_notify counts as one with it.
_DEFAULT_OPTIONS = 0x80 & stock.ssl._SSLContext(
    stock.ssl.PROTOCOL_TLS_CLIENT).options  # OP_IGNORE_UNEXPECTED_EOF

# The contexts with a server name callback, by handle.
_contexts = weakref.WeakValueDictionary()


def _number(name: str, convert=numbers.i_format) -> property:
    """Makes an attribute that is a number."""
    def get(self):
        return self._get(name)

    def set_(self, value):
        self._set(name, convert(value))

    return property(get, set_, doc=f'The library\'s {name}.')


def _read_only(name: str) -> property:
    return property(lambda self: self._get(name),
                    doc=f'The library\'s {name}.')


class _SSLContext(metaclass=Immutable):
    """What connections of one kind have in common."""

    def __new__(cls, protocol, /):
        protocol = numbers.c_int(protocol)
        if protocol in _DEPRECATED_PROTOCOLS:
            _warn(f'ssl.{_DEPRECATED_PROTOCOLS[protocol]} is deprecated')
        self = super().__new__(cls)
        self._handle = 0
        self._handle = check(tls.ctx_new(protocol))
        self._server_name = self._message = None
        self._post_handshake_auth = False
        self._proxy_flag = 0
        if _DEFAULT_OPTIONS:
            self._set('options', self._get('options') | _DEFAULT_OPTIONS)
        return self

    def __del__(self):
        if self._handle:
            tls.ctx_free(self._handle)

    __reduce_ex__ = unpicklable

    # Attributes.

    def _get(self, name: str) -> int:
        key, value = name.encode(), INT64(0)
        check(tls.ctx_get(self._handle, key, len(key), byref(value)))
        return value.value

    def _set(self, name: str, value: int):
        key = name.encode()
        check(tls.ctx_set(self._handle, key, len(key), value))

    def _set_text(self, name: str, text: bytes):
        key = name.encode()
        check(self._attempt_text(key, text))

    def _attempt_text(self, key: bytes, text: bytes) -> int:
        return tls.ctx_settext(self._handle, key, len(key), text, len(text))

    def _ask(self, name: str):
        return question(tls.ctx_ask, self._handle, name.encode())

    protocol = _read_only('protocol')
    security_level = _read_only('security_level')
    verify_mode = _number('verify_mode')
    num_tickets = _number('num_tickets', numbers.c_long)

    @property
    def verify_flags(self):
        """How certificates are verified, and what was set without effect."""
        return self._get('verify_flags') | self._proxy_flag

    @verify_flags.setter
    def verify_flags(self, value):
        value = numbers.k_format(value)
        self._set('verify_flags', value & ~stock.ssl.VERIFY_ALLOW_PROXY_CERTS)
        self._proxy_flag = value & stock.ssl.VERIFY_ALLOW_PROXY_CERTS

    @property
    def check_hostname(self):
        """Whether clients check the server's name."""
        return bool(self._get('check_hostname'))

    @check_hostname.setter
    def check_hostname(self, value):
        self._set('check_hostname', bool(value))

    @property
    def options(self):
        """OpenSSL's options."""
        return self._get('options')

    @options.setter
    def options(self, value):
        value = numbers.c_long(value)
        if value & ~self.options & _DEPRECATED_OPTIONS:
            _warn('ssl.OP_NO_SSL*/ssl.OP_NO_TLS* options are deprecated')
        self._set('options', value)

    @property
    def minimum_version(self):
        """The lowest version to be negotiated."""
        return self._get('minimum_version')

    @minimum_version.setter
    def minimum_version(self, value):
        self._set_version('minimum_version', value)

    @property
    def maximum_version(self):
        """The highest version to be negotiated."""
        return self._get('maximum_version')

    @maximum_version.setter
    def maximum_version(self, value):
        self._set_version('maximum_version', value)

    def _set_version(self, name: str, value):
        value = numbers.c_long(value)
        if value > numbers.INT_MAX:
            raise OverflowError('Option is too long')
        if value in _DEPRECATED_VERSIONS:
            _warn(f'ssl.TLSVersion.{_DEPRECATED_VERSIONS[value]} '
                  'is deprecated', 5)
        self._set(name, value)

    @property
    def _host_flags(self):
        """How names are compared, in OpenSSL's flags."""
        common = self._get('hostname_checks_common_name')
        never = 0 if common else stock.ssl.HOSTFLAG_NEVER_CHECK_SUBJECT
        return stock.ssl.HOSTFLAG_NO_PARTIAL_WILDCARDS | never

    @_host_flags.setter
    def _host_flags(self, value):
        never = value & stock.ssl.HOSTFLAG_NEVER_CHECK_SUBJECT
        self._set('hostname_checks_common_name', not never)

    @property
    def post_handshake_auth(self):
        """What was set, without effect."""
        return self._post_handshake_auth

    @post_handshake_auth.setter
    def post_handshake_auth(self, value):
        self._post_handshake_auth = bool(value)

    @property
    def keylog_filename(self):
        """The file that secrets are written to."""
        return self._ask('keylog_filename') or None

    @keylog_filename.setter
    def keylog_filename(self, value):
        path = b'' if value is None else os.fsencode(value)
        if not path and value is not None:
            raise error_of(-errno.ENOENT)
        self._set_text('keylog_filename', path)

    @property
    def _msg_callback(self):
        """What was set, and is never called."""
        return self._message

    @_msg_callback.setter
    def _msg_callback(self, value):
        if value is not None and not callable(value):
            raise TypeError(f'{value!r} is not callable.')
        self._message = value

    @property
    def sni_callback(self):
        """What is called when a client names the server that it wants."""
        return self._server_name

    @sni_callback.setter
    def sni_callback(self, value):
        function = _called_by_name if callable(value) else None
        check(tls.ctx_set_server_name(self._handle, function))
        self._server_name = function and value
        _contexts[self._handle] = self
        if value is not None and not function:
            raise TypeError('not a callable object')

    # Methods.

    def _set_alpn_protocols(self, protocols, /):
        """Sets the application protocols, as they are on the wire."""
        self._set_text('set_alpn_protocols', bytes(protocols))

    def set_ciphers(self, cipherlist, /):
        """Selects cipher suites, in OpenSSL's language."""
        if not isinstance(cipherlist, str):
            kind = 'None' if cipherlist is None else type(cipherlist).__name__
            raise TypeError('set_ciphers() argument must be str, '
                            f'not {kind}')
        self._set_text('set_ciphers', cipherlist.encode())

    def get_ciphers(self):
        """Describes the selected suites."""
        return self._ask('get_ciphers')

    def set_ecdh_curve(self, name, /):
        """Selects the only curve to be used."""
        if isinstance(name, str):
            name = os.fsencode(name)
        elif not isinstance(name, bytes):
            raise TypeError('expected str, bytes or os.PathLike object, '
                            f'not {type(name).__name__}')
        self._set_text('set_ecdh_curve', name)

    def load_dh_params(self, path, /):
        """Reads parameters, which are of no use then."""
        result = self._attempt_text(b'load_dh_params', os.fsencode(path))
        if result != NOT_IMPLEMENTED:
            check(result)

    def load_cert_chain(self, certfile, keyfile=None, password=None):
        """Loads our own certificate and its key."""
        certificate = _path(certfile, 'certfile')
        key = b'' if keyfile is None else _path(keyfile, 'keyfile')
        secret = None if password is None else Secret(password)
        result = tls.ctx_load_cert_chain(
            self._handle, certificate, len(certificate), key, len(key),
            secret and secret.function)
        if result == CALLBACK_FAILED:
            raise secret.error
        check(result)

    def load_verify_locations(self, cafile=None, capath=None, cadata=None):
        """Loads authorities to trust."""
        if cafile is None and capath is None and cadata is None:
            raise TypeError('cafile, capath and cadata cannot be all omitted')
        file = b'' if cafile is None else _path(cafile, 'cafile')
        folder = b'' if capath is None else _path(capath, 'capath')
        if cadata is not None:
            self._load_verify_data(cadata)
        if file or folder:
            check(tls.ctx_load_verify_locations(
                self._handle, file, len(file), folder, len(folder)))

    def _load_verify_data(self, cadata):
        complaint = 'cadata should be an ASCII string or a bytes-like object'
        der = not isinstance(cadata, str)
        if not der:
            if not cadata.isascii():
                raise TypeError(complaint)
            cadata = cadata.encode()
        try:
            memory = buffers.Buffer(cadata)
        except TypeError:
            raise TypeError(complaint) from None
        with memory:
            check(tls.ctx_load_verify_data(
                self._handle, der, memory.address, memory.size))

    def set_default_verify_paths(self):
        """Trusts the authorities of the system."""
        check(tls.ctx_set_default_verify_paths(self._handle))

    def cert_store_stats(self):
        """Counts what is loaded."""
        return self._ask('cert_store_stats')

    def get_ca_certs(self, binary_form=False):
        """Returns the authorities."""
        if binary_form:
            return [octets(der) for der in self._ask('get_ca_certs_der') or ()]
        found = self._ask('get_ca_certs') or ()
        return [tlsobjects.description(one) for one in found]

    def session_stats(self):
        """Counts handshakes."""
        return self._ask('session_stats')

    _wrap_socket = wrap_socket
    _wrap_bio = wrap_bio


def _warn(text: str, level: int = 4):
    """Warns the caller of an attribute of SSLContext, or of SSLContext()."""
    warnings.warn(text, DeprecationWarning, stacklevel=level)


def _path(value, name: str) -> bytes:
    try:
        return os.fsencode(value)
    except TypeError:
        raise TypeError(
            f'{name} should be a valid filesystem path') from None


class Secret:
    """A password, or what asks for it, as a function for the library."""

    def __init__(self, password):
        if not callable(password):
            _secret_bytes(password, 'password should be a string or callable')
        self._password = password
        self.error = None
        self.function = _PASSWORD(self._give)

    def _give(self, memory, room):
        """Puts the password into memory and returns its length."""
        try:
            password = self._password
            if callable(password):
                password = _secret_bytes(
                    password(), 'password callback must return a string')
            secret = _secret_bytes(password, '')
        except BaseException as error:
            self.error = error
            return -1
        ctypes.memmove(memory, secret, min(len(secret), room))
        return len(secret)


def _secret_bytes(password, complaint: str) -> bytes:
    if isinstance(password, str):
        return password.encode()
    if isinstance(password, (bytes, bytearray)):
        return bytes(password)
    raise TypeError(complaint)


@_SERVER_NAME
def _called_by_name(connection, context, name, size, alert):
    """Calls a server name callback.

    The alert is set before what may raise; ctypes gives the exception to
    sys.unraisablehook.
    """
    alert[0] = stock.ssl.ALERT_DESCRIPTION_INTERNAL_ERROR
    context = _contexts[context]
    connection = connections[connection]
    owner = connection.owner or connection
    text = ctypes.string_at(name, size).decode('ascii') if name else None
    alert[0] = stock.ssl.ALERT_DESCRIPTION_HANDSHAKE_FAILURE
    answer = context.sni_callback(owner, text, context)
    alert[0] = stock.ssl.ALERT_DESCRIPTION_INTERNAL_ERROR
    alert[0] = -1 if answer is None else numbers.i_format(answer)


_SSLContext.__module__ = '_ssl'
seal(_SSLContext)
