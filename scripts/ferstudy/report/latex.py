"""Texts as LaTeX sets them."""

SPECIAL = {
    "\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_", "{": r"\{", "}": r"\}",
    "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "<": r"\textless{}", ">": r"\textgreater{}", "–": "--",
    "−": "$-$", "→": r"$\rightarrow$", "≤": r"$\leq$", "≥": r"$\geq$", "×": r"$\times$", "±": r"$\pm$",
    "κ": r"$\kappa$", "[": "{[}",  # which begins an option after the end of a row
}  # fmt: skip


def escaped(text: str) -> str:
    """`text` as LaTeX sets it."""
    return "".join(SPECIAL.get(letter, letter) for letter in text)
