"""The asynchronous shell around the core: dispatcher, timers, live view, recovery."""
