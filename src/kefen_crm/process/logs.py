"""How every process of an installation writes its log: as lines for people, or as JSON.

`KEFEN_LOG_FORMAT` chooses. Neither says who a customer is: addresses are told by their route, what
goes wrong by its type and code, with the values in an error's text left out.
"""

from __future__ import annotations

import json
import logging
import os
import re
import traceback
from contextvars import ContextVar
from datetime import UTC, datetime
from logging.config import dictConfig
from typing import Any, Final

from kefen.wording import sentence
from kefen_crm.process.errors import ProcessError, trouble_of

REQUEST_ID: Final[ContextVar[str]] = ContextVar("request_id", default="")
"""The id of the request that is being answered; empty outside of one."""
FIELDS: Final = ("method", "route", "status", "ms", "user", "job")
"""What a record may carry beside its message."""
FORMS: Final = ("lines", "json")
PLACES: Final = ("files", "stdout")
SERVER_ERROR: Final = 500
_LITERAL: Final = re.compile(r"'[^']*'|\"[^\"]*\"|=\([^)]*\)|\b\d{4,}\b")


def form() -> str:
    """`lines` or `json`.

    Raises:
        ProcessError: `bad-variable`.
    """
    return _choice("KEFEN_LOG_FORMAT", FORMS)


def to_stdout() -> bool:
    """Whether all processes write to the standard output, for a container, and not to files.

    Raises:
        ProcessError: `bad-variable`.
    """
    return _choice("KEFEN_LOG_TO", PLACES) == "stdout"


def _choice(name: str, choices: tuple[str, ...]) -> str:
    given = os.environ.get(name) or choices[0]
    if given not in choices:
        raise ProcessError("bad-variable", name=name, value=given, meant=", ".join(choices))
    return given


class Formatter(logging.Formatter):
    """One record as a line, or as a line of JSON."""

    def __init__(self, process: str = "") -> None:
        super().__init__()
        self.process = process
        self.as_json = form() == "json"

    def format(self, record: logging.LogRecord) -> str:
        facts = self._facts(record)
        if self.as_json:
            return json.dumps(facts, ensure_ascii=False, default=str)
        head = "{time} {level} {process} {logger}: {message}".format_map(facts)
        told = "".join(f" {name}={facts[name]}" for name in ("user", "job") if name in facts)
        told += f" request={facts['request']}" if "request" in facts else ""
        return "\n".join([head + told, *facts.get("error", ())])

    def _facts(self, record: logging.LogRecord) -> dict[str, Any]:
        moment = datetime.fromtimestamp(record.created, UTC)
        facts: dict[str, Any] = {
            "time": f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03}Z",
            "level": record.levelname,
            "process": self.process,
            "logger": record.name,
            "message": message_of(record),
        }
        facts |= {name: vars(record)[name] for name in FIELDS if name in vars(record)}
        if isinstance(job := facts.get("job"), dict):
            facts["job"] = job.get("id")
        if request := REQUEST_ID.get():
            facts["request"] = request
        error = record.exc_info[1] if record.exc_info else None
        if error is not None and trouble_of(error) is None:
            facts["error"] = trace_of(error)
        return facts


class Quiet(logging.Filter):
    """Keeps out what the line of a request says already: refusals, with their tracebacks."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the record is written."""
        if not record.name.startswith("django.") or not hasattr(record, "status_code"):
            return True
        return int(record.status_code) >= SERVER_ERROR and bool(record.exc_info)


def message_of(record: logging.LogRecord) -> str:
    """A record's message without anybody's code, name or number in it."""
    error = record.exc_info[1] if record.exc_info else None
    if error is not None and (trouble := trouble_of(error)):
        return sentence(trouble, {}, "en")
    job = vars(record).get("job")
    if isinstance(job, dict) and record.name.startswith("procrastinate"):
        return f"{job.get('task_name')} {vars(record).get('action', '')}"
    request = vars(record).get("request")
    if record.args and isinstance(record.args, tuple):
        path = str(getattr(request, "path", "")).encode("unicode_escape").decode("ascii")
        args = tuple(_plain(one, path, request) for one in record.args)
        return str(record.msg) % args
    return record.getMessage()


def _plain(argument: Any, path: str, request: Any) -> Any:
    if isinstance(argument, BaseException):
        return error_text(argument)
    return route_of(request) if path and argument == path else argument


def route_of(request: Any) -> str:
    """The pattern of the address that was asked for, which names nobody."""
    match = getattr(request, "resolver_match", None)
    return f"/{match.route}" if match is not None else "-"


def error_text(error: BaseException) -> str:
    """An error's type and text, or code, without the values in it.

    >>> error_text(KeyError("C-0001"))
    'KeyError: …'
    """
    kind, code = type(error).__name__, getattr(error, "code", None)
    if isinstance(code, str) and hasattr(error, "data"):
        return f"{kind}: {code}"
    first = str(error).strip().splitlines()[:1]
    text = _LITERAL.sub("…", first[0]) if first else ""
    return f"{kind}: {text}" if text else kind


def trace_of(error: BaseException) -> list[str]:
    """Where an error and those behind it came from, in lines."""
    lines: list[str] = []
    seen: BaseException | None = error
    while seen is not None:
        frames = traceback.extract_tb(seen.__traceback__)
        lines += [f"  {one.filename}:{one.lineno} in {one.name}" for one in frames]
        lines.append(error_text(seen))
        seen = seen.__cause__ or (None if seen.__suppress_context__ else seen.__context__)
    return lines


def configuration(process: str) -> dict[str, Any]:
    """What `logging.config.dictConfig` takes: one handler, to the standard output."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"kefen": {"()": f"{__name__}.Formatter", "process": process}},
        "filters": {"quiet": {"()": f"{__name__}.Quiet"}},
        "handlers": {
            "console": {
                "class": "logging.StreamHandler",
                "formatter": "kefen",
                "filters": ["quiet"],
            }
        },
        "root": {"handlers": ["console"], "level": "WARNING"},
        "loggers": {
            # Django's own handlers would write the same in another form, or send it by mail.
            "django": {"handlers": [], "level": "INFO", "propagate": True},
            "django.request": {"level": "WARNING"},
            "kefen_crm": {"level": "INFO"},
            "procrastinate": {"level": "WARNING"},
            "paramiko": {"level": "CRITICAL"},  # the connector's page tells why it failed
            "psycopg.pool": {"level": "ERROR"},  # it tries again and again, and says so each time
            "_granian": {"handlers": ["console"], "level": "INFO", "propagate": False},
        },
    }


def configure(process: str) -> None:
    """Have this process write its log as the installation wants it."""
    dictConfig(configuration(process))
