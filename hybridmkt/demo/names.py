"""Words the generated creators are made of, in English and Russian. All of them are invented combinations."""

FIRST = {
    "US": """
    Ava Maya Harper Jordan Camila Priya Noah Liam Zoe Ethan Nora Miles Ruby Owen Chloe Felix Iris Theo Lena Marcus
    Jade Caleb Stella Diego Amara Wes Tessa Andre Holly Kofi Naomi Eli Paige Victor Skye Rosa Dean Freya Omar June
    """.split(),
    "RU": """
    Алина Дмитрий Ольга Тимур Ирина Максим Елена Артём Дарья Никита Полина Кирилл Вера Егор Юлия Роман Софья Павел
    Ксения Глеб Марина Денис Лиза Антон Нина Виктор Майя Степан Алёна Фёдор Зоя Игорь Тамара Лев Рита Семён Яна Марк
    Жанна Илья
    """.split(),
}
LAST = {
    "US": """
    Ellison Raman Quinn Reyes Duarte Okafor Bennett Hale Lindgren Park Moreno Castillo Weaver Novak Brooks Sato
    Ibarra Whitfield Adeyemi Larsen Cole Vance Mercer Holt Prescott Nakamura Fuentes Abbott Sinclair Rhodes Vega
    Marsh Keller Dunn
    """.split(),
    "RU": """
    Воронц Сокол Мирон Ахмет Савель Белозер Кузьмин Лебед Морозенк Озёр Рябин Тихон Журавл Зимин Громык Поляк
    Стрельц Черн Гордеенк Липат Снегир Кравц Берез Дудник Ярош Нечай Калинник Шевел Остапенк Медвед
    """.split(),
}
# Russian surnames are made of a root and an ending that follows the gender of the first name.
FEMALE_RU = set(
    """
    Алина Ольга Ирина Елена Дарья Полина Вера Юлия Софья Ксения Марина Лиза Нина Майя Алёна Зоя Тамара Рита Яна
    Жанна
    """.split()
)

# topic -> (category as files write it, English words, Russian words)
TOPICS: dict[str, tuple[str, tuple[str, ...], tuple[str, ...]]] = {
    "skincare": (
        "beauty",
        ("skincare for sensitive skin", "ingredient lists", "barrier repair", "honest reviews of creams"),
        ("уход за чувствительной кожей", "составы средств", "восстановление барьера", "честные отзывы о кремах"),
    ),
    "makeup": (
        "beauty",
        ("everyday makeup", "five-minute looks", "drugstore finds"),
        ("макияж на каждый день", "образы за пять минут", "находки масс-маркета"),
    ),
    "running": (
        "fitness",
        ("trail running", "marathon training", "gear tests on wet ground"),
        ("трейлраннинг", "подготовка к марафону", "тесты снаряжения в дождь"),
    ),
    "hiking": (
        "travel",
        ("long hikes", "packing light", "mountain huts", "winter camping"),
        ("дальние походы", "лёгкий рюкзак", "горные приюты", "зимние ночёвки"),
    ),
    "cooking": (
        "food",
        ("family dinners", "sourdough", "market recipes"),
        ("семейные ужины", "хлеб на закваске", "рецепты с рынка"),
    ),
    "parenting": (
        "family",
        ("life with two toddlers", "calm parenting", "small apartments"),
        ("жизнь с двумя малышами", "спокойное родительство", "маленькая квартира"),
    ),
    "gaming": (
        "gaming",
        ("co-op games", "indie releases", "speedruns"),
        ("кооперативные игры", "инди-новинки", "спидраны"),
    ),
    "tech": (
        "technology",
        ("phones and cameras", "home automation", "repair over replace"),
        ("телефоны и камеры", "умный дом", "чинить, а не менять"),
    ),
    "yoga": (
        "fitness",
        ("slow yoga", "breathing practice", "back pain relief"),
        ("мягкая йога", "дыхание", "здоровая спина"),
    ),
    "books": (
        "education",
        ("contemporary novels", "reading lists", "library tours"),
        ("современная проза", "списки чтения", "прогулки по библиотекам"),
    ),
    "fashion": (
        "fashion",
        ("capsule wardrobe", "second-hand finds", "outerwear that lasts"),
        ("капсульный гардероб", "находки из секонд-хенда", "верхняя одежда надолго"),
    ),
    "dogs": ("pets", ("training rescue dogs", "hiking with a dog"), ("воспитание собак из приюта", "походы с собакой")),
}

_RUSSIAN = "абвгдеёжзийклмнопрстуфхцчшщъыьэюя"
_LATIN = "a b v g d e e zh z i y k l m n o p r s t u f kh ts ch sh sch  y  e yu ya".split(" ")
LATIN = dict(zip(_RUSSIAN, _LATIN, strict=True))


def latin(text: str) -> str:
    """Spell Russian letters in Latin ones, as people do in their own handles."""
    return "".join(LATIN.get(letter, letter) for letter in text.lower())
