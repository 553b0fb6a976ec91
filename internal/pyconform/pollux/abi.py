"""The functions of libpollux.

``go.recv`` is the C function ``gs_recv``, ``tls.conn_read`` is
``gt_conn_read``. Arguments and results are described in ABI.md beside the
library's source. ctypes releases the interpreter's lock
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
    'if_nametoindex': 'pi',
    'if_indextoname': 'ipi',
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
    'epoll_fileno': 'i',
    'epoll_close': 'i',
    'epoll_ctl': 'iiii',
    'epoll_wait': 'iiipp',
}

TLS_SIGNATURES = {
    # contexts
    'ctx_new': 'i',
    'ctx_free': 'i',
    'ctx_get': 'ipip',
    'ctx_set': 'ipii',
    'ctx_settext': 'ipipi',
    'ctx_ask': 'ipipi',
    'ctx_load_cert_chain': 'ipipip',
    'ctx_load_verify_locations': 'ipipi',
    'ctx_load_verify_data': 'iipi',
    'ctx_set_default_verify_paths': 'i',
    'ctx_set_server_name': 'ip',
    # connections
    'sock_new': 'iiipii',
    'obj_new': 'iiiipii',
    'conn_free': 'i',
    'conn_handshake': 'ip',
    'conn_read': 'ipip',
    'conn_write': 'ipip',
    'conn_unwrap': 'ip',
    'conn_pending': 'i',
    'conn_ask': 'ipipi',
    'conn_channel_binding': 'ipipi',
    'conn_verify_client_post_handshake': 'i',
    'conn_set_context': 'ii',
    'conn_session': 'i',
    'conn_set_session': 'ii',
    # what goes with them
    'bio_new': '',
    'bio_free': 'i',
    'bio_read': 'ipi',
    'bio_write': 'ipi',
    'bio_write_eof': 'i',
    'bio_pending': 'i',
    'bio_eof': 'i',
    'session_free': 'i',
    'session_equal': 'ii',
    'session_info': 'ipi',
    'cert_decode': 'pipi',
    'cert_pem': 'pipi',
    'object': 'iipipi',
    'default_verify_paths': 'pi',
    'random': 'pi',
    'features': 'pi',
}


class Library:
    """The loaded library; an attribute for each function with a prefix."""

    def __init__(self, path: str, prefix: str, signatures: dict[str, str],
                 counting: bool = False):
        self.counts: dict[str, int] = {}
        loaded = ctypes.CDLL(path)
        for name, letters in signatures.items():
            function = getattr(loaded, prefix + name)
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


_PATH = library.find()
_COUNTING = 'POLLUX_COUNT' in os.environ

go = Library(_PATH, 'gs_', SIGNATURES, _COUNTING)
tls = Library(_PATH, 'gt_', TLS_SIGNATURES, _COUNTING)


def calls() -> int:
    """Counts the calls so far, if POLLUX_COUNT asks for it."""
    return sum(go.counts.values()) + sum(tls.counts.values())
