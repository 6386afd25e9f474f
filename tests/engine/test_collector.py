"""The garbage collector is paused for blocks, and is as it was after the last of them."""

import gc
import os
import subprocess
import sys
from threading import Event, Thread

import pytest

from kefen import collector


def test_paused_until_the_last_block_ends():
    assert gc.isenabled()
    with collector.paused():
        with collector.paused():
            assert not gc.isenabled()
        assert not gc.isenabled()
    assert gc.isenabled()


def test_an_error_ends_the_pause():
    with pytest.raises(ZeroDivisionError), collector.paused():
        raise ZeroDivisionError
    assert gc.isenabled()


def test_who_switched_it_off_finds_it_off():
    gc.disable()
    try:
        with collector.paused():
            assert not gc.isenabled()
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_blocks_of_two_threads_overlap():
    entered, leave = Event(), Event()

    def other():
        with collector.paused():
            entered.set()
            leave.wait(10)

    thread = Thread(target=other)
    with collector.paused():
        thread.start()
        assert entered.wait(10)
    assert not gc.isenabled()
    leave.set()
    thread.join(10)
    assert gc.isenabled()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_forked_process_collects():
    said = """
import gc, os
from kefen import collector
with collector.paused():
    child = os.fork()
    if not child:
        os._exit(0 if gc.isenabled() else 1)
    raise SystemExit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""
    assert subprocess.run([sys.executable, "-c", said], check=False).returncode == 0


def test_what_a_program_left_open_is_written_when_it_ends(tmp_path):
    said = f"""
import kefen
class Circle: pass
one = Circle()
one.self = one
one.file = open({str(tmp_path / "file")!r}, "w")
one.file.write("whole")
kefen.Ledger({str(tmp_path / "data")!r}).engine.close()
"""
    assert subprocess.run([sys.executable, "-c", said], check=False).returncode == 0
    assert (tmp_path / "file").read_text() == "whole"
