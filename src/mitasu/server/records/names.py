"""Names and codes in one form: width, small kana, ヴ, the long vowel, and old forms of characters make no difference.

A key holds letters and digits only (NFKC, hiragana as katakana, capital letters). `grams` turns a key into
the words of the full-text index: two characters each, written as code points, so that a run of them is
exactly a part of the text, whatever a tokenizer thinks of the characters.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from itertools import product

VARIANTS = str.maketrans(
    "髙﨑嵜碕濵濱邉邊澤齋齊斎廣櫻國圓壽榮惠龍瀧德緖藏眞彌佛來黑槇冨與餘邨嶋嶌渕峯舘",
    "高崎崎崎浜浜辺辺沢斉斉斉広桜国円寿栄恵竜滝徳緒蔵真弥仏来黒槙富与余村島島淵峰館",
)
"""Old and variant forms of characters in names, each as the form most used; what is stored keeps its own."""
SMALL = str.maketrans("ァィゥェォッャュョヮヵヶ", "アイウエオツヤユヨワカケ")
VU = (("ヴァ", "バ"), ("ヴィ", "ビ"), ("ヴェ", "ベ"), ("ヴォ", "ボ"), ("ヴュ", "ビユ"), ("ヴ", "ブ"))
LONG = "ーｰ－‐―−─~〜～"
ROWS = {
    "ア": "アカガサザタダナハバパマヤラワ",
    "イ": "イキギシジチヂニヒビピミリヰ",
    "ウ": "ウクグスズツヅヌフブプムユル",
    "エ": "エケゲセゼテデネヘベペメレヱ",
    "オ": "オコゴソゾトドノホボポモヨロヲ",
}
VOWEL = {letter: vowel for vowel, letters in ROWS.items() for letter in letters}
SECOND = {"オ": "ウ", "エ": "イ"}
"""How a long vowel is also written: サトー is サトウ, ケー is ケイ."""
_NO_KEY = re.compile(r"[^0-9A-Z]")


def _folded(text: str) -> str:
    """NFKC, katakana, capital letters, no ヴ, no small kana, one form of each character."""
    text = unicodedata.normalize("NFKC", text).upper()
    text = "".join(chr(ord(letter) + 0x60) if "ぁ" <= letter <= "ゖ" else letter for letter in text)
    for old, new in VU:
        text = text.replace(old, new)
    return text.translate(SMALL).translate(VARIANTS)


@lru_cache(65_536)
def name_key(text: str) -> str:
    """A name as it is compared.

    >>> name_key("髙﨑　ひでみ"), name_key("ｲﾄｳ ｼﾞｮｰ")
    ('高崎ヒデミ', 'イトウジヨ')
    """
    return "".join(letter for letter in _folded(text) if letter not in LONG and letter.isalnum())


def name_keys(text: str) -> tuple[str, ...]:
    """Every key that a name typed in a search may stand for: the long vowel left out, or written as a vowel.

    >>> name_keys("オーノ")
    ('オノ', 'オオノ', 'オウノ')
    """
    parts: list[tuple[str, ...]] = []
    before = ""
    for letter in _folded(text)[:60]:
        if letter in LONG:
            vowel = VOWEL.get(before, "")
            parts.append(("", vowel, SECOND.get(vowel, "")) if vowel else ("",))
        elif letter.isalnum():
            parts.append((letter,))
            before = letter
    if sum(len(one) > 1 for one in parts) > 4:  # nobody's name; the plain form alone
        return (name_key(text),)
    return tuple(dict.fromkeys("".join(one) for one in product(*parts)))


def _word(text: str) -> str:
    return "".join(f"{ord(letter):05x}" for letter in text)


def grams(names: str) -> str:
    """The words of the full-text index for names parted by spaces; a word `z` parts them so that no run goes over."""
    found = []
    for name in names.split():
        found += [_word(name[index : index + 2]) for index in range(len(name))]
        found.append("z")
    return " ".join(found)


def grams_query(key: str) -> str:
    """What to ask the full-text index for: a run of words that is exactly the key, or the beginning of one word.

    >>> grams_query("見本")
    '"0898b0672c"'
    >>> grams_query("見")
    '"0898b" *'
    """
    if len(key) == 1:
        return f'"{_word(key)}" *'
    return '"' + " ".join(_word(key[index : index + 2]) for index in range(len(key) - 1)) + '"'


@lru_cache(65_536)
def code_key(text: str) -> str:
    """An ICD code without its dot: capital letters and digits.

    >>> code_key("c34.1"), code_key("Ｃ３４１"), code_key("M05.9†")
    ('C341', 'C341', 'M059')
    """
    return _NO_KEY.sub("", unicodedata.normalize("NFKC", text).upper())


@lru_cache(65_536)
def operation_key(text: str) -> str:
    """A number of the fee table (K code) with its hyphen, without blanks.

    >>> operation_key("ｋ６３３－５"), operation_key("K514 2")
    ('K633-5', 'K5142')
    """
    text = unicodedata.normalize("NFKC", text).upper()
    return "".join("-" if letter in LONG + "-" else letter for letter in text if not letter.isspace())


def postal_key(text: str) -> str:
    """A postal code as seven digits, or as many as there are.

    >>> postal_key("〒０６０-０００１")
    '0600001'
    """
    return "".join(letter for letter in unicodedata.normalize("NFKC", text) if letter.isdigit())
