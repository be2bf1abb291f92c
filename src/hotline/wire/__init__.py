"""Protocols without sockets: bytes in, frozen messages out. Knows no network and no clock."""
