"""Figures: the folds from journal events to facts, and the dictionary that defines every figure once."""
