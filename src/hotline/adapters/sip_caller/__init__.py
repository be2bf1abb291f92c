"""Telephones of our own for tests, load and demonstrations: they call, answer, speak, press keys, listen and measure."""
