"""Requests that people of a site can aim: to an address that was looked at before it is connected to (OWASP, "SSRF Prevention").

The host's name is resolved once, every address must be allowed, and the connection goes to that very address (so that a name cannot
mean something else a moment later); certificates are checked for the name. Link-local addresses, those of cloud metadata services,
multicast and unspecified ones are never asked; this machine only when it is allowed.
"""

import asyncio
import ipaddress
import socket
import ssl
from functools import cache
from typing import Final

import httpx

METADATA: Final = frozenset({"100.100.100.200", "fd00:ec2::254", "192.0.0.192"})

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class Forbidden(Exception):
    """The address may not be asked."""


async def allowed_address(host: str, port: int, *, allow_loopback: bool) -> Address:
    """Return an address of the host; all of them must be allowed. Raises `Forbidden`, or httpx's error for an unknown name."""
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as unknown:
        raise httpx.ConnectError("name not known") from unknown
    addresses = [ipaddress.ip_address(one[4][0]) for one in found]
    for address in addresses:
        if why := forbidden(address, allow_loopback=allow_loopback):
            raise Forbidden(why)
    return addresses[0]


@cache
def trusted() -> ssl.SSLContext:
    """Whom we believe, for `httpx.AsyncClient(verify=…)`. Reading it takes 50 ms of the loop that calls run on: once is enough."""
    return httpx.create_ssl_context()


def forbidden(address: Address, *, allow_loopback: bool) -> str:
    """Say why an address may not be asked; "" when it may."""
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    if str(address) in METADATA or address.is_link_local:
        return "metadata or link-local address"
    if address.is_multicast or address.is_unspecified:
        return "no address of a host"
    if address.is_loopback and not allow_loopback:
        return "this machine, which is not allowed"
    return ""


def port_of(url: httpx.URL) -> int:
    """The port that a URL leads to."""
    return url.port or (443 if url.scheme == "https" else 80)


def to_address(request: httpx.Request, address: Address) -> httpx.Request:
    """Let a request go to this address, whatever its host's name means by then; the server is still asked and checked by name."""
    request.extensions = {**request.extensions, "sni_hostname": request.url.host}
    request.headers["Host"] = request.url.netloc.decode()
    request.url = request.url.copy_with(host=str(address))
    return request
