"""Where everything lies below the study folder: the one place that knows file names.

Every path is relative to the study folder, so that a study can be moved. A path says which cell it belongs to;
nothing is packed into a name and parsed out again.
"""

from pathlib import Path

PROJECT = Path(__file__).parents[2]  # ferstudy itself
WEIGHTS = "weights"  # of the study folder or of ferstudy: networks of others, as scripts/fetch_weights.py keeps them
CONFIG = "config/config.yaml"  # of the study folder, as is RESULTS
RESULTS = "results"
STATE = f"{RESULTS}/state"  # undeclared: what must outlive the jobs that Snakemake cleans up after
DIGESTS = f"{STATE}/digests.json"  # digests of files that are not ours, by path, size and times
SUMS = f"{STATE}/sums"  # SHA-256 of what jobs have written
BENCHMARKS = f"{RESULTS}/benchmarks"
ACCOUNTED = f"{STATE}/slurm.csv"  # what SLURM's accounting says of the jobs
EARLIER_PLAN = f"{RESULTS}/report/plan.json"  # written by releases before 0.1.0, and by none since
JOBS = f"{STATE}/jobs"  # jobs that are too long for a command line, named by their digests


def synthetic(leaf: str) -> str:
    """The raw folder of a rendered dataset."""
    return f"{RESULTS}/synthetic/{leaf}"


def truth(leaf: str) -> str:
    """What was rendered: action units and intensity per frame (a store)."""
    return f"{RESULTS}/synthetic/{leaf}.h5"


def stills(name: str, kind: str) -> str:
    """A set of stills; `kind` is h5 (pictures), csv (labels) or rejected.csv (rows that could not be read)."""
    return f"{RESULTS}/stills/{name}.{kind}"


def clips(dataset: str) -> str:
    """The clips table of a dataset."""
    return f"{RESULTS}/clips/{dataset}.csv"


def notes(leaf: str) -> str:
    """What was odd about clips that were kept while indexing."""
    return f"{RESULTS}/clips/{leaf}.notes.csv"


def rejected_clips(dataset: str) -> str:
    """What was rejected while indexing, or while joining a union."""
    return f"{RESULTS}/clips/{dataset}.rejected.csv"


def shard(leaf: str, number: int) -> str:
    """The clips of one shard, as extraction sees them."""
    return f"{RESULTS}/clips/{leaf}/{number}.csv"


def faces(leaf: str, recipe: str, number: int) -> str:
    """Face crops of one shard (a store)."""
    return f"{RESULTS}/faces/{leaf}/{recipe}/{number}.h5"


def rejected_faces(leaf: str, recipe: str, number: int) -> str:
    """Clips of one shard that gave no faces."""
    return f"{RESULTS}/faces/{leaf}/{recipe}/{number}.rejected.csv"


def coverage(leaf: str, made: str, kind: str, what: str = "faces") -> str:
    """The summary (json) or the gate (passed) of the faces of a leaf by a recipe, or of a table of others."""
    return f"{RESULTS}/{what}/{leaf}/{made}.{kind}"


def table_rows(leaf: str, table: str, number: int, kind: str) -> str:
    """A table of another tool, of one shard: features (h5), clips without (rejected.csv), oddities (notes.csv)."""
    return f"{RESULTS}/tables/{leaf}/{table}/{number}.{kind}"


def boxes(leaf: str, recipe: str) -> str:
    """Frames with the boxes that were found, of some clips of a leaf, for the page of the data stage."""
    return f"{RESULTS}/faces/{leaf}/{recipe}/boxes.json"


def trimmed(leaf: str, recipe: str, number: int, kind: str) -> str:
    """Crops of one shard without neutral beginnings and ends (h5), what was cut off each clip (csv), or by what curve.

    Curves of intensity (curves.csv) go over all crops, those that were cut off too.
    """
    return f"{RESULTS}/trimmed/{leaf}/{recipe}/{number}.{kind}"


def controlled(leaf: str, recipe: str, number: int) -> str:
    """Crops of one shard that a negative control is trained on (a store)."""
    return f"{RESULTS}/controls/crops/{leaf}/{recipe}/{number}.h5"


def fingerprints(leaf: str, number: int) -> str:
    """Fingerprints of the full frames of one shard (a store), for the audit."""
    return f"{RESULTS}/fingerprints/{leaf}/{number}.h5"


def people(leaf: str, number: int) -> str:
    """Descriptors of the faces of one shard (a store), for the audit: who looks like whom."""
    return f"{RESULTS}/people/{leaf}/{number}.h5"


def people_in_stills(stills: str) -> str:
    """Descriptors of the faces on a set of stills (a store), for the audit: who looks like whom of the clips."""
    return f"{RESULTS}/people/{stills}.h5"


def people_by_face(leaf: str) -> str:
    """People by face: who is in the clips of a leaf that name nobody."""
    return f"{RESULTS}/people/{leaf}.csv"


def face_comparison(leaf: str) -> str:
    """Detectors and trackers compared on clips of a leaf."""
    return f"{RESULTS}/compare_faces/{leaf}.json"


def flow(leaf: str, recipe: str, number: int) -> str:
    """Optical flow of one shard (a store)."""
    return f"{RESULTS}/flow/{leaf}/{recipe}/{number}.h5"


def landmarks(leaf: str, recipe: str, number: int) -> str:
    """Landmarks in the face crops of one shard (a store)."""
    return f"{RESULTS}/landmarks/{leaf}/{recipe}/{number}.h5"


def features(leaf: str, recipe: str, backbone: str, source: str, layer: str, number: int) -> str:
    """Frame features of one shard (a store)."""
    return f"{RESULTS}/features/{leaf}/{recipe}/{backbone}/{source}/{layer}/{number}.h5"


def copies(leaf: str, recipe: str, backbone: str, source: str, layer: str, number: int) -> str:
    """Frame features of augmented copies of the clips of one shard (a store)."""
    return f"{RESULTS}/features/{leaf}/{recipe}/{backbone}/{source}/{layer}/{number}.copies.h5"


def listing(stores: str, copies: str) -> str:
    """What the stores of all shards in a folder hold (JSON), where a study has many shards."""
    return f"{RESULTS}/{stores}/listing{copies}.json"


BACKBONE_FILES = ("model.zip", "history.csv", "predictions.csv")


def backbone(name: str, recipe: str, source: str, file: str) -> str:
    """A file of a trained backbone; `file` is one of BACKBONE_FILES."""
    return f"{RESULTS}/backbones/{name}/{recipe}/{source}/{file}"


def folds(dataset: str, protocol: str) -> str:
    """The fold table."""
    return f"{RESULTS}/folds/{dataset}/{protocol}.csv"


def audit(dataset: str, protocol: str, kind: str) -> str:
    """The audit's findings (json) or its gate (passed)."""
    return f"{RESULTS}/audit/{dataset}/{protocol}.{kind}"


def pairs(dataset: str, protocol: str) -> str:
    """Every pair that a check of the audit found: clips, people or spellings that belong together."""
    return f"{RESULTS}/audit/{dataset}/{protocol}/pairs.csv"


def run_audit(dataset: str, protocol: str) -> str:
    """What the second audit found of what was trained, searched, fused and scored."""
    return f"{RESULTS}/audit/{dataset}/{protocol}/run.json"


def trials(place: str, worker: int) -> str:
    """The trials of one worker of a search; a place is a search, or a search and the fold that it is for."""
    return f"{RESULTS}/search/{place}/worker{worker}.csv"


def best(place: str) -> str:
    """The settings that a search has chosen."""
    return f"{RESULTS}/search/{place}/best.json"


MODEL_FILES = ("model.zip", "history.csv", "run.json", "samples.h5", "validation.h5")


def model(dataset: str, protocol: str, architecture: str, fold: str, run: int, file: str) -> str:
    """A file of one trained model; `file` is one of MODEL_FILES."""
    return f"{RESULTS}/models/{dataset}/{protocol}/{architecture}/{fold}/run{run}/{file}"


def predictions(dataset: str, protocol: str, architecture: str, fold: str, run: int) -> str:
    """The predictions of one trained model."""
    return f"{RESULTS}/predictions/{dataset}/{protocol}/{architecture}/{fold}/run{run}.csv"


def taught(dataset: str, protocol: str, student: str, fold: str, run: int) -> str:
    """What a teacher answers to the training clips of one training of its student."""
    return f"{RESULTS}/taught/{dataset}/{protocol}/{student}/{fold}/run{run}.csv"


def cost(dataset: str, architecture: str) -> str:
    """What a trained architecture costs per clip of a dataset, as it was measured."""
    return f"{RESULTS}/cost/{dataset}/{architecture}.json"


def early(dataset: str, architecture: str) -> str:
    """The test scores of an architecture by how much of each clip it has seen."""
    return f"{RESULTS}/early/{dataset}/{architecture}.csv"


def robustness(dataset: str, architecture: str) -> str:
    """The test scores of an architecture on clips that were made worse."""
    return f"{RESULTS}/robustness/{dataset}/{architecture}.csv"


def explained(dataset: str, protocol: str, architecture: str, kind: str) -> str:
    """What a trained architecture looked at in some test clips: facts (json), its samples (csv) and maps (h5)."""
    return f"{RESULTS}/explained/{dataset}/{protocol}/{architecture}.{kind}"


def export(dataset: str, architecture: str) -> str:
    """A trained model with all that predicting needs, in one file for others."""
    return f"{RESULTS}/exports/{dataset}/{architecture}.zip"


def converted(dataset: str, architecture: str, form: str, precision: str, ending: str = "") -> str:
    """The folder of a trained model in the format of devices; with the ending .json what was measured of it."""
    return f"{RESULTS}/exports/{dataset}/{architecture}/{form}-{precision}{ending}"


def control(dataset: str, protocol: str, name: str) -> str:
    """What a control that is made of tables answers, in the form in which others bring predictions."""
    return f"{RESULTS}/controls/{dataset}/{protocol}/{name}.csv"


def imported(dataset: str, protocol: str, name: str, kind: str) -> str:
    """Predictions of others, or of a control, held against clips and folds (csv), and what was noted of them (json)."""
    return f"{RESULTS}/external/{dataset}/{protocol}/{name}.{kind}"


def ratings(dataset: str, kind: str) -> str:
    """What people answered to the clips of a dataset (csv), and what was noted of their votes (json)."""
    return f"{RESULTS}/human/{dataset}.{kind}"


def fused(dataset: str, protocol: str, fusion: str, kind: str) -> str:
    """Parameters (json) or predictions (csv) of a fusion, or of all combinations of a pattern."""
    return f"{RESULTS}/fused/{dataset}/{protocol}/{fusion}.{kind}"


def scores(dataset: str, protocol: str, name: str) -> str:
    """The scores of one model."""
    return f"{RESULTS}/scores/{dataset}/{protocol}/{name}.csv"


def exported(dataset: str, protocol: str) -> str:
    """The folds of a protocol in the forms that others read (a folder, by `make export-folds`)."""
    return f"{RESULTS}/export/folds/{dataset}/{protocol}"


def rating_page(dataset: str) -> str:
    """The page for human raters (page/) and its key (key.csv), by `make rating-page`; they are no results."""
    return f"rating/{dataset}"


def compare(dataset: str, protocol: str) -> str:
    """The models of one dataset and protocol against each other."""
    return f"{RESULTS}/compare/{dataset}/{protocol}.json"


def log(rule: str, job: str) -> str:
    """The log of a job."""
    return f"{RESULTS}/logs/{rule}/{job}.log"


def benchmark(rule: str, job: str) -> str:
    """Time and memory of a job, as Snakemake measures them."""
    return f"{BENCHMARKS}/{rule}/{job}.tsv"


LEDGER = f"{RESULTS}/ledger.csv"  # when test rows were compared: undeclared, since it outlives every rerun
FROZEN = f"{RESULTS}/frozen.json"  # by `make freeze`: the plan before the test rows were opened
PAGE = f"{RESULTS}/report/study.html"
ANSWER = f"{RESULTS}/report/answer.txt"  # the sentences of the first screen, for the end of a run
DATA_PAGE = f"{RESULTS}/report/data.html"  # of the data stage alone
PARTIAL_LOG = f"{RESULTS}/report/partial.log"
PARTIAL_PAGE = f"{RESULTS}/report/study.partial.html"
REPORT_FOLDERS = {name: f"{RESULTS}/report/{name}" for name in ("tables", "data", "figures", "cards")}
METHODS = f"{RESULTS}/report/methods.md"
BIBLIOGRAPHY = f"{RESULTS}/report/methods.bib"
CHECKLIST = f"{RESULTS}/report/checklist.csv"
CHECKLIST_TEXT = f"{RESULTS}/report/checklist.md"
BUNDLE = f"{RESULTS}/bundle.zip"  # by `make bundle`
REPORT_TEXTS = [METHODS, BIBLIOGRAPHY, CHECKLIST, CHECKLIST_TEXT]
PARTIAL_FOLDERS = {name: f"{path}.partial" for name, path in REPORT_FOLDERS.items()}
# Of a run that failed: the page and its folders, and none of the files beside it.
PARTIAL_FILES = {"page": PARTIAL_PAGE, "answer": "", "texts": [], **PARTIAL_FOLDERS}
