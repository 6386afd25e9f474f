"""The address the site listens at: is it free, who may use it, does it answer."""

from __future__ import annotations

import errno
import http.client
import socket

import psutil

from kefen_crm.process.errors import ProcessError

EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}  # noqa: S104
SERVER_ERROR = 500


def free_port(host: str, port: int) -> int:
    """The port, when Kefen may listen there; any free one for 0.

    Raises:
        ProcessError: `port-in-use`, `port-not-allowed` or `host-unknown`.
    """
    try:
        family, kind, _, _, place = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM)[
            0
        ]
        with socket.socket(family, kind) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(place)
            return int(probe.getsockname()[1])
    except socket.gaierror as error:
        raise ProcessError("host-unknown", host=host) from error
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise ProcessError("port-in-use", port=port, free=free_port(host, 0)) from error
        if error.errno == errno.EACCES:
            raise ProcessError("port-not-allowed", port=port) from error
        raise ProcessError("host-unknown", host=host) from error


def site_address(host: str, port: int) -> str:
    """What a person on this machine types into a browser."""
    host = EVERYWHERE.get(host, host)
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"


def site_names(host: str) -> list[str]:
    """The names and addresses under which the site is reached when it listens at `host`."""
    names = {"localhost", "127.0.0.1", "[::1]"}
    if host not in EVERYWHERE:
        return sorted(names | {f"[{host}]" if ":" in host else host})
    names |= {socket.gethostname(), socket.getfqdn()}
    for places in psutil.net_if_addrs().values():
        for place in places:
            if place.family == socket.AF_INET:
                names.add(place.address)
            elif place.family == socket.AF_INET6:
                names.add(f"[{place.address.partition('%')[0]}]")
    return sorted(names)


def answers(host: str, port: int) -> bool:
    """Whether the site gives a page there."""
    connection = http.client.HTTPConnection(EVERYWHERE.get(host, host), port, timeout=5)
    try:
        connection.request("GET", "/")
        return connection.getresponse().status < SERVER_ERROR
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
