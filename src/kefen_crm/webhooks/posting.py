"""Sends one request to an address that a person wrote, and to no machine of the own network."""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from django.conf import settings

if TYPE_CHECKING:
    from collections.abc import Mapping

SECONDS: Final = 10
"""So long a receiver may take to connect, and between parts of its answer."""


@dataclass(frozen=True)
class Answer:
    """What came of it: the status of the answer, or why there was none.

    Attributes:
        body: the beginning of the answer, where it was asked for.
        headers: those of the answer, by names in lower case.
        begun: the request may have arrived; without an answer nobody knows what came of it.
    """

    status: int | None
    error: str = ""
    body: bytes = b""
    begun: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def fine(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


class Private(OSError):  # noqa: N818  # what is wrong, in a word
    """The address is of the own network."""


def post(url: str, body: bytes, headers: Mapping[str, str], *, read: int = 0) -> Answer:
    """Send a body; redirects are not followed, of the answer `read` bytes are read.

    See `request`.
    """
    return request("POST", url, body, headers, read=read)


def request(
    method: str, url: str, body: bytes | None, headers: Mapping[str, str], *, read: int = 0
) -> Answer:
    """Send a request; redirects are not followed, of the answer `read` bytes are read.

    Addresses of the own network are refused unless `KEFEN_WEBHOOKS_PRIVATE` allows them. The
    address that was looked at is the one that is connected to.
    """
    parts = urlsplit(url)
    secure, begun = parts.scheme == "https", False
    try:
        host, port = parts.hostname or "", parts.port or (443 if secure else 80)
        connection = _Connection(host, port, _address(host, port), secure=secure)
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        try:
            connection.connect()
            begun = True
            connection.request(method, path, body, dict(headers))
            answer = connection.getresponse()
            told = answer.read(read) if read else b""
            named = {name.lower(): value for name, value in answer.getheaders()}
            return Answer(answer.status, body=told, begun=True, headers=named)
        finally:
            connection.close()
    except Private:
        return Answer(None, "private")
    except TimeoutError:
        return Answer(None, "timeout", begun=begun)
    except ConnectionRefusedError:
        return Answer(None, "refused")
    except (OSError, http.client.HTTPException, ValueError):
        return Answer(None, "unreachable", begun=begun)


class _Connection(http.client.HTTPConnection):
    """To one IP address, under the name of the host."""

    def __init__(self, host: str, port: int, address: str, *, secure: bool) -> None:
        super().__init__(host, port, timeout=SECONDS)
        self.address, self.secure = address, secure
        self.default_port = 443 if secure else 80

    def connect(self) -> None:
        self.sock = socket.create_connection((self.address, self.port), SECONDS)
        if self.secure:
            context = ssl.create_default_context()
            self.sock = context.wrap_socket(self.sock, server_hostname=self.host)


def connected(host: str, port: int) -> socket.socket:
    """A connection with a host, and with no machine of the own network unless that is allowed.

    Raises:
        Private: when any address of the host is of the own network.
        OSError: when there is none, or it does not answer.
    """
    return socket.create_connection((_address(host, port), port), SECONDS)


def _address(host: str, port: int) -> str:
    """The first IP address of a host.

    Raises:
        Private: when any is of the own network.
        OSError: when there is none.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = [str(one[4][0]) for one in found]
    if not settings.KEFEN_WEBHOOKS_PRIVATE and not all(map(_public, addresses)):
        raise Private
    return addresses[0]


def _public(address: str) -> bool:
    read = ipaddress.ip_address(address.partition("%")[0])
    mapped = getattr(read, "ipv4_mapped", None)
    return (mapped or read).is_global and not read.is_multicast
