"""What a reviewer asks of a study, answered from its files: yes, no, unknown or not applicable."""

import re
from collections.abc import Callable
from typing import NamedTuple

import pandas as pd

from ferstudy import paths
from ferstudy.evaluation.intervals import BOOTSTRAP_FROM
from ferstudy.report.numbers import DASH, count, duration, listed
from ferstudy.report.ranking import Panel, panels
from ferstudy.report.records import Results
from ferstudy.report.sections import controls, negative_controls
from ferstudy.report.sections.cost import spent

YES, NO, UNKNOWN, NOT = "yes", "no", "unknown", "not applicable"
AUDIT, RUN_AUDIT = paths.audit("<dataset>", "<protocol>", "json"), paths.run_audit("<dataset>", "<protocol>")
SCORES, COMPARED = paths.scores("<dataset>", "<protocol>", "<model>"), paths.compare("<dataset>", "<protocol>")
RECORD = paths.model("<dataset>", "<protocol>", "<model>", "<fold>", 0, "run.json")
ORDER = (NO, UNKNOWN, YES)  # the worst of several answers counts


class Answer(NamedTuple):
    """An answer and what it rests on."""

    answer: str
    says: str


class ReviewItem(NamedTuple):
    """A question with its answer, and where the evidence stands: a section of the page by its anchor, and a file."""

    question: str
    answer: str
    says: str
    section: str
    file: str


def asked(results: Results) -> tuple[ReviewItem, ...]:
    """All questions, in the order in which a study is made; of a public page without names of people and files."""
    shown = results.names.anywhere if results.names else str
    absent = _absent(results)
    return tuple(
        ReviewItem(question, answer, shown(says), "" if section in absent else section, file)
        for question, find, section, file in QUESTIONS
        for answer, says in (find(results),)
    )


def as_csv(results: Results) -> str:
    """The checklist as CSV: question, answer, says, section and file."""
    return pd.DataFrame(asked(results), columns=ReviewItem._fields).to_csv(index=False)


def as_markdown(results: Results) -> str:
    """The checklist as a Markdown table whose sections link to the page beside it."""
    page = paths.PAGE.rpartition("/")[2]
    links = {name: f"[{name}]({page}#{name})" if name else DASH for name in ("", *(row[2] for row in QUESTIONS))}
    rows = ((one.question, one.answer, one.says, links[one.section], f"`{one.file}`") for one in asked(results))
    titles = ("Question", "Answer", "What it rests on", "On the page", "File")
    lines = ("| " + " | ".join(text.replace("|", "\\|") for text in row) + " |" for row in (titles, *rows))
    head, *body = lines
    return "\n".join(("# Checklist for reviewers", "", head, "|---" * len(titles) + "|", *body, ""))


def _absent(results: Results) -> tuple[str, ...]:
    """Sections that the page of this study has not."""
    there = {"human": bool(results.study.config["human"]), "controls": bool(controls.section(results))}
    return tuple(section for section, has in there.items() if not has)


# ---- answers


def _checks(*checks: str, warned: str = YES) -> Callable[[Results], Answer]:
    """The worst status of these checks over all audits; unknown where a protocol has none of them.

    A warning is answered by `warned`: most are of what stays within one role.
    """
    statuses = {"leak": NO, "unknown": UNKNOWN, "warning": warned}

    def find(results: Results) -> Answer:
        told = []
        for protocol in results.protocols:
            every = (item for audit in protocol.audits for item in audit.get("findings", []))
            own = [
                (statuses.get(item["status"], YES), _short(item["text"])) for item in every if item["check"] in checks
            ]
            worst = min(own or [(UNKNOWN, "no check of this")], key=lambda answer: ORDER.index(answer[0]))
            told.append((f"{protocol.dataset}/{protocol.protocol}", Answer(*worst)))
        return _worst(told)

    return find


def _short(text: str) -> str:
    """What a finding begins with: up to its first list, whose end stands on the page."""
    start = re.split(r": |\. |\.$", text.replace("`", ""), maxsplit=1)[0]
    return start if start.count("(") == start.count(")") else start[: start.rindex("(")].rstrip()


def _worst(told: list[tuple[str, Answer]]) -> Answer:
    """The worst answer, and what is said where it is found; unknown where nothing was asked."""
    found = next((answer for answer in ORDER if answer in {own.answer for _, own in told}), UNKNOWN)
    places: dict[str, list[str]] = {}
    for place, own in told:
        if own.answer == found:
            places.setdefault(own.says, []).append(place)
    return Answer(found, "; ".join(f"{', '.join(where)}: {says}" for says, where in places.items()) or "no protocol")


def _of_panels(find: Callable[[Panel], Answer]) -> Callable[[Results], Answer]:
    """The worst answer over datasets and protocols, each named."""

    def over(results: Results) -> Answer:
        return _worst(
            [(f"{panel.protocol.dataset}/{panel.protocol.protocol}", find(panel)) for panel in panels(results)]
        )

    return over


def _elsewhere(results: Results) -> Answer:
    used = results.config["backbones"].values()
    if not any(told["weights"] != "none" or told["network"] == "file" or told.get("stills") for told in used):
        return Answer(NOT, "no network was trained on anything but the clips")
    return _checks("stills", "who_is_who_stills", "elsewhere")(results)


def _fusions(results: Results) -> Answer:
    return _checks("fusion")(results) if results.study.fusions else Answer(NOT, "no fusion was planned")


def _people(panel: Panel) -> Answer:
    tested = [score for entry in panel.entries for score in (entry.test, *entry.apart) if score]
    known = [int(score.subjects) for score in tested if str(score.subjects).isdigit() and int(score.subjects)]
    if not known:
        return Answer(UNKNOWN, "who is tested is not known, or nothing is")
    return Answer(YES if min(known) >= BOOTSTRAP_FROM else NO, count(min(known), "test person", "test people"))


def _intervals(panel: Panel) -> Answer:
    tested = [score for entry in panel.entries for score in ([entry.test] if entry.test else entry.apart)]
    if not tested:
        return Answer(UNKNOWN, "nothing is tested")
    without = sum(score.low is None or score.low != score.low for score in tested)
    made = listed(sorted({score.interval for score in tested if score.interval}))
    return Answer(NO if without else YES, f"{made or 'none'}; {without} of {len(tested)} scores have none")


def _compared(panel: Panel, key: str) -> list[dict]:
    """The families of differences that were tested; where datasets are folds, those within each dataset."""
    families = [own.get(key) or {} for own in (panel.compare, *(panel.compare.get("within") or []))]
    return [family for family in families if family.get("differences")]


def _paired(panel: Panel) -> Answer:
    found = _compared(panel, "against_references") or _compared(panel, "against_best")
    if not panel.compare:
        return Answer(UNKNOWN, f"the comparison is {panel.uncompared or 'missing'}")
    methods = listed(list(dict.fromkeys(family["method"] for family in found)))
    return Answer(YES, methods) if found else Answer(NO, "nothing was compared")


def _corrected(panel: Panel) -> Answer:
    if not panel.compare:
        return Answer(UNKNOWN, f"the comparison is {panel.uncompared or 'missing'}")
    sizes = [sum(own["family"] for own in _compared(panel, key)) for key in ("against_references", "against_best")]
    if not any(sizes):
        return Answer(NO, "nothing was compared")
    return Answer(YES, f"{count(sizes[0], 'comparison')} with baselines (Holm), {sizes[1]} with the best (max-T)")


def _choice(panel: Panel) -> Answer:
    if panel.protocol.settings.get("kind") == "as_published":
        return Answer(NO, "the protocol chooses the best epoch on the test clips, as published")
    if panel.protocol.rotates:
        return Answer(NO, "folds test each other's validation clips, so the choice of the best model saw them")
    return Answer(YES, "the best model was chosen on development rows alone")


def _baselines(panel: Panel) -> Answer:
    named = [entry.name for entry in panel.baselines]
    return Answer(YES if named else NO, listed(named) or "none")


def _balance(results: Results) -> Answer:
    told = []
    for dataset in results.datasets:
        labels = [clip.label for clip in dataset.clips or []]
        sizes = [labels.count(name) for name in dataset.classes]
        low, high = min(sizes, default=0), max(sizes, default=0)
        told.append(f"{dataset.name}: {high if low == high else f'{low} to {high}'} clips per class")
    return Answer(YES, f"the score is the mean recall over classes (UAR); {'; '.join(told)}")


def _seeds(results: Results) -> Answer:
    runs = len(results.study.runs)
    return Answer(YES if runs > 1 else NO, f"{count(runs, 'run')} of each model")


def _human(results: Results) -> Answer:
    if results.datasets and all(dataset.rendered for dataset in results.datasets):
        return Answer(NOT, "the faces are rendered; what was rendered is known")
    rated = sorted(results.study.config["human"])
    return Answer(YES, f"people rated {listed(rated)}") if rated else Answer(NO, "nobody has rated the clips")


def _controls(results: Results) -> Answer:
    judged = [*controls.verdicts(results), *negative_controls.judged(results)]
    if not judged:
        return Answer(NO, "none was planned")
    failed = [one.own.model for one in judged if one.well is False]
    unknown = [one for one in judged if one.well is None]
    if failed:
        return Answer(NO, f"failed: {listed(failed)}")
    return Answer(UNKNOWN if unknown else YES, f"{len(judged) - len(unknown)} of {len(judged)} are as they must be")


def _stated(key: str) -> Callable[[Results], Answer]:
    """Whether the config states the licence, the source or the consent of all data of recorded people."""

    def find(results: Results) -> Answer:
        every = [dataset for dataset in results.datasets if key == "licence" or not dataset.rendered]
        if results.datasets and not every:
            return Answer(NOT, "no person was recorded")
        said = {dataset.name: getattr(dataset, key) for dataset in every}
        lacking = [name for name, text in said.items() if not text or "TO STATE" in text]
        told = [f"{name}: {text}" for name, text in said.items() if name not in lacking]
        told += [f"TO STATE for {listed(lacking)}"] if lacking else []
        return Answer(UNKNOWN if lacking or not every else YES, "; ".join(told))

    return find


def _commit(results: Results) -> Answer:
    if not results.commit:
        return Answer(UNKNOWN, "the page was not made in a git checkout")
    changed = results.commit.endswith("+")
    return Answer(NO if changed else YES, f"commit {results.commit}{'; the checkout had changes' if changed else ''}")


def _versions(results: Results) -> Answer:
    records = [record for own in results.models for record in own.records]
    lacking = sum(not record.get("versions") for record in records)
    answer = YES if records and not lacking else UNKNOWN
    return Answer(answer, f"{len(records) - lacking} of {count(len(records), 'run record')} have them")


def _compute(results: Results) -> Answer:
    cost = spent(results)
    return Answer(YES, f"{duration(cost.cpu_seconds)} of CPU time") if cost.jobs else Answer(UNKNOWN, "not measured")


def _whole(results: Results) -> Answer:
    lacking = len(results.holes)
    return Answer(NO if lacking else YES, f"{count(lacking, 'planned file')} missing or of an earlier config")


def _frozen(results: Results) -> Answer:
    frozen = [key for key in ("/".join((p.dataset, p.protocol)) for p in results.protocols) if results.frozen.get(key)]
    return Answer(YES if frozen and len(frozen) == len(results.protocols) else NO,
                  f"{len(frozen)} of {count(len(results.protocols), 'plan')} frozen; "
                  f"{count(len(results.openings), 'opening')} of test rows in the ledger")  # fmt: skip


QUESTIONS = (
    ("Is nobody in training and test at once?", _checks("subjects", "who_is_who", "people_by_face", "groups"),
     "protocol", AUDIT),
    ("Is no clip, or copy of one, in two roles?", _checks("duplicates", "files", "pictures"), "protocol", AUDIT),
    ("Do test clips choose no epoch?", _checks("selection"), "protocol", AUDIT),
    ("Was the best model chosen on other clips than those it is tested on?", _of_panels(_choice), "protocol", AUDIT),
    ("Was all preprocessing fitted on training rows?", _checks("fitted", "prior"), "protocol", RUN_AUDIT),
    ("Were fusions fitted on validation rows?", _fusions, "protocol", RUN_AUDIT),
    ("Has no pretrained network seen the test people?", _elsewhere, "protocol", AUDIT),
    ("Are folds free of sex, age and class effects?", _checks("sex", "age", "label", warned=NO), "protocol", AUDIT),
    ("Does a rare class count as much as a frequent one?", _balance, "data", SCORES),
    ("Are at least 10 people tested?", _of_panels(_people), "results", SCORES),
    ("Does every score have an interval over people?", _of_panels(_intervals), "results", SCORES),
    ("Are models compared by a paired test?", _of_panels(_paired), "results", COMPARED),
    ("Are the comparisons corrected for their number?", _of_panels(_corrected), "results", COMPARED),
    ("Are there simple baselines?", _of_panels(_baselines), "results", SCORES),
    ("Was training repeated with other seeds?", _seeds, "results", SCORES),
    ("Is it known how well people do?", _human, "human", paths.CONFIG),
    ("Do controls behave as they must?", _controls, "controls", SCORES),
    ("Was the plan frozen before test rows were scored?", _frozen, "protocol", paths.FROZEN),
    ("Is every planned result there?", _whole, "ran", paths.PAGE),
    ("Is the licence of the data stated?", _stated("licence"), "limits", paths.CONFIG),
    ("Is the source of the data stated?", _stated("citation"), "limits", paths.CONFIG),
    ("Is the consent of the recorded people stated?", _stated("consent"), "limits", paths.CONFIG),
    ("Is the version of the code known?", _commit, "provenance", RECORD),
    ("Are the versions of the packages recorded?", _versions, "provenance", RECORD),
    ("Is the computing time known?", _compute, "cost", paths.BENCHMARKS),
)  # fmt: skip
