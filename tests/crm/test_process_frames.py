"""Calls below a frame with room take no memory from the system, however deep they begin."""

import resource

import pytest

from kefen_crm.process.frames import with_room

CALLS = 400


def nothing():
    return None


def faults_at(depth):
    """How often a page of memory came while something was called again and again at this depth."""
    if depth:
        return faults_at(depth - 1)
    before = resource.getrusage(resource.RUSAGE_THREAD).ru_minflt
    for _turn in range(CALLS):
        nothing()
    return resource.getrusage(resource.RUSAGE_THREAD).ru_minflt - before


def test_no_depth_asks_the_system_for_memory_at_each_call():
    at_each_depth = with_room(lambda: [faults_at(depth) for depth in range(300)])
    at_each_depth()
    assert max(at_each_depth()) < CALLS / 2


def test_what_is_called_gets_its_arguments_and_tells_its_errors():
    assert with_room(dict)([("a", 1)], b=2) == {"a": 1, "b": 2}
    with pytest.raises(ValueError, match="'x'"):
        with_room(int)("x")
