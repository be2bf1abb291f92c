"""Features: slices from table to HTTP. They meet through ports, events and ids, never through each other's tables."""
