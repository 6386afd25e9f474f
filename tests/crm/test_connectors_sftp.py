"""Files of an SFTP server: nothing is told to one whose key nobody confirmed."""

import io
import os
import time

import paramiko
import pytest
from django.urls import reverse
from sftp_server import PASSWORD, USER, SftpServer
from test_connectors import CSV, connector, landed

from kefen_crm.connectors import actions, fetching
from kefen_crm.connectors.sources import listing
from kefen_crm.imports.models import Import
from kefen_crm.platform.models import Event


@pytest.fixture
def server(settings, tmp_path):
    settings.KEFEN_WEBHOOKS_PRIVATE = True
    (tmp_path / "sftp" / "out").mkdir(parents=True)
    made = SftpServer(tmp_path / "sftp")
    yield made
    made.stop()


def put(server, name, content, ago=120):
    place = server.folder / "out" / name
    place.write_bytes(content)
    past = time.time() - ago
    os.utime(place, (past, past))


def why(of):
    return fetching.run(of.pk).told["why"]["code"]


def test_files_come_once_the_key_of_the_server_is_confirmed(graded, server, alice, sign_in):
    put(server, "orders.csv", CSV)
    put(server, "written.csv", CSV, ago=1)
    put(server, "sent.csv.part", CSV)
    drop = connector(alice, "sftp", PASSWORD, host=server.place, user=USER, folder="/out")
    assert why(drop) == "host-key"
    assert server.tried == []  # neither a name nor a password
    browser, place = sign_in(alice), reverse("connectors:detail", args=[drop.pk])
    page, shown = browser.get(place).content.decode(), server.key.fingerprint
    assert page.count(shown) >= 2
    trust = reverse("connectors:trust", args=[drop.pk])
    browser.post(trust, {"fingerprint": "SHA256:another"})
    drop.refresh_from_db()
    assert "fingerprint" not in drop.settings
    browser.post(trust, {"fingerprint": shown})
    drop.refresh_from_db()
    assert drop.settings["fingerprint"] == shown
    fetch = landed(fetching.run(drop.pk))
    assert (fetch.outcome, fetch.rows["orders"]["added"]) == ("landed", 2)
    assert [one.name for one in Import.objects.all()] == ["orders.csv"]
    assert fetching.run(drop.pk).outcome == "nothing"
    # A file that is another is fetched anew; one that is too large is told.
    put(server, "orders.csv", CSV.replace(b"80.00", b"90.00"), ago=90)
    (server.folder / "out" / "written.csv").unlink()
    again = fetching.run(drop.pk)
    assert [one.name for one in again.imported.all()] == ["orders.csv"]
    # Another key under the same name: nothing is told to it.
    told = len(server.tried)
    server.key = paramiko.ECDSAKey.generate()
    assert why(drop) == "other-host-key"
    assert len(server.tried) == told
    assert "another key than the one" in browser.get(place).content.decode()
    assert PASSWORD not in str(list(Event.objects.values("before", "after")))


def test_a_key_opens_it_and_what_fails_is_told(graded, server, alice, settings, monkeypatch):
    key, text = paramiko.RSAKey.generate(2048), io.StringIO()
    key.write_private_key(text)
    put(server, "orders.csv", CSV)
    given = {
        "host": server.place, "user": USER, "folder": "out",
        "fingerprint": server.key.fingerprint,
    }  # fmt: skip
    drop = connector(alice, "sftp", text.getvalue(), **given)
    assert why(drop) == "sign-in"  # the server does not know it
    server.welcome = key.fingerprint
    assert landed(fetching.run(drop.pk)).outcome == "landed"
    assert PASSWORD not in server.tried
    for secret, code in (("wrong", "sign-in"), ("-----BEGIN OPENSSH PRIVATE KEY-----", "no-key")):
        actions.change(alice, drop, {"secret": secret})
        assert why(drop) == code
    actions.change(alice, drop, {"secret": PASSWORD, "settings": given | {"folder": "nowhere"}})
    assert why(drop) == "missing"
    monkeypatch.setattr(listing, "MOST_BYTES", 10)
    actions.change(alice, drop, {"settings": given})
    assert fetching.run(drop.pk).told["left_out"] == {"too-large": 1}
    settings.KEFEN_WEBHOOKS_PRIVATE = False
    assert why(drop) == "private"
    settings.KEFEN_WEBHOOKS_PRIVATE = True
    actions.change(alice, drop, {"settings": given | {"host": "127.0.0.1:1"}})
    assert why(drop) == "refused"
