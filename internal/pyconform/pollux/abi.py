"""The functions of libpollux.

``go.recv`` is the C function ``gs_recv``. Arguments and results are described
in ABI.md beside the library's source. ctypes releases the interpreter's lock
around every call.
"""

import ctypes
import os

from pollux import library

INT64 = ctypes.c_int64
POINTER = ctypes.c_void_p
byref = ctypes.byref

# One letter for each argument: i an integer, p a pointer.
SIGNATURES = {
    'errtext': 'pi',
    # sockets: life
    'socket': 'iii',
    'fromfd': 'iiii',
    'socketpair': 'iiip',
    'info': 'ip',
    'close': 'i',
    'free': 'i',
    'detach': 'i',
    'dup': 'i',
    'closefd': 'i',
    # sockets: modes
    'settimeout': 'ii',
    'setdefaulttimeout': 'i',
    'getdefaulttimeout': '',
    # sockets: names and connections
    'bind': 'ipi',
    'listen': 'ii',
    'connect': 'ipipp',
    'accept': 'ippip',
    'getsockname': 'ipi',
    'getpeername': 'ipi',
    'shutdown': 'ii',
    # sockets: data
    'recv': 'ipiip',
    'recvfrom': 'ipiipipp',
    'recvmsg': 'ipiiipipppipp',
    'send': 'ipiip',
    'sendall': 'ipiipp',
    'sendto': 'ipiipip',
    'sendmsg': 'ipipiipip',
    # sockets: options
    'getsockopt': 'iiipp',
    'setsockopt': 'iiipi',
    # names and numbers
    'getaddrinfo': 'pipi',
    'getnameinfo': 'pipi',
    'gethostby': 'ipipi',
    'gethostname': 'pi',
    'getservbyname': 'pipi',
    'getservbyport': 'ipipi',
    'getprotobyname': 'pi',
    'if': 'pi',
    'inet_aton': 'pip',
    'inet_ntoa': 'pipi',
    'inet_pton': 'ipip',
    'inet_ntop': 'ipipi',
    'hton': 'ii',
    'cmsg': 'ii',
    # select, poll, epoll
    'select': 'piiipip',
    'poll_new': '',
    'poll_free': 'i',
    'poll_register': 'iii',
    'poll_modify': 'iii',
    'poll_unregister': 'ii',
    'poll_poll': 'iipip',
    'poll_len': 'i',
    'epoll_create': '',
    'epoll_fromfd': 'i',
    'epoll_close': 'i',
    'epoll_ctl': 'iiii',
    'epoll_wait': 'iiipp',
}


class Library:
    """The loaded library; an attribute for each of its functions."""

    def __init__(self, path: str, counting: bool = False):
        self.counts: dict[str, int] = {}
        loaded = ctypes.CDLL(path)
        for name, letters in SIGNATURES.items():
            function = getattr(loaded, 'gs_' + name)
            function.restype = INT64
            function.argtypes = [INT64 if letter == 'i' else POINTER
                                 for letter in letters]
            if counting:
                function = self._counted(name, function)
            setattr(self, name, function)

    def _counted(self, name, function):
        """Wraps a function so that ``counts`` says how often it is called."""
        self.counts[name] = 0

        def wrapper(*args):
            self.counts[name] += 1
            return function(*args)

        return wrapper


go = Library(library.find(), counting='POLLUX_COUNT' in os.environ)
