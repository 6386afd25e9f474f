"""Addresses as pictures that phones photograph."""

from __future__ import annotations

from base64 import b64encode
from io import BytesIO

import qrcode
from qrcode.image.svg import SvgPathFillImage


def picture(address: str) -> str:
    """An address as a QR code on white, as the source of a picture that prints at any size."""
    drawn = BytesIO()
    qrcode.make(address, image_factory=SvgPathFillImage).save(drawn)
    return f"data:image/svg+xml;base64,{b64encode(drawn.getvalue()).decode()}"
