"""Ports: the small Protocols through which the rings meet. Adapters implement them; vendor words stop there."""
