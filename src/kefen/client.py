"""A client of the API of a Kefen site, with nothing but Python's own library.

It follows pages, repeats what is safe to repeat, waits for writes that land later, and raises what
the API refuses as an error with its code.
"""

from __future__ import annotations

import http.client
import json
import time
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode, urlsplit
from uuid import uuid4

from kefen.errors import KefenError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

__all__ = ["Client", "ClientError"]

ROOT: Final = "/api/v1"
TIMES: Final = 4
"""So often a request is made until it is answered."""
BUSY: Final = frozenset({429, 502, 503, 504})
LONGEST_PAUSE: Final = 30.0


class ClientError(KefenError):
    """What the API refused, or why there was no answer.

    Attributes:
        status: of the answer; 0 where there was none.
        detail: the API's sentence about it.
        errors: every fault, with its place.
    """

    def __init__(
        self, code: str, status: int = 0, detail: str = "", errors: Iterable[Any] = ()
    ) -> None:
        super().__init__(code, status=status, detail=detail)
        self.status, self.detail, self.errors = status, detail, list(errors)

    def text(self, lang: str = "en") -> str:  # noqa: ARG002  # the API chose the language
        """The API's sentence and the code in brackets."""
        return f"{self.detail or self.status} [{self.code}]"


class Client:
    """A Kefen site for programs: its address, and a token of somebody who may what they do.

    Args:
        url: such as `https://crm.example.com`.
        token: `kfn_…`; it is told to this host alone.
        language: of sentences, `en` or `zh`.
        seconds: so long an answer may take.
    """

    def __init__(
        self, url: str, token: str = "", *, language: str = "en", seconds: float = 60
    ) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ClientError("bad-address", detail=f"{url!r} is no address of a site.")
        self.url, self.seconds = url.rstrip("/"), seconds
        self._parts = parts
        self._headers = {"Accept": "application/json", "Accept-Language": language}
        if token:
            self._headers["Authorization"] = f"Bearer {token}"

    def get(self, path: str, **query: Any) -> Any:
        """The answer to a GET, such as `get("/customers/C1")`.

        Raises:
            ClientError: for every method, what the API refuses.
        """
        return self._asked("GET", _with(path, query))

    def post(self, path: str, body: Any = None, *, key: str = "", **query: Any) -> Any:
        """The answer to a POST; `key` makes it safe to repeat later, too."""
        return self._asked("POST", _with(path, query), body, key)

    def put(self, path: str, body: Any = None, **query: Any) -> Any:
        """The answer to a PUT."""
        return self._asked("PUT", _with(path, query), body)

    def patch(self, path: str, body: Any, *, key: str = "", **query: Any) -> Any:
        """The answer to a PATCH."""
        return self._asked("PATCH", _with(path, query), body, key)

    def delete(self, path: str, **query: Any) -> Any:
        """The answer to a DELETE; None where there is nothing to say."""
        return self._asked("DELETE", _with(path, query))

    def pages(self, path: str, **query: Any) -> Iterator[dict[str, Any]]:
        """Every item of a list, page after page, such as `pages("/tasks", state="open")`."""
        following: str | None = _with(path, query)
        while following:
            page = self._asked("GET", following)
            yield from page["items"]
            # The page's own host may be another one's name for this site: only the path counts.
            parts = urlsplit(page["next"] or "")
            following = f"{parts.path.removeprefix(ROOT)}?{parts.query}" if page["next"] else None

    def send(
        self,
        kind: str,
        rows: Iterable[Mapping[str, Any]],
        *,
        source: str = "API",
        key: str = "",
        seconds: float = 300,
        **options: Any,
    ) -> dict[str, Any]:
        """Send facts of a kind and wait until they have landed; gives the batch.

        Raises:
            ClientError: what was refused; `still-queued` where they did not land in `seconds`.
        """
        told = [dict(one) for one in rows]
        path = _with(f"/facts/{kind}", {"source": source, **options})
        answer = self._asked("POST", path, told, key or str(uuid4()))
        until = time.monotonic() + seconds
        while answer.get("status") == "queued":
            if time.monotonic() >= until:
                raise ClientError("still-queued", detail=f"Write {answer['id']} still waits.")
            time.sleep(0.5)
            answer = self.get(f"/writes/{answer['id']}")
        if answer.get("problem"):
            raise _refusal(answer["problem"], 0)
        landed: dict[str, Any] = answer.get("landed") or answer
        return landed

    def changes(
        self, kind: str, since: str = "", **query: Any
    ) -> tuple[list[dict[str, Any]], list[Any], str]:
        """What changed of `customers`, `classes` or `runs` since a cursor.

        Gives the items, what was deleted, and the cursor to ask with next time.
        """
        items: list[dict[str, Any]] = []
        deleted: list[Any] = []
        while True:
            page = self.get(f"/changes/{kind}", changed_since=since, **query)
            items, deleted = items + page["items"], deleted + page["deleted"]
            since = page["changed_since"]
            if not page["more"]:
                return items, deleted, since

    def _asked(self, method: str, path: str, body: Any = None, key: str = "") -> Any:
        """The answer to a request, repeated where that is safe: with a key, or of a read."""
        headers, content = dict(self._headers), None
        if body is not None:
            content = json.dumps(body, ensure_ascii=False, default=str).encode()
            headers["Content-Type"] = "application/json"
        if method in ("POST", "PATCH") and key:
            headers["Idempotency-Key"] = key
        times = TIMES if key or method in ("GET", "PUT") else 1
        for left in reversed(range(times)):
            try:
                status, told, pause = self._answer(method, path, content, headers)
            except (OSError, http.client.HTTPException) as error:
                if left:
                    time.sleep(2.0 ** (times - left - 2))
                    continue
                raise ClientError("no-answer", detail=f"{self.url}: {error}") from error
            if status in BUSY and left:
                time.sleep(min(pause or 2.0 ** (times - left - 2), LONGEST_PAUSE))
                continue
            break
        if status >= 300:
            raise _refusal(told, status)
        return told

    def _answer(
        self, method: str, path: str, content: bytes | None, headers: Mapping[str, str]
    ) -> tuple[int, Any, float]:
        """The status, what was said, and how long to wait before asking again."""
        secure = self._parts.scheme == "https"
        kind = http.client.HTTPSConnection if secure else http.client.HTTPConnection
        connection = kind(self._parts.hostname or "", self._parts.port, timeout=self.seconds)
        try:
            place = f"{self._parts.path.rstrip('/')}{ROOT}{path}"
            connection.request(method, place, content, dict(headers))
            answer = connection.getresponse()
            text, pause = answer.read(), answer.headers.get("Retry-After", "")
        finally:
            connection.close()
        try:
            told = json.loads(text) if text else None
        except ValueError:
            told = text.decode("utf-8", "replace")
        return answer.status, told, float(pause) if pause.isdecimal() else 0.0


def _with(path: str, query: Mapping[str, Any]) -> str:
    """A path with the parameters that are not None; lists are repeated."""
    asked = {name.rstrip("_"): value for name, value in query.items() if value is not None}
    plain = {
        name: ("true" if value else "false") if isinstance(value, bool) else value
        for name, value in asked.items()
    }
    return f"{path}?{urlencode(plain, doseq=True)}" if plain else path


def _refusal(told: Any, status: int) -> ClientError:
    if not isinstance(told, dict):
        return ClientError("no-answer", status, f"The site answered {status}.")
    status = int(told.get("status") or status)
    return ClientError(
        str(told.get("code") or "refused"), status, str(told.get("detail") or ""),
        told.get("errors") or (),
    )  # fmt: skip
