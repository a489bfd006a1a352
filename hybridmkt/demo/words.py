"""What the demo's people write and what its campaigns ask for, in the language of the market."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Idea:
    """One campaign of the demo; amounts in whole dollars."""

    brand: str
    market: str
    name: str
    topics: tuple[str, ...]
    text: str
    budget: int
    fee: int


PAST = (
    Idea(
        "northleaf",
        "US",
        "Spring Calm",
        ("skincare", "sensitive skin"),
        "A gentle cream for sensitive skin",
        40_000,
        1_200,
    ),
    Idea(
        "trailpeak",
        "US",
        "Dry Feet",
        ("hiking", "trail running"),
        "Light waterproof shoes for wet trails",
        50_000,
        1_800,
    ),
    Idea(
        "northleaf",
        "RU",
        "Мягкая весна",
        ("уход за кожей", "кремы"),
        "Нежный крем для чувствительной кожи",
        36_000,
        900,
    ),
    Idea(
        "northleaf",
        "US",
        "Sun Ledger",
        ("skincare", "parenting"),
        "Sun care for families, tested in July",
        60_000,
        2_400,
    ),
    Idea(
        "trailpeak",
        "US",
        "One Bag",
        ("packing light", "travel"),
        "A backpack for a week without checked luggage",
        45_000,
        1_500,
    ),
)
OPEN = (
    Idea(
        "northleaf",
        "RU",
        "Зимний барьер",
        ("уход за кожей", "восстановление барьера"),
        "Крем, который держит мороз",
        80_000,
        1_600,
    ),
    Idea(
        "northleaf",
        "US",
        "Winter Barrier",
        ("skincare", "barrier repair"),
        "A cream that stands the frost",
        90_000,
        2_600,
    ),
    Idea(
        "trailpeak", "US", "First Snow", ("winter camping", "outerwear"), "A jacket for the first snow", 70_000, 2_000
    ),
)

Bank = dict[str, tuple[str, ...]]
BRIEFING: Bank = {
    "US": (
        "Send the product early: two weeks of real use show in what is said.",
        "One message, no script. Ask for a comparison with what was used before.",
        "Let the first draft come by voice note; written scripts sound stiff here.",
    ),
    "RU": (
        "Отправить продукт заранее: две недели настоящего использования слышны в тексте.",
        "Одна мысль, без готового сценария. Попросить сравнить с тем, что было раньше.",
        "Первый вариант лучше голосом: написанный текст звучит чужим.",
    ),
}
FOR: Bank = {
    "US": (
        "The comments under the last ten posts are long and first-person; people ask for this kind of product by name.",
        "We talked on the phone: real experience with the problem, and a clear idea for the second video.",
    ),
    "RU": (
        "Комментарии под последними постами длинные и от первого лица, о таком продукте спрашивают сами читатели.",
        "Был разговор: собственный опыт с этой проблемой и ясная идея для второго ролика.",
    ),
}
AGAINST: Bank = {
    "US": (
        "Three paid posts in the same week for competing products: our message would drown, whatever the reach says.",
        "The tone turned bitter since the summer; it would not carry a calm message, and the figures cannot show that.",
    ),
    "RU": (
        "За неделю три рекламы похожих продуктов: наше сообщение потеряется, какими бы ни были охваты.",
        "С лета тон стал раздражённым, спокойную мысль он не понесёт, и по цифрам этого не видно.",
    ),
}


def pick(bank: Bank, market: str, dice: np.random.Generator) -> str:
    """Return one of the sentences of a market."""
    return str(dice.choice(bank[market]))
