"""Dates are written by one pair of filters (decision 29), words of a calendar aside."""

import re
from pathlib import Path

TEMPLATES = Path(__file__).parents[2] / "src" / "kefen_crm"
BY_HAND = re.compile(r"\|date:['\"](?:DATE|DATETIME|SHORT_DATE|SHORT_DATETIME)_FORMAT['\"]")


def test_no_template_writes_a_date_by_itself():
    found = [path for path in TEMPLATES.rglob("*.html") if BY_HAND.search(path.read_text())]
    assert found == []
