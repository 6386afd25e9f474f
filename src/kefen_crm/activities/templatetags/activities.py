from __future__ import annotations

from django import template
from django.utils.translation import gettext as _

register = template.Library()


@register.filter
def hours(minutes: int) -> str:
    """Minutes as hours and minutes: 95 is `1 h 35 min`."""
    whole, rest = divmod(int(minutes), 60)
    told = {"hours": whole, "minutes": rest}
    if not whole:
        return _("%(minutes)s min") % told
    return (_("%(hours)s h %(minutes)s min") if rest else _("%(hours)s h")) % told
