"""Currencies as people write them: signs, codes and words. One that is not listed is not guessed."""

import re

# A sign that several share (¥, kr, Rs) stands for none of them. Minor units are hundredths, or none (wording.WHOLE).
_WORDS = {
    "USD": "$ us$ usd dollar dollars доллар доллара долларов долл",
    "EUR": "€ eur euro euros евро",
    "GBP": "£ gbp pound pounds фунт фунта фунтов",
    "RUB": "₽ rub rur ruble rubles rouble roubles руб рубль рубля рублей р",
    "INR": "₹ inr",
    "UAH": "₴ uah грн гривна гривны гривен",
    "KZT": "₸ kzt тенге тг",
    "GEL": "₾ gel лари",
    "AMD": "֏ amd драм драмов",
    "AZN": "₼ azn манат манатов",
    "BRL": "r$ brl reais",
    "TRY": "₺ try tl",
    "PLN": "zł pln",
    "ILS": "₪ ils nis",
    "KRW": "₩ krw",
    "JPY": "jpy yen 円",
    "CNY": "cny rmb yuan 元 юань юаня юаней",
    "VND": "₫ vnd",
    "THB": "฿ thb baht",
    "PHP": "₱ php",
    "NGN": "₦ ngn",
    "AUD": "a$ au$ aud",
    "CAD": "c$ ca$ cad",
    "NZD": "nz$ nzd",
    "SGD": "s$ sgd",
    "HKD": "hk$ hkd",
    "TWD": "nt$ twd",
    "MXN": "mx$ mxn",
    "IDR": "rp idr",
    "MYR": "rm myr",
    "CZK": "kč czk",
}
_OTHERS = """
    AED ARS BDT BGN BYN CHF CLP COP DKK EGP GHS HUF ISK KES KGS LKR MAD NOK PEN PKR QAR RON RSD SAR SEK UZS XAF XOF ZAR
"""
CODES = {word: code for code, words in _WORDS.items() for word in words.split()}
CODES |= {code.casefold(): code for code in _OTHERS.split()}
_LETTER = r"[^\W\d_]"
_NAMED = "|".join(re.escape(word) for word in sorted(CODES, key=len, reverse=True) if len(word) > 1 or word.isalpha())
_SIGNS = "".join(word for word in CODES if len(word) == 1 and not word.isalpha())
_FIRST = "".join(sorted({word[0] for word in CODES if word[0].isalpha()}))  # tried first: most text is no currency
_CURRENCY = re.compile(rf"(?=[{_FIRST}])(?<!{_LETTER})(?:{_NAMED})(?!{_LETTER})(?:(?<={_LETTER})\.)?|[{_SIGNS}]")
_BARE = re.compile(r"[\d\s.,'%+-]*")
# A sign of the world's currencies (Unicode Sc), or a word at either end of a number.
_STRANGE = re.compile(
    rf"[\u00a2-\u00a5\u058f\u060b\u09f2\u09f3\u0e3f\u17db\u20a0-\u20cf]|^{_LETTER}+\.?(?=\s*\d)|(?<=[\d\s]){_LETTER}+\.?$"
)


def take_currency(text: str) -> tuple[str, str | None]:
    """Take the currency out of folded text: what is left, and its code; "" where none stands, None for several.

    ``$`` beside a code is that country's dollar.
    """
    if _BARE.fullmatch(text):
        return text, ""
    words = [match[0].rstrip(".") for match in _CURRENCY.finditer(text)]
    if not words:
        return text, ""
    codes = {CODES[word] for word in words if word != "$"} or {"USD"}
    return _CURRENCY.sub(" ", text).strip(), codes.pop() if len(codes) == 1 else None


def without_strange(text: str) -> str:
    """Take out what may be a currency that we do not know: a sign, a word before or behind the number."""
    return _STRANGE.sub("", text).strip()
