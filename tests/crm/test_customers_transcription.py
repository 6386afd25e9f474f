import random

from kefen_crm.customers import search, transcription


def test_names_are_transcribed_at_once_as_they_are_one_by_one():
    from pypinyin.constants import PHRASES_DICT, PINYIN_DICT

    draw = random.Random(7)
    words = list(PHRASES_DICT)
    characters = [chr(code) for code in PINYIN_DICT if code <= 0x9FFF]
    often = "上海重庆长沙明达华银行乐器会计有限公司贸易 3MＡ"
    names = {
        text
        for _turn in range(900)
        for text in (
            "".join(draw.choices(often, k=draw.randint(1, 9))),
            "".join(draw.choices(characters, k=5)),
            draw.choice(words) + draw.choice(words) + draw.choice(["", "Ａ", "  x"]),
        )
    }
    assert len(names) > transcription.FEW
    assert transcription.spoken(names) == {name: search.spoken(name) for name in names}
