import re

from kefen_crm import messages

PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]")


def test_everything_said_is_said_in_chinese():
    assert messages.missing() == [], "translate these, then run python -m kefen_crm.messages"


def test_catalogue_holds_nothing_else():
    said = {(one.context, one.id) for one in messages.spoken()}
    extra = [one.id for one in messages.translated() if (one.context, one.id) not in said]
    assert extra == []


def test_placeholders_survive():
    """Each form of a plural names the number or spells it out ("One customer"), no other."""
    for message in messages.translated():
        *singular, plural = (_placeholders(form) for form in messages.listed(message.id))
        for form in messages.listed(message.string):
            allowed = [plural, *singular]
            assert _placeholders(form) in allowed, (message.id, form)


def _placeholders(text):
    return sorted(PLACEHOLDER.findall(text))
