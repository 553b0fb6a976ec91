"""What ``import _ssl`` gives: the stock constants, and Pollux's TLS."""

from pollux import builtin, fork, stock, tlsmodule
from pollux.tlsconnection import _SSLSocket
from pollux.tlscontext import _SSLContext
from pollux.tlserrors import (SSLCertVerificationError, SSLEOFError, SSLError,
                              SSLSyscallError, SSLWantReadError,
                              SSLWantWriteError, SSLZeroReturnError)
from pollux.tlsobjects import Certificate, MemoryBIO, SSLSession

__all__ = [
    'Certificate', 'MemoryBIO', 'SSLCertVerificationError', 'SSLEOFError',
    'SSLError', 'SSLSession', 'SSLSyscallError', 'SSLWantReadError',
    'SSLWantWriteError', 'SSLZeroReturnError', '_SSLContext', '_SSLSocket',
]

globals().update(stock.constants(stock.ssl))
globals().update(tlsmodule.features())
globals().update(builtin.publish(tlsmodule.FUNCTIONS, stock.ssl))
__all__ += [*stock.constants(stock.ssl), *tlsmodule.FUNCTIONS]

_DEFAULT_CIPHERS = stock.ssl._DEFAULT_CIPHERS
err_codes_to_names = stock.ssl.err_codes_to_names
err_names_to_codes = stock.ssl.err_names_to_codes
lib_codes_to_names = stock.ssl.lib_codes_to_names

fork.watch_functions(globals()[name] for name in tlsmodule.FUNCTIONS)
