"""Phone numbers of files are dialled as they were meant."""

import pytest

from kefen_crm.platform.phones import dialled


@pytest.mark.parametrize(
    ("written", "address"),
    [
        ("电话：０２１—６８８８１２３４", "tel:+862168881234"),
        ("138 0013 8000", "tel:+8613800138000"),
        ("+49 30 123456", "tel:+4930123456"),
        ("021-68881234转801", "tel:+862168881234;ext=801"),
        ("68881234", "tel:68881234"),
        ("暂无", ""),
        ("", ""),
    ],
)
def test_what_a_telephone_dials(written, address):
    assert dialled(written) == address
