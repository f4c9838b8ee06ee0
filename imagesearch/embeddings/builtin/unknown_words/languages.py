"""What is read of other languages: their order, their stop words, and the endings of plurals and cases."""

from __future__ import annotations

from typing import NamedTuple


class Language(NamedTuple):
    """A language by its code. `endings` are (ending, what stands in its place in the table)."""

    code: str
    name: str
    stop_words: tuple[str, ...]
    endings: tuple[tuple[str, str], ...]


def language(code: str, name: str, stop_words: str, endings: str) -> Language:
    """`endings` as text: "e er as:a" are e → nothing, er → nothing, as → a."""
    pairs = (ending.partition(":") for ending in endings.split())
    return Language(code, name, tuple(stop_words.split()), tuple((old, new) for old, _, new in pairs))


LANGUAGES = (
    language(
        "de",
        "German",
        "ein eine einen einem einer eines der die das den dem des und oder mit ohne auf in im am an unter "
        "über neben vor hinter bei von vom zu zum zur für aus ist sind mein meine",
        "e er es en em n s se nen",
    ),
    language(
        "fr",
        "French",
        "un une des le la les l du de d et ou avec sans sur sous dans en au aux à devant derrière mon ma "
        "mes est",
        "s x e es ne nes le les",
    ),
    language(
        "es",
        "Spanish",
        "un una unos unas el la los las y e o con sin sobre en de del al a por para mi mis es",
        "s es a:o as:o os:o ces:z",
    ),
    language(
        "it",
        "Italian",
        "un uno una il lo la i gli le l e o con senza su sul sulla in nel nella di del della dello d da dal "
        "al alla per è mio mia",
        "i:o i:e e:a a:o e:o he:a hi:o",
    ),
    language(
        "pt",
        "Portuguese",
        "um uma uns umas o a os as e ou com sem sobre em no na nos nas de do da dos das por para ao à "
        "meu minha",
        "s es a:o as:o aes:ao oes:ao ais:al eis:el",
    ),
    language(
        "nl",
        "Dutch",
        "een de het en of met zonder op in onder bij van voor naast aan te is mijn",
        "en e s ten ken pen len nen sen men",
    ),
    language(
        "pl",
        "Polish",
        "i a z ze bez na w we pod nad przy do od dla jest o",
        "y i y:a i:a a:y e:y e:i i:y e:a ie:",
    ),
    language(
        "ru",
        "Russian",
        "и а с со без на в во под над у из для от к это",
        "ы и ы:а и:а и:я и:ь и:й а у:а е:а ая:ый ое:ый ые:ый ая:ий ое:ий ие:ий ее:ий яя:ий ой",
    ),
    language("zh", "Chinese", "的 和 与 與 在 上 里 下 中 一只 一隻 一个 一個 只 个 有 跟", ""),
    language("ja", "Japanese", "の と が を に で は も へ や な 上 中 いる ある", ""),
    language(
        "ko",
        "Korean",
        "와 과 의 그리고 위 위의 위에 있는",
        "들 와 과 의 이 가 을 를 은 는 에 도 들이",
    ),
    language("tr", "Turkish", "bir ve ile üzerinde altında içinde bu", "lar ler ı i u ü lı li"),
)
"""In the order in which they are tried: the same for every reader, so that a shared link answers alike."""

WITHOUT_SPACES = frozenset({"zh", "ja"})
"""Languages that write no spaces between words."""
NAMES = {each.code: each.name for each in LANGUAGES}
