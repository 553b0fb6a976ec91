"""Puts Pollux in the place of CPython's _socket, select and _ssl.

It must run before anything imports these, and very much does: subprocess,
selectors, unittest. So it imports nothing of that kind itself.

POLLUX_SSL says what becomes of _ssl: ``pollux`` replaces it too, and is the
default; ``stock`` keeps CPython's, which works on memory buffers and so with
asyncio, but refuses Pollux's sockets; ``none`` makes ``import ssl`` fail.
"""

import importlib.util
import os
import pathlib
import signal
import sys

SHIMS = pathlib.Path(__file__).parent / 'shim'
REPLACED = ('_socket', 'select')
TOO_EARLY = (*REPLACED, 'socket', 'selectors', '_ssl', 'ssl')


def install() -> None:
    """Replaces the modules of this process."""
    early = [name for name in TOO_EARLY if name in sys.modules]
    if early:
        raise RuntimeError(f'already imported: {", ".join(early)}')
    from pollux import stock
    from pollux.abi import go
    _restore_signals(go)
    for name in REPLACED:
        _load(name)
    _choose_ssl(stock)
    from pollux import fork
    fork.install()


def _load(name: str) -> None:
    """Loads a shim by its path: built-in modules come before sys.path."""
    spec = importlib.util.spec_from_file_location(name, SHIMS / f'{name}.py')
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)


def _restore_signals(go) -> None:
    """Gives SIGPIPE back to Python, which ignores it.

    Go's runtime takes it while it starts, and it has started when a function
    answers.
    """
    go.getdefaulttimeout()
    signal.signal(signal.SIGPIPE, signal.getsignal(signal.SIGPIPE))


def _choose_ssl(stock) -> None:
    choices = ['pollux', 'stock', 'none']
    choice = os.environ.get('POLLUX_SSL', choices[0])
    if choice not in choices:
        raise RuntimeError(f'POLLUX_SSL={choice}: it may be {choices}')
    if choice == 'none' or stock.ssl is None:
        sys.modules['_ssl'] = None
    elif choice == 'pollux':
        _load('_ssl')
