"""Pages of a list: which one an address asks for."""

import re
from pathlib import Path

import pytest

import kefen_crm
from kefen_crm.platform.paging import Pages


@pytest.mark.parametrize(
    ("asked", "shown"),
    [(None, 1), ("", 1), ("0", 1), ("-3", 1), ("abc", 1), ("1.5", 1), ("2", 2), ("99", 3)],
)
def test_what_is_no_page_is_the_first_and_what_is_past_the_last_is_the_last(asked, shown):
    assert Pages(range(5), 2).get_page(asked).number == shown


def test_a_page_has_a_row_at_least():
    assert list(Pages(range(5), 0).get_page("2")) == [1]


def test_lists_take_their_pages_from_here():
    """Django's own paginator shows the last page for page 0."""
    source = Path(kefen_crm.__file__).parent
    own = [one.name for one in source.rglob("*.py") if "import Paginator" in one.read_text("utf-8")]
    assert own == ["paging.py"]


def test_every_cell_of_a_list_that_folds_on_a_phone_has_its_heading():
    """A phone shows no line of headings there: what a number is stands at the number."""
    source = Path(kefen_crm.__file__).parent
    page = (source / "outreach/templates/outreach/messages.html").read_text("utf-8")
    cells = re.findall(r"<td\b[^>]*>", page)
    assert "kf-table" in page
    assert [("data-label" in one) for one in cells] == [False, True, True, True, True]
