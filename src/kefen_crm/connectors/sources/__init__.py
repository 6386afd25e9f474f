"""What facts are fetched from: each source is one module, and one entry of `SOURCES`."""

from __future__ import annotations

from kefen_crm.connectors.sources import (
    address,
    folder,
    hubspot,
    kingdee,
    s3,
    salesforce,
    sftp,
    shopify,
    shopify_orders,
    webdav,
    webhook,
    wecom,
    woocommerce,
    youzan,
)
from kefen_crm.connectors.sources.base import Source

SOURCES: dict[str, Source] = {
    one.name: one
    for one in (
        folder.SOURCE,
        address.SOURCE,
        webdav.SOURCE,
        s3.SOURCE,
        sftp.SOURCE,
        shopify.SOURCE,
        woocommerce.SOURCE,
        youzan.SOURCE,
        kingdee.SOURCE,
        hubspot.SOURCE,
        salesforce.SOURCE,
        wecom.SOURCE,
        webhook.SOURCE,
        shopify_orders.SOURCE,
    )
}
"""Every source by its name."""
