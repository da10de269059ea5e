"""Compare all models of one dataset under one protocol, on the test rows.

The JSON it writes (a number that cannot be computed is null, never NaN; all p-values are two-sided):

dataset, protocol   names
classes             list of class names
subjects, clips     how many the test rows hold
unit                "subjects", "clips" (no subject is known) or "mixed": what is resampled and flipped
caution             "" or a sentence: e.g. "clips, not people: too narrow by an unknown amount"
models              list, by development UAR (by name without validation rows):
    {model, kind: "architecture" | "external" | "fusion", baseline: bool, tested: bool, runs: n,
     development_uar, development_low, development_high, development_interval: text,
     test_uar, test_low, test_high, test_interval: text}
    `tested` is false for the fusions that were not chosen: they have scores and a gain, but take part in no family
best                the tested model of the highest development UAR; null without validation rows
best_reason         a sentence: why this one, or why none
procedure           null, or in a nested protocol {chosen: {outer fold: model}, uar, low, high, interval: text}: the
    pooled test rows where every outer fold chooses among all models by its own development rows
against_best        {family: n, method: text, differences: [difference, ...]}: every other tested model against `best`
not_separable_from_best   names (the best first): the models that are not separable from it; [] without one
against_references  the same shape: every tested model that is no baseline against every baseline, each baseline a
    family of its own (`family`: the number of models; p_holm over them; p_max_t null), and
    claims: [{model, reference: the baseline with the largest p, difference, p, p_holm: over the models, above: bool}]
separable_from_baseline   names: the models above EVERY baseline (an intersection-union test); [] = none is
within              [] but in leave-one-dataset-out, whose test rows are never pooled: for each test dataset
    {fold, dataset, subjects, clips, unit, caution, best: by this fold's development UAR, against_best,
     not_separable_from_best, against_references, separable_from_baseline}
fusions             {chosen: name | null, tried: n, method: text, gains: [difference, ...]}: each fusion against its
    member that was best in development; p_max_t is over all fusions tried; each has also `chosen`: bool
contrasts           {name: {classes: [a, b], clips, subjects, scores: {model: UAR},
                     family: n, method: text, differences: [difference, ...], claims: [...]}}
    every tested model that is no baseline against every baseline, on the two-class problem
variance            {model: {runs, folds, subjects, people, seeds, training}}, of models of several runs: the standard
    deviations of the test UAR (the mean over runs) that the people tested, the seeds, and the folds' differing training
    sets (null where one set is tested, or each fold tests one person) cause, each by itself; {} where test rows are not
    pooled
references          list of {name: "chance" | "majority class" | "people, n clips" (where the clips table has votes),
                     class: name | null, uar, accuracy, macro_f1}

A difference is {model, reference, difference (test UAR of model minus reference), low, high, interval: text or why
there is none, p, p_holm (over the family), p_max_t (simultaneous over the family; null in repeated hold-out and
against baselines),
separable: bool (p_max_t, where null p_holm, below 0.05), detectable (the smallest difference that one such test finds
with 80 %, from the spread over people; null where none could be found or nothing varies), only_model, only_reference
(clips that only one of them has right, first run), p_mcnemar, mcnemar: text}; where `evaluation` has a margin also
{margin, low_90, high_90, equivalent: whether the interval of 90 % lies within the margin, null without one}.
"""

import json
import logging
import sys

from ferstudy.command import run
from ferstudy.evaluation import openings
from ferstudy.evaluation.comparison import compare
from ferstudy.evaluation.people import people
from ferstudy.evaluation.units import with_parties
from ferstudy.jobs.compare import Compare
from ferstudy.protocols import who_said
from ferstudy.tables import clips as clips_table
from ferstudy.tables import predictions, scores
from ferstudy.whole_files import write_text

log = logging.getLogger(__name__)


def main(job: Compare) -> None:
    """Parse, read, compare, write."""
    rows = predictions.concatenate([predictions.read(path) for path in job.predictions])
    clips = who_said.linked(job, clips_table.read(job.clips))
    rows = with_parties(rows, clips)
    table = [row for path in job.scores for row in scores.read(path)]
    found = compare(rows, table, job.evaluation, job.folds, job.baselines, job.fusions, job.externals)
    human = people(rows.where(rows.role == "test"), clips)
    found["references"] += [human] if human else []
    found = {"dataset": job.dataset, "protocol": job.protocol, **found}
    write_text(job.out, json.dumps(found, indent=1, allow_nan=False) + "\n")
    if job.ledger and found["clips"]:
        openings.enter(job, table)
    log.info("compared %d models on %d test clips", len(found["models"]), found["clips"])


if __name__ == "__main__":
    sys.exit(run(main, Compare))
