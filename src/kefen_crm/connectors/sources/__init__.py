"""What facts are fetched from: each source is one module, and one entry of `SOURCES`."""

from __future__ import annotations

from kefen_crm.connectors.sources import (
    address,
    folder,
    hubspot,
    shopify,
    webdav,
    woocommerce,
)
from kefen_crm.connectors.sources.base import Source

SOURCES: dict[str, Source] = {
    one.name: one
    for one in (
        folder.SOURCE,
        address.SOURCE,
        webdav.SOURCE,
        shopify.SOURCE,
        woocommerce.SOURCE,
        hubspot.SOURCE,
    )
}
"""Every source by its name."""
