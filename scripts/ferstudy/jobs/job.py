"""What a job is told: a frozen dataclass for each rule, built by the workflow and read by the rule's script.

Every command is `python <rule>.py --job <JSON>` and never changes: Snakemake runs all jobs of a rule again when the
text of its command does. A field that has its default is left out of the JSON, so a new optional field concerns only
the jobs that use it. Standard library only: this is imported at every parse of the workflow.
"""

import dataclasses
import hashlib
import json
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any, Self, get_origin, get_type_hints

from ferstudy.errors import StudyError
from ferstudy.jobs.numbered import longer, shorter
from ferstudy.whole_files import write_text

LONGEST = 50_000  # bytes of a job on a command line; Linux takes 131,072 in one argument


def _role(name: str) -> Callable[..., Any]:
    """A function that declares fields of one role: `doc` says what it holds; a second argument is its default."""

    def declare(doc: str, *default: Any, columns: tuple[str, ...] = ()) -> Any:
        given = {"default_factory": lambda: deepcopy(default[0])} if default else {}
        return dataclasses.field(metadata={"role": name, "doc": doc, "columns": columns}, **given)

    return declare


setting = _role("setting")  # a value
reads = _role("reads")  # inputs: files that another job writes; a newer one makes the job run again
stores = _role("stores")  # inputs, unless the job has `listings` that stand for them: see `list_stores`
table = _role("table")  # inputs that count by their content (of `columns`, if given), whenever they were written
gate = _role("gate")  # inputs that the job itself reads and may refuse; a change alone makes nothing run again
foreign = _role("foreign")  # files that are not the study's: they count by their content and are no inputs
search = _role("search")  # where files lie that are not the study's: what is found there counts by names, sizes, times
folder = _role("folder")  # folders that are not the study's: they count by their files' names, sizes and times
writes = _role("writes")  # outputs
FILES_OF_STUDY = {"reads", "stores", "table", "gate", "writes"}  # roles


@dataclasses.dataclass(frozen=True, kw_only=True)
class Job:
    """What all jobs are told."""

    code: str = setting("digest of the code behind the job", "")
    content: dict[str, Any] = setting("digests of what counts by its content, by field", {})

    @classmethod
    def script(cls) -> str:
        """The rule's script, below scripts/: it has the name of the job's module."""
        return f"{cls.__module__.rpartition('.')[2]}.py"

    def modules(self) -> list[str]:
        """The modules that the script loads by name, as paths below scripts/: their code counts too."""
        return []

    def paths(self, *roles: str) -> dict[str, str | list[str]]:
        """The paths in the fields of these roles, by field; fields without a path are left out.

        Of a row such as [architecture, fold, run, path] the path is the last.
        """
        found = {}
        for field in dataclasses.fields(self):
            value, role = getattr(self, field.name), field.metadata["role"]
            if role == "stores" and not getattr(self, "listings", []):
                role = "reads"
            if role in roles and value:
                found[field.name] = [_path(entry) for entry in value] if isinstance(value, list) else value
        return found

    def listed(self, *roles: str) -> list[str]:
        """The same paths in one list."""
        return [
            path for value in self.paths(*roles).values() for path in (value if isinstance(value, list) else [value])
        ]

    def to_json(self) -> str:
        """The fields that differ from their defaults; the order of keys says nothing."""
        told = {}
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            if field.default_factory is dataclasses.MISSING or value != field.default_factory():
                told[field.name] = shorter(value) if _lists_paths(field, value) else value
        return json.dumps(told, sort_keys=True, ensure_ascii=False)

    def argument(self, folder: str) -> str:
        """The job as the value of --job: its JSON, or @FILE, named by its digest, where that is too long."""
        text = self.to_json()
        if len(text.encode()) <= LONGEST:
            return text
        path = Path(folder) / f"{_digest(text.encode())}.json"
        if not path.exists():
            write_text(path, text)
        return f"@{path}"

    @classmethod
    def read(cls, argument: str) -> Self:
        """The job of a --job value. Raises StudyError naming the field that is unknown, missing or of another type."""
        told = _object(argument)
        fields = {field.name: field for field in dataclasses.fields(cls)}
        for name in sorted(told.keys() - fields):
            raise StudyError(f"--job: {name!r} is no field of {cls.__name__}; it has {', '.join(sorted(fields))}")
        hints = get_type_hints(cls)
        for name, field in fields.items():
            if name in told:
                _check(cls, field, hints[name], told[name])
                if _lists_paths(field, told[name]):
                    told[name] = list(longer(told[name]))
            elif field.default_factory is dataclasses.MISSING:
                raise StudyError(f"--job: {name} is missing: {field.metadata['doc']}")
        return cls(**told)


def _object(argument: str) -> dict[str, Any]:
    """The JSON object of a --job value, or of the file that it names."""
    text, source = argument, "--job"
    if argument.startswith("@"):
        path = Path(argument[1:])
        source = f"--job {argument}"
        if not path.is_file():
            raise StudyError(f"{source}: there is no such file; run snakemake, which writes it")
        content = path.read_bytes()
        if path.stem != _digest(content):
            raise StudyError(
                f"{source}: the file was edited, its content has another digest than its name; delete it, and run "
                "snakemake again, which writes it anew"
            )
        text = content.decode()
    try:
        told = json.loads(text)
    except ValueError as error:
        raise StudyError(f"{source}: expected JSON, found {text[:60]!r} ({error})") from None
    if not isinstance(told, dict):
        raise StudyError(f"{source}: expected a JSON object, found {text[:60]!r}")
    return told


def _check(cls: type, field: dataclasses.Field, hint: Any, value: Any) -> None:
    """Raise StudyError where a value has another type than its field (the types of entries are not looked at)."""
    expected = get_origin(hint) or hint
    fits = isinstance(value, (int, float)) if expected is float else isinstance(value, expected)
    if not fits or (isinstance(value, bool) and expected is not bool):
        raise StudyError(
            f"--job: {field.name} of {cls.__name__}: found {value!r}, expected {expected.__name__}: "
            f"{field.metadata['doc']}"
        )


def _lists_paths(field: dataclasses.Field, value: Any) -> bool:
    """Whether these are files of the study's, whose names are ours."""
    return isinstance(value, list) and field.metadata["role"] in FILES_OF_STUDY


def _path(entry: str | list) -> str:
    return entry[-1] if isinstance(entry, list) else entry


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]
