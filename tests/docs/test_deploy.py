"""The recipes for operators: shown in the docs as they are, and taken by their programs."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import polars as pl
import pytest
import yaml
from test_docs import KEFEN, blocks

from kefen import open as open_ledger

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"


def needs(program: str) -> str:
    """The program's path; without it there is nothing to ask."""
    found = shutil.which(program) or shutil.which(program, path="/usr/sbin:/usr/local/bin")
    return found or pytest.skip(f"{program} is not installed on this machine")


def run(*command, **options):
    done = subprocess.run(command, capture_output=True, text=True, check=False, **options)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def kefen(tmp_path_factory):
    """The command at a path without blanks, as recipes have it; a checkout's may have some."""
    link = tmp_path_factory.mktemp("bin") / "kefen"
    link.symlink_to(KEFEN)
    return str(link)


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """A small company's data directory; no site yet."""
    place = tmp_path_factory.mktemp("company") / "data"
    orders = {"order_id": ["1"], "customer_id": ["C1"], "ordered_on": ["2025-03-01"]}
    with open_ledger(place) as ledger:
        ledger.load(pl.DataFrame(orders | {"amount": ["9"]}), "orders")
    return place


def test_the_docs_show_every_recipe_as_it_is():
    shown = {rest: body for _lang, rest, body in blocks(ROOT / "docs" / "operating.md")}
    for file in sorted(DEPLOY.iterdir()):
        assert shown[f"deploy/{file.name}"] == file.read_text(), file.name


def test_systemd_takes_the_unit(kefen, tmp_path):
    unit = (DEPLOY / "kefen.service").read_text().replace("/opt/kefen/bin/kefen", kefen)
    (tmp_path / "kefen.service").write_text(unit)
    assert run(needs("systemd-analyze"), "verify", tmp_path / "kefen.service") == ""


def test_the_dockerfile_has_no_faults():
    assert run(needs("hadolint"), DEPLOY / "Dockerfile") == ""


def test_compose_names_what_is_there():
    told = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
    build = told["services"]["kefen"]["build"]
    assert (DEPLOY / build["context"] / build["dockerfile"]).samefile(DEPLOY / "Dockerfile")
    for service in told["services"].values():
        for place in service["volumes"]:
            name = place.split(":")[0]
            assert name in told["volumes"] or (DEPLOY / name).exists()


def test_caddy_takes_its_file():
    caddy = needs("caddy")
    run(caddy, "validate", "--config", DEPLOY / "Caddyfile", "--adapter", "caddyfile")


def test_cron_runs_what_is_written(kefen, data, tmp_path, monkeypatch):
    monkeypatch.delenv("DATABASE_URL", raising=False)
    lines = (DEPLOY / "crontab").read_text().splitlines()
    backups = tmp_path / "backups"
    backups.mkdir()
    for line in lines:
        if line[0].isdigit():
            command = line.split(maxsplit=5)[5].replace("/opt/kefen/bin/kefen", kefen)
            command = command.replace("/mnt/backups/", f"{backups}/")
            run("sh", "-c", command, env={"KEFEN_DATA": str(data), "PATH": "/usr/bin:/bin"})
    assert len(list(backups.glob("kefen-*.zip"))) == 1


def test_an_upgrade_takes_a_backup_first_and_asks_the_doctor_last(
    kefen, data, tmp_path, monkeypatch
):
    """The script as it is, with programs that only write down that they were called."""
    monkeypatch.delenv("DATABASE_URL", raising=False)
    stubs, log = tmp_path / "stubs", tmp_path / "log"
    stubs.mkdir()
    for name in ("systemctl", "pip", "curl", "kefen"):
        tail = f'exec {kefen} "$@"' if name == "kefen" else ""
        (stubs / name).write_text(f'#!/bin/sh\necho {name} "$@" >> {log}\n{tail}\n')
    (stubs / "runuser").write_text('#!/bin/sh\nshift 3\nexec "$@"\n')
    for stub in stubs.iterdir():
        stub.chmod(0o755)
    script = (DEPLOY / "upgrade.sh").read_text().replace("/opt/kefen/bin/", f"{stubs}/")
    place = {"KEFEN_DATA": str(data), "PATH": f"{stubs}:/usr/bin:/bin"}
    run("sh", "-c", script, "upgrade.sh", "kefen-9.whl", env=place)
    done = [line.split(" --")[0] for line in log.read_text().splitlines()]
    assert done == [
        "kefen backup",
        "systemctl stop kefen",
        "pip install",
        "systemctl start kefen",
        "curl",
        "kefen doctor",
    ]
    assert len(list((data / "backups").glob("kefen-*.zip"))) == 1
