"""What tables say of people, in one form: words for "not known" are empty, sex is female, male or as it was written."""

import re
import unicodedata

from ferstudy.datasets.labels import tidied
from ferstudy.datasets.sheets import plain
from ferstudy.tables.clips import Clip

UNKNOWN = {
    "", "empty", "keineangabe", "missing", "na", "nan", "nil", "none", "notavailable", "notgiven", "notknown",
    "notspecified", "null", "undefined", "unk", "unbekannt", "unknown", "unspecified", "inconnu", "desconocido",
    "sconosciuto", "不明", "未知",
}  # fmt: skip
# What a spreadsheet shows where a formula fails (#REF!, #NAME?), and Germans for "not stated" and "of no known name".
MISSING = re.compile(r"#(?:N/A|NV|[A-ZÄÖÜ/0]+[!?])|[kK]\. ?[aA]\.|N\. ?N\.")
FEMALE = (
    "f", "female", "fem", "w", "weibl", "weiblich", "woman", "women", "girl", "frau", "v", "vrouw", "femme", "féminin",
    "fille", "femenino", "mujer", "feminino", "femminile", "donna", "kadın", "kobieta", "kvinna", "nainen", "ж", "жен",
    "женский", "女", "女性", "여", "여자", "여성", "♀",
)  # fmt: skip
MALE = (
    "m", "male", "masc", "männl", "männlich", "maennlich", "man", "men", "boy", "mann", "h", "homme", "masculin",
    "garçon", "masculino", "hombre", "maschile", "uomo", "erkek", "mężczyzna", "mies", "м", "муж", "мужской", "男",
    "男性", "남", "남자", "남성", "♂",
)  # fmt: skip
SEX = dict.fromkeys(FEMALE, "female") | dict.fromkeys(MALE, "male")


def sex(text: str) -> str:
    """ "female" or "male" for the usual words and letters, in any case; empty for all else."""
    return SEX.get(unicodedata.normalize("NFKC", text).casefold().strip(". "), "")


def known(text: str) -> str:
    """`text` without blanks around it; empty where it is no word, or one for what is not known."""
    text = text.strip()
    missing = plain(unicodedata.normalize("NFKC", text)) in UNKNOWN or MISSING.fullmatch(text)
    return text if sex(text) or not missing else ""


def tidy(clip: Clip, exact: bool = False) -> Clip:
    """The clip without words for "not known" in what is said of its person; of `exact` names the subject stays."""
    cells = {column: known(getattr(clip, column)) for column in ("group", "sex", "age", "ethnicity")}
    nobody = not exact and not (known(clip.subject) and known(clip.subject.rpartition("/")[2]))  # FR/NA, too
    cells["sex"] = sex(cells["sex"]) or cells["sex"]
    return clip._replace(**cells, subject="" if nobody else clip.subject, label=tidied(clip.label))
