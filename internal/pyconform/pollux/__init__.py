"""Pollux under Python: CPython's socket, select and ssl on libpollux.

``python3 -m pollux script.py`` runs a program this way, and
``pollux.boot.install()`` does it for the process that calls it.
"""
