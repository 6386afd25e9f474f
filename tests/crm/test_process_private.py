"""The data directory is closed to others; pauses grow for what keeps ending."""

import os

import pytest

from kefen_crm.process.children import Pauses
from kefen_crm.process.private import make_private


def mode(path):
    return path.stat().st_mode & 0o777


def test_an_open_data_directory_is_closed_with_a_word(tmp_path):
    data = tmp_path / "data"
    (data / "uploads").mkdir(parents=True)
    (data / "secret-key").write_text("s")
    for path, bits in ((data, 0o755), (data / "uploads", 0o755), (data / "secret-key", 0o644)):
        path.chmod(bits)
    assert make_private(data)
    assert (mode(data), mode(data / "uploads"), mode(data / "secret-key")) == (0o700, 0o700, 0o600)
    assert not make_private(data)


def test_a_new_one_needs_no_word(tmp_path):
    before = os.umask(0o022)
    try:
        assert not make_private(tmp_path / "data")
    finally:
        os.umask(before)
    assert mode(tmp_path / "data") == 0o700


def test_where_a_cluster_shares_it_only_secrets_are_closed(tmp_path, monkeypatch):
    monkeypatch.setenv("KEFEN_SHARED", "1")
    tmp_path.chmod(0o755)
    (tmp_path / "secret-key").write_text("s")
    (tmp_path / "secret-key").chmod(0o644)
    assert not make_private(tmp_path)
    assert (mode(tmp_path), mode(tmp_path / "secret-key")) == (0o755, 0o600)


@pytest.mark.parametrize(("ups", "told"), [([1] * 9, 60), ([1, 1, 1, 1, 61], 0), ([61] * 9, 0)])
def test_pauses_grow_to_a_minute_and_begin_anew(ups, told):
    pauses = Pauses()
    assert [pauses.next(up=up) for up in ups][-1] == told
