"""CPython's own modules, kept under this name when the shim takes theirs.

They give constants, the few functions that need no network, and all of it in
a forked child (see fork.py). ``ssl`` is None where Python has no _ssl.
"""

import _socket as socket
import select

# It asks _socket for its C interface while it loads, so it loads here, when
# _socket is still the stock one.
try:
    import _ssl as ssl
except ImportError:
    ssl = None

__all__ = ['constants', 'select', 'socket', 'ssl']


def constants(module) -> dict[str, int]:
    """Gives the public integers of a module."""
    return {name: value for name, value in vars(module).items()
            if isinstance(value, int) and not name.startswith('_')}
