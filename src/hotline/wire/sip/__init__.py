"""SIP (RFC 3261) without sockets: framing, transactions, dialogs, digest, registrar."""
