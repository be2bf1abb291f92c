"""The services `http` and `database` that flows ask (`ports.inquiries`)."""
