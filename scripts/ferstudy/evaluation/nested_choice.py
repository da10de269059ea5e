"""What choosing a model gives in a nested protocol: each outer fold chooses by its own development rows alone."""

from ferstudy.evaluation.paired import number
from ferstudy.evaluation.scoring import outer_folds, score_rows
from ferstudy.tables.predictions import Predictions, concatenate
from ferstudy.tables.scores import ScoreRow


def nested_choice(
    names: list[str], tests: dict[str, Predictions], scores: list[ScoreRow], evaluation: dict
) -> dict | None:
    """{chosen: {outer fold: model}, uar, low, high, interval}; None where folds are not nested. A NaN becomes None.

    Every outer fold is answered by the model of `names` that has the highest development UAR of that fold in `scores`
    (the first on a tie), and these test rows of `tests` are pooled. No clip has helped to choose the model that is
    tested on it, so that this is what the study's way of choosing is worth.
    """
    mean = [score for score in scores if (score.run, score.rows, score.metric) == ("mean", "development", "uar")]
    development = {(score.fold, score.model): score.value for score in mean}
    outers = [fold for fold in dict.fromkeys(outer_folds(tests[names[0]])) if fold] if names else []
    chosen = {}
    for fold in outers:
        known = [name for name in names if (fold, name) in development]
        if known:
            chosen[fold] = max(known, key=lambda name: development[fold, name])
    if not outers or len(chosen) < len(outers):
        return None
    parts = [tests[name].where(outer_folds(tests[name]) == fold) for fold, name in chosen.items()]
    pooled = score_rows(concatenate(parts), "test", evaluation)
    value, low, high, interval = next(row[5:9] for row in pooled if (row[0], row[3]) == ("mean", "uar"))
    return {"chosen": chosen, "uar": number(value), "low": number(low), "high": number(high), "interval": interval}
