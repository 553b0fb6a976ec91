"""What ``import _socket`` gives: the stock constants, and Pollux."""

from pollux import builtin, fork, netdb, stock
from pollux.results import gaierror, herror
from pollux.sockettype import socket

__all__ = ['CAPI', 'SocketType', 'error', 'gaierror', 'herror',
           'sethostname', 'socket', 'timeout']

globals().update(stock.constants(stock.socket))
globals().update(builtin.publish(netdb.FUNCTIONS, stock.socket))
__all__ += [*stock.constants(stock.socket), *netdb.FUNCTIONS]

CAPI = stock.socket.CAPI
SocketType = socket
error = OSError
timeout = TimeoutError
sethostname = stock.socket.sethostname

fork.watch_functions(globals()[name] for name in netdb.FUNCTIONS)
fork.watch_sockets(socket)
