"""Adapters: translate between the ports and the world. Vendor words live only here."""
