"""Mandarin speech by the Kokoro-82M model, run in a process and a Python environment of its own.

Only `synthesizer` may be imported by the application; the other modules need the packages of the `speech` extra.
"""
