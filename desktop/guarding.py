"""Keeps a bug in a method that Qt calls from ending the program.

PySide 6.11 crashes in C++ when such a method lets an exception of C code (``zip``, ``int``, a
dictionary) out under CPython 3.11. A guarded method reports it like any uncaught exception and
returns None; the window goes on.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from typing import ParamSpec

P = ParamSpec("P")


def guarded(method: Callable[P, None]) -> Callable[P, None]:
    @functools.wraps(method)
    def call(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            method(*args, **kwargs)
        except Exception as error:
            sys.excepthook(type(error), error, error.__traceback__)

    return call
