"""An SFTP server on this machine that shows a folder to one user."""

import socket
import threading
from contextlib import suppress

import paramiko
from paramiko import SFTPAttributes, SFTPHandle, SFTPServerInterface

USER, PASSWORD = "kefen", "s-1"


class Doors(paramiko.ServerInterface):
    """Lets the user in by a password or a key; `tried` is what was told to it."""

    def __init__(self, server):
        self.server = server

    def check_auth_password(self, username, password):
        self.server.tried.append(password)
        return self._said((username, password) == (USER, PASSWORD))

    def check_auth_publickey(self, username, key):
        self.server.tried.append(key.fingerprint)
        return self._said(username == USER and key.fingerprint == self.server.welcome)

    def _said(self, fine):
        return paramiko.AUTH_SUCCESSFUL if fine else paramiko.AUTH_FAILED

    def get_allowed_auths(self, _username):
        return "password,publickey"

    def check_channel_request(self, _kind, _number):
        return paramiko.OPEN_SUCCEEDED


class Files(SFTPServerInterface):
    """The files of a folder, whose paths begin with `/`."""

    def __init__(self, _doors, folder):
        self.folder = folder

    def _place(self, path):
        return self.folder / path.lstrip("/").removeprefix("./")

    def list_folder(self, path):
        try:
            names = sorted(one.name for one in self._place(path).iterdir())
        except OSError as error:
            return paramiko.SFTPServer.convert_errno(error.errno)
        return [self._told(self._place(path) / name) for name in names]

    def _told(self, place):
        return SFTPAttributes.from_stat(place.stat(), place.name)

    def stat(self, path):
        try:
            return self._told(self._place(path))
        except OSError as error:
            return paramiko.SFTPServer.convert_errno(error.errno)

    lstat = stat

    def open(self, path, flags, _attributes):
        handle = SFTPHandle(flags)
        handle.readfile = self._place(path).open("rb")
        return handle


class SftpServer:
    """Serves `folder` under `key`; `welcome` is the fingerprint of the key that opens it, too."""

    def __init__(self, folder):
        self.folder, self.tried, self.welcome = folder, [], ""
        self.key = paramiko.ECDSAKey.generate()
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.place = f"127.0.0.1:{self.socket.getsockname()[1]}"
        self.sessions = []
        self.thread = threading.Thread(target=self._serve)
        self.thread.start()

    def _serve(self):
        with suppress(OSError):  # it was stopped
            while True:
                self._meet(self.socket.accept()[0])

    def _meet(self, connection):
        session = paramiko.Transport(connection)
        session.add_server_key(self.key)
        session.set_subsystem_handler("sftp", paramiko.SFTPServer, Files, self.folder)
        self.sessions.append(session)
        with suppress(paramiko.SSHException, EOFError, OSError):  # a client that went away
            session.start_server(server=Doors(self))

    def stop(self):
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()
        self.thread.join()
        for one in self.sessions:
            one.close()
