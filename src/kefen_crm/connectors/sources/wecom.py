"""Classes as customer tags of WeCom (企业微信)."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext_lazy as _

from kefen_crm.connectors.sources.base import Setting, Source
from kefen_crm.connectors.tagging import send
from kefen_crm.connectors.wecom import BASE

SOURCE: Final = Source(
    name="wecom",
    title=_("WeCom customer tags"),
    text=_("Sends the classes of a scheme as tags of your customers in WeCom"),
    icon="tags",
    send=send,
    settings=(
        Setting("corp", _("ID of the company (corpid)")),
        Setting("scheme", _("Name of the scheme"), placeholder="abc"),
        Setting(
            "contact",
            _("Field with the customer's ID in WeCom"),
            _("A custom field, or a column of imports, that holds the external_userid."),
        ),
        Setting(
            "member",
            _("Field with the member's ID in WeCom"),
            _("Holds the userid of whoever has this customer; empty: the owner's user name."),
            required=False,
        ),
        Setting(
            "group",
            _("Tag group"),
            _("Empty: the title of the scheme."),
            required=False,
        ),
        Setting("base", _("Address"), required=False, placeholder=BASE, url=True),
    ),
    secret=_("Application secret"),
    secret_help=_("Of “Customer Contact”, or of an application that may call it."),
)
