"""Short messages (短信): the outbox, citizens' messages, numbers that are not written to, and gateways."""
