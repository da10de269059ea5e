"""Which files of a study are not made of its present config: those that Snakemake would remake, and all made of them.

A file that exists may be older than the config: its job failed, or never started. No number of such a file may be
shown, nor one that was computed from it. `derived` follows the way from videos to comparisons; a step that is missing
here would let an old number through, so each step of workflow/rules has its line.
"""

from collections.abc import Collection, Iterable, Iterator

from ferstudy import paths
from ferstudy.study import files
from ferstudy.study.grid import Cell, Study

Step = tuple[Iterable[str], Iterable[str]]  # what is made of what


def derived(study: Study, stale: Collection[str]) -> frozenset[str]:
    """`stale`, paths below the study folder, with every file of `study` that was made of one of them."""
    found = set(stale)
    if not found:
        return frozenset()
    steps = [(set(made), set(of)) for made, of in _steps(study)]
    while grown := {path for made, of in steps if not found.isdisjoint(of) for path in made} - found:
        found |= grown
    return frozenset(found)


def _steps(study: Study) -> Iterator[Step]:
    """Every step of the study as (files made, files they are made of); a job's outputs are made of each other."""
    for leaf in study.all_leaves:
        yield from _of_leaf(study, leaf)
    for name, recipe, source in study.trained_backbones:
        yield from _of_backbone(study, name, recipe, source)
    for place, told in study.search_places.items():
        tables = [paths.trials(place, worker) for worker in range(told["workers"])]
        yield [paths.best(place)], tables
        yield tables, _searched(study, told)
    for dataset, protocol in study.pairs:
        folds, audit = paths.folds(dataset, protocol), paths.audit(dataset, protocol, "json")
        leaves = study.leaves(dataset)
        yield [paths.clips(dataset), paths.rejected_clips(dataset)], [paths.clips(leaf) for leaf in leaves]
        yield [folds], [paths.clips(dataset)]
        prints = [paths.fingerprints(leaf, number) for leaf in leaves for number in study.shards]
        stills = [path for name in study.backbones for path in _stills(study, name)]
        yield [audit, paths.audit(dataset, protocol, "passed")], [paths.clips(dataset), folds, *prints, *stills]
    for cell in study.cells:
        yield from _of_fusion(study, cell) if cell.kind == "fusion" else _of_architecture(study, cell)


def _of_leaf(study: Study, leaf: str) -> Iterator[Step]:
    clips = [paths.clips(leaf), paths.rejected_clips(leaf)]
    shards = [paths.shard(leaf, number) for number in study.shards]
    yield clips, [paths.truth(leaf)]
    yield shards, [*clips, paths.truth(leaf)]
    for recipe in study.recipes_on(leaf):
        found = [path(leaf, recipe, n) for path in (paths.faces, paths.rejected_faces) for n in study.shards]
        yield found, shards
        yield [paths.coverage(leaf, recipe, kind) for kind in ("json", "passed")], [*found, *shards]
        yield [paths.trimmed(leaf, recipe, n, kind) for n in study.shards for kind in ("h5", "csv")], found
        made = [path(leaf, recipe, n) for path in (paths.flow, paths.landmarks) for n in study.shards]
        yield made, _crops(study, [leaf], recipe)
    yield [paths.fingerprints(leaf, number) for number in study.shards], shards
    yield [paths.face_comparison(leaf)], clips


def _crops(study: Study, leaves: list[str], recipe: str) -> list[str]:
    """The stores of crops of these leaves, and how many clips have some."""
    stores = [files.crops(study, leaf, recipe, number) for leaf in leaves for number in study.shards]
    return [*stores, *(paths.coverage(leaf, recipe, "json") for leaf in leaves)]


def _of_backbone(study: Study, name: str, recipe: str, source: str) -> Iterator[Step]:
    made = _fitted(name, recipe, source)
    yield made, [*made, files.best_of_backbone(study, name, recipe)]
    if source == "stills":
        yield made, _stills(study, name)
        return
    dataset, protocol, fold = study.sources[source]
    yield made, [paths.clips(dataset), *_dealt(dataset, protocol), *_crops(study, study.leaves(dataset), recipe)]
    for other in study.earlier(protocol, fold):
        yield made, _fitted(name, recipe, study.source(name, dataset, protocol, other))


def _fitted(name: str, recipe: str, source: str) -> list[str]:
    """The files of a backbone."""
    return [paths.backbone(name, recipe, source, file) for file in paths.BACKBONE_FILES]


def _stills(study: Study, backbone: str) -> list[str]:
    """The stills that a backbone learns from; none where it learns from frames."""
    stills = study.backbones[backbone].get("stills")
    return [paths.stills(stills, kind) for kind in ("h5", "csv")] if stills else []


def _dealt(dataset: str, protocol: str) -> list[str]:
    """The fold table and its audit, without which nothing is trained."""
    return [paths.folds(dataset, protocol), paths.audit(dataset, protocol, "json")]


def _searched(study: Study, told: dict) -> list[str]:
    """What a search of an architecture reads beside its config."""
    if "backbone" in told:
        return [*_stills(study, told["backbone"]), *_crops(study, study.all_leaves, told["recipe"])]
    cell = Cell(told["dataset"], told["protocol"], told["architecture"], "architecture")
    return [path for fold in told["names"] for path in _inputs(study, cell, fold)]


def _inputs(study: Study, cell: Cell, fold: str) -> list[str]:
    """What a training reads that other jobs than trainings and searches made."""
    dataset, protocol, model, _ = cell
    entry, leaves = study.architectures[model]["input"], study.leaves(dataset)
    found = [paths.clips(dataset), *_dealt(dataset, protocol), *_crops(study, leaves, entry["recipe"])]
    for kind in (*study.kinds(model), "copies"):
        found += files.stores(study, *cell[:3], fold, kind)
    if "backbone" in entry:
        found += _fitted(entry["backbone"], entry["recipe"], study.source(entry["backbone"], dataset, protocol, fold))
    return found


def _features(study: Study, cell: Cell, fold: str) -> Iterator[Step]:
    """The stored features of a training: made of the crops and of the backbone."""
    entry = study.architectures[cell.model]["input"]
    made = [path for kind in ("features", "copies") for path in files.stores(study, *cell[:3], fold, kind)]
    if made:
        source = study.source(entry["backbone"], cell.dataset, cell.protocol, fold)
        fitted = _fitted(entry["backbone"], entry["recipe"], source)
        yield made, [*fitted, *_crops(study, study.leaves(cell.dataset), entry["recipe"])]


def _of_architecture(study: Study, cell: Cell) -> Iterator[Step]:
    dataset, protocol, model, _ = cell
    scores = paths.scores(dataset, protocol, model)
    for fold in study.trainings(protocol):
        yield from _features(study, cell, fold)
        inputs = [*_inputs(study, cell, fold), files.best_of(study, dataset, protocol, model, fold)]
        for run in study.runs:
            made = _trained(cell, fold, run)
            earlier = [path for other in study.earlier(protocol, fold) for path in _trained(cell, other, run)]
            yield made, [*made, *inputs, *earlier]
            if fold in study.scored(protocol):
                yield [scores], made
    yield [scores], [paths.clips(dataset), paths.folds(dataset, protocol)]
    yield [paths.compare(dataset, protocol)], [scores]


def _trained(cell: Cell, fold: str, run: int) -> list[str]:
    """The files of one training."""
    models = [paths.model(*cell[:3], fold, run, file) for file in paths.MODEL_FILES]
    return [*models, paths.predictions(*cell[:3], fold, run)]


def _of_fusion(study: Study, cell: Cell) -> Iterator[Step]:
    dataset, protocol, name, _ = cell
    made = [paths.fused(dataset, protocol, name, kind) for kind in ("json", "csv")]
    scores = paths.scores(dataset, protocol, name)
    for member in study.members(name):
        own = Cell(dataset, protocol, member, "architecture")
        for fold in study.scored(protocol):
            yield made, [path for run in study.runs for path in _trained(own, fold, run)]
    yield [made[1]], made[:1]
    yield [scores], made
    yield [paths.compare(dataset, protocol)], [*made, scores]
