"""Measurements, one idea a module: `python -m bench` measures all, `python -m bench mastering` one.

A measurement is a coroutine function `measure` that returns figures. Nothing here passes or fails; what was
measured, when and on which machine is written down in docs/measurements.md.
"""
