"""Text as programs write it: damaged bytes, old encodings, stray quotation marks, long lines."""

from __future__ import annotations

import io
import random

import pytest
from messy_files import TODAY, csv_file, days, money, notices, read

from kefen.errors import ReadingError
from kefen.ledger.reading import open_reader
from kefen.wording import describe, sentence

ZH = ["上海明达贸易有限公司", "北京华联实业", "广州永昌国际", "深圳安泰电子"]
TW = ["臺灣明達貿易", "高雄華聯實業", "台北永昌國際", "新竹安泰電子"]
JP = ["株式会社ヤマダ電機", "東京商事", "大阪貿易株式会社"]
KR = ["삼성전자", "현대상사", "서울무역"]
RU = ["ООО Ромашка", "ЗАО Берёза", "Торговый дом Восход"]
PL = ["Żółw Sp. z o.o.", "Łódź Handel", "Świt Kraków"]
TR = ["Şişli Ticaret", "Özgür Gıda", "İstanbul Çiçek", "Yağmur"]
GR = ["Αθήνα Εμπορική", "Παπαδόπουλος ΑΕ"]
FR = ["Café Vienne", "Société Générale", "Hôtel de l’Étoile"]


def orders_of(names: list[str], heading: str = "customer name,order date,amount") -> str:
    rows = [f"{name},2025-01-{day:02d},{day}.50" for day, name in enumerate(names, start=1)]
    return "\n".join([heading, *rows, ""])


def codes(rejections) -> list[tuple[int, str]]:
    for rejection in rejections:
        for lang in ("en", "zh"):
            assert "{" not in sentence(rejection.code, rejection.data, lang)
    return [(rejection.line, rejection.code) for rejection in rejections]


@pytest.mark.parametrize(
    ("encoding", "names"),
    [
        ("gb18030", ZH),
        ("gb18030", ["王芳"]),
        ("gb18030", ["华润"]),
        ("gb18030", TW),
        ("big5", TW),
        ("big5", ["王小明"]),
        ("cp932", JP),
        ("cp949", KR),
        ("cp1251", RU),
        ("koi8_r", RU),
        ("cp1250", PL),
        ("cp1254", TR),
        ("cp1253", GR),
        ("cp1252", FR),
        ("cp1252", ["Muñoz S.A."]),
        ("latin-1", ["Café"]),
    ],
)
def test_names_are_right_and_the_encoding_is_told(tmp_path, encoding, names) -> None:
    path = csv_file(tmp_path, orders_of(names), encoding)
    rows, rejections = read(path, "orders")
    assert (rows["customer_name"].to_list(), rejections) == (names, [])
    assert notices(path, "orders") == ["encoding-assumed"]


@pytest.mark.parametrize(
    ("encoding", "heading"),
    [
        ("gb18030", "客户名称,下单日期,金额"),
        ("big5", "客戶名稱,訂單日期,金額"),
        ("utf-8", "customer name,order date,amount"),
        ("utf-16-le", "customer name,order date,amount"),
        ("utf-16-be", "客户名称,下单日期,金额"),
        ("utf-32-le", "客户名称,下单日期,金额"),
    ],
)
def test_an_encoding_that_is_certain_is_not_told(tmp_path, encoding, heading) -> None:
    path = csv_file(tmp_path, orders_of(["王小明", "高明"], heading), encoding)
    rows, rejections = read(path, "orders")
    assert (rows["customer_name"].to_list(), rejections) == (["王小明", "高明"], [])
    assert notices(path, "orders") == []


@pytest.mark.parametrize(("encoding", "names"), [("gb18030", ZH), ("utf-8", ZH), ("big5", TW)])
def test_a_damaged_byte_costs_its_row_alone(tmp_path, encoding, names) -> None:
    content = orders_of(names * 5).encode(encoding)
    heading = content.index(b"\n")
    lines = len(names) * 5
    chance = random.Random(7)
    for _ in range(20):
        place = chance.randrange(heading, len(content))
        damaged = bytearray(content)
        if damaged[place] < 128:
            continue
        damaged[place] = 0xFF
        rows, rejections = read(io.BytesIO(bytes(damaged)), "orders")
        line = content.count(b"\n", 0, place) + 1
        assert codes(rejections) == [(line, "undecodable")]
        assert rows.height == lines - 1
        assert set(rows["customer_name"]) <= set(names)


def test_a_damaged_byte_in_a_file_with_a_mark(tmp_path) -> None:
    path = tmp_path / "marked.csv"
    good = orders_of(["明达", "华联"]).encode("utf-8-sig")
    path.write_bytes(good.replace("华联".encode(), "华".encode() + b"\xe8\x81"))
    rows, [rejection] = read(path, "orders")
    assert rows["customer_name"].to_list() == ["明达"]
    assert codes([rejection]) == [(3, "undecodable")]
    assert rejection.value == "华\ufffd"


def test_a_damaged_byte_in_the_headings_loses_no_row(tmp_path) -> None:
    path = tmp_path / "headings.csv"
    path.write_bytes(orders_of(ZH, "客户名称,下单日期,金额,备注\xff".replace("\xff", "")).encode())
    content = path.read_bytes().replace("备注".encode(), "备".encode() + b"\xff")
    rows, rejections = read(io.BytesIO(content.replace(b".50\n", b".50,x\n")), "orders")
    assert (rows.height, rejections) == (4, [])


def test_a_mark_of_utf8_before_other_text(tmp_path) -> None:
    path = tmp_path / "marked.csv"
    path.write_bytes(b"\xef\xbb\xbf" + orders_of(ZH).encode("gb18030"))
    assert read(path, "orders")[0]["customer_name"].to_list()[1:] == ZH[1:]


def test_two_encodings_in_one_file_are_refused(tmp_path) -> None:
    path = tmp_path / "mixed.csv"
    part = orders_of(ZH * 4)
    path.write_bytes(part.encode("gb18030") + part.split("\n", 1)[1].encode("utf-8"))
    with pytest.raises(ReadingError) as caught:
        open_reader(path)
    assert caught.value.code == "mixed-encodings"
    assert (caught.value.data["line"], caught.value.data["other"]) == (18, 2)


def test_utf16_that_lost_a_byte_is_refused_at_its_line(tmp_path) -> None:
    path = tmp_path / "shifted.csv"
    content = orders_of(ZH * 4).encode("utf-16")
    path.write_bytes(content[:301] + content[302:])
    with pytest.raises(ReadingError) as caught:
        read(path, "orders")
    assert caught.value.code == "broken-encoding"
    assert abs(caught.value.data["line"] - orders_of(ZH * 4)[:150].count("\n")) <= 1


def test_zeros_within_a_text_cost_their_row(tmp_path) -> None:
    text = orders_of(["A" * 50, "B\0B", "C" * 50])
    rows, rejections = read(csv_file(tmp_path, text), "orders")
    assert (rows.height, codes(rejections)) == (2, [(3, "undecodable")])


HEAD = "customer,date,amount\n"


@pytest.mark.parametrize(
    ("text", "names", "faulty"),
    [
        ('"Foo Ltd,2025-01-01,1\nBar,2025-01-02,2\nBaz,2025-01-03,3\n', ["Bar", "Baz"], [2]),
        ('Foo,2025-01-01,1\n"Bar,2025-01-02,2\nBaz" Ltd,2025-01-03,3\n', ["Foo", 'Baz" Ltd'], [3]),
        ('"A,2025-01-01,1\nB,2025-01-02,2\nC",2025-01-03,3\nD,2025-01-04,4\n', ["B", "D"], [2, 4]),
        ('Foo,2025-01-01,1\nBar,2025-01-02,"2\n', ["Foo"], [3]),
        ('12" pipe,2025-01-01,1\nBar,2025-01-02,2\n', ['12" pipe', "Bar"], []),
        ('"Foo" Ltd,2025-01-01,1\n', ['"Foo" Ltd'], []),
        ('"A ""B"" C",2025-01-01,1\n', ['A "B" C'], []),
        (r'"Say \"Hi\" Ltd","2025-01-01",1' + "\n", ['Say "Hi" Ltd'], []),
        (r'"Smith, \"Jo\", Sons",2025-01-01,1' + "\n", ['Smith, "Jo", Sons'], []),
        ('"Smith, Jo" , "2025-01-01" , 1\n', ["Smith, Jo"], []),
        ('"Smith, "Jo", Sons",2025-01-01,1\nBar,2025-01-02,2\n', ["Bar"], [2]),
        ('"Foo\nBar, Ltd",2025-01-01,1\n', ["Foo Bar, Ltd"], []),
    ],
)  # fmt: skip
def test_a_faulty_quotation_mark_costs_its_row_alone(tmp_path, text, names, faulty) -> None:
    for end in ("\n", "\r\n"):
        rows, rejections = read(csv_file(tmp_path, (HEAD + text).replace("\n", end)), "orders")
        assert rows["customer_name"].to_list() == names
        assert codes(rejections) == [(line, "stray-quote") for line in faulty]


def test_stray_quotes_of_a_file_with_semicolons(tmp_path) -> None:
    text = (
        'customer;date;amount\n"Foo; Bar";2025-01-01;1,50\n"B;2025-01-02;2,50\nC;2025-01-03;3,5\n'
    )
    rows, rejections = read(csv_file(tmp_path, text), "orders")
    assert (rows["customer_name"].to_list(), codes(rejections)) == (
        ["Foo; Bar", "C"],
        [(3, "stray-quote")],
    )


def test_a_text_over_lines_that_looks_like_cells_is_no_row(tmp_path) -> None:
    note = "Street 5, Floor 2, Room 3\nWest, Shanghai, CN, x"
    text = f'customer,date,amount,note\nA,2025-01-03,1,"{note}"\n'
    rows, rejections = read(csv_file(tmp_path, text), "orders")
    assert rejections == []
    assert rows["note"].to_list() == [note]


def test_quotation_marks_over_the_border_of_blocks(tmp_path) -> None:
    line = '"A\nB, ""C""",2025-01-03,1\n'
    rows, rejections = read(csv_file(tmp_path, HEAD + line * 60_000), "orders")
    assert (rows.height, rejections) == (60_000, [])
    assert rows["customer_name"].unique().to_list() == ['A B, "C"']
    assert rows["_line"][-1] == 2 * 60_000


def test_a_stray_mark_on_every_line(tmp_path) -> None:
    lines = "".join(f'"C{n},2025-01-03,1\n' for n in range(30_000))
    rows, rejections = read(csv_file(tmp_path, HEAD + lines), "orders")
    assert (rows.height, len(rejections)) == (0, 30_000)


@pytest.mark.parametrize(
    ("columns", "rows", "amounts", "faulty"),
    [
        ("金额,备注", ["¥1,020.00", "¥980.00,"], ["980.00"], [2]),
        ("金额,备注", ["¥1,120.00,", "980.00,x"], ["980.00"], [2]),
        ("金额,备注", ["1,120", "12,300"], [], [2, 3]),
        ("金额,其他", ["1,120.00", "980.00,"], ["980.00"], [2]),
        ("金额,余额", ["50,120.00", "60,80.00"], ["50.00", "60.00"], []),
        ("金额,门店", ["50,101", "60,102"], ["50.00", "60.00"], []),
        ("金额,备注", ["50,101", "60,好"], ["50.00", "60.00"], []),
        ("数量,金额", ["3,120.00"], ["120.00"], []),
        ("金额,备注", ['"1,020.00",好'], ["1020.00"], []),
    ],
)
def test_thousands_that_nobody_quoted_never_land_as_less(
    tmp_path, columns, rows, amounts, faulty
) -> None:
    text = "".join(f"A,2025-01-03,{row}\n" for row in rows)
    path = csv_file(tmp_path, f"客户名称,日期,{columns}\n{text}")
    rows, rejections = read(path, "orders")
    assert money(rows) == amounts
    assert codes(rejections) == [(line, "split-amount") for line in faulty]


def test_an_amount_that_runs_over_into_the_date(tmp_path) -> None:
    text = "客户名称,金额,日期,备注\nA,1,020.00,2025-01-03\nB,7,2025-01-04,x\n"
    rows, rejections = read(csv_file(tmp_path, text), "orders")
    assert (money(rows), codes(rejections)) == (["7.00"], [(2, "split-amount")])


def test_tabs_that_pad_a_comma_file(tmp_path) -> None:
    text = "订单号\t,客户名称\t,日期\t,金额\t\n\t2025010322001\t,\t明达\t,2025-01-03\t,12.50\t\n"
    path = csv_file(tmp_path, text)
    assert open_reader(path).preview.delimiter == ","
    rows, rejections = read(path, "orders")
    assert (rows["order_id"].to_list(), money(rows), rejections) == (
        ["2025010322001"],
        ["12.50"],
        [],
    )


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\r\r\n", "\n\n"])
def test_line_ends(tmp_path, end) -> None:
    text = orders_of(["A", "B", "C"]).replace("\n", end)
    rows, rejections = read(csv_file(tmp_path, text), "orders")
    assert (days(rows), rejections) == (["2025-01-01", "2025-01-02", "2025-01-03"], [])


def test_a_line_without_end_is_refused(tmp_path) -> None:
    for content in (HEAD + "," * 3_000_000, HEAD + '"' + "x" * 3_000_000):
        with pytest.raises(ReadingError) as caught:
            read(csv_file(tmp_path, content), "orders")
        assert (caught.value.code, caught.value.data["line"]) == ("line-too-long", 2)
        assert "1048576" in describe(caught.value, "en")


def test_headings_too_many_are_refused(tmp_path) -> None:
    with pytest.raises(ReadingError) as caught:
        open_reader(
            csv_file(tmp_path, "customer,date,amount" + "," * 20_000 + "\nA,2025-01-03,1\n")
        )
    assert (caught.value.code, caught.value.data["line"]) == ("too-many-columns", 1)


def test_a_row_or_a_cell_out_of_bounds_costs_its_row_alone(tmp_path) -> None:
    long = "x" * 40_000
    text = (
        "customer,date,amount,note,other\n"
        f"A,2025-01-03,1,{long},\n"
        f'B,2025-01-03,2,"{long}",\n'
        f"C,2025-01-03,3,,{long}\n"
        f"D,2025-01-03,{'1' * 40_000},,\n"
        f"E,2025-01-03{' ' * 3_000}x,5,,\n"
        f"F,2025-01-03{' ' * 3_000},6,,\n"
        f"G,2025-01-03,7{',' * 20_000}\n"
    )
    rows, rejections = read(csv_file(tmp_path, text), "orders")
    assert rows["customer_name"].to_list() == ["C", "F"]
    assert [line for line, _ in codes(rejections)] == [2, 3, 5, 6, 8]
    found = {rejection.line: rejection for rejection in rejections}
    assert found[2].code == found[3].code == "row-cell-too-long"
    assert (found[2].heading, found[2].data["column"]) == ("note", 4)
    assert found[8].code == "too-wide"
    assert all(len(cell or "") <= 32_767 for r in rejections for cell in r.row.values())
    assert len(found[8].row) < 100


def test_reading_stops_at_the_heading_row_for_bounds(tmp_path) -> None:
    heading = "customer,date,amount," + "(" * 30_000
    preview = open_reader(csv_file(tmp_path, f"{heading}\nA,2025-01-03,1,\n"), today=TODAY).preview
    assert max(map(len, preview.headings)) <= 1_000
