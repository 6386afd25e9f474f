"""The docs are run: every block of code, and every name they promise a heading for."""

from __future__ import annotations

import inspect
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import get_args

import pytest
import yaml
from pydantic import BaseModel
from typer.testing import CliRunner

import kefen
from kefen import indicators, schemes
from kefen.cli import app
from kefen.ledger.facts import KINDS

ROOT = Path(__file__).parents[2]
KEFEN = str(Path(sys.executable).with_name("kefen"))
DOCS = [ROOT / "README.md", ROOT / "README.zh-CN.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"^```(\w+)([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
OF_THE_SITE = {"backup", "demo", "disclose", "doctor", "erase", "restore"}
"""Commands that may open the site, whose settings a process reads once: each has its own."""
LINK = re.compile(r"\]\((?!https?:|#)([^)#]+)")


def blocks(doc: Path) -> list[tuple[str, str, str]]:
    return [(lang, rest.strip(), body) for lang, rest, body in BLOCK.findall(doc.read_text())]


def run_console(body: str, expected: int) -> None:
    """Each `$ ` line is a command; output lines are for the reader."""
    commands = [line[2:] for line in body.splitlines() if line.startswith("$ ")]
    assert commands
    for command in commands:
        words = shlex.split(command)
        assert words[0] == "kefen"
        code, said = by_itself(words[1:]) if words[1] in OF_THE_SITE else in_this_process(words[1:])
        assert code == expected, f"{command}\n{said}"


def by_itself(words: list[str]) -> tuple[int, str]:
    done = subprocess.run([KEFEN, *words], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def in_this_process(words: list[str]) -> tuple[int, str]:
    """The same without the seconds that a new Python takes."""
    done = CliRunner().invoke(app, words)
    return done.exit_code, f"{done.output}{done.exception or ''}"


@pytest.mark.parametrize("doc", DOCS, ids=lambda doc: doc.name)
def test_code_blocks_run(doc, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("KEFEN_")]:
        monkeypatch.delenv(name)
    monkeypatch.delenv("DATABASE_URL", raising=False)
    names: dict[str, object] = {}
    for lang, rest, body in blocks(doc):
        if "file=" in rest:
            (tmp_path / rest.partition("file=")[2]).write_text(body)
        elif lang == "python":
            exec(compile(body, str(doc), "exec"), names)
        elif lang == "console":
            run_console(body, int(rest.partition("status=")[2] or 0))
        elif rest == "scheme":
            assert schemes.check(yaml.safe_load(body)) == []
        elif rest == "define":
            document = schemes.load("abc").dump() | {"define": yaml.safe_load(body)}
            assert schemes.check(document) == []


@pytest.mark.parametrize("doc", DOCS, ids=lambda doc: doc.name)
def test_links_lead_somewhere(doc):
    for target in LINK.findall(doc.read_text()):
        assert (doc.parent / target).exists(), target


def headings(name: str) -> set[str]:
    text = (ROOT / "docs" / name).read_text()
    return set(re.findall(r"^## `(?:kefen )?([\w-]+)`", text, re.MULTILINE))


def test_every_indicator_kind_and_method_has_its_heading():
    assert headings("indicators.md") == set(indicators.catalogue())
    assert headings("data.md") == set(KINDS)
    assert headings("schemes.md") == set(schemes.METHODS)


def test_every_ready_made_scheme_is_named():
    text = (ROOT / "docs" / "schemes.md").read_text()
    assert [s.name for s in schemes.builtin() if f"`{s.name}`" not in text] == []


def scheme_models() -> list[type[BaseModel]]:
    """Every part of a scheme document, of whatever method."""
    found: dict[type[BaseModel], None] = {}

    def look(kind: object) -> None:
        if isinstance(kind, type) and issubclass(kind, BaseModel) and kind not in found:
            found[kind] = None
            for field in kind.model_fields.values():
                look(field.annotation)
        for part in get_args(kind):
            look(part)

    for method in schemes.METHODS.values():
        look(method.document)
    return list(found)


def keys_in(raw: object) -> set[str]:
    parts = raw.values() if isinstance(raw, dict) else raw if isinstance(raw, list) else []
    own = {str(key) for key in raw} if isinstance(raw, dict) else set()
    return own.union(*map(keys_in, parts))


def test_every_key_of_a_scheme_is_told_with_an_example():
    text = (ROOT / "docs" / "schemes.md").read_text()
    yamls = [body for lang, _, body in blocks(ROOT / "docs" / "schemes.md") if lang == "yaml"]
    used = keys_in([yaml.safe_load(body) for body in yamls])
    keys = {
        field.alias or name
        for model in scheme_models()
        for name, field in model.model_fields.items()
    }
    assert {key for key in keys if not re.search(rf"`([a-z]+\.)?{key}`", text)} == set()
    assert keys - used == set()


def test_the_whole_public_face_of_python_is_told():
    """Every public name, and of every public class what people may call or read of it."""
    text = (ROOT / "docs" / "python.md").read_text()
    told = set(re.findall(r"`\.?(?:kefen\.)?([A-Za-z_][\w.]*)", text))
    told |= {name.rpartition(".")[2] for name in told}
    missing = [name for name in kefen.__all__ if name not in told]
    for name in kefen.__all__:
        part = getattr(kefen, name)
        if inspect.isclass(part):
            fields = getattr(part, "__dataclass_fields__", {})
            inherited = dir(Exception)
            own = [one for one in {*dir(part), *fields} if one[0] != "_" and one not in inherited]
            missing += [f"{name}.{one}" for one in own if one not in told]
        elif inspect.ismodule(part):
            missing += [f"{name}.{one}" for one in part.__all__ if one not in told]
    assert sorted(missing) == []


def test_every_column_is_listed():
    text = (ROOT / "docs" / "data.md").read_text()
    missing = [c.name for kind in KINDS.values() for c in kind.columns if f"`{c.name}`" not in text]
    assert missing == []


def test_every_command_has_its_heading():
    help_text = subprocess.run([KEFEN, "--help"], capture_output=True, text=True, check=True).stdout
    commands = set(re.findall(r"^ {2}([a-z]+) {2,}", help_text, re.MULTILINE))
    assert headings("shell.md") == commands


def test_every_setting_is_documented():
    used = set()
    for path in (ROOT / "src").rglob("*.py"):
        used |= set(re.findall(r"\bKEFEN_[A-Z_]+\b", path.read_text()))
    inner = {
        "KEFEN_COMPANY",
        "KEFEN_INDUSTRY",
        "KEFEN_PROCESS",
        "KEFEN_DATABASE_FOLDER",
        "KEFEN_SUPERVISED",
        "KEFEN_UPLOAD_LIMIT",
    }
    text = (ROOT / "docs" / "operating.md").read_text()
    assert [name for name in sorted(used - inner) if f"`{name}`" not in text] == []
