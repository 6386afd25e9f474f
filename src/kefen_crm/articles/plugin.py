from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from kefen_crm.articles import demo, search
from kefen_crm.articles.permits import WRITE_ARTICLES
from kefen_crm.platform.parts import Command, Permission, Route, Router, SearchSource
from kefen_crm.platform.registry import Plugin
from kefen_crm.team.roles import Role

PLUGIN = Plugin(
    position=63,
    routes=(Route("", "kefen_crm.articles.urls"),),
    permissions=(Permission(WRITE_ARTICLES, _("write articles"), (Role.MANAGER, Role.SERVICE)),),
    routers=(Router("/articles", "kefen_crm.articles.api.router"),),
    search=(SearchSource(search.find, "articles:list", _("Articles"), "book"),),
    commands=(
        Command("articles:list", _("Articles"), "book"),
        Command("articles:new", _("New article"), "book", WRITE_ARTICLES, create=True),
    ),
    demo=demo.demo,
)
