"""The parts of pages and of the API that an app declares in its `plugin.py`."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

if TYPE_CHECKING:
    import django_tables2 as tables
    from django.contrib.auth.models import AbstractBaseUser
    from django.db.models import Q, QuerySet
    from django.forms import Form
    from django.http import HttpRequest
    from django.utils.functional import _StrPromise

    from kefen_crm.platform.due import Due
    from kefen_crm.platform.models import Event
    from kefen_crm.platform.numbers import Number
    from kefen_crm.platform.scoped_rules import Fault, Preview, ScopedRule

    Text: TypeAlias = str | _StrPromise
    Person: TypeAlias = AbstractBaseUser | None


@dataclass(frozen=True)
class Route:
    """Where the addresses of a URL module begin: `Route("customers/", "…urls")`."""

    prefix: str
    module: str


@dataclass(frozen=True)
class MenuEntry:
    """One entry of the main menu; `key` is the letter after `g` that opens it.

    Whoever lacks `permit` does not see it; without one everybody does. Nobody does while `shown`
    gives False, which asks the database for nothing: it is asked on every page. Daily work stands
    first, then what gives classes, what is known, and the settings, each in a group with its
    title. On a phone those with a `phone` stand in the bar at the bottom, in its order; who may not
    open all of them has those there whose `phone_permit` they hold.
    """

    url_name: str
    title: Text
    icon: str
    key: str
    permit: str = ""
    position: int = 100
    shown: Callable[[], bool] | None = None
    phone: int = 0
    phone_permit: str = ""
    group: Literal["", "classes", "data", "settings"] = ""


@dataclass(frozen=True)
class SettingsPage:
    """A page of settings of its own, that the page of settings leads to; `permit` as of a menu."""

    url_name: str
    title: Text
    text: Text
    icon: str
    permit: str = ""


@dataclass(frozen=True)
class Permission:
    """Something that a person may be permitted to do, and the roles that are.

    Administrators may do everything. `name` is the scope of an API token, `title` its words.
    """

    name: str
    title: Text
    roles: tuple[str, ...] = ()


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

    It gives a few, within an index, of what whoever asks may see. `page` is the name of the
    address that lists all there is for `?q=`; `title` and `icon` stand above what it found.
    """

    find: Callable[[HttpRequest, str], Iterable[Hit]]
    page: str = ""
    title: Text = ""
    icon: str = "search"


@dataclass(frozen=True)
class Command:
    """Something that whoever has the `permit` can begin on every page, by its name or by a key.

    Attributes:
        create: it makes something new, so that it stands in the menu of new things.
        dialog: its page opens as a dialog.
        words: more words by which it is found.
    """

    url_name: str
    title: Text
    icon: str
    permit: str = ""
    create: bool = False
    dialog: bool = False
    words: Text = ""


@dataclass(frozen=True)
class Choice:
    """One value to narrow the list to, as it stands in the address."""

    value: str
    title: str
    chosen: bool


@dataclass(frozen=True)
class Choices:
    """A field that offers the values of one filter; `key` tells it from others of that filter."""

    name: str
    key: str
    title: str
    choices: list[Choice]

    @property
    def chosen(self) -> str:
        """The one value that is chosen; empty when none is, or several are."""
        values = [one.value for one in self.choices if one.chosen]
        return values[0] if len(values) == 1 else ""


@dataclass(frozen=True)
class Filter:
    """One parameter of the address of a customer list.

    Attributes:
        name: the parameter.
        read: gives the words and the condition on customers of a value; of one that cannot be
            read the value itself and `NOBODY`.
        group: gives the group of a value, within which values are alternatives; None where each
            value narrows.
        choices: the fields that offer values, for the request of a list.
    """

    name: str
    read: Callable[[str], tuple[str, Q]]
    group: Callable[[str], str] | None = None
    choices: Callable[[HttpRequest], list[Choices]] | None = None


@dataclass(frozen=True)
class Panel:
    """A part of the customer's page, rendered by the app that it belongs to.

    Attributes:
        template: the app's own; it sees what `read` gives, and `customer`.
        read: gives the context of the template for a customer; None leaves the panel out.
        place: the heading, the top, the wide column or the narrow one beside it.
        position: among the panels of its place, the first first.
        tab: of the wide column, the title of the tab below it that the panel stands in, with
            others of the same; empty for the column itself.
        later: of the narrow column, the title of a panel that is looked at now and then: it comes
            closed, in one request for all of them once the page is there. Its template is without
            a card and a heading; what `read` gives may tell `summary`, a line beside the title,
            `pressing` where that should be seen, and `empty` where there is nothing yet to see.
    """

    template: str
    read: Callable[[HttpRequest, Any], dict[str, Any] | None]
    place: Literal["heading", "top", "main", "side"] = "main"
    position: int = 100
    tab: Text = ""
    later: Text = ""


@dataclass(frozen=True)
class Tile:
    """A part of the first page, rendered by the app that it belongs to.

    Attributes:
        template: the app's own; it sees what `read` gives.
        read: gives the context of the template; None leaves the tile out.
        place: the heading, above the grid of cards, or a card of the grid.
        style: CSS classes of the card.
    """

    template: str
    read: Callable[[HttpRequest], dict[str, Any] | None]
    place: Literal["heading", "top", "main"] = "main"
    style: str = ""


@dataclass(frozen=True)
class LogPart:
    """A part of the form of a log, and of what was logged, by the app that it belongs to.

    Attributes:
        template: of the form, the app's own.
        may: whether whoever asks has this part.
        take: keeps what was sent, for the activity that was logged.
        read: gives what stands below activities, by their ids.
    """

    template: str
    may: Callable[[HttpRequest], bool]
    take: Callable[[HttpRequest, Any], None]
    read: Callable[[HttpRequest, Sequence[Any]], Mapping[int, Part]]


@dataclass(frozen=True)
class CalendarEntry:
    """Something that stands in the calendar programs of a person, besides tasks.

    Attributes:
        uid: tells it from others for good.
        at: when; the whole day where it has no time of day.
        url: of its page.
        version: goes up when it changes.
    """

    uid: str
    title: str
    text: str
    at: date | datetime
    url: str
    version: int


@dataclass(frozen=True)
class ObjectPart:
    """A part of the page of a single object, such as a tender, by the app that it belongs to.

    Attributes:
        template: the app's own; it sees what `read` gives.
        read: gives the context of the template; None leaves the part out.
    """

    template: str
    read: Callable[[HttpRequest, Any], dict[str, Any] | None]


@dataclass(frozen=True)
class ImportPart:
    """A part of the page of an import that landed, rendered by the app that it belongs to.

    Attributes:
        template: the app's own; it sees what `read` gives.
        read: gives the context of the template for the id of a batch; None leaves the part out.
    """

    template: str
    read: Callable[[HttpRequest, str], dict[str, Any] | None]


@dataclass(frozen=True)
class Button:
    """What can be done about something at once, by a POST to `url`."""

    title: str
    icon: str
    url: str


@dataclass(frozen=True)
class PastExperiment:
    """Customers of whom some were treated and some left alone, by chance; its days are over.

    Attributes:
        url: where it is told of.
        began: the day treating began; sales of so many `days` from then on are the outcome.
        smaller: how many the smaller group has.
        read: gives a frame of `customer_id` and `treated`.
    """

    name: str
    url: str
    began: date
    days: int
    smaller: int
    read: Callable[[], Any]


@dataclass(frozen=True)
class Finding:
    """What figures by class say: as the standard says, no difference, the other way, or too few."""

    tone: Literal["good", "even", "bad", "few"]
    text: str


@dataclass(frozen=True)
class ProofRow:
    """A line of a proof: a class, or something else by its `title`, and what is told of it."""

    cells: tuple[str, ...]
    key: str = ""
    title: str = ""


@dataclass(frozen=True)
class ProofTable:
    """What was counted, by class or otherwise; `findings` tell whether classes differ."""

    heading: str
    columns: tuple[str, ...]
    rows: Sequence[ProofRow]
    findings: Sequence[Finding] = ()


@dataclass(frozen=True)
class Proof:
    """A part of the page that tells what money, service and selling, or the strategy, came to.

    Attributes:
        name: in its address.
        read: what is shown to whoever asks, by the classes of a scheme; None shows nothing.
        text: how it is counted.
        page: which of the two pages shows it.
    """

    name: str
    title: Text
    text: Text
    position: int
    read: Callable[[HttpRequest, Any], Sequence[ProofTable]]
    page: Literal["acting", "strategy"] = "acting"


@dataclass(frozen=True)
class Approval:
    """Something that waits for a yes or a no of whoever is asked, on the page of their day.

    Attributes:
        title: what it is about, such as the customer; `url` leads there.
        what: what is asked for.
        text: why, in the words of whoever asks.
        by, since: who asks, and when; None where a rule does.
        money: what is at stake; None where that is not known.
        yes, no: what decides it, by a POST.
    """

    icon: str
    title: str
    url: str
    what: str
    yes: Verdict
    no: Verdict
    text: str = ""
    by: Any = None
    since: datetime | None = None
    money: Number = None


@dataclass(frozen=True)
class Verdict:
    """One of the two answers: a POST of `values` to `url`, or a dialog there that asks for more."""

    title: str
    url: str
    values: tuple[tuple[str, str], ...] = ()
    asks: bool = False


@dataclass(frozen=True)
class AttentionItem:
    """One thing that needs attention, on the first page.

    Attributes:
        tone: red is urgent, orange a warning, blue a notice.
        money: what is at stake; None where that is not known.
        names: the first few that it is about, each with its code, its name and its address.
    """

    icon: str
    tone: Literal["red", "orange", "blue"]
    title: str
    text: str
    url: str
    money: Number = None
    names: tuple[tuple[str, str, str], ...] = ()
    buttons: tuple[Button, ...] = ()


@dataclass(frozen=True)
class ListColumn:
    """A column of the customer list, and what a file has of it; else it is only shown.

    Attributes:
        values: what a file has of customers, by their ids, some thousands at a time.
        filed: the same as an expression of customers, so that all is read in one statement.
        read: what a file has, of what `filed` gives.
    """

    name: str
    title: str
    column: tables.Column
    values: Callable[[Collection[int]], Mapping[int, Any]] | None = None
    filed: Callable[[], Any] | None = None
    read: Callable[[Any], Any] | None = None


@dataclass(frozen=True)
class Columns:
    """The columns of a set as one request shows them.

    Attributes:
        choices: each value that can be chosen, with its title.
        shown: the values that are shown.
        columns: the columns of these values.
        fetch: customers with what the columns need.
        note: shown above the list.
        more: shown where columns are chosen, below the choices of all sets.
    """

    choices: list[tuple[str, str]]
    shown: set[str]
    columns: list[ListColumn]
    fetch: Callable[[QuerySet[Any]], QuerySet[Any]]
    note: Part | None = None
    more: Part | None = None


@dataclass(frozen=True)
class ColumnSet:
    """Columns of the customer list that a person shows or hides one by one.

    Attributes:
        name: the parameter that a choice is sent by.
        first: the values shown until a person chooses.
        read: the columns of the chosen values, and of those that the address asks for; of all
            values for None.
        filed: whether a file of the list has all of them, not only those that are shown.
    """

    name: str
    title: Text
    first: tuple[str, ...]
    read: Callable[[HttpRequest, Collection[str] | None], Columns]
    filed: bool = True


@dataclass(frozen=True)
class Skipped:
    """Chosen customers that a bulk verb leaves as they are, and why in words."""

    reason: Text
    count: int
    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class BulkPlan:
    """What a bulk verb would do, as things are now.

    Attributes:
        changes: the ids of the customers that it changes.
        notes: what whoever decides should know besides, in words.
    """

    changes: tuple[int, ...]
    skipped: tuple[Skipped, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class BulkVerb:
    """Something that people do to many customers at once, chosen in the list.

    Attributes:
        name: tells it from others for good; it stands in addresses and in the API.
        done: what was done, in words, such as "tagged".
        form: the fields that it asks for; called with the data, `user` and a `prefix`.
        plan: what it would do for somebody to customers of these ids, all of which they may
            change, with the cleaned values of the form.
        carry_out: does what was planned, with one event for each customer; called within the
            transaction, the customers locked. Gives what `undo` is handed later.
        undo: takes it back, for whoever did it; gives how many customers are as before. What
            somebody touched since stays.
        of_seen: it changes nothing of the customers, so that to see them is enough.
    """

    name: str
    title: Text
    done: Text
    icon: str
    permit: str
    form: Callable[..., Form]
    plan: Callable[[Any, Collection[int], Mapping[str, Any]], BulkPlan]
    carry_out: Callable[[Any, BulkPlan, Mapping[str, Any]], Mapping[str, Any]]
    undo: Callable[[Any, Mapping[str, Any]], int] | None = None
    position: int = 100
    of_seen: bool = False


@dataclass(frozen=True)
class PersonalData:
    """A model whose rows are about customers, and what becomes of them when one is erased.

    Attributes:
        model: `app.Model`; its history, where it has one, goes the same way.
        customer: the field that names the customer; `pk` for the customer itself.
        emptied: texts that tell of the person, or were written of it.
        removed: the history tells of the person by itself, and is removed.
        deleted: the rows themselves go.
        file: the property that says where the file of a row lies; whoever is told what is held
            is given it.
    """

    model: str
    customer: str = "customer"
    emptied: tuple[str, ...] = ()
    removed: bool = False
    deleted: bool = False
    file: str = ""


@dataclass(frozen=True)
class MergeRule:
    """What of a model ends when a customer is merged into another; it returns with the customer.

    Attributes:
        model: `app.Model`, with a link to a customer; rows that do not end go along.
        ending: the rows that end when the first customer is merged into the second.
        take: ends these rows, of this model, and gives what `give_back` is handed, as JSON has it.
        give_back: makes the rows again that fit what there is now.
    """

    model: str
    ending: Callable[[Any, Any], Collection[Any]]
    take: Callable[[Collection[Any]], list[dict[str, Any]]]
    give_back: Callable[[list[dict[str, Any]]], object]


@dataclass(frozen=True)
class Part:
    """Something ready to be rendered by `{% part … %}`."""

    template: str
    context: dict[str, Any]
    style: str = ""


@dataclass(frozen=True)
class SqlView:
    """A view of the schema `bi`, for BI programs; every column of `select` has its comment."""

    name: str
    comment: str
    columns: Mapping[str, str]
    select: str


@dataclass(frozen=True)
class Consumer:
    """Is handed every event of its verbs, by the worker, at least once and in their order.

    Attributes:
        name: tells it from others for good: what is still to be handled is kept by it.
        verbs: what it wants, or what gives it; none for every event.
        handle: is called in a transaction with some events, and takes seconds at most: what
            takes longer it queues. When it raises, nothing of it stays and the events come again.
        lock: jobs of one lock run one after the other; by default the consumer's own.
    """

    name: str
    handle: Callable[[list[Event]], object]
    verbs: tuple[str, ...] | Callable[[], tuple[str, ...]] = ()
    lock: str = ""

    @property
    def wanted(self) -> tuple[str, ...]:
        """The verbs that it wants; none for every event."""
        return self.verbs() if callable(self.verbs) else self.verbs


@dataclass(frozen=True)
class LedgerFeed:
    """Brings what was written on the site into the ledger, as facts of one kind.

    A feed tells how its objects stand now, not what changed. So an event that is handed over
    twice, late, or again from the beginning comes to the same.

    Attributes:
        kind: the kind of fact, such as `orders`.
        verbs: the events after which the facts of their objects are read.
        read: gives of these events' objects the number of each fact in the ledger with its rows,
            by the columns of the kind; no rows where there is no such fact any more.
        prefix: how the numbers begin, such as `V-`, where their events are on the timeline: it
            leaves out the facts, which say the same. No two apps have the same one.
    """

    kind: str
    verbs: tuple[str, ...]
    read: Callable[[Sequence[Event]], Mapping[str, Sequence[Mapping[str, Any]]]]
    prefix: str = ""

    def numbered(self, number: str) -> bool:
        """Whether a fact has a number of this feed that the timeline shows by its event."""
        pattern = re.escape(self.prefix) + r"\d{6,}(?:-\d+)?"
        return bool(self.prefix) and re.fullmatch(pattern, number) is not None


@dataclass(frozen=True)
class AuthoredFact:
    """A fact that an app keeps itself, as the customer's page shows it among those of the ledger.

    Attributes:
        kind: the kind of fact.
        number: its number in the ledger, once it is there.
        values: by the columns of the kind; None where it was withdrawn.
        note: shown in its row: who wrote it, and what can be done about it.
    """

    kind: str
    number: str
    values: Mapping[str, Any] | None
    note: Part | None = None


@dataclass(frozen=True)
class TimelineKind:
    """How the events of a verb are shown on a timeline and in the audit.

    Attributes:
        title: what was done, such as "name changed".
        group: what it is filtered by, with others of the same; words as well.
        detail: gives one line more of an event; None tells the fields that changed.
    """

    verb: str
    title: Text
    icon: str
    group: Text
    detail: Callable[[Event], Text] | None = None


@dataclass(frozen=True)
class Moment:
    """Something on a customer's timeline that is no event of the site, such as an order.

    Attributes:
        at: when it was; of a day alone its beginning, in the company's zone.
        key: tells it from others for good, among those of one moment their order.
        void: it does not count: it was cancelled, never paid or the like.
        place: leads to more of it on the customer's page, such as `#class-abc`.
    """

    at: datetime
    key: str
    title: Text
    icon: str
    group: Text
    detail: Text = ""
    day_alone: bool = False
    void: bool = False
    place: str = ""


@dataclass(frozen=True)
class Moments:
    """A source of moments for the timelines of customers.

    Attributes:
        groups: what its moments are filtered by, with the groups of events.
        read: `read(request, customer, before, most)` gives the newest before a moment, or of all
            for None; more than `most` are not looked at.
    """

    groups: tuple[Text, ...]
    read: Callable[[HttpRequest, Any, datetime | None, int], Iterable[Moment]]


@dataclass(frozen=True)
class PoolExemption:
    """Why customers do not fall into a pool while something of the app is going on.

    Attributes:
        key: what programs call it.
        reason: what a manager reads, such as “stay: a ticket of theirs is open”.
        customers: gives the primary keys of those customers on a day, as a query.
    """

    key: str
    reason: Text
    customers: Callable[[date], QuerySet[Any, int]]


@dataclass(frozen=True)
class ClockJob:
    """Something that the clock does once a day, or once every half hour.

    Attributes:
        name: tells it from others for good: what was done is kept by it.
        run: does one turn, in a transaction. When it raises, nothing of it stays and the turn
            comes again.
        every: a day, or a half hour.
        kind: `state` changes something as things are now, so that once makes good for many days;
            `reminder` is about the day itself, so that each day has its turn.
        grace_days: how many days late a reminder is still made; later it is noted as missed.
        at: a daily turn does not come before that, in the company's zone.
        permit: who may decide when a rule of it stops and asks.
    """

    name: str
    run: Callable[[Due], object]
    every: Literal["day", "half-hour"] = "day"
    kind: Literal["state", "reminder"] = "state"
    grace_days: int = 2
    at: time = time(6)
    permit: str = ""


@dataclass(frozen=True)
class OwnedWork:
    """Open work about customers that has an owner, such as tasks.

    Attributes:
        title: what it is, in words, such as "open tasks".
        move: `move(old, new, customers, actor)` gives the open work that `old` has with these
            customers (their ids) to `new`; None for either is nobody, and None for `actor` is
            Kefen itself. Gives how much was moved. What is done stays with who did it. It is
            called in the transaction of the handover.
    """

    title: Text
    move: Callable[
        [Person, Person, Collection[int], Person],
        int,
    ]


@dataclass(frozen=True)
class BarItem:
    """Something small in the bar above every page; `template` and `read` as of a tile."""

    template: str
    read: Callable[[HttpRequest], dict[str, Any] | None]


@dataclass(frozen=True)
class NoticeKind:
    """A kind of notification, which people choose to be told at the bell, by mail, or not.

    Attributes:
        name: tells it from others for good, such as `import.failed`.
        bell, mail: how those are told who have not chosen.
    """

    name: str
    title: Text
    icon: str
    bell: bool = True
    mail: bool = True


@dataclass(frozen=True)
class NoticeText:
    """What a notification says; the arguments of `notifications.notify`."""

    text: str
    data: Mapping[str, Any] = field(default_factory=dict)
    url: str = ""
    plural: str = ""


@dataclass(frozen=True)
class Notice:
    """Whom an event is told to; whoever did it is not told.

    Attributes:
        kind: the name of a `NoticeKind`.
        tell: gives what is said; None when there is nothing to say.
    """

    verb: str
    kind: str
    whom: Callable[[Event], Iterable[AbstractBaseUser | None]]
    tell: Callable[[Event], NoticeText | None]


@dataclass(frozen=True)
class RuleStart:
    """A ready-made document that a draft can begin with; `name` tells it from others."""

    name: str
    title: Text
    text: Text
    rules: Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class RuleKind:
    """A kind of rules that people keep as a document, one of each kind.

    Attributes:
        name: tells it from others for good; the clock's effects are kept by it, too.
        text: what the rules do, in a sentence.
        model: of one rule; its fields have titles marked by `gettext_noop`.
        preview: what rules would do now.
        permit: who may publish them.
        draft_permit: who may besides draft and preview them, and have them published by others.
        starts: gives ready-made documents for the company as it is.
        faults: what is wrong with rules that are of the right form, such as a name of nothing.
        offers: gives what texts may say, by the field: the form proposes it.
    """

    name: str
    title: Text
    text: Text
    icon: str
    model: type[ScopedRule]
    preview: Callable[[list[Any]], Preview]
    permit: str = "set_rules"
    draft_permit: str = ""
    starts: Callable[[], Sequence[RuleStart]] | None = None
    faults: Callable[[Sequence[Any]], Sequence[Fault]] | None = None
    offers: Callable[[], Mapping[str, Sequence[str]]] | None = None


@dataclass(frozen=True)
class Written:
    """What became of a message that a `Writer` made.

    Attributes:
        why: why it waits or was not sent, in a word; empty for one that was sent.
        detail: what a provider said about it.
        until: when one that waits may go.
    """

    state: Literal["sent", "waiting", "unsent"]
    why: str = ""
    detail: str = ""
    until: datetime | None = None


@dataclass(frozen=True)
class Writer:
    """How other apps write messages to customers without knowing the app that sends them.

    Attributes:
        templates: gives the names of the templates in use.
        write: `write(template, language, keys, now)` makes the message of each customer of `keys`,
            by its id, unless there is one of the key; gives why not to the others, in a word.
        stop: has the messages of keys that wait not be sent; gives how many.
        outcomes: what became of the messages of keys, by the key.
        words: says a reason in words; empty for one that it does not know.
    """

    templates: Callable[[], Sequence[str]]
    write: Callable[[str, str, Mapping[int, str], datetime], Mapping[int, str]]
    stop: Callable[[Sequence[str]], int]
    outcomes: Callable[[Sequence[str]], Mapping[str, Written]]
    words: Callable[[str], str]


@dataclass(frozen=True)
class Ceiling:
    """What an app lets customers have at most of something that another app gives.

    Attributes:
        of: what it limits; `discount` is in percent of list prices.
        most: gives the most for a customer; None where the app sets no ceiling for it.
        because: what the ceiling is from, in words, such as "the playbook".
    """

    of: str
    most: Callable[[Any], int | None]
    because: Text
