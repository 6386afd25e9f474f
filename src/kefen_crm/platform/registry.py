"""What each app of the site declares of itself in its `plugin.py`, and where to find it.

The roof and the pages that others contribute to read the declarations here; they know no app by
name. `docs/apps.md` shows how an app is added.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from itertools import chain
from typing import TYPE_CHECKING, Any, Literal

from django.apps import apps
from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import module_has_submodule

from kefen_crm.platform.parts import Part

if TYPE_CHECKING:
    from datetime import date

    from django.http import HttpRequest

    from kefen_crm.platform.figures import Figure
    from kefen_crm.platform.parts import (
        Approval,
        AttentionItem,
        AuthoredFact,
        BarItem,
        BulkVerb,
        CalendarEntry,
        Ceiling,
        ClockJob,
        ColumnSet,
        Command,
        Consumer,
        Filter,
        ImportPart,
        LedgerFeed,
        LogPart,
        MenuEntry,
        MergeRule,
        Moments,
        Notice,
        NoticeKind,
        ObjectPart,
        OwnedWork,
        Panel,
        PastExperiment,
        Permission,
        PersonalData,
        PoolExemption,
        Proof,
        Route,
        Router,
        RuleKind,
        SearchSource,
        SettingsPage,
        SqlView,
        Tile,
        TimelineKind,
        Writer,
    )


@dataclass(frozen=True)
class Plugin:
    """All that an app declares. Plugins are read in the order of `position`.

    Attributes:
        position: of the app's parts among those of others, the first first.
        routes: the app's pages.
        menu: entries of the main menu.
        landing: gives the address at which whoever signs in begins; empty for the first page.
        bar: small things in the bar above every page.
        settings_pages: pages of settings of their own.
        permissions: what people may be permitted to do in the app.
        routers: the app's part of the API.
        api_sign_in: dotted path to how programs sign in.
        search: what the search of every page finds.
        commands: what people begin on every page, such as making something new.
        panels: parts of the customer's page.
        new_customer: parts below the form of a new customer, for no customer yet.
        imported: parts of the page of an import that landed.
        tiles: parts of the first page.
        day: parts of the page of the day's work, above its tasks.
        log_parts: parts of the form of a log, and of what was logged.
        object_parts: parts of the pages of single objects of others, such as tenders.
        calendar: gives what stands in the calendar programs of a person between two days.
        attention: gives what needs the attention of whoever asks, the most pressing first.
        approvals: gives what waits for a yes or a no of whoever asks, the most pressing first.
        filters: parameters that narrow a customer list.
        columns: columns of the customer list.
        bulk_verbs: what people do to many customers at once.
        list_links: what is begun with the customers of a list, whose address it gets as `from`.
        timeline: how events of the app's verbs are shown on timelines and in the audit.
        moments: what is on the timeline of a customer besides events.
        consumers: who is handed events, such as what brings them into the ledger.
        feeds: what brings things written on the site into the ledger.
        authored: gives the facts about a customer that the app keeps itself, for whoever asks.
        notice_kinds: kinds of notification, which people choose how to be told of.
        notices: whom the events of a verb are told to.
        experiments: gives the past experiments that classifications are judged by.
        proofs: parts of the page that tells what money, service and selling came to.
        rules: kinds of rules that people keep as documents.
        ceilings: what customers may have at most of what other apps give.
        writers: how other apps write messages to customers.
        pool_exemptions: which customers do not fall into a pool, and why.
        clock_jobs: what the clock does by the day or the half hour.
        owned: what moves the open work of an app when customers change hands.
        merge_rules: what ends when a customer is merged into another; all else goes along.
        sql_views: what BI programs may read.
        standing_words: gives the texts that the app writes into documents in the language of
            whoever asks for them, each in Chinese and in English (`platform.standing_words`).
        figures: gives what `/metrics` tells of the app.
        read_ahead: called by the worker after changes: asks for the figures of everybody that many
            pages show, so that they are kept for all (`platform.remembered`).
        needed_runs: gives the ids of runs that must not be cleared away.
        personal: the models whose rows are about customers; every model with a link to a customer
            is declared, or a test fails.
        erased: called after a customer was erased and its files are gone.
        layout: what the templates of every page are given more, by name.
        before_upgrade: called before tables change.
        absences: `absences(users, day)` gives who of them is away from a day on: the person's id,
            the first day and the last.
        install: called at every start once the tables are there; done again it changes nothing.
            Gives a sentence for whoever started the site, or an empty one.
        demo: called after `install` where a demo is shown, to bring its data.
    """

    position: int = 100
    routes: tuple[Route, ...] = ()
    menu: tuple[MenuEntry, ...] = ()
    landing: Callable[[HttpRequest], str] | None = None
    bar: tuple[BarItem, ...] = ()
    settings_pages: tuple[SettingsPage, ...] = ()
    permissions: tuple[Permission, ...] = ()
    routers: tuple[Router, ...] = ()
    api_sign_in: str = ""
    search: tuple[SearchSource, ...] = ()
    commands: tuple[Command, ...] = ()
    panels: tuple[Panel, ...] = ()
    new_customer: tuple[Tile, ...] = ()
    imported: tuple[ImportPart, ...] = ()
    tiles: tuple[Tile, ...] = ()
    day: tuple[Tile, ...] = ()
    log_parts: tuple[LogPart, ...] = ()
    object_parts: tuple[ObjectPart, ...] = ()
    calendar: Callable[[Any, date, date], Iterable[CalendarEntry]] | None = None
    attention: Callable[[HttpRequest], Iterable[AttentionItem]] | None = None
    approvals: Callable[[HttpRequest], Iterable[Approval]] | None = None
    filters: tuple[Filter, ...] = ()
    columns: tuple[ColumnSet, ...] = ()
    bulk_verbs: tuple[BulkVerb, ...] = ()
    list_links: tuple[Command, ...] = ()
    timeline: tuple[TimelineKind, ...] = ()
    moments: tuple[Moments, ...] = ()
    consumers: tuple[Consumer, ...] = ()
    feeds: tuple[LedgerFeed, ...] = ()
    authored: Callable[[HttpRequest, Any], Iterable[AuthoredFact]] | None = None
    notice_kinds: tuple[NoticeKind, ...] = ()
    notices: tuple[Notice, ...] = ()
    experiments: Callable[[], Iterable[PastExperiment]] | None = None
    proofs: tuple[Proof, ...] = ()
    rules: tuple[RuleKind, ...] = ()
    ceilings: tuple[Ceiling, ...] = ()
    writers: tuple[Writer, ...] = ()
    pool_exemptions: tuple[PoolExemption, ...] = ()
    clock_jobs: tuple[ClockJob, ...] = ()
    owned: tuple[OwnedWork, ...] = ()
    merge_rules: tuple[MergeRule, ...] = ()
    sql_views: tuple[SqlView, ...] = ()
    standing_words: Callable[[], Iterable[tuple[str, str]]] | None = None
    figures: Callable[[], Iterable[Figure]] | None = None
    read_ahead: Callable[[], object] | None = None
    needed_runs: Callable[[], Iterable[int]] | None = None
    personal: tuple[PersonalData, ...] = ()
    erased: Callable[[], object] | None = None
    layout: Callable[[HttpRequest], dict[str, Any]] | None = None
    before_upgrade: Callable[[], object] | None = None
    absences: Callable[[Collection[int], date], Iterable[tuple[int, date, date]]] | None = None
    install: Callable[[], str] | None = None
    demo: Callable[[], object] | None = None


Kind = Literal[
    "routes",
    "menu",
    "bar",
    "settings_pages",
    "routers",
    "search",
    "commands",
    "panels",
    "new_customer",
    "imported",
    "tiles",
    "day",
    "proofs",
    "log_parts",
    "object_parts",
    "filters",
    "columns",
    "bulk_verbs",
    "list_links",
    "timeline",
    "moments",
    "consumers",
    "feeds",
    "notice_kinds",
    "notices",
    "rules",
    "ceilings",
    "writers",
    "pool_exemptions",
    "clock_jobs",
    "owned",
    "merge_rules",
    "sql_views",
    "personal",
]


def plugins() -> tuple[Plugin, ...]:
    """The plugin of every installed app that has one."""
    return _found(_installed())


class _Installed:
    """The names of the installed apps, read anew only where they change, as tests let them."""

    def __init__(self) -> None:
        self._read_of: object = None
        self._names: tuple[str, ...] = ()

    def __call__(self) -> tuple[str, ...]:
        of = apps.app_configs
        if self._read_of is not of or len(of) != len(self._names):
            names = tuple(config.name for config in apps.get_app_configs())
            if not apps.ready:  # more may come
                return names
            self._names, self._read_of = names, of
        return self._names


_installed = _Installed()


@cache
def _found(names: tuple[str, ...]) -> tuple[Plugin, ...]:
    modules = [
        import_module(f"{name}.plugin")
        for name in names
        if module_has_submodule(import_module(name), "plugin")
    ]
    check({name: one.PLUGIN for one in modules if (name := one.__name__.rpartition(".")[0])})
    return tuple(sorted((one.PLUGIN for one in modules), key=lambda one: one.position))


_NAMES: dict[Kind | Literal["permissions"], str] = {
    "menu": "key",
    "permissions": "name",
    "filters": "name",
    "columns": "name",
    "bulk_verbs": "name",
    "timeline": "verb",
    "consumers": "name",
    "feeds": "prefix",
    "notice_kinds": "name",
    "rules": "name",
    "pool_exemptions": "key",
    "clock_jobs": "name",
    "sql_views": "name",
}
"""What tells declarations of a kind apart; no two apps may declare the same."""


def check(found: Mapping[str, Plugin]) -> None:
    """Refuse what two apps declare, and a permit that none does: nobody would see that part.

    Raises:
        ImproperlyConfigured: naming the apps.
    """
    for kind, name in _NAMES.items():
        known: dict[str, str] = {}
        for app, plugin in found.items():
            for value in {str(getattr(one, name)) for one in getattr(plugin, kind)} - {""}:
                if other := known.get(value):
                    told = f"{other} and {app} both declare {value!r} in `{kind}`."
                    raise ImproperlyConfigured(told)
                known[value] = app
    permits = {str(one.name) for plugin in found.values() for one in plugin.permissions}
    for app, plugin in found.items():
        linked: tuple[Any, ...] = (*plugin.commands, *plugin.list_links)
        asking: tuple[Any, ...] = (*plugin.menu, *plugin.settings_pages, *linked)
        for part in (*asking, *plugin.bulk_verbs, *plugin.rules, *plugin.clock_jobs):
            if part.permit and str(part.permit) not in permits:
                told = f"{app} asks for the permit {str(part.permit)!r}, which no app declares."
                raise ImproperlyConfigured(told)


def declared(kind: Kind) -> tuple[Any, ...]:
    """Everything of one kind that the apps declare, in their order."""
    return tuple(one for plugin in plugins() for one in getattr(plugin, kind))


def experiments() -> list[PastExperiment]:
    """The past experiments of all apps, the one with the greatest smaller group first."""
    found = [one for plugin in plugins() if plugin.experiments for one in plugin.experiments()]
    return sorted(found, key=lambda one: -one.smaller)


def calendar_entries(user: Any, first: date, last: date) -> list[CalendarEntry]:
    """What stands in the calendar programs of a person from `first` to `last`, besides tasks."""
    given = (one.calendar(user, first, last) for one in plugins() if one.calendar)
    return sorted(chain.from_iterable(given), key=lambda one: one.uid)


def parts_of(request: HttpRequest, thing: Any) -> list[Part]:
    """The parts of the page of a single object that other apps bring."""
    found = []
    for one in declared("object_parts"):
        context = one.read(request, thing)
        if context is not None:
            found.append(Part(one.template, {**context, "thing": thing}))
    return found


def absences(users: Collection[int], day: date) -> list[tuple[int, date, date]]:
    """Who of some people, by their ids, is away from a day on, by the apps that know."""
    return [one for plugin in plugins() if plugin.absences for one in plugin.absences(users, day)]


def landing(request: HttpRequest) -> str:
    """The address at which whoever signed in begins: as the first app says that says one."""
    found = (plugin.landing(request) for plugin in plugins() if plugin.landing)
    return next((address for address in found if address), "/")


def permissions() -> dict[str, Permission]:
    """Every permission there is, by its name."""
    return _permissions(_installed())


@cache
def _permissions(names: tuple[str, ...]) -> dict[str, Permission]:
    return {str(one.name): one for plugin in _found(names) for one in plugin.permissions}
