"""Mandarin recognition by the Whisper base model (CTranslate2), run in a process and a Python environment of its own.

Only `recognizer` may be imported by the application; the other modules need the packages of the `speech` extra.
"""
