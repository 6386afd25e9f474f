import re

import pytest

from kefen_crm import messages

PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]")


def test_everything_said_is_said_in_chinese():
    assert messages.missing() == [], "translate these, then run python -m kefen_crm.messages"


def test_catalogue_holds_nothing_else():
    said = {(one.context, one.id) for one in messages.spoken()}
    extra = [one.id for one in messages.translated() if (one.context, one.id) not in said]
    assert extra == []


@pytest.mark.parametrize("message", [m for m in messages.translated() if m.id], ids=str)
def test_placeholders_survive(message):
    singular = messages.listed(message.id)[-1]
    for text in messages.listed(message.string):
        assert set(PLACEHOLDER.findall(text)) <= set(PLACEHOLDER.findall(singular))
