"""A stand-alone SMS platform for tests: it speaks the dialect, faults included.

Everything it accepts is on disk before it answers, so its log says what really went
out, whatever became of the caller. It needs nothing but Python.
"""

from .simulator import Simulator

__all__ = ["Simulator"]
