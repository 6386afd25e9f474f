"""The calls of WeCom (企业微信) about customer tags.

- https://developer.work.weixin.qq.com/document/path/91039 (access token)
- https://developer.work.weixin.qq.com/document/path/92117 (tags of the company)
- https://developer.work.weixin.qq.com/document/path/92118 (tags of a customer)
- https://developer.work.weixin.qq.com/document/path/90313 (error codes)
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from kefen_crm.connectors.sources.base import SourceError, ask, document

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

BASE: Final = "https://qyapi.weixin.qq.com"
LONGEST: Final = 30
"""Characters of the name of a tag or of a group."""
EXPIRED: Final = frozenset({40014, 42001})
"""The access token holds no more."""
BUSY: Final = frozenset({-1, 45009, 45033})
SIGN_IN: Final = frozenset({40001, 40013, 40091, 48002, 60020, *EXPIRED})
NO_CONTACT: Final = frozenset({40003, 40096, 60011, 60111, 84061})
"""There is no such member, or no such customer of this member."""


class Refused(Exception):  # noqa: N818  # what is wrong, in a word
    """WeCom knows no such customer of this member."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class Corp:
    """A company of WeCom, as one application sees it; its access token is got once."""

    def __init__(self, base: str, corp: str, secret: str) -> None:
        self.base, self.corp, self.secret = base.rstrip("/") or BASE, corp, secret
        self._token = ""

    def groups(self) -> list[dict[str, Any]]:
        """The tag groups there are, each with its tags.

        Raises:
            SourceError: where WeCom does not answer so.
        """
        told = self._asked("get_corp_tag_list", {})
        try:
            return [
                {**one, "tag": [tag for tag in one["tag"] if not tag.get("deleted")]}
                for one in told["tag_group"]
                if not one.get("deleted")
            ]
        except (KeyError, TypeError, AttributeError):
            raise SourceError("not-read") from None

    def add_tags(self, group: Mapping[str, str], names: Sequence[str]) -> dict[str, str]:
        """Make tags in a group by its `group_id` or its `group_name`; gives their ids by name.

        Raises:
            SourceError: where WeCom does not answer so.
        """
        told = self._asked("add_corp_tag", {**group, "tag": [{"name": one} for one in names]})
        try:
            return {str(one["name"]): str(one["id"]) for one in told["tag_group"]["tag"]}
        except (KeyError, TypeError):
            raise SourceError("not-read") from None

    def mark(self, member: str, contact: str, add: str, remove: str) -> None:
        """Give a customer of a member one tag and take another away, either perhaps empty.

        Raises:
            Refused: where there is no such customer of this member.
            SourceError: where WeCom does not answer so.
        """
        given: dict[str, Any] = {"userid": member, "external_userid": contact}
        if add:
            given["add_tag"] = [add]
        if remove:
            given["remove_tag"] = [remove]
        self._asked("mark_tag", given, refusable=True)

    def _asked(self, name: str, given: Mapping[str, Any], *, refusable: bool = False) -> Any:
        """The answer of a call; where the access token holds no more, with another one."""
        told, code = self._answer(name, given)
        if code in EXPIRED:
            self._token = ""
            told, code = self._answer(name, given)
        if refusable and code in NO_CONTACT:
            raise Refused(code)
        _fine(code)
        return told

    def _answer(self, name: str, given: Mapping[str, Any]) -> tuple[Any, int]:
        url = f"{self.base}/cgi-bin/externalcontact/{name}?"
        url += urlencode({"access_token": self._access()})
        headers = {"Content-Type": "application/json"}
        return _read(ask("POST", url, headers, json.dumps(given, ensure_ascii=False).encode()))

    def _access(self) -> str:
        if not self._token:
            asked = urlencode({"corpid": self.corp, "corpsecret": self.secret})
            told, code = _read(ask("GET", f"{self.base}/cgi-bin/gettoken?{asked}"))
            _fine(code)
            self._token = str(told.get("access_token") or "")
            if not self._token:
                raise SourceError("not-read")
        return self._token


def _read(answer: Any) -> tuple[dict[str, Any], int]:
    """The answer and its error code, which stands in its body."""
    told, _headers = document(answer)
    if not isinstance(told, dict) or not isinstance(told.get("errcode"), int):
        raise SourceError("not-read")
    return told, told["errcode"]


def _fine(code: int) -> None:
    if code in BUSY:
        raise SourceError("busy", status=code)
    if code in SIGN_IN:
        raise SourceError("sign-in", status=code)
    if code:
        raise SourceError("status", status=code)
