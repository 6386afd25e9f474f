"""Two small files with a customer of the demo, made here: a picture and a letter as PDF."""

from __future__ import annotations

import struct
import zlib

from django.db import transaction

from kefen_crm.customer_files import actions
from kefen_crm.customer_files.models import CustomerFile
from kefen_crm.customers.models import Customer
from kefen_crm.team.models import User
from kefen_crm.team.roles import Role

WIDE, HIGH = 320, 180


@transaction.atomic
def demo() -> None:
    """Add both, unless there is any file."""
    if CustomerFile.objects.exists():
        return
    seller = User.objects.filter(role=Role.REP, is_active=True).order_by("pk").first()
    theirs = Customer.objects.filter(owner=seller, in_facts=True).order_by("-sales", "code")
    customer = theirs.first() if seller else None
    if customer is None or seller is None:
        return
    actions.add(seller, customer, "厂房.png", picture())
    actions.add(seller, customer, "框架合同.pdf", letter("Framework contract 2026"))


def picture() -> bytes:
    """A building under the sky, as PNG."""
    rows = []
    for y in range(HIGH):
        sky = (150 + y // 3, 190 + y // 4, 235)
        row = bytearray()
        for x in range(WIDE):
            inside = 60 <= x < WIDE - 60 and y > HIGH // 3  # the walls
            window = inside and (x - 60) % 40 > 22 and (y - 60) % 30 > 14
            row += bytes((250, 230, 150) if window else (120, 125, 135) if inside else sky)
        rows.append(b"\0" + bytes(row))
    head = struct.pack(">IIBBBBB", WIDE, HIGH, 8, 2, 0, 0, 0)
    parts = ((b"IHDR", head), (b"IDAT", zlib.compress(b"".join(rows))), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*one) for one in parts)


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def letter(text: str) -> bytes:
    """One page with a line of text, as PDF."""
    fonts = b"/Resources << /Font << /F1 5 0 R >> >>"
    page = f"BT /F1 24 Tf 72 720 Td ({text}) Tj ET".encode()
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R %s >>" % fonts,
        b"<< /Length %d >> stream\n%s\nendstream" % (len(page), page),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    )
    body, places = bytearray(b"%PDF-1.4\n"), []
    for number, one in enumerate(objects, 1):
        places.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, one)
    start = len(body)
    body += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    body += b"".join(b"%010d 00000 n \n" % place for place in places)
    body += b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF" % (
        len(objects) + 1,
        start,
    )
    return bytes(body)
