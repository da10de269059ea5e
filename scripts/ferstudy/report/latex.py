"""Text as LaTeX sets it, with pdfLaTeX as with the newer ones."""

SPECIAL = {
    "\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_", "{": r"\{", "}": r"\}",
    "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "<": r"\textless{}", ">": r"\textgreater{}", "–": "--",
    "—": "---", "−": "$-$", "\N{THIN SPACE}": r"\,", "\N{NO-BREAK SPACE}": "~", "·": r"$\cdot$", "×": r"$\times$",
    "±": r"$\pm$", "≤": r"$\leq$", "≥": r"$\geq$", "→": r"$\rightarrow$", "…": r"\ldots{}", "“": "``", "”": "''",
    "‘": "`", "’": "'", "²": r"$^2$", "Δ": r"$\Delta$", "κ": r"$\kappa$", "α": r"$\alpha$", "✓": "yes", "✗": "no",
    "[": "{[}",  # which begins an option after the end of a row
    "\n": " ", "\r": " ",  # an empty line would end a paragraph
}  # fmt: skip


def escaped(text: str) -> str:
    """`text` as LaTeX sets it."""
    return "".join(SPECIAL.get(letter, letter) for letter in text)
