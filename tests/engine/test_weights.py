"""Weights from judgements and from the data, on published examples."""

from itertools import combinations

import ibis
import numpy as np
import pyarrow as pa
import pytest
from classing import classes, customers, graded, scheme

from kefen import schemes
from kefen.explain import explain
from kefen.schemes.methods.weighted import ahp, objective
from kefen.wording import catalogue, sentence

HALVES = classes(80, 50, field="at_least")
NAMES = ["sales", "profit", "recency", "frequency", "orders", "tenure", "growth", "margin"]

# Saaty, "How to make a decision", EJOR 48 (1990): buying a house. Size, transportation,
# neighbourhood, age, yard, modern facilities, general condition, financing.
HOUSE = [
    [5, 3, 7, 6, 6, 1 / 3, 1 / 4],
    [1 / 3, 5, 3, 3, 1 / 5, 1 / 7],
    [6, 3, 4, 6, 1 / 5],
    [1 / 3, 1 / 4, 1 / 7, 1 / 8],
    [1 / 2, 1 / 5, 1 / 6],
    [1 / 5, 1 / 6],
    [1 / 2],
]
# Saaty, The Analytic Hierarchy Process (1980): choosing a school. Learning, friends, school
# life, vocational training, college preparation, music.
SCHOOL = [[4, 3, 1, 3, 4], [7, 3, 1 / 5, 1], [1 / 5, 1 / 5, 1 / 6], [1, 1 / 3], [3]]


def judged(upper):
    """The matrix whose upper half this is."""
    names = NAMES[: len(upper) + 1]
    pairs = combinations(names, 2)
    values = (value for line in upper for value in line)
    return ahp.matrix(names, dict(zip(pairs, values, strict=True)))


def judgements(upper):
    """The same as a document writes it: never less than once as important."""
    names = NAMES[: len(upper) + 1]
    listed = []
    for (one, other), value in zip(
        combinations(names, 2), (v for line in upper for v in line), strict=True
    ):
        more, than, times = (one, other, value) if value >= 1 else (other, one, round(1 / value))
        listed.append({"more": more, "than": than, "times": times})
    return listed


def item(indicator, **fields):
    better = {"better": "lower"} if indicator == "recency" else {}
    return {"indicator": indicator, "normalise": {"by": "minmax"}} | better | fields


def document(upper, **fields):
    items = [item(name) for name in NAMES[: len(upper) + 1]]
    return {
        "name": "tried",
        "title": {"zh": "试", "en": "Tried"},
        "method": "weighted",
        "indicators": items,
        "weights": {"by": "ahp", "judgements": judgements(upper)},
        "classes": HALVES,
    } | fields


def test_saaty_buys_a_house():
    found = ahp.judge(judged(HOUSE))
    told = [0.173, 0.054, 0.188, 0.018, 0.031, 0.036, 0.167, 0.333]
    assert found.weights == pytest.approx(told, abs=0.0005)
    # λ = 9.669: (9.669 - 8) / 7 = 0.238, over the random index 1.41.
    assert found.ratio == pytest.approx(0.238 / 1.41, abs=0.0005)


# Saaty (1980), the mean consistency index of random judgements of so many things.
INDEX = {3: 0.58, 4: 0.90, 5: 1.12, 6: 1.24, 7: 1.32, 8: 1.41, 9: 1.45, 10: 1.49, 11: 1.51,
         12: 1.48, 13: 1.56, 14: 1.57, 15: 1.59}  # fmt: skip


@pytest.mark.parametrize(("size", "index"), INDEX.items())
def test_the_ratio_of_judgements_on_any_number_of_things(size, index):
    """All alike but that the first is three times the last: λ as NumPy finds it."""
    matrix = np.ones((size, size))
    matrix[0, -1], matrix[-1, 0] = 3, 1 / 3
    eigenvalue = max(np.linalg.eigvals(matrix).real)
    found = ahp.judge(matrix.tolist())
    assert found.ratio == pytest.approx((eigenvalue - size) / (size - 1) / index)


def test_saaty_mends_the_house():
    """Neighbourhood over general condition, 6, hurts most; 1/2 brings λ to 8.811."""
    hurt = ahp.most_hurtful(judged(HOUSE))
    assert (NAMES[hurt.row], NAMES[hurt.column]) == ("recency", "growth")
    assert hurt.value in (1 / 2, 1 / 3)
    assert hurt.ratio <= (8.812 - 8) / 7 / 1.41
    mended = [list(line) for line in HOUSE]
    mended[2][3] = 1 / 2
    found = ahp.judge(judged(mended))
    told = [0.175, 0.062, 0.103, 0.019, 0.034, 0.041, 0.221, 0.345]
    assert found.weights == pytest.approx(told, abs=0.0005)
    assert found.ratio == pytest.approx((8.811 - 8) / 7 / 1.41, abs=0.0005)


@pytest.mark.parametrize("seed", range(4))
def test_the_most_hurtful_judgement_is_found_as_numpy_finds_it(seed):
    """Each place is left open (Harker): nothing there, one more on the diagonal of both."""
    chance = np.random.default_rng(seed)
    upper = [[float(chance.choice(ahp.SCALE)) for _ in range(size)] for size in (3, 2, 1)]
    given = np.array(judged(upper))
    ratios = {}
    for row, column in combinations(range(4), 2):
        opened = given.copy()
        opened[row, column] = opened[column, row] = 0
        opened[row, row] = opened[column, column] = 2
        values, vectors = np.linalg.eig(opened)
        weights = abs(vectors[:, values.real.argmax()].real)
        tried = given.copy()
        tried[row, column] = weights[row] / weights[column]
        tried[column, row] = 1 / tried[row, column]
        ratios[row, column] = (max(np.linalg.eigvals(tried).real) - 4) / 3 / 0.9
    hurt = ahp.most_hurtful(given.tolist())
    assert (hurt.row, hurt.column) == min(ratios, key=ratios.get)


def test_saaty_chooses_a_school():
    found = ahp.judge(judged(SCHOOL))
    assert found.weights == pytest.approx([0.32, 0.14, 0.03, 0.13, 0.24, 0.14], abs=0.006)
    assert found.ratio > ahp.LIMIT


def test_judgements_that_agree_give_their_own_weights():
    # Twice and four times: 4/7, 2/7, 1/7, without any contradiction.
    found = ahp.judge([[1, 2, 4], [1 / 2, 1, 2], [1 / 4, 1 / 2, 1]])
    assert found.weights == pytest.approx([4 / 7, 2 / 7, 1 / 7])
    assert found.ratio == pytest.approx(0, abs=1e-9)
    assert ahp.judge([[1, 9], [1 / 9, 1]]).weights == pytest.approx([0.9, 0.1])
    assert ahp.judge([[1.0]]).weights == [1.0]


def test_judgements_make_the_score(engine):
    """Sales three times recency: 75 and 25 %."""
    wanted = scheme(
        "weighted",
        indicators=[item("sales"), item("recency")],
        weights={"by": "ahp", "judgements": [{"more": "sales", "than": "recency", "times": 3}]},
        classes=HALVES,
    )
    table = customers(sales=[0, 200, 50], recency=[10, 110, 35])
    standard = schemes.fit(wanted, table, engine)
    assert [m.weight for m in standard.measures] == pytest.approx([0.75, 0.25])
    # 25 points of sales and 75 of recency: 18.75 + 18.75.
    assert [row["score"] for row in graded(engine, wanted, table)] == pytest.approx([25, 75, 37.5])
    told = explain(wanted, standard, {"sales": 50, "recency": 35})
    assert told.sentences("en")[0] == (
        "Weights from pairwise judgements (AHP), consistency ratio 0.0."
    )
    assert "层次分析法" in told.text("zh")


def test_contradictions_are_refused_with_what_would_mend_them():
    """8 : 4 : 2 : 1 makes sales 8 times frequency; someone said frequency is 5 times sales."""
    faults = schemes.check(document([[2, 4, 1 / 5], [2, 4], [2]]))
    assert [(fault.path, fault.code) for fault in faults] == [
        ("weights.judgements[2].times", "judgements-contradict")
    ]
    data = faults[0].data
    assert (data["more"], data["than"], data["times"]) == ("frequency", "sales", 5)
    assert (data["mended_more"], data["mended_than"], data["mended_times"]) == (
        *("sales", "frequency", 8),
    )
    assert data["ratio"] > data["limit"] == 0.1
    assert data["mended_ratio"] == 0.0
    assert schemes.check(document([[2, 4, 8], [2, 4], [2]])) == []
    assert "8" in sentence(faults[0].code, data, "zh")


def test_the_house_is_refused_too():
    house = schemes.check(document(HOUSE))
    assert [fault.code for fault in house] == ["judgements-contradict"]
    assert (house[0].data["more"], house[0].data["than"]) == ("recency", "growth")


SALES = {"more": "sales", "than": "profit", "times": 4}
FAULTY = [
    ([SALES], {"judgements-missing"}),
    ([SALES, SALES], {"judgement-twice", "judgements-missing"}),
    ([SALES | {"than": "sales"}], {"judgement-of-itself", "judgements-missing"}),
    ([SALES | {"than": "slaes"}], {"judgement-unknown", "judgements-missing"}),
    ([SALES | {"times": 12}], {"out-of-range", "judgements-missing"}),
    ([SALES | {"times": "many"}], {"wrong-type", "judgements-missing"}),
    (3, {"wrong-type", "judgements-missing"}),
]


@pytest.mark.parametrize(("listed", "codes"), FAULTY)
def test_what_judgements_can_lack(listed, codes):
    faults = schemes.check(
        document([[4, 8], [2]]) | {"weights": {"by": "ahp", "judgements": listed}}
    )
    assert {fault.code for fault in faults} == codes
    for fault in faults:
        assert set(catalogue()[fault.code]) == {"en", "zh"}
        for lang in ("en", "zh"):
            assert "{" not in sentence(fault.code, fault.data, lang)


def test_weights_are_in_one_place():
    by_hand = document([[4, 8], [2]]) | {"weights": {"by": "hand"}}
    assert {(f.path, f.code) for f in schemes.check(by_hand)} == {
        (f"indicators[{at}].weight", "missing-field") for at in range(3)
    }
    both = document([[4, 8], [2]])
    both["indicators"][1]["weight"] = 10
    assert [(f.path, f.code) for f in schemes.check(both)] == [
        ("indicators[1].weight", "weight-not-by-hand")
    ]
    unused = document([[4, 8], [2]])
    unused["weights"]["by"] = "entropy"
    assert [f.code for f in schemes.check(unused)] == ["judgements-unused"]
    assert schemes.check(document([[4, 8], [2]]) | {"weights": {"by": "magic"}})[0].code == (
        "not-allowed"
    )


def points(listed):
    """A table of numbers, a column for each criterion."""
    columns = list(zip(*listed, strict=True))
    names = [f"c{at}" for at in range(len(columns))]
    arrays = {n: pa.array([float(v) for v in c]) for n, c in zip(names, columns, strict=True)}
    return ibis.memtable(pa.table(arrays)), names


def test_entropy_of_xu(engine):
    """Xu, "A note on the subjective and objective integrated approach", EJOR 156 (2004)."""
    table, names = points(
        [[30, 30, 38, 29], [19, 54, 86, 29], [19, 15, 85, 28.9], [68, 70, 60, 29]]
    )
    told = [0.4630, 0.3992, 0.1378, 0.0000]
    assert objective.entropy(table, names, engine) == pytest.approx(told, abs=0.00005)


def test_entropy_of_zavadskas_and_podvezko(engine):
    """Integrated Determination of Objective Criteria Weights in MCDM, IJITDM 15 (2016)."""
    table, names = points([[3, 100, 10, 7], [2.5, 80, 8, 5], [1.8, 50, 20, 11], [2.2, 70, 12, 9]])
    told = [0.1146, 0.1981, 0.4185, 0.2689]
    assert objective.entropy(table, names, engine) == pytest.approx(told, abs=0.00005)


# Diakoulaki, Mavrotas & Papayannakis (1995): eight Greek pharmaceutical firms by profitability,
# market share and productivity; weights 0.202, 0.481, 0.317.
FIRMS = [
    *([61, 1.08, 4.33], [20.7, 0.26, 4.34], [16.3, 1.98, 2.53], [9, 3.29, 1.65]),
    *([5.4, 2.77, 2.33], [4, 4.12, 1.21], [-6.1, 3.52, 2.10], [-34.6, 3.31, 0.98]),
]


def test_critic_of_diakoulaki(engine):
    """Through a scheme: `minmax` is the paper's own normalisation."""
    wanted = scheme(
        "weighted",
        indicators=[item("growth"), item("margin"), item("average_order_value")],
        weights={"by": "critic"},
        classes=HALVES,
    )
    growth, margin, value = zip(*FIRMS, strict=True)
    table = customers(growth=growth, margin=margin, average_order_value=value)
    standard = schemes.fit(wanted, table, engine)
    assert [m.weight for m in standard.measures] == pytest.approx([0.202, 0.481, 0.317], abs=0.0005)
    assert standard.weighting.by == "critic"


@pytest.mark.parametrize("by", ["entropy", "critic"])
def test_what_tells_nobody_apart_weighs_nothing(engine, by):
    wanted = scheme(
        "weighted",
        indicators=[item("sales"), item("profit")],
        weights={"by": by},
        classes=HALVES,
    )
    table = customers(sales=[0, 50, 100], profit=[7, 7, 7])
    standard = schemes.fit(wanted, table, engine)
    assert [m.weight for m in standard.measures] == [1.0, 0.0]
    assert [row["class"] for row in graded(engine, wanted, table)] == ["C", "B", "A"]
    alike = schemes.fit(wanted, customers(sales=[5, 5], profit=[7, 7]), engine)
    assert [m.weight for m in alike.measures] == [0.5, 0.5]
    assert "weights-alike" in [note.code for note in alike.notes]


def test_critic_of_two_that_say_the_same(engine):
    table, names = points([[1, 10, 4], [2, 20, 4], [3, 30, 4]])
    assert objective.critic(table, names, engine) == [0.5, 0.5, 0.0]
    opposed, names = points([[1, 3, 5], [2, 2, 5], [3, 1, 5]])
    assert objective.critic(opposed, names, engine) == [0.5, 0.5, 0.0]


def test_the_weights_are_told(engine):
    wanted = scheme(
        "weighted",
        indicators=[item("sales"), item("recency")],
        weights={"by": "entropy"},
        classes=HALVES,
    )
    table = customers(sales=[0, 50, 100], recency=[3, 2, 1])
    standard = schemes.fit(wanted, table, engine)
    # Both have points 0, 50 and 100, so both weigh the same.
    told = explain(wanted, standard, {"sales": 50, "recency": 2})
    assert [m.weight for m in standard.measures] == [0.5, 0.5]
    assert told.sentences("en")[0].startswith("Weights by entropy")
    assert told.sentences("zh")[0].startswith("权重由熵权法得出")
    assert schemes.read_standard(standard.model_dump_json()) == standard


@pytest.mark.parametrize("size", range(3, 11))
def test_the_consistency_ratio_of_every_size(size):
    """All alike but that the first is twice the second: CI as numpy's eigenvalue has it, over the
    random index of Saaty (1980), table 1.4, of 3 to 10 things.
    """
    random = {3: 0.58, 4: 0.90, 5: 1.12, 6: 1.24, 7: 1.32, 8: 1.41, 9: 1.45, 10: 1.49}[size]
    judgements = np.ones((size, size))
    judgements[0, 1], judgements[1, 0] = 2, 1 / 2
    largest = max(np.linalg.eigvals(judgements).real)
    expected = (largest - size) / (size - 1) / random
    assert ahp.judge(judgements.tolist()).ratio == pytest.approx(expected, rel=1e-6)
