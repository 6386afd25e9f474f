from __future__ import annotations

from kefen_crm.integrations import feed, parquet, schema
from kefen_crm.integrations.moments import MOMENTS
from kefen_crm.integrations.views import VIEWS
from kefen_crm.platform.parts import Router
from kefen_crm.platform.registry import Plugin


def install() -> str:
    """Stamp anew what another server's dump brought; make views and files for BI programs."""
    feed.stamp_anew()
    schema.refresh()
    parquet.write_missing()
    return ""


PLUGIN = Plugin(
    position=45,
    routers=(Router("/changes", "kefen_crm.integrations.api.router"),),
    moments=MOMENTS,
    sql_views=VIEWS,
    erased=parquet.write_all,
    before_upgrade=schema.drop_before_upgrade,
    install=install,
)
