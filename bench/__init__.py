"""Measurements, one idea a module: `python -m bench` measures all, `python -m bench mastering` one.

A measurement is a coroutine function `measure` that returns figures; `__main__` lists them, and what they
share is in `measuring/`. Nothing here passes or fails: what is wanted of a figure, and why it is missed,
stands in `page/rows.py` and is told in docs/performance.md; what was measured before, when and on which
machine, in docs/measurements.md.
"""
