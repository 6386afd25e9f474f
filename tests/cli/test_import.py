"""Facts through the shell: import, check, undo, history, template."""

from __future__ import annotations

import json
import os
import re
from contextlib import ExitStack
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import polars as pl

from kefen.ledger import lock

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_import_lands_and_is_told(shell: Any, orders: Path) -> None:
    result = shell("import", orders, "--json")
    assert result.exit_code == 0
    [batch] = json.loads(result.stdout)
    told = {name: batch[name] for name in ("kind", "rows", "added", "rejected")}
    assert told == {"kind": "orders", "rows": 5, "added": 5, "rejected": 0}
    assert batch["created_customers"] == 4


def test_the_same_file_again_changes_nothing(company: Any, orders: Path) -> None:
    result = company("import", orders)
    assert result.exit_code == 0
    assert "imported before" in result.stdout
    assert len(json.loads(company("history", "--json").stdout)) == 1


def test_rejected_rows_exit_3_and_can_be_mended(shell: Any, tmp_path: Path) -> None:
    file, out = tmp_path / "orders.csv", tmp_path / "out.csv"
    file.write_text("客户名称,下单日期,金额\n明达,2025-03-01,400\n大华,soon,200\n", "utf-8")
    result = shell("import", file, "--rejections", out)
    assert result.exit_code == 3
    assert "Line 3" in result.stdout
    assert "soon" in out.read_text("utf-8-sig")
    out.write_text(out.read_text("utf-8-sig").replace("soon", "2025-06-01", 1), "utf-8")
    assert shell("import", out).exit_code == 0
    rows = [batch["rows"] for batch in json.loads(shell("history", "--json").stdout)]
    assert rows == [1, 1]


def test_the_history_counts_the_rows_that_landed(shell: Any, tmp_path: Path) -> None:
    """Of four lines one repeats another, and one is rejected: two rows landed."""
    file = tmp_path / "orders.csv"
    rows = "1,明达,2025-03-01,400\n1,明达,2025-03-01,400\n2,大华,2025-04-01,200\n3,大华,soon,1\n"
    file.write_text(f"订单号,客户名称,下单日期,金额\n{rows}", "utf-8")
    shell("import", file)
    table = shell("history").stdout
    assert "Rows landed" in table
    [line] = [line for line in table.splitlines() if "orders.csv" in line]
    counts = [cell for cell in re.split(r"[\s│|]+", line.partition("orders.csv")[2]) if cell]
    assert counts[:3] == ["2", "1", "1"]
    [batch] = json.loads(shell("history", "--json").stdout)
    assert "2 rows" in shell("undo", batch["id"]).stdout


def test_what_was_assumed_is_told(shell: Any, tmp_path: Path) -> None:
    file = tmp_path / "orders.csv"
    file.write_text("客户名称,下单日期,金额\n明达,03/04/2025,400\n合计,,400\n", "utf-8")
    assert "is a total of other rows" in shell("check", file).stdout
    assert "合计行" in shell("import", file, "--lang", "zh").stdout
    [batch] = json.loads(shell("history", "--json").stdout)
    texts = {notice["code"]: notice["text"] for notice in batch["notices"]}
    assert "day or the month" in texts["date-order-assumed-mdy"]


def test_rejected_rows_are_told_with_their_money(shell: Any, tmp_path: Path) -> None:
    file = tmp_path / "orders.csv"
    rows = "明达,2025-03-01,700\n大华,soon,200\n小宝,never,100\n新元,2025-06-01,much\n"
    file.write_text(f"客户名称,下单日期,金额\n{rows}", "utf-8")
    told = shell("import", file).stdout
    assert "(2 with a readable amount) carry 300.00, 30.0% of the money" in told
    assert "cannot be read in 1 of them" in told


def test_many_notices_of_a_kind_are_counted(shell: Any, tmp_path: Path) -> None:
    file = tmp_path / "orders.csv"
    rows = "".join(f"明达,2025-03-0{day},{day}\n小计,,{day}\n" for day in range(1, 9))
    file.write_text(f"客户名称,下单日期,金额\n{rows}", "utf-8")
    result = shell("import", file)
    assert result.stdout.count("is a total of other rows") == 5
    assert "… and 3 more of this kind." in result.stdout


def test_dry_run_writes_nothing(shell: Any, orders: Path, data: Path) -> None:
    result = shell("import", orders, "--dry-run")
    assert result.exit_code == 0
    assert "Nothing was written." in result.stdout
    assert not data.exists()
    data.mkdir()
    assert json.loads(shell("history", "--json").stdout) == []


def test_an_import_waits_for_another_writer_and_says_so(
    shell: Any, orders: Path, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    holding = ExitStack()
    holding.enter_context(lock.writing(data / "ledger" / "lock", by="王芳"))
    # The other writer ends at the first look.
    monkeypatch.setattr(lock, "sleep", lambda _seconds: holding.close())
    result = shell("import", orders)
    assert result.exit_code == 0
    assert "waiting until the ledger is free: 王芳 (process" in result.stderr
    assert json.loads(shell("history", "--json").stdout)[0]["added"] == 5


def test_check_shows_how_headings_are_understood(shell: Any, orders: Path) -> None:
    result = shell("check", orders)
    assert result.exit_code == 0
    assert "下单日期" in result.stdout
    assert "ordered_on" in result.stdout


def test_a_heading_can_be_mapped_by_hand(shell: Any, tmp_path: Path) -> None:
    file = tmp_path / "odd.csv"
    file.write_text("who,日子,how many\n明达,2025-03-01,400\n", "utf-8")
    maps = ("--map", "who=customer_name", "--map", "日子=ordered_on", "--map", "how many=amount")
    result = shell("import", file, "--kind", "orders", *maps, "--json")
    assert result.exit_code == 0
    assert json.loads(result.stdout)[0]["added"] == 1


def test_the_way_a_file_is_read_can_be_named(shell: Any, tmp_path: Path) -> None:
    file = tmp_path / "orders.txt"
    file.write_text("Bericht\n\n客户名称~日期~金额\n明达~03/04/2025~400\n", "gb18030")
    named = ("--encoding", "gb18030", "--delimiter", "~", "--header-row", 3)
    result = shell("import", file, *named, "--date-order", "dmy", "--json")
    assert result.exit_code == 0, result.output
    [batch] = json.loads(result.stdout)
    assert (batch["added"], batch["notices"]) == (1, [])
    assert "2025-04-04" in shell("grade", "abc").stdout


def test_equal_lines_can_all_count(shell: Any, tmp_path: Path) -> None:
    file = tmp_path / "lines.csv"
    line = "S1,明达,2025-03-01,茶,10\n"
    file.write_text(f"订单号,客户名称,下单日期,品名,金额\n{line * 3}", "utf-8")
    [once] = json.loads(shell("check", file, "--kind", "order_lines", "--json").stdout)
    told = shell("check", file, "--kind", "order_lines", "--repeated-lines", "all", "--json")
    assert (once["added"], json.loads(told.stdout)[0]["added"]) == (1, 3)


def test_numbers_known_of_others_are_asked_about(company: Any, tmp_path: Path) -> None:
    file = tmp_path / "january.csv"
    rows = "".join(f"{n},K{n + 50},客{n},2026-01-0{n},{n}\n" for n in range(1, 6))
    file.write_text(f"订单号,客户编号,客户名称,下单日期,金额\n{rows}", "utf-8")
    refused = company("import", file)
    assert refused.exit_code == 1
    assert "(new)" in refused.stderr
    assert company("import", file, "--prefix", "b-").exit_code == 0
    assert json.loads(company("history", "--json").stdout)[0]["added"] == 5


def test_what_counts_as_a_sale_can_be_said(shell: Any, tmp_path: Path) -> None:
    file = tmp_path / "orders.csv"
    head = "订单号,客户名称,下单日期,金额,订单状态"
    file.write_text(f"{head}\n1,明达,2025-03-01,700,已完成\n2,大华,2025-03-02,30,加急\n", "utf-8")
    assert "Status “加急” is not known: 1 row, 30.00. It counts" in shell("check", file).stdout
    told = shell("check", file, "--status", "加急=no").stdout
    assert "Status “加急”: 1 row, 30.00. It lands but does not count" in told
    assert "STATUS=yes" in shell("check", file, "--status", "加急").stderr


def test_an_unknown_way_of_reading_is_refused(shell: Any, orders: Path) -> None:
    assert shell("import", orders, "--date-order", "dym").exit_code == 2
    result = shell("import", orders, "--encoding", "klingon")
    assert result.exit_code == 1
    assert "klingon" in result.stderr


def test_a_map_without_a_column_is_refused(shell: Any, orders: Path) -> None:
    result = shell("import", orders, "--map", "金额")
    assert result.exit_code == 1
    assert "HEADING=COLUMN" in result.stderr


def test_undo_takes_a_batch_back(company: Any) -> None:
    [batch] = json.loads(company("history", "--json").stdout)
    result = company("undo", batch["id"])
    assert result.exit_code == 0
    assert "5 rows" in result.stdout
    assert json.loads(company("history", "--json").stdout)[0]["status"] == "undone"


def test_undo_of_an_unknown_batch_is_refused_in_one_sentence(company: Any) -> None:
    result = company("undo", "nothing")
    assert result.exit_code == 1
    assert "nothing" in result.stderr
    assert "Traceback" not in result.stderr


def test_template_has_the_columns_of_the_kind(shell: Any, tmp_path: Path) -> None:
    file = tmp_path / "orders.xlsx"
    assert shell("template", "orders", file, "--lang", "zh").exit_code == 0
    headings = " ".join(pl.read_excel(file, has_header=False).row(0)[:5])
    assert "客户编号" in headings


def test_a_mapping_is_remembered_and_forgotten(shell: Any, tmp_path: Path) -> None:
    january, february = tmp_path / "jan.csv", tmp_path / "feb.csv"
    january.write_text("Wer,Wann,Wieviel\nAcme,2025-01-03,10\n", encoding="utf-8")
    february.write_text("Wer,Wann,Wieviel\nAcme,2025-02-03,20\n", encoding="utf-8")
    maps = ["--map", "Wer=customer_name", "--map", "Wann=ordered_on", "--map", "Wieviel=amount"]
    shell("import", january, *maps)
    assert "jan.csv" in shell("import", february, "--lang", "en").stdout
    [known] = json.loads(shell("mappings", "--json").stdout)
    assert known["mapping"]["Wieviel"] == "amount"
    assert "Wieviel=amount" in shell("mappings", "--lang", "en").stdout.replace("\n", "")
    shell("mappings", "--forget", known["id"])
    assert json.loads(shell("mappings", "--json").stdout) == []


def test_moments_are_told_in_the_zone_of_the_company(company: Any) -> None:
    """Kiritimati is 14 hours ahead of UTC, so its hour is another one everywhere else."""
    assert company("settings", "--timezone", "Pacific/Kiritimati").exit_code == 0
    [batch] = json.loads(company("history", "--json").stdout)
    there = datetime.fromisoformat(batch["at"]).astimezone(ZoneInfo("Pacific/Kiritimati"))
    assert f"{there:%Y-%m-%d %H:%M}" in company("history").stdout


def test_an_error_in_one_of_several_files_is_named(
    shell: Any, orders: Path, tmp_path: Path
) -> None:
    bad = tmp_path / "bad.csv"
    bad.write_text("啊,哦\n1,2\n", encoding="utf-8")
    told = shell("import", str(orders), str(bad), str(orders), "--lang", "en")
    assert told.exit_code == 1
    assert "bad.csv was not imported" in told.output
    assert f"Landed before it: {orders.name}. Not looked at: {orders.name}." in told.output


def test_a_pipe_and_a_closed_folder_are_refused(
    shell: Any, orders: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    assert "no file that can be read whole" in shell("import", str(pipe), "--lang", "en").output
    assert "not a regular file" in shell("schemes", "check", str(pipe), "--lang", "en").output

    def closed(*_: Any) -> bool:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("kefen.ledger.store.Path.exists", closed)
    told = shell("import", str(orders), "--lang", "en")
    assert (told.exit_code, "cannot be looked into: Permission denied" in told.output) == (1, True)
