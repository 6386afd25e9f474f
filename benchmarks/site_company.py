"""A company to measure the site with: names, phones and places made up, every run the same.

Built once in a folder: the ledger, a PostgreSQL of its own beside it, the customers on the site
and their classes by `abc` and `rfm`, now and a quarter before.
"""

from __future__ import annotations

import datetime as dt
import os
import secrets
from contextlib import contextmanager
from typing import TYPE_CHECKING

from benchmarks import generate

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LINES_PER_CUSTOMER = 5
SCHEMES = ("abc", "rfm")
AS_OF = dt.date(2026, 1, 1)
BEFORE = dt.date(2025, 10, 1)
SELLERS = 20
MANAGER = "manager"

_PLACES = (
    "华东/上海/上海", "华东/江苏/苏州", "华东/江苏/南京", "华东/浙江/杭州", "华东/浙江/宁波",
    "华南/广东/深圳", "华南/广东/广州", "华南/广东/佛山", "华北/北京/北京", "华北/天津/天津",
    "华中/湖北/武汉", "华中/河南/郑州", "西南/四川/成都", "西南/重庆/重庆", "西北/陕西/西安",
)  # fmt: skip
_SYLLABLES = "明达华兴盛恒泰宏远鑫源瑞丰嘉和永信德润东方金海天成博雅新锐长江"
_TRADES = ("贸易", "机电", "电子", "建材", "食品", "医药", "化工", "服饰", "物流", "科技")
_FORMS = ("有限公司", "股份有限公司", "经营部", "厂")
_SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"


def _one_of(texts: tuple[str, ...] | str, seed: int) -> str:
    """SQL for one of some texts by the number of the row."""
    listed = ", ".join(f"'{text}'" for text in texts)
    return f"[{listed}][1 + (hash(i + {seed}000003) % {len(texts)})::int]"


CUSTOMERS = f"""
with drawn as (
  select i, {_one_of(_PLACES, 1)} as place, {_one_of(_TRADES, 2)} as industry,
    hash(i + 7000003) as draw
  from range({{customers}}) as t(i)
)
select 'C' || lpad(i::varchar, 8, '0') as customer_id,
  split_part(place, '/', 3) || {_one_of(_SYLLABLES, 3)} || {_one_of(_SYLLABLES, 4)}
    || case when draw % 3 = 0 then {_one_of(_SYLLABLES, 5)} else '' end
    || industry || {_one_of(_FORMS, 6)} as name,
  case when draw % 5 < 3 then '1' || lpad((3000000000 + draw % 6999999999)::varchar, 10, '0')
    else '021-' || lpad((draw % 99999999)::varchar, 8, '0') end as phone,
  {_one_of(_SURNAMES, 8)} || {_one_of(_SYLLABLES, 9)} as contact,
  split_part(place, '/', 1) as region, split_part(place, '/', 2) as province,
  split_part(place, '/', 3) as city, industry,
  'seller' || (draw % {SELLERS}) as owner,
  '{{batch}}' as batch_id
from drawn
"""  # texts of this module only


@contextmanager
def site(folder: Path, customers: int) -> Iterator[Path]:
    """The site of such a company ready for use in this process, built unless it is there."""
    from kefen_crm.process.postgres import Embedded

    generate.LINES_PER_CUSTOMER = LINES_PER_CUSTOMER
    data = generate.ledger(folder, customers * LINES_PER_CUSTOMER, CUSTOMERS)
    server = Embedded(data)
    os.environ["DATABASE_URL"] = server.start()
    os.environ["KEFEN_DATA"] = str(data)
    os.environ["KEFEN_HOSTS"] = "*"
    os.environ["DJANGO_SETTINGS_MODULE"] = "kefen_crm.site.settings"
    try:
        import django
        from django.core.management import call_command

        django.setup()
        call_command("prepare", verbosity=0)
        _people()
        _grade()
        _index()
        yield data
    finally:
        server.stop()


def _people() -> None:
    """A manager who sees all, and sellers who see their own."""
    from kefen_crm.team.actions import create_user
    from kefen_crm.team.models import User
    from kefen_crm.team.roles import Role

    known = set(User.objects.values_list("username", flat=True))
    for number in range(-1, SELLERS):
        name, role = (f"seller{number}", Role.REP) if number >= 0 else (MANAGER, Role.MANAGER)
        if name not in known:
            create_user(
                None,
                username=name,
                password=secrets.token_urlsafe(),
                name=name,
                email=f"{name}@example.com",
                role=role,
            )


def _grade() -> None:
    from kefen_crm.grading.actions import execute_runs, request_runs
    from kefen_crm.grading.models import Run, Scheme

    schemes = list(Scheme.objects.filter(name__in=SCHEMES))
    for day in (BEFORE, AS_OF):
        if not Run.objects.filter(as_of=day, status=Run.Status.FINISHED).exists():
            execute_runs([run.pk for run in request_runs(None, schemes, day)])


def _index() -> None:
    """What the worker makes after an import: the facts in order of customers."""
    from kefen_crm.gateway.ledger import opened
    from kefen_crm.gateway.live import prepare

    with opened() as ledger:
        prepare(ledger)
