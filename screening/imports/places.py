"""Countries and languages as lists write them, English, Russian or code, to ISO 3166-1 and ISO 639-1."""

import unicodedata
from functools import lru_cache

_COUNTRIES = """
AF Afghanistan|Афганистан; AL Albania|Албания; DZ Algeria|Алжир; AD Andorra|Андорра; AO Angola|Ангола
AR Argentina|Аргентина; AM Armenia|Армения; AU Australia|Австралия; AT Austria|Австрия; AZ Azerbaijan|Азербайджан
BS Bahamas; BH Bahrain|Бахрейн; BD Bangladesh|Бангладеш; BB Barbados; BY Belarus|Беларусь|Белоруссия
BE Belgium|Бельгия; BZ Belize; BJ Benin; BT Bhutan; BO Bolivia|Боливия
BA Bosnia and Herzegovina|Bosnia|Босния и Герцеговина; BW Botswana; BR Brazil|Brasil|Бразилия; BN Brunei
BG Bulgaria|Болгария; KH Cambodia|Камбоджа; CM Cameroon|Камерун; CA Canada|Канада; CL Chile|Чили; CN China|Китай|PRC
CO Colombia|Колумбия; CR Costa Rica|Коста-Рика; CI Côte d'Ivoire|Cote d'Ivoire|Ivory Coast; HR Croatia|Хорватия
CU Cuba|Куба; CY Cyprus|Кипр; CZ Czech Republic|Czechia|Чехия; DK Denmark|Дания
DO Dominican Republic|Доминиканская Республика; EC Ecuador|Эквадор; EG Egypt|Египет; SV El Salvador|Сальвадор
EE Estonia|Эстония; ET Ethiopia|Эфиопия; FI Finland|Финляндия; FR France|Франция; GE Georgia|Грузия
DE Germany|Deutschland|Германия; GH Ghana|Гана; GR Greece|Греция; GT Guatemala|Гватемала; HT Haiti
HN Honduras|Гондурас; HK Hong Kong|Гонконг; HU Hungary|Венгрия; IS Iceland|Исландия; IN India|Индия
ID Indonesia|Индонезия; IR Iran|Иран; IQ Iraq|Ирак; IE Ireland|Ирландия; IL Israel|Израиль; IT Italy|Italia|Италия
JM Jamaica|Ямайка; JP Japan|Япония; JO Jordan|Иордания; KZ Kazakhstan|Казахстан; KE Kenya|Кения
KR South Korea|Korea|Republic of Korea|Южная Корея|Корея|Республика Корея; KP North Korea|Северная Корея
KW Kuwait|Кувейт; KG Kyrgyzstan|Киргизия|Кыргызстан; LA Laos|Лаос; LV Latvia|Латвия; LB Lebanon|Ливан; LY Libya|Ливия
LI Liechtenstein; LT Lithuania|Литва; LU Luxembourg|Люксембург; MO Macau|Macao|Макао; MG Madagascar|Мадагаскар
MY Malaysia|Малайзия; MV Maldives; MT Malta|Мальта; MX Mexico|México|Мексика; MD Moldova|Молдова|Молдавия
MC Monaco|Монако; MN Mongolia|Монголия; ME Montenegro|Черногория; MA Morocco|Марокко; MZ Mozambique
MM Myanmar|Burma|Мьянма; NP Nepal|Непал; NL Netherlands|Holland|The Netherlands|Нидерланды
NZ New Zealand|Новая Зеландия; NI Nicaragua|Никарагуа; NG Nigeria|Нигерия
MK North Macedonia|Macedonia|Северная Македония; NO Norway|Норвегия; OM Oman|Оман; PK Pakistan|Пакистан
PS Palestine|Палестина; PA Panama|Панама; PY Paraguay|Парагвай; PE Peru|Перу; PH Philippines|Филиппины
PL Poland|Польша; PT Portugal|Португалия; PR Puerto Rico|Пуэрто-Рико; QA Qatar|Катар; RO Romania|Румыния
RU Russia|Russian Federation|Россия|РФ|Российская Федерация; RW Rwanda; SA Saudi Arabia|Саудовская Аравия
SN Senegal|Сенегал; RS Serbia|Сербия; SG Singapore|Сингапур; SK Slovakia|Словакия; SI Slovenia|Словения
SO Somalia|Сомали; ZA South Africa|ЮАР|Южно-Африканская Республика; ES Spain|España|Испания; LK Sri Lanka|Шри-Ланка
SD Sudan|Судан; SE Sweden|Швеция; CH Switzerland|Швейцария; SY Syria|Сирия; TW Taiwan|Тайвань
TJ Tajikistan|Таджикистан; TZ Tanzania|Танзания; TH Thailand|Таиланд|Тайланд; TN Tunisia|Тунис
TR Turkey|Türkiye|Turkiye|Турция; TM Turkmenistan|Туркменистан; UG Uganda|Уганда; UA Ukraine|Украина
AE United Arab Emirates|UAE|ОАЭ|Объединенные Арабские Эмираты
GB United Kingdom|UK|Great Britain|Britain|England|Великобритания|Англия
US United States|USA|U.S.|U.S.A.|United States of America|США|Соединенные Штаты|Соединенные Штаты Америки
UY Uruguay|Уругвай; UZ Uzbekistan|Узбекистан; VE Venezuela|Венесуэла; VN Vietnam|Viet Nam|Вьетнам; YE Yemen|Йемен
ZM Zambia; ZW Zimbabwe|Зимбабве; BM Bermuda; KY Cayman Islands; FJ Fiji; MU Mauritius|Маврикий; NA Namibia
TT Trinidad and Tobago; VG British Virgin Islands|Британские Виргинские Острова; VI U.S. Virgin Islands; GI Gibraltar
JE Jersey; GG Guernsey; IM Isle of Man; AG Antigua and Barbuda; AW Aruba; CW Curaçao; GP Guadeloupe; MQ Martinique
RE Réunion|Reunion; GL Greenland; FO Faroe Islands; SC Seychelles|Сейшельские Острова; ML Mali; BF Burkina Faso
GA Gabon; GN Guinea; CD Congo|Конго; AS American Samoa|Американское Самоа
"""
_LANGUAGES = """
en English|Английский; ru Russian|Русский; es Spanish|Español|Испанский; pt Portuguese|Português|Португальский
fr French|Français|Французский; de German|Deutsch|Немецкий; it Italian|Italiano|Итальянский; pl Polish|Polski|Польский
tr Turkish|Türkçe|Турецкий; ko Korean|한국어|Корейский; ja Japanese|日本語|Японский; zh Chinese|中文|Mandarin|Китайский
ar Arabic|Арабский; th Thai|Тайский; cs Czech|Чешский; hu Hungarian|Венгерский; nl Dutch|Нидерландский
sv Swedish|Шведский; fi Finnish|Финский; no Norwegian|Норвежский; da Danish|Датский; el Greek|Греческий
sk Slovak|Словацкий; hi Hindi|Хинди; bn Bengali; ur Urdu; id Indonesian; ms Malay; vi Vietnamese|Вьетнамский
uk Ukrainian|Украинский; be Belarusian|Белорусский; kk Kazakh|Казахский; ro Romanian|Румынский
bg Bulgarian|Болгарский; sr Serbian|Сербский; hr Croatian; he Hebrew|Иврит; fa Persian|Farsi; ta Tamil; te Telugu
ml Malayalam; mr Marathi; gu Gujarati; pa Punjabi; kn Kannada; tl Tagalog|Filipino; ka Georgian|Грузинский
hy Armenian|Армянский; az Azerbaijani; uz Uzbek|Узбекский; ca Catalan; lt Lithuanian; lv Latvian; et Estonian
sl Slovenian
"""


def _folded(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().replace("ё", "е").split())


def _table(lines: str) -> dict[str, str]:
    table: dict[str, str] = {}
    for entry in lines.strip().replace("\n", ";").split(";"):
        code, _, names = entry.strip().partition(" ")
        table[code.casefold()] = code
        table.update({_folded(name): code for name in names.split("|")})
    return table


_BY_COUNTRY = _table(_COUNTRIES)
_BY_LANGUAGE = _table(_LANGUAGES)


@lru_cache(maxsize=4096)
def country_code(text: str) -> str | None:
    """Return the ISO 3166-1 code of a country written in English, in Russian or as the code itself; None for
    another word.
    """
    return _BY_COUNTRY.get(_folded(text))


@lru_cache(maxsize=4096)
def language_code(text: str) -> str | None:
    """Return the ISO 639-1 code of a language; ``en-GB`` is en; None for another word."""
    folded = _folded(text)
    return _BY_LANGUAGE.get(folded) or _BY_LANGUAGE.get(folded.partition("-")[0] if len(folded) == 5 else "")
