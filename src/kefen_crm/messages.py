"""Gathers what the site says and keeps the Chinese catalogue in step with it.

Run `python -m kefen_crm.messages` after changing any text: new messages are added to the
catalogue, translations are kept, what is no longer said goes, and what still needs a translation
is printed. Needs Babel, which the development tools bring; running the site does not.
"""

from __future__ import annotations

import io
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE = Path(__file__).resolve().parent
CHINESE = PACKAGE / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"
# Header lines that change at every run, or that hold placeholders.
IDLE = tuple(
    f'"{name}'
    for name in ("POT-", "PO-Rev", "Generated-By", "Report-", "Last-Tr", "Language-Team", "Project")
)
ONE, PLURAL, CONTEXT, BOTH = None, (1, 2), ((1, "c"), 2), ((1, "c"), 2, 3)
KEYWORDS = {"_": ONE} | {
    f"{name}{suffix}": shape
    for name, shape in {
        "gettext": ONE,
        "ngettext": PLURAL,
        "pgettext": CONTEXT,
        "npgettext": BOTH,
    }.items()
    for suffix in ("", "_lazy", "_noop")
}


def sources() -> Iterator[tuple[str, str]]:
    """Each file that may speak, as its path inside the package and Python text."""
    for path in sorted(PACKAGE.rglob("*.py")):
        if "migrations" not in path.parts:
            yield str(path.relative_to(PACKAGE)), path.read_text(encoding="utf-8")
    for path in sorted(PACKAGE.glob("**/templates/**/*.html")):
        text = templatize(path.read_text(encoding="utf-8"))
        # Python's tokenizer minds indentation, which means nothing in a template.
        yield str(path.relative_to(PACKAGE)), "\n".join(map(str.lstrip, text.splitlines()))


def spoken() -> Catalog:
    """Every message of the code and the templates, untranslated."""
    catalogue = Catalog(locale="zh_Hans_CN", project="Kefen", header_comment="", fuzzy=False)
    for path, text in sources():
        stream = io.BytesIO(text.encode())
        for _line, told, _comments, context in extract(
            "python", stream, KEYWORDS, options={"encoding": "utf-8"}
        ):
            catalogue.add(told, locations=[(path, 1)], context=context)
    return catalogue


def translated() -> Catalog:
    """The Chinese catalogue as it is."""
    if not CHINESE.exists():
        return Catalog(locale="zh_Hans_CN")
    with CHINESE.open("rb") as file:
        return read_po(file, locale="zh_Hans_CN")


def missing() -> list[str]:
    """What the site says and nobody has put into Chinese yet, or only doubtfully."""
    known = translated()
    lacking = []
    for message in spoken():
        if not message.id:
            continue
        there = known.get(message.id, message.context)
        if there is None or not there.string or there.fuzzy or not all(listed(there.string)):
            lacking.append(listed(message.id)[0])
    return lacking


def listed(words: str | tuple[str, ...] | list[str]) -> list[str]:
    return [words] if isinstance(words, str) else list(words)


def refresh() -> None:
    """Write the Chinese catalogue anew, today's messages with their translations; compile it."""
    known, fresh = translated(), spoken()
    for message in fresh:
        there = known.get(message.id, message.context) if message.id else None
        if there is not None:
            message.string = there.string
    CHINESE.parent.mkdir(parents=True, exist_ok=True)
    text = io.BytesIO()
    write_po(text, fresh, width=98, sort_by_file=True, include_lineno=False, ignore_obsolete=True)
    lines = text.getvalue().decode().splitlines(keepends=True)
    CHINESE.write_text("".join(x for x in lines if not x.startswith(IDLE)), encoding="utf-8")
    with CHINESE.with_suffix(".mo").open("wb") as compiled:
        write_mo(compiled, translated())


def main() -> int:
    refresh()
    lacking = missing()
    sys.stdout.write("".join(f"not translated: {one}\n" for one in lacking))
    return 1 if lacking else 0


if __name__ == "__main__":
    raise SystemExit(main())
