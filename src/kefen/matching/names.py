"""Names of companies and persons, taken apart into what is compared.

A Chinese company's name is place + own word + trade + legal form, as the rules on registering names
lay down (企业名称登记管理规定); its place may also stand in brackets.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Final

from opencc import OpenCC

from kefen.matching.places import PROVINCE

if TYPE_CHECKING:
    from collections.abc import Callable

_HAN: Final = re.compile(r"[\u3400-\u9fff]")
_NOT_WORD: Final = re.compile(r"[\W_]+")
_BRACKETS: Final = re.compile(r"[(\[【〔{<《](.*?)[)\]】〕}>》]")
_FORM_WORDS: Final = """
股份有限公司 有限责任公司 集团有限公司 控股有限公司 有限公司 股份公司 合伙企业 有限合伙 普通合伙
个体工商户 专业合作社 合作社 集团公司 总公司 公司 集团 控股 股份 商行 商店 商贸行 经营部 门市部
经销部 服务部 营业部 工作室 事务所 总厂 工厂 厂 店 有限
"""
_LATIN_FORM_WORDS: Final = """
co ltd limited inc incorporated llc llp plc corp corporation company gmbh ag sa sarl bv nv pty kk
srl spa oy ab as the and group holding holdings
"""
_TRADE_WORDS: Final = """
科技 网络 信息 技术 电子 电器 电气 机电 机械 设备 仪器 自动化 智能 软件 数据 通信 通讯 传媒
文化 广告 传播 影视 教育 咨询 管理 商务 贸易 商贸 国际贸易 进出口 实业 工贸 物流 货运 运输
供应链 建筑 建设 工程 装饰 装修 建材 材料 新材料 化工 塑料 橡胶 包装 印刷 纸业 纺织 服装
服饰 鞋业 家具 家居 食品 餐饮 饮料 农业 生物 医药 医疗 器械 健康 环保 能源 新能源 电力 汽车
汽配 五金 金属 钢铁 模具 精密 制造 玩具 礼品 珠宝 酒店 旅游 旅行社 房地产 置业 物业 投资
资产 金融 保险 超市 百货 零售 电商 电子商务 服务 发展 产业 企业 信息技术 网络科技 生物科技
信息科技 文化传播 企业管理 环境 光电 半导体 安防 照明 水处理 园林 花卉 茶业 酒业
"""
_FORMS: Final = tuple(_FORM_WORDS.split())
_LATIN_FORMS: Final = frozenset(_LATIN_FORM_WORDS.split())
TRADES: Final = tuple(sorted(_TRADE_WORDS.split(), key=lambda word: (-len(word), word)))
_PLACES: Final = tuple(sorted(PROVINCE, key=len, reverse=True))
_PLACE: Final = re.compile("(?:" + "|".join(_PLACES) + ")")
_LEVEL: Final = re.compile(
    r"^(?:维吾尔自治区|壮族自治区|回族自治区|自治区|特别行政区|省|市|区|县)(?=.{2})"
)
_DISTRICT: Final = re.compile(r"^[\u4e00-\u9fff]{1,3}?(?:新区|开发区|区|县|镇)(?=.{3})")
_BRANCH: Final = re.compile(
    r"([\u4e00-\u9fff]{0,8}?)(分公司|分店|分厂|办事处|分行|支行|[一二三四五六七八九十\d]+店)$"
)
_COUNTRY: Final = re.compile(r"^中国(?=.{3})")
_SHORTEST: Final = 2
MOST_CACHED: Final = 1 << 17


@dataclass(frozen=True, slots=True)
class Name:
    """A name taken apart.

    Attributes:
        core: all but place and legal form, in simplified characters and small letters.
        own: of it the company's own word, without its trade; of a person all of it.
        trade: the words of its trade.
        place: the province or city in it.
        branch: what tells a branch from its company and from other branches.
        company: whether it is a company's for sure.
        sound: the pinyin of `own`, or its letters in order of the words.
    """

    core: str
    own: str
    trade: str
    place: str
    branch: str
    company: bool
    sound: str


@lru_cache(MOST_CACHED)
def read_name(text: str) -> Name:
    """Take a name apart.

    >>> read_name("（上海）明達貿易有限公司")
    Name(core='明达贸易', own='明达', trade='贸易', place='上海', branch='', company=True, \
sound='mingda')
    >>> read_name("Mingda Trading Co., Ltd.").core, read_name("王 芳").own
    ('mingda trading', '王芳')
    """
    plain = _simplified(unicodedata.normalize("NFKC", text).casefold())
    return _han(plain) if _HAN.search(plain) else _latin(plain)


def _latin(text: str) -> Name:
    text = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    words = _NOT_WORD.sub(" ", text.replace("'", "").replace("&", " ")).split()
    said = [word for word in words if word not in _LATIN_FORMS]
    core = " ".join(said or words)
    company = len(said) < len(words)
    return Name(core, core, "", "", "", company, " ".join(sorted(core.split())))


def _han(text: str) -> Name:
    place, company = "", False
    for inside in _BRACKETS.findall(text):
        if found := _PLACE.match(inside.strip()):
            place = place or found.group()
    whole = _NOT_WORD.sub("", _BRACKETS.sub("", text)) or _NOT_WORD.sub("", text)
    bare = _COUNTRY.sub("", whole)
    bare, branch = _branch(bare)
    bare, formed = _without_form(bare)
    company = company or formed or bool(branch)
    if (found := _PLACE.match(bare)) and len(bare) - len(found.group()) >= _SHORTEST:
        place = found.group() if PROVINCE.get(place) != found.group() else place
        bare = _LEVEL.sub("", bare[found.end() :])
        city = _PLACE.match(bare)
        within = city is not None and PROVINCE[city.group()] == PROVINCE[place]
        if city is not None and within and len(bare) - len(city.group()) >= _SHORTEST:
            place = city.group()
            bare = _LEVEL.sub("", bare[city.end() :])
        bare = _DISTRICT.sub("", bare) if formed else bare
    own, trade = _own(bare)
    company = company or bool(trade)
    return Name(bare, own, trade, place, branch, company, _sound(own))


def _branch(text: str) -> tuple[str, str]:
    found = _BRANCH.search(text)
    if not found:
        return text, ""
    before = text[: found.start(2)]
    end = max((before.rfind(form) + len(form) for form in _FORMS[:10] if form in before), default=0)
    if not end:
        return text, ""
    return text[:end], text[end:]


def _without_form(text: str) -> tuple[str, bool]:
    formed = True
    found = False
    while formed:
        formed = False
        for form in _FORMS:
            if text.endswith(form) and len(text) - len(form) >= _SHORTEST:
                text, formed, found = text[: -len(form)], True, True
                break
    return text, found


def _own(core: str) -> tuple[str, str]:
    """The own word, and the trade after it."""
    trades: list[str] = []
    rest = core
    for _part in range(3):
        trade = next((one for one in TRADES if rest.endswith(one)), "")
        if not trade or len(rest) - len(trade) < _SHORTEST:
            break
        rest = rest[: -len(trade)]
        trades.insert(0, trade)
    return rest, "".join(trades)


def _sound(text: str) -> str:
    return "".join(_spoken(character) for character in text)


@lru_cache(1 << 15)
def _spoken(character: str) -> str:
    if not _HAN.match(character):
        return character
    from pypinyin import Style, pinyin  # its dictionary takes 55 MiB, and most of a second

    return pinyin(character, style=Style.NORMAL)[0][0]


def _simplified(text: str) -> str:
    return "".join(map(_simple, text)) if not text.isascii() else text


@lru_cache(1 << 15)
def _simple(character: str) -> str:
    return _converter()(character) if _HAN.match(character) else character


@cache
def _converter() -> Callable[[str], str]:
    convert: Callable[[str], str] = OpenCC("t2s").convert
    return convert
