"""The site behind a real nginx and a real Caddy, with the files that operators are given."""

from __future__ import annotations

import http.client
import os
import re
import shutil
import socket
import subprocess
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest
from allauth.usersessions.models import UserSession

from cast import PASSWORD
from kefen_crm.imports.models import Import

DEPLOY = Path(__file__).parents[2] / "deploy"
PEER = "127.0.0.2"
"""A second address of this machine, to tell the browser's from the proxy's."""


class Browser:
    """Sends requests to the proxy from `PEER` and keeps cookies."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.cookies: SimpleCookie = SimpleCookie()

    def ask(self, method, path, body=None, **headers):
        link = http.client.HTTPConnection("127.0.0.1", self.port, 30, source_address=(PEER, 0))
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        sent["Cookie"] = "; ".join(f"{one.key}={one.value}" for one in self.cookies.values())
        link.request(method, path, body, sent)
        answer = link.getresponse()
        for given in answer.headers.get_all("Set-Cookie") or ():
            self.cookies.load(given)
        answer.text = answer.read().decode()
        link.close()
        return answer

    def token(self, path):
        return re.search(r'csrfmiddlewaretoken" value="(\w+)', self.ask("GET", path).text)[1]

    def sign_in(self, name, **headers):
        form = {"csrfmiddlewaretoken": self.token("/sign-in/"), "login": name, "password": PASSWORD}
        kind = {"Content_Type": "application/x-www-form-urlencoded"}
        return self.ask("POST", "/sign-in/", urlencode(form), **kind, **headers)


def program(name):
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/bin")
    return found or pytest.skip(f"{name} is not installed on this machine")


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


def nginx(folder, port, upstream):
    """The recipe without its certificate, at a free port, as this user."""
    text = (DEPLOY / "nginx.conf").read_text().replace("127.0.0.1:8000", upstream)
    text = re.sub(
        r"    ssl_\w+ .*\n", "", text.replace("listen 443 ssl", f"listen 127.0.0.1:{port}")
    )
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    places = "".join(f"{kind}_temp_path {folder}/{kind};\n" for kind in kinds)
    file = folder / "nginx.conf"
    file.write_text(
        f"daemon off;\npid {folder}/pid;\nerror_log stderr warn;\nuser root;\nevents {{}}\n"
        f"http {{\naccess_log off;\n{places}{text}}}\n"
    )
    return [program("nginx"), "-e", "stderr", "-c", str(file)]


def caddy(folder, port, upstream):
    """The recipe at a free port, without a certificate."""
    text = (DEPLOY / "Caddyfile").read_text().replace("crm.example.com", f"http://127.0.0.1:{port}")
    file = folder / "Caddyfile"
    file.write_text("{\n\tadmin off\n}\n" + text)
    return [program("caddy"), "run", "--config", str(file), "--adapter", "caddyfile"]


@pytest.fixture(params=[nginx, caddy], ids=["nginx", "caddy"])
def browser(request, live_server, tmp_path, settings):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    settings.KEFEN_DATA, settings.MEDIA_ROOT = tmp_path / "data", tmp_path / "data" / "uploads"
    port, upstream = free_port(), urlsplit(live_server.url).netloc
    folder = tmp_path / "proxy"
    folder.mkdir()
    command = request.param(folder, port, upstream)
    places = {"XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder), "HOME": str(folder)}
    environment = os.environ | places | {"KEFEN_UPSTREAM": upstream}
    with (folder / "log").open("wb") as log:
        running = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        try:
            while True:
                assert running.poll() is None, (folder / "log").read_text()
                try:
                    socket.create_connection(("127.0.0.1", port), 1).close()
                    break
                except OSError:
                    continue
            yield Browser(port)
        finally:
            running.terminate()
            running.wait()


def test_the_site_works_behind_a_proxy(browser, bob, transactional_db):
    page = browser.ask("GET", "/sign-in/")
    assert page.status == 200
    assert "no-store" in page.headers["Cache-Control"]
    assert len(page.headers["X-Request-ID"]) >= 32  # nginx's or Caddy's own

    # What a client says of its address is not believed, what the proxy saw is.
    assert browser.sign_in("bob", X_Forwarded_For="203.0.113.9").status == 302
    assert UserSession.objects.get().ip == PEER

    rows = "".join(f"{n},C{n % 999},2025-01-03,12.50\n" for n in range(150_000))
    text = "order_id,customer_id,ordered_on,amount\n" + rows
    token = browser.token("/imports/new/")
    body = (
        f'--b\r\nContent-Disposition: form-data; name="csrfmiddlewaretoken"\r\n\r\n{token}\r\n'
        f'--b\r\nContent-Disposition: form-data; name="files"; filename="orders.csv"\r\n'
        f"Content-Type: text/csv\r\n\r\n{text}\r\n--b--\r\n"
    )
    sent = browser.ask(
        "POST", "/imports/new/", body.encode(), Content_Type="multipart/form-data; boundary=b"
    )
    assert sent.status == 302
    record = Import.objects.get()
    assert record.path.read_text() == text
    assert record.size > 3_000_000

    assert browser.ask("GET", "/metrics").status == 404
    assert browser.ask("GET", "/health").status == 404
    assert browser.ask("GET", "/health/live").status == 200
