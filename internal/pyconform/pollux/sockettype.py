"""The type _socket.socket.

A method converts its arguments, makes one call, and converts the answer.
``_handle`` is the library's number for the socket, 0 before there is one.
"""

import ctypes
import errno
import json
import sys
import warnings

from pollux import addresses, ancillary, buffers, numbers, options, stock
from pollux.abi import INT64, byref, go
from pollux.results import TIMED_OUT, ask, check, error_of, repeat

ADDRESS_ROOM = 512

# The library's handles that have a socket object.
live: set[int] = set()


def timeout_nanoseconds(timeout) -> int:
    """Converts a timeout: None is -1, the rest is nanoseconds."""
    if timeout is None:
        return -1
    duration = numbers.nanoseconds(timeout, numbers.SECOND)
    if duration < 0:
        raise ValueError('Timeout value out of range')
    return duration


def timeout_seconds(duration: int):
    """Converts a timeout back."""
    return None if duration < 0 else duration / numbers.SECOND


def information(handle: int) -> tuple[int, int, int, int, int]:
    """Gives descriptor, family, type, protocol and timeout."""
    values = (INT64 * 5)()
    if not handle or go.info(handle, values) < 0:
        return (-1, 0, 0, 0, -1)
    return tuple(values)


class socket:
    """A socket; see the module socket."""

    __slots__ = ('_handle',)

    def __new__(cls, *args, **kwargs):
        self = object.__new__(cls)
        self._handle = 0
        return self

    def __init__(self, family=-1, type=-1, proto=-1, fileno=None):
        family = numbers.c_int(family)
        type = numbers.c_int(type)
        proto = numbers.c_int(proto)
        sys.audit('socket.__new__', self, family, type, proto)
        if fileno is None:
            handle = _create(family, type, proto)
        else:
            handle = _adopt(fileno, family, type, proto)
        if self._handle:
            self.close()
            self._forget()
        self._handle = handle
        live.add(handle)

    def _forget(self):
        live.discard(self._handle)
        go.free(self._handle)

    def __del__(self):
        if not self._handle:
            return
        try:
            if self.fileno() != -1:
                warnings.warn(f'unclosed {self!r}', ResourceWarning,
                              stacklevel=2, source=self)
        finally:
            go.close(self._handle)
            self._forget()

    def __repr__(self):
        fd, family, type, proto, _ = information(self._handle)
        return (f'<socket object, fd={fd}, family={family}, type={type}, '
                f'proto={proto}>')

    @property
    def family(self):
        """The address family."""
        return information(self._handle)[1]

    @property
    def type(self):
        """The type, without its flags."""
        return information(self._handle)[2]

    @property
    def proto(self):
        """The protocol."""
        return information(self._handle)[3]

    @property
    def timeout(self):
        """The timeout in seconds, or None."""
        return self.gettimeout()

    # Life.

    def fileno(self):
        """Returns the descriptor, -1 once it is closed."""
        return information(self._handle)[0]

    def close(self):
        """Closes the socket."""
        if self._handle:
            check(go.close(self._handle))

    def detach(self):
        """Closes the object and returns the descriptor, which stays open."""
        return go.detach(self._handle) if self._handle else -1

    # Modes.

    def gettimeout(self):
        """Returns the timeout in seconds, or None."""
        return timeout_seconds(information(self._handle)[4])

    def settimeout(self, timeout, /):
        """Sets the timeout in seconds, None to wait for ever."""
        check(go.settimeout(self._handle, timeout_nanoseconds(timeout)))

    def getblocking(self):
        """Tells whether calls may wait."""
        return information(self._handle)[4] != 0

    def setblocking(self, flag, /):
        """Waits for ever, or never."""
        check(go.settimeout(self._handle, -1 if numbers.c_long(flag) else 0))

    # Names and connections.

    def bind(self, address, /):
        """Gives the socket a name."""
        text = addresses.encode(self.family, address, 'bind')
        sys.audit('socket.bind', self, address)
        check(go.bind(self._handle, text, len(text)))

    def listen(self, backlog=min(stock.socket.SOMAXCONN, 128), /):
        """Begins to take connections."""
        check(go.listen(self._handle, numbers.i_format(backlog)))

    def _accept(self):
        descriptor, began = ctypes.c_int32(-1), INT64(0)
        peer = ctypes.create_string_buffer(ADDRESS_ROOM)
        size = check(repeat(go.accept, self._handle, byref(descriptor),
                            peer, ADDRESS_ROOM, byref(began)))
        return descriptor.value, addresses.decode(json.loads(peer.raw[:size]))

    def _connect(self, address, caller: str) -> int:
        text = addresses.encode(self.family, address, caller)
        sys.audit('socket.connect', self, address)
        state, began = INT64(0), INT64(0)
        return repeat(go.connect, self._handle, text, len(text),
                      byref(state), byref(began))

    def connect(self, address, /):
        """Connects to an address."""
        check(self._connect(address, 'connect'))

    def connect_ex(self, address, /):
        """Connects and returns the error number, 0 for none."""
        result = self._connect(address, 'connect_ex')
        if result == TIMED_OUT:
            return errno.EWOULDBLOCK
        if result < -4095:
            raise error_of(result)
        return -result

    def getsockname(self):
        """Returns the socket's own address."""
        return addresses.decode(ask(go.getsockname, self._handle))

    def getpeername(self):
        """Returns the address of the other end."""
        return addresses.decode(ask(go.getpeername, self._handle))

    def shutdown(self, how, /):
        """Closes one direction or both."""
        check(go.shutdown(self._handle, numbers.c_int(how)))

    # Receiving.

    def recv(self, bufsize, flags=0, /):
        """Receives at most bufsize bytes."""
        size = _size(bufsize, 'negative buffersize in recv')
        memory = ctypes.create_string_buffer(size) if size else None
        received = check(repeat(
            go.recv, self._handle, memory, size,
            numbers.i_format(flags), byref(INT64(0))))
        return _received(memory, received, size)

    def recv_into(self, buffer, nbytes=0, flags=0):
        """Receives into a buffer and returns the number of bytes."""
        with buffers.writable(buffer, 'recv_into') as memory:
            size = _size(nbytes, 'negative buffersize in recv_into')
            flags = numbers.i_format(flags)
            if size > memory.size:
                raise ValueError('buffer too small for requested bytes')
            return check(repeat(
                go.recv, self._handle, memory.address, size or memory.size,
                flags, byref(INT64(0))))

    def recvfrom(self, bufsize, flags=0, /):
        """Receives bytes and the address that they came from."""
        size = _size(bufsize, 'negative buffersize in recvfrom')
        memory = ctypes.create_string_buffer(size or 1)
        received, sender = self._recvfrom(memory, size, flags)
        return _received(memory, received, size), sender

    def recvfrom_into(self, buffer, nbytes=0, flags=0):
        """Receives into a buffer; returns the number and the sender."""
        with buffers.writable(buffer, 'recvfrom_into') as memory:
            size = _size(nbytes, 'negative buffersize in recvfrom_into')
            if size > memory.size:
                raise ValueError(
                    'nbytes is greater than the length of the buffer')
            return self._recvfrom(memory.address, size or memory.size, flags)

    def _recvfrom(self, memory, size: int, flags):
        flags = numbers.i_format(flags)
        sender = ctypes.create_string_buffer(ADDRESS_ROOM)
        sender_size = INT64(0)
        received = check(repeat(
            go.recvfrom, self._handle, memory, size, flags,
            sender, ADDRESS_ROOM, byref(sender_size), byref(INT64(0))))
        text = sender.raw[:sender_size.value]
        return received, addresses.decode(json.loads(text))

    def recvmsg(self, bufsize, ancbufsize=0, flags=0, /):
        """Receives bytes, ancillary data, flags and the sender."""
        size = _size(bufsize, 'negative buffer size in recvmsg()')
        memory = ctypes.create_string_buffer(size or 1)
        vectors = (buffers.IOVector * 1)(
            buffers.IOVector(ctypes.addressof(memory), size))
        received, *rest = self._recvmsg(vectors, ancbufsize, flags)
        return _received(memory, received, size), *rest

    def recvmsg_into(self, buffers_, ancbufsize=0, flags=0, /):
        """Receives into buffers, as recvmsg."""
        owners = buffers.sequence(
            buffers_, 'recvmsg_into() argument 1 must be an iterable')
        with buffers.collect(owners, _message_buffer) as memory:
            return self._recvmsg(memory.vectors(), ancbufsize, flags)

    def _recvmsg(self, vectors, ancbufsize, flags):
        ancillary_size = numbers.c_ssize(ancbufsize)
        flags = numbers.i_format(flags)
        if not 0 <= ancillary_size <= numbers.INT_MAX:
            raise ValueError('invalid ancillary data buffer length')
        room = ancillary_size + 64
        control, sender = (ctypes.create_string_buffer(n)
                           for n in (room, ADDRESS_ROOM))
        control_size, sender_size, answered = INT64(0), INT64(0), INT64(0)
        received = check(repeat(
            go.recvmsg, self._handle, vectors, len(vectors), ancillary_size,
            flags, control, room, byref(control_size), byref(answered),
            sender, ADDRESS_ROOM, byref(sender_size), byref(INT64(0))))
        messages = ancillary.decode(control.raw[:control_size.value])
        name = addresses.decode(json.loads(sender.raw[:sender_size.value]))
        return received, messages, answered.value, name

    # Sending.

    def send(self, data, flags=0, /):
        """Sends bytes, perhaps not all, and returns their number."""
        with buffers.Buffer(data) as memory:
            return check(repeat(
                go.send, self._handle, memory.address, memory.size,
                numbers.i_format(flags), byref(INT64(0))))

    def sendall(self, data, flags=0, /):
        """Sends all of the bytes."""
        with buffers.Buffer(data) as memory:
            check(repeat(
                go.sendall, self._handle, memory.address, memory.size,
                numbers.i_format(flags), byref(INT64(0)), byref(INT64(0))))

    def sendto(self, *args):
        """Sends bytes to an address: data[, flags], address."""
        if not 2 <= len(args) <= 3:
            raise TypeError(
                f'sendto() takes 2 or 3 arguments ({len(args)} given)')
        address = args[-1]
        with buffers.Buffer(args[0]) as memory:
            flags = numbers.i_format(args[1]) if len(args) == 3 else 0
            text = addresses.encode(self.family, address, 'sendto')
            sys.audit('socket.sendto', self, address)
            return check(repeat(
                go.sendto, self._handle, memory.address, memory.size, flags,
                text, len(text), byref(INT64(0))))

    def sendmsg(self, buffers_, ancdata=(), flags=0, address=None, /):
        """Sends bytes from buffers, with ancillary data."""
        flags = numbers.i_format(flags)
        text = b''
        if address is not None:
            text = addresses.encode(self.family, address, 'sendmsg')
        sys.audit('socket.sendmsg', self, address)
        owners = buffers.sequence(
            buffers_, 'sendmsg() argument 1 must be an iterable')
        with buffers.collect(owners, buffers.Buffer) as memory:
            control = ancillary.encode(ancdata)
            return check(repeat(
                go.sendmsg, self._handle, memory.vectors(), len(memory),
                control, len(control), flags, text, len(text),
                byref(INT64(0))))

    def sendmsg_afalg(self, *args, **kwargs):
        """Is for AF_ALG, which the C library does not know."""
        raise NotImplementedError('sendmsg_afalg')

    # Options.

    def getsockopt(self, level, option, buflen=0, /):
        """Returns an option, as an int or (with buflen) as bytes."""
        level, option = numbers.i_format(level), numbers.i_format(option)
        size = numbers.i_format(buflen)
        if size == 0:
            value = options.integer_of(self.family)(0)
            self._getsockopt(level, option, byref(value), ctypes.sizeof(value))
            return value.value
        if not 0 < size <= 1024:
            raise OSError('getsockopt buflen out of range')
        memory = ctypes.create_string_buffer(size)
        size = self._getsockopt(level, option, memory, size)
        return memory.raw[:size]

    def _getsockopt(self, level: int, option: int, memory, size: int) -> int:
        length = INT64(size)
        check(go.getsockopt(
            self._handle, level, option, memory, byref(length)))
        return length.value

    def setsockopt(self, *args):
        """Sets an option: to an int, to bytes, or to None and a length."""
        if len(args) == 4 and args[2] is None and options.is_integer(args[3]):
            level, option = map(numbers.i_format, args[:2])
            length = numbers.masked32(args[3])
            check(go.setsockopt(self._handle, level, option, None, length))
            return
        if len(args) != 3:
            raise TypeError('setsockopt() takes exactly 3 arguments '
                            f'({len(args)} given)')
        level, option = map(numbers.i_format, args[:2])
        with buffers.Buffer(options.memory_of(args[2], self.family)) as memory:
            check(go.setsockopt(self._handle, level, option,
                                memory.address, memory.size))


socket.__module__ = '_socket'


def _create(family: int, type: int, proto: int) -> int:
    family = stock.socket.AF_INET if family == -1 else family
    type = stock.socket.SOCK_STREAM if type == -1 else type
    return check(go.socket(family, type, 0 if proto == -1 else proto))


def _adopt(fileno, family: int, type: int, proto: int) -> int:
    descriptor = numbers.descriptor(fileno)
    if descriptor < 0:
        raise ValueError('negative file descriptor')
    return check(go.fromfd(descriptor, family, type, proto))


def _size(value, complaint: str) -> int:
    size = numbers.c_ssize(value)
    if size < 0:
        raise ValueError(complaint)
    return size


def _received(memory, received: int, size: int) -> bytes:
    """Copies what came; with MSG_TRUNC the number may be more than that."""
    return ctypes.string_at(memory, min(received, size)) if received else b''


def _message_buffer(owner) -> buffers.Buffer:
    try:
        return buffers.writable(owner, 'recvmsg_into')
    except TypeError:
        raise TypeError('recvmsg_into() argument 1 must be an iterable of '
                        'single-segment read-write buffers') from None
