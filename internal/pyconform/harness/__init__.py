"""Runs CPython's own tests on Pollux, next to stock CPython."""
