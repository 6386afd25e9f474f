"""Reads the text of a business card, or a signature: proposes the fields of a lead."""

from __future__ import annotations

import re
from typing import Final

LONGEST: Final = 5_000
EMAIL: Final = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+", re.ASCII)
PHONE: Final = re.compile(r"\+?\d(?:[ ()-]{0,2}\d){6,14}", re.ASCII)
MOBILE: Final = re.compile(r"(?:\+?86)?1[3-9]\d{9}", re.ASCII)
COMPANY: Final = re.compile(
    r"公司|集团|工厂|厂$|商行|经营部|事务所|研究院|"
    r"\b(?:co\.?,? ?ltd|ltd|limited|inc|llc|gmbh|corp(?:oration)?|company|group|s\.?a\.?|plc)\b",
    re.IGNORECASE,
)
TITLE: Final = re.compile(
    r"经理|总监|主管|主任|总裁|董事|工程师|采购|销售|助理|专员|厂长|老板|部长|科长|"
    r"\b(?:manager|director|engineer|buyer|purchas\w+|sales|president|ceo|cto|coo|owner|head|vp)\b",
    re.IGNORECASE,
)
ADDRESS: Final = re.compile(
    r"[省市区县镇].*[路街道号村]|\d+号|\b(?:road|rd|street|st|avenue|ave|floor|building)\b\.?",
    re.IGNORECASE,
)
LABELS: Final = {
    "name": r"姓名|联系人|name|contact",
    "company": r"公司|单位|company|organi[sz]ation",
    "title": r"职务|职位|title|position",
    "phone": r"手机|电话|电\s*话|联系方式|固话|座机|mobile|mob|cell|tel|phone|m|t|p",
    "email": r"邮箱|邮件|电子邮箱|e-?mail|mail|e",
    "wechat": r"微信号?|wechat|weixin|wx",
    "address": r"地址|地\s*址|address|addr|add|a",
}
"""What stands before a colon, by field."""
_LABEL: Final = re.compile(
    "|".join(rf"(?P<{name}>{words})" for name, words in LABELS.items()), re.IGNORECASE
)
_LOOSE_LABEL: Final = re.compile(
    r"\b(?:tel|mob|mobile|cell|phone|fax|e-?mail)\b[.:]?|手机|电话|座机|传真|邮箱", re.IGNORECASE
)
_PARTS: Final = re.compile(
    r"\s*[|｜]\s*|\t+|\s{3,}|[,，]\s*(?!\s*(?:ltd|limited|inc|llc|gmbh|s\.?a)\b)", re.IGNORECASE
)
_SPACED_NAME: Final = re.compile(r"([\u4e00-\u9fff]) +([\u4e00-\u9fff]{1,2})")
_CHINESE_NAME: Final = re.compile(r"[\u4e00-\u9fff·]{2,4}")
_LABEL_INSIDE: Final = re.compile(r"[|｜\t]|\s{3,}")
_LATIN_NAME: Final = re.compile(r"[A-Z][^\W\d_.'-]*[.'-]?\w*(?: [A-Z][\w.'-]*){1,3}")


def read(text: str) -> dict[str, str]:
    """The fields that a card's text tells, each a proposal; what it does not tell is not there.

    >>> found = read("张伟  采购经理\\n华东机电有限公司\\n手机：138 0013 8000\\nzw@hd.cn")
    >>> found["name"], found["title"], found["company"], found["phone"], found["email"]
    ('张伟', '采购经理', '华东机电有限公司', '13800138000', 'zw@hd.cn')
    """
    found: dict[str, str] = {}
    phones: list[str] = []
    plain = []
    for line in text[:LONGEST].splitlines():
        whole = _labelled(line.strip(), found, phones)
        for part in _parts(whole[0]) if whole else ():
            if part:
                plain += _labelled(part, found, phones)
    for line in plain:
        _unlabelled(line, found, phones)
    if phones:
        found["phone"] = next((one for one in phones if MOBILE.fullmatch(one)), phones[0])
    return {name: value[:200].strip() for name, value in found.items() if value.strip()}


def _parts(line: str) -> list[str]:
    """What stands side by side in a line; an address is one."""
    return [line] if ADDRESS.search(line) and "|" not in line else _PARTS.split(line)


def _labelled(part: str, found: dict[str, str], phones: list[str]) -> list[str]:
    """Take what stands behind a label; gives what has none."""
    label, colon, value = part.replace("：", ":").partition(":")
    known = _LABEL.fullmatch(label.strip()) if colon else None
    if known is None or not value.strip() or _LABEL_INSIDE.search(value):
        return [part]
    name, value = str(known.lastgroup), value.strip()
    if name == "phone":
        phones += _phones(value)
    elif name == "email":
        mail = EMAIL.search(value)
        found.setdefault("email", mail[0] if mail else "")
    else:
        found.setdefault(name, value)
    return []


def _unlabelled(line: str, found: dict[str, str], phones: list[str]) -> None:
    """Take what a line seems to be."""
    mail = EMAIL.search(line)
    if mail:
        found.setdefault("email", mail[0])
        line = line.replace(mail[0], " ")
    if not ADDRESS.search(line) or MOBILE.search(re.sub(r"[ ()-]", "", line)):
        numbers = PHONE.findall(line)
        phones += _phones(line)
        for number in numbers:
            line = line.replace(number, " ")
    line = _LOOSE_LABEL.sub(" ", line).strip(" ,;，；:：/")
    if spaced := _SPACED_NAME.fullmatch(line):
        line = spaced[1] + spaced[2]
    if not line:
        return
    if COMPANY.search(line) and "company" not in found:
        found["company"] = line
    elif ADDRESS.search(line):
        found.setdefault("address", line)
    elif "name" not in found or "title" not in found:
        _person(line, found)


def _person(line: str, found: dict[str, str]) -> None:
    """Take a name and a position, which may stand in one line."""
    first, _space, rest = line.partition(" ")
    if _CHINESE_NAME.fullmatch(first) and TITLE.search(rest) and not TITLE.search(first):
        found.setdefault("name", first)
        found.setdefault("title", rest.strip())
    elif TITLE.search(line):
        found.setdefault("title", line)
    elif _CHINESE_NAME.fullmatch(line) or _LATIN_NAME.fullmatch(line):
        found.setdefault("name", line)


def _phones(text: str) -> list[str]:
    return [re.sub(r"[ ()]", "", one) for one in PHONE.findall(text)]
