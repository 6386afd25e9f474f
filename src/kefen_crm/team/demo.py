"""The people of the demo company: who can sign in where `KEFEN_DEMO` is set."""

from __future__ import annotations

from dataclasses import dataclass

from kefen_crm.gateway.companies import staff
from kefen_crm.team import departments
from kefen_crm.team.actions import create_user
from kefen_crm.team.models import Department, User
from kefen_crm.team.roles import Role

PASSWORD = "kefen-demo"  # noqa: S105 - printed on the sign-in page of a demo


@dataclass(frozen=True)
class Login:
    username: str
    name: str
    role: Role
    password: str = PASSWORD

    @property
    def role_title(self) -> str:
        return str(self.role.label)


LOGINS = (
    Login("admin", "管理员", Role.ADMIN),
    Login("manager", "王经理", Role.MANAGER),
    Login("rep", "周文博", Role.REP),
    Login("reader", "陈分析", Role.READER),
)


OTHERS = (
    Login("service", "许客服", Role.SERVICE),
    Login("finance", "秦会计", Role.FINANCE),
)
"""People of the further roles, who sign in as well."""
COMPANY = "销售部"
"""The department above those of the salespersons."""


def create_people(company: str) -> None:
    """The logins above and the salespersons of a demo company; those there already are kept.

    The representative who signs in is the first of the salespersons.
    """
    known = set(User.objects.values_list("username", flat=True))
    from pypinyin import lazy_pinyin  # its dictionary takes most of a second

    team = dict(staff(company))
    first = next(iter(team), "")
    for login in LOGINS:
        if login.username not in known:
            name = first if first and login.role == Role.REP else login.name
            create_user(
                None,
                username=login.username,
                password=login.password,
                name=name,
                role=login.role,
                department=team.get(name, ""),
            )
    for name, department in list(team.items())[1:]:
        username = "".join(lazy_pinyin(name))
        if username not in known:
            create_user(
                None,
                username=username,
                password=PASSWORD,
                name=name,
                role=Role.REP,
                department=department,
            )
    for one in OTHERS:
        if one.username not in known:
            create_user(
                None, username=one.username, password=one.password, name=one.name, role=one.role
            )
    _order_departments()


def _order_departments() -> None:
    """Put the teams below one department that the manager leads; each has a lead of its own."""
    if Department.objects.filter(name=COMPANY).exists():
        return
    teams = list(Department.objects.order_by("name"))
    manager = User.objects.filter(username="manager").first()
    company = departments.create(None, COMPANY, lead=manager)
    for team in teams:
        lead = team.members.exclude(username="rep").order_by("pk").first()
        departments.update(None, team, name=team.name, parent=company, lead=lead)
