"""Numbers that others have published on datasets that have an adapter, each read in the source that is named.

They are facts to stand beside a study's own table, never in it. What a source does not state is empty.
"""

from typing import NamedTuple

EPOCH = "no, because the best epoch is chosen on the clips that are scored"
HEARS = "no, because it also hears the voice"
SCANS = "no, because it reads the 4D scans and not the pictures"
LISTS = "no, because its lists have no validation clips"
PEOPLE = "no, because it does not say that people are kept apart"
OTHER = "no, because its folds are not those of this study"


class KnownNumber(NamedTuple):
    """One published score."""

    adapter: str  # of the dataset
    method: str
    score: str  # as printed, in per cent: accuracy (WAR) where no other is named
    source: str
    comparable: str
    protocol: str = ""
    n: str = ""
    unit: str = ""
    selection: str = ""


KNOWN = (
    KnownNumber("bu4dfe", "dense motion flow CNN + landmark SVM", "94.69", "mdpi.com/2076-3417/12/11/5493", OTHER),
    KnownNumber("bu4dfe", "CCDN", "96.5", "arXiv 1905.02319", SCANS, protocol="10 folds of people"),
    KnownNumber("bu4dfe", "motion magnification, Riemannian", "94.18", "arXiv 2105.02319", SCANS),
    KnownNumber("ckplus", "dense motion flow CNN + landmark SVM", "99.69", "mdpi.com/2076-3417/12/11/5493", OTHER),
    KnownNumber(
        "afew",
        "Former-DFER",
        "50.92",
        "Former-DFER, log/AFEW-log.txt",
        EPOCH,
        protocol="official train and validation",
        n="381",
        unit="clip",
        selection="best epoch on the validation clips",
    ),
    KnownNumber(
        "afew",
        "EfficientNet-B0 (EmotiEffLib)",
        "59.89",
        "EmotiEffLib README, issue 32",
        "no, because clips without a face that MTCNN finds are left out",
        protocol="official train and validation",
        unit="clip",
    ),
    KnownNumber("baum1s", "multi-mode CNN, multiplicative fusion", "60.89", "jips-k.org/pub-reader/606", OTHER),
    KnownNumber(
        "cremad",
        "HiCMAE, face and voice",
        "84.94 (UAR), 84.91 (WAR)",
        "HiCMAE README",
        HEARS,
        protocol="5 folds of actors",
        unit="clip",
    ),
    KnownNumber("cremad", "landmark LSTM", "79.1", "CEUR-WS Vol-2744, paper 32", PEOPLE),
    KnownNumber("ravdess", "landmark LSTM", "98.9", "CEUR-WS Vol-2744, paper 32", PEOPLE),
    KnownNumber(
        "ravdess",
        "AffectNet model, random split (20 to 30 points lower by actors)",
        "99",
        "Churaev and Savchenko 2021, 10.1109/RusAutoCon52004.2021.9537388",
        "no, because the same people train and test",
        protocol="random split",
    ),
    KnownNumber(
        "dfew",
        "MAE-DFER",
        "63.41 (UAR), 74.43 (WAR)",
        "MAE-DFER README and preprocess/dfew.py",
        EPOCH,
        protocol="official 5 folds",
        n="11697",
        unit="clip",
        selection="best epoch on the test clips",
    ),
    KnownNumber(
        "dfew", "S2D", "61.82 (UAR), 76.03 (WAR)", "S2D README", LISTS, protocol="official 5 folds", unit="clip"
    ),
    KnownNumber(
        "dfew",
        "S2D, oversampled",
        "65.45 (UAR), 74.81 (WAR)",
        "S2D README",
        LISTS,
        protocol="official 5 folds",
        unit="clip",
    ),
    KnownNumber("dfew", "S4D", "76.68 (WAR)", "arXiv 2409.06154", LISTS, protocol="official 5 folds", unit="clip"),
)
