"""One customer is erased everywhere; what others have stays exact, the books keep their sums."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from datetime import date
from typing import TYPE_CHECKING

import polars as pl
import pytest

import kefen
from kefen import privacy
from kefen.errors import LedgerError
from kefen.ledger.erased import ErasureRegister
from kefen.ledger.soundness import readable_version
from kefen.privacy import PrivacyError, rewriting
from kefen.privacy.person import Person
from kefen.privacy.retained import unclassified
from kefen.schemes.overrides import Override

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

AS_OF = "2026-01-01"
CODE, NAME, PHONE, EMAIL = "KH-882303", "林晓燕", "13800138003", "lin.xiaoyan@example.com"
TRACES = (CODE, NAME, PHONE, EMAIL, "世纪大道 88 号", "wx_lin88")
CUSTOMERS = pl.DataFrame(
    {
        "customer_id": [CODE, "KH-882304", "KH-882305"],
        "name": [NAME, "大华机电", "小宝商行"],
        "phone": [PHONE, "021-5555 0101", ""],
        "email": [EMAIL, "", ""],
        "address": ["浦东新区世纪大道 88 号", "", ""],
        "region": ["华东", "华东", "华南"],
        "微信": ["wx_lin88", "", ""],
    }
)
ORDERS = pl.DataFrame(
    {
        "order_id": ["O1", f"{CODE}-7", "O3", "O4"],
        "customer_id": [CODE, CODE, "KH-882304", "KH-882305"],
        "ordered_on": ["2025-03-01"] * 4,
        "amount": ["500", "200", "250", "50"],
        "note": ["送到前台", None, f"随 {NAME}（138 0013 8003）的货一起送", None],
    }
)
"""Of 1,000: the erased 70 % (A), KH-882304 to 95 % (B), KH-882305 (C)."""
TALKS = pl.DataFrame(
    {
        "interaction_id": ["H1", "H2"],
        "customer_id": [CODE, "KH-882304"],
        "happened_on": ["2025-03-01", "2025-04-01"],
        "type": ["电话", "电话"],
        "note": ["她说想退掉第二台", f"由 {CODE} 介绍而来"],
    }
)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory with the customer in all of its corners; copy it."""
    data = tmp_path_factory.mktemp("whole")
    with kefen.open(data) as ledger:
        ledger.load(CUSTOMERS, "customers")
        ledger.load(CUSTOMERS.with_columns(phone=pl.lit("13900139000")).head(1), "customers")
        ledger.load(CUSTOMERS, "customers")
        bad = ORDERS.with_columns(pl.lit("nonsense").alias("ordered_on")).head(2)
        ledger.load(pl.concat([ORDERS, bad]), "orders", note=f"from {NAME}")
        ledger.load(TALKS, "interactions")
        because = f"{NAME} pays in advance"
        held = Override(CODE, "C", because, "ann", date(2025, 12, 1))
        kefen.grade(ledger, "abc", AS_OF, overrides=[held])
    folder = data / "uploads" / "2025" / "12" / "u"
    folder.mkdir(parents=True)
    CUSTOMERS.write_excel(folder / "客户.xlsx")
    (folder / "gb.csv").write_bytes(f"a,b\n1,{NAME}\n".encode("gb18030"))
    (folder / "other.csv").write_text("a,b\n1,KH-8823034\n", "utf-8")
    (data / "logs").mkdir()
    (data / "logs" / "site.log").write_text(f"GET /customers/of/{CODE}/ 200\nGET / 200\n", "utf-8")
    return data


@pytest.fixture
def ledger(whole: Path, tmp_path: Path) -> Iterator[kefen.Ledger]:
    shutil.copytree(whole, tmp_path / "data")
    with kefen.open(tmp_path / "data") as opened:
        yield opened


def erase(ledger: kefen.Ledger, customer: str = CODE) -> str:
    privacy.begin(ledger, customer, "she asked by letter", "shell")
    [done] = privacy.carry_out(ledger)
    assert done.state == "done"
    return done.key


def left(data: Path) -> set[str]:
    """The files that hold a trace, by a search of its own: bytes, archives, all columns."""
    found = set()
    for path in filter(lambda one: one.is_file(), data.rglob("*")):
        if path.suffix == ".parquet":
            text = pl.read_parquet(path).cast(pl.String, strict=False).write_csv()
        elif zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                text = "".join(
                    archive.read(n).decode("utf-8", "replace") for n in archive.namelist()
                )
        else:
            raw = path.read_bytes()
            text = raw.decode("utf-8", "replace") + raw.decode("gb18030", "replace")
        text = text.replace("KH-8823034", "").replace(" ", "")
        if any(trace.replace(" ", "") in text for trace in TRACES):
            found.add(path.relative_to(data).as_posix())
    return found


def test_nothing_of_the_customer_is_found_any_more(ledger: kefen.Ledger) -> None:
    assert len(left(ledger.path)) >= 10
    erase(ledger)
    assert left(ledger.path) == set()
    assert (ledger.path / "uploads/2025/12/u/other.csv").exists()
    assert (ledger.path / "logs/site.log").read_text("utf-8").endswith("GET / 200\n")
    assert not (ledger.path / "erasing.json").exists()


def test_others_keep_their_classes_and_the_books_their_sums(ledger: kefen.Ledger) -> None:
    [run] = kefen.runs(ledger)
    key = erase(ledger)
    again = kefen.grade(ledger, "abc", AS_OF)
    for one in (run, again):
        classes = dict(one.classes.to_polars().select("customer_id", "class").rows())
        assert (classes["KH-882304"], classes["KH-882305"]) == ("B", "C")
        assert set(classes) == {key, "KH-882304", "KH-882305"}
    orders = ledger.table("orders").to_polars()
    assert orders["amount"].sum() == 1000
    mine = orders.filter(pl.col("customer_id") == key)
    assert (mine["amount"].sum(), mine["note"].null_count()) == (700, 2)
    assert "O1" in set(mine["order_id"])
    others = orders.filter(pl.col("order_id") == "O3")["note"].item()
    assert others == "随 [erased]（[erased]）的货一起送"
    kept = ErasureRegister(ledger.path).all()[0].told["kept"]
    assert kept == {"orders": {"rows": 2, "amount": "700.00"}}


def test_the_ledger_is_sound_while_its_files_are_rewritten(
    ledger: kefen.Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, looked = rewriting.delta_sizes, []

    def look(folder: Path) -> None:
        looked.append((readable_version(ledger.path), ledger.table("orders").count().to_pyarrow()))
        real(folder)

    monkeypatch.setattr(rewriting, "delta_sizes", look)
    erase(ledger)
    assert {(version, rows.as_py()) for version, rows in looked} == {(ledger.version, 4)}


def test_past_versions_stay_readable_and_imports_can_be_taken_back(ledger: kefen.Ledger) -> None:
    key = erase(ledger)
    assert ledger.at(1).table("customers").to_polars()["customer_id"].sort()[-1] == key
    assert ledger.at(4).count("orders") == 4
    ledger.undo(ledger.history()[3].id)
    assert ledger.count("orders") == 0


def test_an_erasure_that_was_killed_goes_on(ledger: kefen.Ledger) -> None:
    privacy.begin(ledger, CODE, "she asked", "shell")
    code = (
        "import os, sys, pathlib, kefen\n"
        "from kefen import privacy\n"
        "count, whole = 0, pathlib.Path.replace\n"
        "def killed(self, target):\n"
        "    global count\n"
        "    count += 1\n"
        "    if count > int(sys.argv[2]): os.kill(os.getpid(), 9)\n"
        "    return whole(self, target)\n"
        "pathlib.Path.replace = killed\n"
        "privacy.carry_out(kefen.open(sys.argv[1]))\n"
    )
    for steps in ("0", "4", "9"):
        done = subprocess.run([sys.executable, "-c", code, ledger.path, steps], check=False)
        assert done.returncode == -9
        assert privacy.pending(ledger.path)
    [erased] = privacy.carry_out(ledger)
    assert erased.state == "done"
    assert left(ledger.path) == set()
    assert list(ledger.path.rglob(".*.erasing")) == []


def test_a_later_import_does_not_bring_the_customer_back(ledger: kefen.Ledger) -> None:
    erase(ledger)
    batch = ledger.load(pl.concat([CUSTOMERS, CUSTOMERS.with_columns(customer_id=pl.lit(None))]))
    assert [n.data for n in batch.notices if n.code == "erased-left-out"] == [
        {"rows": 2, "customers": 1}
    ]
    bad = ORDERS.drop("note").with_columns(pl.lit("nonsense").alias("ordered_on"))
    rejected = ledger.load(bad, "orders")
    assert [entry.row["customer_id"] for entry in ledger.rejections(rejected.id)] == [
        "KH-882304",
        "KH-882305",
    ]
    assert left(ledger.path) == set()
    ledger.load(CUSTOMERS, "customers", erased="land")
    assert CODE in set(ledger.table("customers").to_polars()["customer_id"])
    assert privacy.carry_out(ledger) == []
    assert [one.state for one in ErasureRegister(ledger.path).all()] == ["returned"]


def test_a_restored_backup_is_erased_again(
    whole: Path, ledger: kefen.Ledger, tmp_path: Path
) -> None:
    key = erase(ledger)
    shutil.copytree(whole, tmp_path / "old")
    with kefen.open(tmp_path / "old") as old:
        assert privacy.reapply(old.path, [ledger.path / "backups" / "erasures.json"]) == 1
        assert [one.key for one in privacy.carry_out(old)] == [key]
        assert left(old.path) == set()


def test_a_namesake_stays(ledger: kefen.Ledger) -> None:
    other = pl.DataFrame({"customer_id": ["KH-9"], "name": [NAME], "note": [f"{NAME} 本人"]})
    ledger.load(other, "customers")
    before = privacy.preview(ledger, CODE)
    assert before.shared == 1
    erase(ledger)
    rows = ledger.table("customers").to_polars().filter(pl.col("customer_id") == "KH-9")
    assert rows.select("name", "note").row(0) == (NAME, f"{NAME} 本人")


def test_the_register_holds_no_personal_data(ledger: kefen.Ledger) -> None:
    privacy.begin(ledger, NAME, f"{NAME} asked", "user 1")
    privacy.carry_out(ledger)
    text = (ledger.path / "erasures.json").read_text("utf-8")
    assert not any(trace in text for trace in TRACES)
    assert '"[erased] asked"' in text
    with pytest.raises(LedgerError, match="no-such-customer"):
        privacy.begin(ledger, CODE, "again", "user 1")


def test_every_column_of_words_is_said_to_stay_or_to_go() -> None:
    assert unclassified() == []


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("q=%E6%9E%97%E6%99%93%E7%87%95&sort=name", "q=[erased]&sort=name"),
        ("?q=%e6%9e%97%e6%99%93%e7%87%95a", "?q=[erased]a"),
        ('{"q": "\\u6797\\u6653\\u71d5"}', '{"q": "[erased]"}'),
        ("to=lin.xiaoyan%40example.com", "to=[erased]"),
        ("q=%E6%9E%97", "q=%E6%9E%97"),
        ("next=%3Fq%3D%25E6%259E%2597%25E6%2599%2593%25E7%2587%2595", "next=%3Fq%3D[erased]"),
        (f"q%3D{CODE}%26page=2", "q%3D[erased]%26page=2"),
        (f"q=x%20{PHONE}", "q=x%20[erased]"),
        (f"\\u7535{PHONE}", "\\u7535[erased]"),
        (f"+86{PHONE}, %2B86{PHONE}, 0086{PHONE}", "+86[erased], %2B86[erased], 0086[erased]"),
        (f"9{PHONE}, 70086{PHONE}, x{CODE}", f"9{PHONE}, 70086{PHONE}, x{CODE}"),
    ],
)
def test_a_name_is_found_as_addresses_and_json_write_it(text: str, left: str) -> None:
    person = Person(CODE, "key", "00", values=(NAME, PHONE, EMAIL))
    assert person.masked(text) == left
    assert person.found_in(text) is (text != left)


def test_names_and_codes_within_those_of_others_leave_others_as_they_are(
    ledger: kefen.Ledger,
) -> None:
    others = pl.DataFrame(
        {"customer_id": [f"A-{CODE}"], "name": [f"{NAME}的店"], "note": [f"见 A-{CODE}"]}
    )
    ledger.load(others, "customers")
    erase(ledger)
    rows = ledger.table("customers").to_polars().filter(pl.col("name").is_not_null())
    told = rows.filter(pl.col("customer_id") == f"A-{CODE}").select("name", "note").row(0)
    assert told == (f"{NAME}的店", f"见 A-{CODE}")
    assert CODE not in set(rows["customer_id"])


def test_somebody_who_is_no_customer_is_disclosed_and_erased(
    ledger: kefen.Ledger, tmp_path: Path
) -> None:
    buyer, mobile = "赵敏华", "13911112222"
    people = pl.DataFrame(
        {
            "contact_id": ["P1", "P2"],
            "customer_id": ["KH-882304", "KH-882304"],
            "name": [buyer, "钱多多"],
            "phone": ["139 1111 2222", "13700000000"],
        }
    )
    ledger.load(people, "contacts")
    talk = TALKS.head(1).with_columns(
        interaction_id=pl.lit("H9"),
        note=pl.lit(f"{buyer}说要降价"),
        customer_id=pl.lit("KH-882305"),
    )
    ledger.load(talk, "interactions", note=f"from {buyer}")
    words = [buyer, mobile]
    for wrong, code in ((["", " "], "person-unnamed"), (["赵"], "person-word-short"),
                        ([buyer, "小宝"], "person-word-kept")):  # fmt: skip
        with pytest.raises(PrivacyError, match=code):
            privacy.begin_individual(ledger, wrong, "asked", "shell")
    told = privacy.disclose_individual(ledger, words)
    held = {section.title["en"]: section.rows for section in told.sections}
    assert [row["phone"] for row in held["Contacts"]] == ["139 1111 2222"]
    assert [row["interaction_id"] for row in held["Interactions"]] == ["H9"]
    privacy.write_disclosure(told, tmp_path / "told.zip")
    places = {one.path.split("/")[2] for one in privacy.preview_individual(ledger, words).found}
    assert {"contacts", "interactions"} <= places
    counts = {kind: ledger.count(kind, whole=True) for kind in ("contacts", "interactions")}
    began = privacy.begin_individual(ledger, words, f"{buyer} wrote", "shell")
    assert buyer not in began.reason
    [done] = privacy.carry_out(ledger)
    assert done.state == "done"
    assert {kind: ledger.count(kind, whole=True) for kind in counts} == counts
    rows = ledger.table("contacts", whole=True).to_polars().sort("contact_id")
    assert rows["name"].to_list() == [None, "钱多多"]
    assert rows["phone"].to_list() == [None, "13700000000"]
    notes = ledger.table("interactions", whole=True).to_polars()["note"].to_list()
    assert "[erased]说要降价" in notes
    everything = b"".join(p.read_bytes() for p in ledger.path.rglob("*.json*") if p.is_file())
    assert buyer.encode() not in everything
    assert privacy.preview_individual(ledger, words).found == []


def test_a_short_code_without_a_name_is_erased_where_it_names_the_customer(tmp_path: Path) -> None:
    with kefen.open(tmp_path) as ledger:
        file = tmp_path / "orders.csv"
        rows = "1,7,2025-03-01,700,7\n2,8,2025-03-01,300,7\n"
        file.write_text("order_id,customer_id,ordered_on,amount,channel\n" + rows, "utf-8")
        ledger.load(file, "orders")
        kept = tmp_path / "uploads" / "u" / "orders.csv"
        kept.parent.mkdir(parents=True)
        file.rename(kept)
        kefen.grade(ledger, "abc", AS_OF)
        assert privacy.preview(ledger, "7").code_short
        key = erase(ledger, "7")
        orders = ledger.table("orders").to_polars().sort("order_id")
        assert orders["customer_id"].to_list() == [key, "8"]
        assert orders["channel"].to_list() == ["7", "7"]
        assert not kept.exists()
