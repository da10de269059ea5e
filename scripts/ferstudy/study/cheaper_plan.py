"""Two short ways through Snakemake 9.27, with which it plans what it plans without them (decision 102).

It asks the signature of each function of a rule anew for every job and every resource, and whether a file name has a
flag through two properties, some fifty times a file: together a sixth of the plan of a large study.
"""

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from snakemake.io import AnnotatedString


def plan_cheaply() -> None:
    """Take them in the process that this is called in; calling it twice changes nothing more."""
    from snakemake import common, rules
    from snakemake.io import AnnotatedString

    if hasattr(common.get_function_params, "cache_info"):
        return
    # The functions are those of the rules, which live as long as the process.
    common.get_function_params = rules.get_function_params = cache(common.get_function_params)
    AnnotatedString.is_flagged = _is_flagged


def _is_flagged(value: "AnnotatedString", flag: str) -> bool:
    return bool(value._flags.get(flag))
