"""Kefen beside Creme CRM 2.8: processor time of the pages both have, memory, and several users.

    python -m benchmarks.creme FOLDER http://127.0.0.1:8210 DATABASE-FOLDER [--users 8]

FOLDER is that of `benchmarks.site` with as many customers as `benchmarks.creme_company` wrote into
the database in DATABASE-FOLDER, by which Creme runs at the address. Each page is asked for of both
in turn by somebody who sees everybody. Figures are milliseconds of the processor a page, of the web
processes and of the database's server with everything it starts: the least of some rounds of
several turns each, as the system counts in hundredths of a second. The ratio is Kefen's over
Creme's.
"""

from __future__ import annotations

import argparse
import itertools
import os
import re
import threading
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode, urlsplit

import psutil
import psycopg

from benchmarks.crowd import cookie_of, served
from benchmarks.site_company import MANAGER, site
from kefen_crm.process.postgres import Embedded

if TYPE_CHECKING:
    from collections.abc import Sequence

GOAL = 0.2
PATIENCE = 120.0
WARM = 4
"""Turns before those that count: each process has asked everything once."""
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


@dataclass(frozen=True)
class Page:
    """A page of both: what the browser asks for until all of it is there."""

    row: str
    kefen: Sequence[str]
    creme: Sequence[str]


def pages(code: str, name: str, organisation: int) -> list[Page]:
    """The pages that both have."""
    customer = f"/customers/of/{code}/"
    later = [f"{customer}{part}" for part in ("more/", "indicators/", "purchases.json")]
    listed, organisation_page = "/persons/organisations", f"/persons/organisation/{organisation}"

    def search(what: str, text: str) -> Page:
        found = f"/creme_core/search/light/?value={quote(text)}"
        return Page(f"quick search: {what}", [f"/search/?q={quote(text)}"], [found])

    def by(field: str, order: str = "ASC") -> str:
        return f"{listed}?sort_key=regular_field-{field}&sort_order={order}"

    return [
        Page("home", ["/"], ["/"]),
        Page("list", ["/customers/?sort=name"], [by("name")]),
        Page("list by last order, by phone", ["/customers/?sort=-last_order_on"], [by("phone")]),
        Page("list by name, descending", ["/customers/?sort=-name"], [by("name", "DESC")]),
        search("part of a name", "贸易有限"),
        search("name", name),
        Page("customer", [customer], [organisation_page]),
        Page("customer, all of it", [customer, *later], [organisation_page]),
    ]


class Site:
    """One of the two: asks for pages, and tells what its processes took and hold."""

    def __init__(self, address: str, cookie: str, database: Embedded) -> None:
        self._where = urlsplit(address).netloc
        self._cookie = cookie
        note = database.home.cluster / "postmaster.pid"
        self._database = psutil.Process(int(note.read_text().split()[0]))
        self._web = _listening(int(self._where.split(":")[1]))

    def ask(self, address: str) -> None:
        status, _headers, _body = request(self._where, address, {"Cookie": self._cookie})
        if status != 200:
            raise SystemExit(f"{self._where}{address}: {status}")

    def spent(self) -> tuple[float, float]:
        """Seconds of the processor so far: of the web processes, of the database's server."""
        server = [self._database, *self._database.children(recursive=True)]
        return _seconds(self._web), _seconds(server)

    def memory(self) -> list[int]:
        """MiB of each web process, what is shared divided."""
        return sorted(one.memory_full_info().pss >> 20 for one in self._web)

    def cost(self, addresses: Sequence[str], turns: int) -> tuple[float, float]:
        """Milliseconds of a turn."""
        before = self.spent()
        for _turn in range(turns):
            for one in addresses:
                self.ask(one)
        web, database = (now - then for now, then in zip(self.spent(), before, strict=True))
        return web * 1000 / turns, database * 1000 / turns


def _listening(port: int) -> list[psutil.Process]:
    """The processes that answer at a port, and the one they are made from."""
    numbers = {
        one.pid
        for one in psutil.net_connections("tcp4")
        if one.status == psutil.CONN_LISTEN and tuple(one.laddr)[1:] == (port,) and one.pid
    }
    found = {number: psutil.Process(number) for number in numbers}
    for one in list(found.values()):
        parent = one.parent()
        if parent is not None and parent.cmdline() == one.cmdline():
            found[parent.pid] = parent
    for one in list(found.values()):
        found |= {child.pid: child for child in one.children(recursive=True)}
    return list(found.values())


def _seconds(processes: Sequence[psutil.Process]) -> float:
    """What processes and those of their children that have ended took."""
    total = 0.0
    for one in processes:
        try:
            took = one.cpu_times()
        except psutil.NoSuchProcess:  # its starter counts it from now on
            continue
        total += took.user + took.system + took.children_user + took.children_system
    return total


def request(
    where: str, address: str, headers: dict[str, str], body: str | None = None
) -> tuple[int, list[tuple[str, str]], str]:
    """Status, headers and text of an answer."""
    connection = HTTPConnection(where, timeout=PATIENCE)
    connection.request("POST" if body else "GET", address, body, headers)
    answer = connection.getresponse()
    return answer.status, answer.getheaders(), answer.read().decode()


def log_in(address: str, name: str, password: str) -> str:
    """The cookies of somebody who has logged in to Creme."""
    where = urlsplit(address).netloc
    _status, headers, text = request(where, "/creme_login/", {})
    cookies = _cookies(headers)
    token = TOKEN.search(text)
    if token is None:
        raise SystemExit(f"{address}/creme_login/ has no form")
    form = {"csrfmiddlewaretoken": token[1], "username": name, "password": password}
    head = {"Cookie": _joined(cookies), "Content-Type": "application/x-www-form-urlencoded"}
    status, headers, _text = request(where, "/creme_login/", head, urlencode(form))
    if status != 302:
        raise SystemExit(f"{address}: {name} could not log in")
    return _joined(cookies | _cookies(headers))


def _cookies(headers: Sequence[tuple[str, str]]) -> dict[str, str]:
    given = [text.split(";")[0] for head, text in headers if head.lower() == "set-cookie"]
    return dict(one.split("=", 1) for one in given)


def _joined(cookies: dict[str, str]) -> str:
    return "; ".join(f"{name}={value}" for name, value in cookies.items())


def compare(
    kefen: Site, creme: Site, page: Page, asked: argparse.Namespace
) -> tuple[tuple[float, float], tuple[float, float]]:
    """What both take for a page, web and database, the least of some rounds in turn."""
    for one, addresses in ((kefen, page.kefen), (creme, page.creme)):
        one.cost(addresses, WARM)
    taken = [
        (kefen.cost(page.kefen, asked.turns), creme.cost(page.creme, asked.turns))
        for _round in range(asked.rounds)
    ]
    ours, theirs = (min(costs, key=sum) for costs in zip(*taken, strict=True))
    return ours, theirs


def mixed(one: Site, looked_at: Sequence[Sequence[str]], users: int) -> tuple[float, float]:
    """Milliseconds of the processor a page while so many look at all pages: of web, of database."""
    turn, clicks = itertools.count(), users * len(looked_at)

    def click() -> None:
        while (number := next(turn)) < clicks:
            for address in looked_at[number % len(looked_at)]:
                one.ask(address)

    before = one.spent()
    people = [threading.Thread(target=click) for _person in range(users)]
    for person in people:
        person.start()
    for person in people:
        person.join()
    web, database = (now - then for now, then in zip(one.spent(), before, strict=True))
    return web * 1000 / clicks, database * 1000 / clicks


def _line(what: str, ours: Sequence[float], theirs: Sequence[float], goal: float) -> str:
    """A line of the table."""
    ratio = sum(ours) / sum(theirs)
    figures = " | ".join(" + ".join(f"{one:5.0f}" for one in taken) for taken in (ours, theirs))
    return f"{what:32} {figures} | {ratio:5.2f} {'' if ratio <= goal else 'above the goal'}"


def side_by_side(
    kefen: Site, creme: Site, all_pages: Sequence[Page], asked: argparse.Namespace
) -> None:
    """Print every page, what both hold then, and what several people cost."""
    print("ms of the processor a page, web + database: Kefen | Creme | ratio")
    for page in all_pages:
        if asked.only in page.row:
            ours, theirs = compare(kefen, creme, page, asked)
            print(_line(f"{page.row} (goal {GOAL})", ours, theirs, GOAL), flush=True)
    print("MiB of the web processes, shared ones divided: Kefen | Creme | ratio")
    print(_line("memory (goal 1)", kefen.memory(), creme.memory(), 1), flush=True)
    if asked.users:
        ours = mixed(kefen, [page.kefen for page in all_pages], asked.users)
        theirs = mixed(creme, [page.creme for page in all_pages], asked.users)
        print(_line(f"{asked.users} at once, a page", ours, theirs, GOAL))
        print(_line("memory then (goal 1)", kefen.memory(), creme.memory(), 1))


def customer(code: str, server: Embedded) -> tuple[str, str, int]:
    """Code and name of a customer, and Creme's number of it."""
    with psycopg.connect(server.url) as database:
        row = database.execute(
            "select code, name, cremeentity_ptr_id from persons_organisation where code = %s",
            (code,),
        ).fetchone()
    if row is None:
        raise SystemExit(f"Creme has no organisation {code}: see benchmarks.creme_company")
    return row[0], row[1], row[2]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("creme", help="the address of Creme")
    parser.add_argument("database", type=Path, help="the folder of Creme's database")
    parser.add_argument("--customers", type=int, default=100_000)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, help="of Kefen")
    parser.add_argument("--only", default="", help="rows with this in their name")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--turns", type=int, default=10)
    parser.add_argument("--users", type=int, default=0)
    asked = parser.parse_args()
    cookie = log_in(asked.creme, "root", "root")
    with Embedded(asked.database) as server, site(asked.folder, asked.customers) as data:
        someone = customer(f"C{asked.customers // 10:08}", server)
        with served(data, asked.workers) as port:
            kefen = Site(f"http://127.0.0.1:{port}", cookie_of(MANAGER), Embedded(data))
            creme = Site(asked.creme, cookie, server)
            side_by_side(kefen, creme, pages(*someone), asked)


if __name__ == "__main__":
    main()
