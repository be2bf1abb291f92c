"""The pure core: what is, what happened, what to do. Standard library only; no clock, no I/O, no randomness."""
