"""The digest of code: what counts and what does not."""

import pytest

from ferstudy.provenance.digest import code_digest

SCRIPT = '''"""Doc."""
from ferstudy.inner import double


def main():
    """Doc."""
    return double(2)
'''
INNER = "def double(x):\n    return 2 * x\n"


@pytest.fixture
def digest(tmp_path):
    """Write files below a scripts folder, then return their digest; each call gets a folder of its own."""
    count = iter(range(100))

    def make(files: dict[str, str], *names: str) -> str:
        root = tmp_path / str(next(count))
        for name, text in files.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text)
        return code_digest(root, *(names or ("job.py",)))

    return make


def test_the_same_code_elsewhere_has_the_same_digest(digest):
    files = {"job.py": SCRIPT, "ferstudy/inner.py": INNER}
    assert digest(files) == digest(files)


@pytest.mark.parametrize(
    "text",
    [
        SCRIPT.replace("Doc.", "Another text."),
        SCRIPT.replace("    return", "    # why\n    return"),
        SCRIPT.replace("double(2)", "double(\n        2\n    )"),
    ],
    ids=["docstring", "comment", "layout"],
)
def test_what_does_not_run_does_not_count(digest, text):
    assert digest({"job.py": text, "ferstudy/inner.py": INNER}) == digest(
        {"job.py": SCRIPT, "ferstudy/inner.py": INNER}
    )


def test_logic_of_the_script_and_of_what_it_imports_counts(digest):
    before = digest({"job.py": SCRIPT, "ferstudy/inner.py": INNER})
    assert digest({"job.py": SCRIPT.replace("2)", "3)"), "ferstudy/inner.py": INNER}) != before
    assert digest({"job.py": SCRIPT, "ferstudy/inner.py": INNER.replace("2 *", "3 *")}) != before


def test_imports_are_followed_through_modules_and_into_functions(digest):
    middle = "def f():\n    from ferstudy import inner\n    return inner\n"
    files = {"job.py": "import ferstudy.middle\n", "ferstudy/middle.py": middle, "ferstudy/inner.py": INNER}
    assert digest(files) != digest({**files, "ferstudy/inner.py": INNER.replace("2", "3")})


def test_a_module_that_is_not_imported_does_not_count(digest):
    files = {"job.py": SCRIPT, "ferstudy/inner.py": INNER, "ferstudy/other.py": "x = 1\n"}
    assert digest(files) == digest({**files, "ferstudy/other.py": "x = 2\n"})


def test_a_module_loaded_by_name_counts_when_it_is_listed(digest):
    files = {"job.py": SCRIPT, "ferstudy/inner.py": INNER, "ferstudy/family.py": "x = 1\n"}
    changed = {**files, "ferstudy/family.py": "x = 2\n"}
    assert digest(files, "job.py", "ferstudy/family.py") != digest(changed, "job.py", "ferstudy/family.py")


def test_other_files_count_by_their_bytes(digest):
    files = {"job.py": SCRIPT, "ferstudy/inner.py": INNER, "page.html": "a"}
    assert digest(files, "job.py", "page.html") != digest({**files, "page.html": "b"}, "job.py", "page.html")


def test_relative_imports_are_refused(digest):
    with pytest.raises(ValueError, match="relative imports"):
        digest({"job.py": "from . import x\n"})
