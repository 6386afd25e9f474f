"""The examples in the site's docstrings are true."""

import pytest

from examples import failures, modules_with_examples


@pytest.mark.parametrize("module", modules_with_examples("kefen_crm"))
def test_examples_give_what_they_say(module):
    assert failures(module) == ""
