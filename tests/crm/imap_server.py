"""A mail server on this machine that speaks as much of IMAP4rev1 (RFC 3501) as is asked of it."""

from __future__ import annotations

import re
import socketserver
import ssl
import subprocess
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


class ImapServer(socketserver.ThreadingTCPServer):
    """One folder, INBOX, with mails by their UIDs, behind TLS with a certificate of its own.

    Attributes:
        mails: the bytes of each mail by its UID.
        commands: every command line that came, without its tag.
    """

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, folder: Path) -> None:
        key, self.certificate = folder / "key.pem", folder / "certificate.pem"
        subprocess.run(
            [
                "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
                "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost",
                "-keyout", key, "-out", self.certificate,
            ],
            check=True,
            capture_output=True,
        )  # fmt: skip
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, key)
        super().__init__(("127.0.0.1", 0), _Session)
        self.socket = context.wrap_socket(self.socket, server_side=True)
        self.validity, self.mails, self.commands = 7, {}, []
        self.following = 1
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    def add(self, raw: bytes) -> int:
        """A mail comes."""
        uid, self.following = self.following, self.following + 1
        self.mails[uid] = raw
        return uid

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that distrusts the certificate hangs up: that is its right."""


class _Session(socketserver.StreamRequestHandler):
    server: ImapServer

    def handle(self) -> None:
        self._send(b"* OK IMAP4rev1 here")
        while line := self.rfile.readline():
            tag, command, rest = [*line.strip().split(b" ", 2), b""][:3]
            self.server.commands.append(line.strip().partition(b" ")[2].decode())
            answer = getattr(self, f"_{command.decode().lower()}")(rest)
            self._send(tag + b" " + (answer or b"OK done"))
            if command == b"LOGOUT":
                return

    def _send(self, line: bytes) -> None:
        self.wfile.write(line + b"\r\n")

    def _capability(self, _rest: bytes) -> None:
        self._send(b"* CAPABILITY IMAP4rev1")

    def _login(self, rest: bytes) -> bytes | None:
        return None if rest == b'help "pass word"' else b"NO [AUTHENTICATIONFAILED] no"

    def _examine(self, rest: bytes) -> bytes | None:
        if rest != b'"INBOX"':
            return b"NO no such folder"
        self._send(b"* %d EXISTS" % len(self.server.mails))
        self._send(b"* OK [UIDVALIDITY %d] UIDs valid" % self.server.validity)
        self._send(b"* OK [UIDNEXT %d] next" % self.server.following)
        return b"OK [READ-ONLY] done"

    def _uid(self, rest: bytes) -> bytes | None:
        mails = self.server.mails
        if found := re.fullmatch(rb"SEARCH UID (\d+):\* SINCE \d+-[A-Z][a-z]{2}-\d{4}", rest):
            first, last = int(found[1]), max(mails, default=0)
            uids = [uid for uid in mails if uid >= min(first, last)]
            self._send(b" ".join([b"* SEARCH", *(b"%d" % uid for uid in uids)]))
            return None
        if found := re.fullmatch(rb"FETCH (\d+) \(RFC822\.SIZE\)", rest):
            uid = int(found[1])
            self._send(b"* 1 FETCH (UID %d RFC822.SIZE %d)" % (uid, len(mails[uid])))
            return None
        if found := re.fullmatch(rb"FETCH (\d+) \(BODY\.PEEK\[\]\)", rest):
            raw = mails[int(found[1])]
            self._send(b"* 1 FETCH (UID %s BODY[] {%d}" % (found[1], len(raw)))
            self.wfile.write(raw)
            self._send(b")")
            return None
        return b"BAD what?"

    def _logout(self, _rest: bytes) -> None:
        self._send(b"* BYE")
