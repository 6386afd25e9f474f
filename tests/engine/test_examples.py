"""The examples in the engine's docstrings are true."""

import pytest

from examples import failures, modules_with_examples


@pytest.mark.parametrize("module", modules_with_examples("kefen"))
def test_examples_give_what_they_say(module):
    assert failures(module) == ""
