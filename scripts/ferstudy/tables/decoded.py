"""The text of a file that a person or a spreadsheet program has written, whatever its encoding."""

import codecs


def decoded(data: bytes) -> str:
    """The text of a file in UTF-16, UTF-8 or, where it is neither, Windows' western European encoding."""
    if data[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        return data.decode("utf-16", "replace")
    data = data.removeprefix(codecs.BOM_UTF8)
    if b"\0" in data[:2]:
        return data.decode("utf-16-le" if data[1:2] == b"\0" else "utf-16-be", "replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")
