"""Functions that behave as those written in C do.

A function in C does not become a method where it sits in a class, and
selectors.py relies on it (``_select = select.select`` in a class body). A
partial does not either.
"""

import functools


def unbound(function, stock) -> functools.partial:
    """Makes a builtin of a function; ``stock`` is CPython's counterpart."""
    builtin = functools.partial(function)
    builtin.__name__ = builtin.__qualname__ = stock.__name__
    builtin.__doc__ = function.__doc__
    builtin.stock = stock
    return builtin


def become_stock(builtin: functools.partial) -> None:
    """Makes a builtin call its stock counterpart from now on.

    Other modules hold the object, so it is changed, not replaced.
    """
    builtin.__setstate__((builtin.stock, (), {}, vars(builtin)))


def publish(functions, stock_module) -> dict[str, functools.partial]:
    """Makes builtins of functions, by name."""
    return {name: unbound(function, getattr(stock_module, name))
            for name, function in functions.items()}
