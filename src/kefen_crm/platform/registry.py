"""What each app of the site declares of itself in its `plugin.py`, and where to find it.

The roof and the pages that others contribute to read the declarations here; they know no app by
name. `docs/development/apps.md` shows how an app is added.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal

from django.apps import apps
from django.utils.module_loading import module_has_submodule

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.utils.functional import _StrPromise

    Text = str | _StrPromise

ADMIN = "admin"
"""The role that has every permit there is."""


@dataclass(frozen=True)
class Route:
    """Where the addresses of a URL module begin: `Route("customers/", "…urls")`."""

    prefix: str
    module: str


@dataclass(frozen=True)
class MenuEntry:
    """One entry of the main menu; `key` is the letter after `g` that opens it.

    Whoever lacks `permit` does not see it; without one everybody does.
    """

    url_name: str
    title: Text
    icon: str
    key: str
    permit: str = ""
    position: int = 100


@dataclass(frozen=True)
class Router:
    """A router of the API, by the dotted path to it: `Router("/customers", "….api.router")`."""

    prefix: str
    path: str


@dataclass(frozen=True)
class Hit:
    """Something that a search found."""

    title: str
    note: str
    url: str


@dataclass(frozen=True)
class SearchSource:
    """Finds things of one sort while a person types into the search of every page.

    `page` is the name of the address that lists all there is for `?q=`.
    """

    find: Callable[[HttpRequest, str], Iterable[Hit]]
    page: str = ""


@dataclass(frozen=True)
class Plugin:
    """All that an app declares. Plugins are read in the order of `position`.

    Attributes:
        position: of the app's parts among those of others, the first first.
        routes: the app's pages.
        menu: entries of the main menu.
        permits: the permits that the app brings, each with the roles that have it; administrators
            have all.
        routers: the app's part of the API.
        api_sign_in: dotted path to how programs sign in.
        search: what the search of every page finds.
        layout: what the templates of every page are given more, by name.
        before_upgrade: called before tables change.
        install: called at every start once the tables are there; done again it changes nothing.
            Gives a sentence for whoever started the site, or an empty one.
        demo: called after `install` where a demo is shown, to bring its data.
    """

    position: int = 100
    routes: tuple[Route, ...] = ()
    menu: tuple[MenuEntry, ...] = ()
    permits: Mapping[str, Iterable[str]] = field(default_factory=dict)
    routers: tuple[Router, ...] = ()
    api_sign_in: str = ""
    search: tuple[SearchSource, ...] = ()
    layout: Callable[[HttpRequest], dict[str, Any]] | None = None
    before_upgrade: Callable[[], object] | None = None
    install: Callable[[], str] | None = None
    demo: Callable[[], object] | None = None


Kind = Literal["routes", "menu", "routers", "search"]


def plugins() -> tuple[Plugin, ...]:
    """The plugin of every installed app that has one."""
    return _found(_installed())


def _installed() -> tuple[str, ...]:
    return tuple(config.name for config in apps.get_app_configs())


@cache
def _found(names: tuple[str, ...]) -> tuple[Plugin, ...]:
    modules = [
        import_module(f"{name}.plugin")
        for name in names
        if module_has_submodule(import_module(name), "plugin")
    ]
    return tuple(sorted((one.PLUGIN for one in modules), key=lambda one: one.position))


def declared(kind: Kind) -> list[Any]:
    """Everything of one kind that the apps declare, in their order."""
    return [one for plugin in plugins() for one in getattr(plugin, kind)]


def permits() -> dict[str, frozenset[str]]:
    """Every permit there is, with the roles that have it."""
    return _permits(_installed())


@cache
def _permits(names: tuple[str, ...]) -> dict[str, frozenset[str]]:
    return {
        str(permit): frozenset({ADMIN, *map(str, roles)})
        for plugin in _found(names)
        for permit, roles in plugin.permits.items()
    }
