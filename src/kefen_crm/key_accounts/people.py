"""The map of the people of a customer: who reports to whom, and what is not known of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from django.db.models import Max, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kefen_crm.contacts.models import Contact
from kefen_crm.key_accounts.models import Influence, Stance

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date

SILENT_DAYS: Final = 90
"""Days without a conversation after which a decider is told of."""
DECIDERS: Final = 3
"""So many deciders should be known and placed: one leaves, two disagree."""
Role = Contact.Role


@dataclass
class Person:
    """A present contact of a customer, as the map shows it.

    Attributes:
        spoken: the day of the last conversation with them: answered, met or visited.
        boss: the contact they report to, whether it is present or not.
        opens: a level of those who report to them begins below.
        closes: so many levels end below, as a range for templates.
    """

    contact: Contact
    spoken: date | None = None
    stance: int | None = None
    influence: int | None = None
    boss: Contact | None = None
    note: str = ""
    version: int = 0
    opens: bool = False
    closes: range = field(default=range(0))

    @property
    def role(self) -> str:
        return self.contact.role

    @property
    def placed(self) -> bool:
        """Whether it is known what they have to say, and how they stand to it."""
        return bool(self.role) and self.stance is not None

    @property
    def stance_title(self) -> str:
        return "" if self.stance is None else str(Stance(self.stance).label)

    @property
    def influence_title(self) -> str:
        return "" if self.influence is None else str(Influence(self.influence).label)

    @property
    def tone(self) -> str:
        """Its colour on the map, beside the words."""
        if self.stance is None:
            return "unknown"
        return "good" if self.stance > 0 else "bad" if self.stance < 0 else "neutral"


@dataclass(frozen=True)
class Gap:
    """Something about the people that should be known or done.

    Attributes:
        key: what programs call it.
        serious: a sale may fail on it.
        people: whom it is about, by name.
    """

    key: str
    text: str
    serious: bool = False
    people: tuple[str, ...] = ()


def people_of(customers: Iterable[int]) -> dict[int, list[Person]]:
    """The present contacts of each customer, the first contact first."""
    people: dict[int, list[Person]] = {one: [] for one in customers}
    spoken = Max("activities__at", filter=Q(activities__real=True))
    found: Any = Contact.objects.filter(customer__in=list(people), left_on=None)
    rows = found.annotate(spoken=spoken).select_related("stakeholder__reports_to")
    for contact in rows.order_by("-primary", "pk"):
        people[contact.customer_id].append(_person(contact))
    return people


def drawn(people: Sequence[Person]) -> list[Person]:
    """The people in the order of a tree, each after whom they report to, with `opens`, `closes`.

    Those who report to nobody who is present stand at the top, the most influential first.
    """
    present = {one.contact.pk for one in people}
    below: dict[int | None, list[Person]] = {}
    for one in sorted(people, key=lambda one: (-(one.influence or 0), one.contact.pk)):
        boss = one.boss.pk if one.boss and one.boss.pk in present else None
        below.setdefault(boss, []).append(one)
    order: list[tuple[int, Person]] = []
    waiting = [(0, one) for one in reversed(below.get(None, []))]
    while waiting:
        depth, one = waiting.pop()
        order.append((depth, one))
        waiting += [(depth + 1, each) for each in reversed(below.get(one.contact.pk, []))]
    depths = [depth for depth, _one in order]
    for (depth, one), after in zip(order, [*depths, 0][1:], strict=True):
        one.opens = after > depth
        one.closes = range(max(depth - after, 0))
    return [one for _depth, one in order]


def leads_back(bosses: Mapping[int, int], who: int, boss: int) -> bool:
    """Whether `who` would report to himself, over others, by reporting to `boss`.

    Args:
        bosses: whom each contact reports to, by their keys.
    """
    seen: set[int] = set()
    above: int | None = boss
    while above is not None and above not in seen:
        if above == who:
            return True
        seen.add(above)
        above = bosses.get(above)
    return False


def gaps_of(people: Sequence[Person], today: date) -> list[Gap]:
    """What is not known of the people of a customer, or should be done, the serious first."""
    if not people:
        return [Gap("nobody", _("Nobody is known there."), serious=True)]
    deciders = [one for one in people if one.role == Role.DECIDES]
    found = [*_of_deciders(deciders, today), *_of_stances(people), *_of_contact(people, today)]
    present = {one.contact.pk for one in people}
    orphans = [one for one in people if one.boss and one.boss.pk not in present]
    if orphans:
        text = _("%(names)s: whom they report to has left.")
        found.append(_gap("boss_left", text, orphans))
    if blank := [one for one in people if not one.role]:
        text = _("Not known what they have to say: %(names)s.")
        found.append(_gap("no_role", text, blank))
    return sorted(found, key=lambda one: not one.serious)


def mapped_deciders(people: Sequence[Person]) -> int:
    """How many deciders are known, with their stance."""
    return sum(one.role == Role.DECIDES and one.placed for one in people)


def _of_deciders(deciders: Sequence[Person], today: date) -> list[Gap]:
    if not deciders:
        return [Gap("no_decider", _("Nobody is known who decides."), serious=True)]
    found = []
    if silent := [one for one in deciders if _silent(one, today)]:
        text = _("No conversation for %(days)s days with who decides: %(names)s.")
        found.append(_gap("decider_silent", text, silent, serious=True, days=SILENT_DAYS))
    if blank := [one for one in deciders if one.stance is None]:
        text = _("Not known how who decides stands to us: %(names)s.")
        found.append(_gap("decider_stance", text, blank, serious=True))
    mapped = mapped_deciders(deciders)
    if mapped < DECIDERS:
        text = ngettext(
            "%(count)s of %(wanted)s deciders is mapped with a stance.",
            "%(count)s of %(wanted)s deciders are mapped with their stance.",
            mapped,
        )
        found.append(Gap("few_deciders", text % {"count": mapped, "wanted": DECIDERS}))
    return found


def _of_stances(people: Sequence[Person]) -> list[Gap]:
    found = []
    strong = [one for one in people if one.influence == Influence.HIGH or one.role == Role.DECIDES]
    if against := [one for one in strong if one.stance is not None and one.stance < 0]:
        text = _("They have much to say and stand against it: %(names)s.")
        found.append(_gap("opposed", text, against, serious=True))
    if not any(one.stance is not None and one.stance > 0 for one in people):
        found.append(Gap("no_friend", _("Nobody there is known to stand for us.")))
    return found


def _of_contact(people: Sequence[Person], today: date) -> list[Gap]:
    """Everything hangs on one person, where others are known and only one was spoken to."""
    spoken = [one for one in people if not _silent(one, today)]
    if len(people) > 1 and len(spoken) == 1:
        text = _("For %(days)s days there were conversations with %(names)s alone.")
        return [_gap("one_thread", text, spoken, days=SILENT_DAYS)]
    return []


def _silent(one: Person, today: date) -> bool:
    return one.spoken is None or (today - one.spoken).days > SILENT_DAYS


def _gap(
    key: str, text: str, people: Sequence[Person], *, serious: bool = False, **data: Any
) -> Gap:
    names = tuple(one.contact.name for one in people)
    return Gap(key, text % {"names": ", ".join(names), **data}, serious, names)


def _person(contact: Any) -> Person:
    spoken = timezone.localdate(contact.spoken) if contact.spoken else None
    placed = getattr(contact, "stakeholder", None)
    if placed is None:
        return Person(contact, spoken)
    return Person(
        contact, spoken, placed.stance, placed.influence, placed.reports_to, placed.note,
        placed.version,
    )  # fmt: skip
