"""Edits of two small studies, and how many jobs of each rule they concern: the table of edits.

Each is a change of a laid-out project (conftest.Project) that needs no file of its results. They are counted from what
the jobs are told (planned_jobs.py, test_edits.py); some of them, and what changes files of data, by Snakemake on
finished studies (test_reruns.py, test_one_command.py).
"""

import os
import time

PAGE = {"make_report": 1}
SCORED = {"compare": 2, "audit_run": 2, **PAGE}
SEARCHED = {"search_worker": 1, "best_settings": 1}
CHOSEN = {"audit_run": 1, **PAGE}  # a choice is judged whatever it is
SPACE = "space: {settings.C: [0.001, 1.0]}"
RESCORED = {"train_fold": 9, "fit_fusion": 1, "fuse": 1, "score": 4, "compare": 1, "audit_run": 1, **PAGE}  # of FILES
RETRAINED = {**SEARCHED, "train_fold": 21, "fit_fusion": 4, "fuse": 4, "score": 11, **SCORED}


def touch_everything(project):
    later = time.time() + 60
    for folder in (
        project.code,
        project.study / "config",
        project.study / "results/clips",
        project.study / "results/folds",
    ):
        for path in folder.rglob("*"):
            os.utime(path, (later, later))


def comment_and_docstring(project):
    path = project.code / "scripts/ferstudy/models/cascade.py"
    path.write_text(path.read_text().replace('"""', '"""Changed. ', 1) + "\n# a comment\n")


def logic(name, suffix="\nCHANGED = 1\n"):
    """An edit that changes what a module does, as far as anyone can tell from its code."""

    def change(project):
        path = project.code / "scripts" / name
        path.write_text(path.read_text() + suffix)

    return change


def config(old, new):
    return lambda project: project.edit("study/config/config.yaml", old, new)


def another_architecture(project):
    project.edit(
        "study/config/config.yaml",
        "fusions:\n",
        "  bigger:\n    family: cascade\n"
        "    input: {kind: features, recipe: crop32, backbone: compact, layer: dense}\n"
        "    settings: {cell: lstm, units: 6}\n    training: {epochs: 2}\nfusions:\n",
    )


def template(project):
    path = min((project.code / "scripts/ferstudy/report/templates").glob("*.j2"))
    path.write_text(path.read_text() + "\n")


def more_memory(project):
    project.edit(
        "study/config/config.yaml",
        "    training: {epochs: 2}\n",
        "    training: {epochs: 2}\n    needs: {memory_mb: 5000}\n",
    )
    project.edit("code/profiles/local/config.yaml", "cores: all", "cores: 1")


def rewrite(change):
    """An edit of the whole text of the config."""

    def changed(project):
        path = project.study / "config/config.yaml"
        path.write_bytes(change(path.read_text()).encode())

    return changed


def both(first, second):
    def change(project):
        first(project)
        second(project)

    return change


def env(project):
    project.edit("code/envs/train.yaml", "dependencies:\n", "dependencies:\n  # newer\n  - zlib\n")


TINY = {
    "touch everything": (touch_everything, {}),
    "comment and docstring": (comment_and_docstring, {}),
    "profile and needs": (more_memory, {}),
    "logic in one family": (
        logic("ferstudy/models/cascade.py"),
        {"train_fold": 6, "fit_fusion": 4, "fuse": 4, "score": 6, **SCORED},
    ),
    "one setting of one architecture": (
        config("    training: {epochs: 1}\n  feature_svm", "    training: {epochs: 2}\n  feature_svm"),
        {"train_fold": 3, "score": 1, "compare": 1, "audit_run": 1, **PAGE},
    ),
    "one added architecture": (another_architecture, {"train_fold": 6, "score": 2, **SCORED}),
    "copies of the training clips of one architecture": (
        config("layer: dense}\n    settings: {cell: lstm", "layer: dense, copies: [flip]}\n    settings: {cell: lstm"),
        {"extract_features": 4, "train_fold": 6, "fit_fusion": 4, "fuse": 4, "score": 6, **SCORED},
    ),
    "controls": (
        config("fusions:\n", "controls: [oracle, permuted]\nfusions:\n"),
        {"make_control": 4, "import_predictions": 4, "score": 4, **PAGE},
    ),
    "one added architecture on landmarks": (
        config("fusions:\n", "  shape_svm: {family: linear, input: {kind: landmarks, recipe: crop32}}\nfusions:\n"),
        {"find_landmarks": 4, "train_fold": 6, "score": 2, **SCORED},
    ),
    "one fusion's method": (
        config("method: average", "method: maximum"),
        {"fit_fusion": 2, "fuse": 2, "score": 2, **SCORED},
    ),
    # No plan knows yet whether the search will choose other settings. The comparison notes what a study plans.
    "space of a search": (
        config(SPACE, "space: {settings.C: [0.001, 0.01]}"),
        {**SEARCHED, "compare": 1, **CHOSEN},
    ),
    "workers of a search": (
        config(SPACE, f"workers: 2, {SPACE}"),
        {**SEARCHED, "search_worker": 2, "compare": 1, **CHOSEN},
    ),
    "needs of what is searched": (
        config("  flow_svm:\n", "    needs: {memory_mb: 5000, minutes: 5}\n  flow_svm:\n"),
        {},
    ),
    "search logic": (logic("ferstudy/search/work.py"), {**SEARCHED, **CHOSEN}),
    "choice of a search": (logic("best_settings.py"), {"best_settings": 1, **CHOSEN}),
    "fusion logic": (logic("ferstudy/evaluation/fusion.py"), {"fit_fusion": 4, "fuse": 4, "score": 4, **SCORED}),
    "scores logic": (logic("score.py"), {"score": 11, **SCORED}),
    "audit logic": (logic("ferstudy/protocols/audit.py"), {"audit_protocol": 2, **PAGE}),
    "report view": (logic("ferstudy/report/view.py"), PAGE),
    "template": (template, PAGE),
    "training seed": (
        config("shards: 2", "shards: 2\ntraining: {seed: 2}"),
        {"fit_backbone": 1, "extract_features": 4, **RETRAINED},
    ),
    "people compared by their faces": (
        config("phases: onset_apex_offset", "phases: onset_apex_offset\n    who_is_who: true"),
        {"describe_people": 2, "audit_protocol": 1, "check_gate": 1, "compare": 1, **PAGE},
    ),
    "comments in the library": (logic("ferstudy/video/flow.py", "\n\n# a comment\n"), {}),
    "logic of crops": (
        logic("ferstudy/video/crop.py"),
        {"make_stills": 1, "extract_faces": 4, "trim_faces": 2, "compute_flow": 4, "sum_faces": 2, "audit_protocol": 2,
         "fit_backbone": 1, "extract_features": 4, **RETRAINED},
    ),
    "an environment": (env, {}),
    "another title": (config("title: Tiny", "title: Small"), PAGE),
    "no names and faces": (config("title: Tiny,", "title: Tiny, public: true,"), PAGE),
    "costs": (config("title: Tiny,", "title: Tiny, cost: true,"), {"measure_model": 7, **PAGE}),
    "one dropped architecture": (
        config("  flow_svm:\n    family: linear\n    input: {kind: flow, recipe: crop32}\n", ""),
        SCORED,
    ),
    "one added fusion": (
        config("fusions:\n", "fusions:\n  greatest: {members: [lstm, flow_svm], method: maximum}\n"),
        {"fit_fusion": 2, "fuse": 2, "score": 2, **SCORED},
    ),
    "one dropped fusion": (config("  weighted: {members: [lstm, feature_svm], method: weighted}\n", ""), SCORED),
    "a renamed fusion": (config("  weighted: {", "  heavy: {"), {"fit_fusion": 2, "fuse": 2, "score": 2, **SCORED}),
    "another metric chooses": (config("shards: 2", "shards: 2\ntraining: {select: val_loss}"), RETRAINED),
    "repetitions": (
        config("shards: 2", "shards: 2\ntraining: {runs: 2}"),
        {name: count for name, count in RETRAINED.items() if name not in SEARCHED},
    ),
    "a protocol added to a dataset": (
        config("filmed: [held]", "filmed: [held, rotating]"),
        {"make_folds": 1, "audit_protocol": 1, "check_gate": 1, "train_fold": 12, "fit_fusion": 2, "fuse": 2,
         "score": 6, "compare": 1, "audit_run": 1, **PAGE},
    ),
    "a model for use": (
        config("test: 2, seed: 1}", "test: 2, seed: 1, deploy: true}"),
        {"train_fold": 4, "audit_run": 1, **PAGE},
    ),
    "an accepted leak": (
        config("test: 2, seed: 1}", "test: 2, seed: 1, accept_leak: {duplicates: they are takes}}"),
        {"audit_protocol": 1, "compare": 1, "audit_run": 1, **PAGE},
    ),
    "exports": (config("fusions:\n", "exports: [filmed/lstm]\nfusions:\n"), {"export_model": 1, **PAGE}),
    "other flow": (
        config("{segment: 6, step: 6}", "{segment: 6, step: 3}"),
        {"compute_flow": 4, "train_fold": 9, "score": 3, **SCORED},
    ),
    "other trimming": (
        config("trim: {end: 2,", "trim: {end: 3,"),
        {"trim_faces": 2, "compute_flow": 2, "extract_features": 2, "train_fold": 9, "fit_fusion": 2, "fuse": 2,
         "score": 5, "compare": 2, "audit_run": 1, **PAGE},
    ),
    "other crops": (
        config("crop: {size: 32}", "crop: {size: 32, margin: 0.1}"),
        {"extract_faces": 4, "trim_faces": 2, "compute_flow": 4, "sum_faces": 2, "fit_backbone": 1,
         "extract_features": 4, **RETRAINED},
    ),
    "another backbone": (
        config("training: {epochs: 1}}", "training: {epochs: 2}}"),
        {"fit_backbone": 1, "extract_features": 4, **RETRAINED, "train_fold": 12, "score": 8},
    ),
    "a cell skipped": (
        config("skip:\n", "skip:\n  - {dataset: both, architecture: lstm, because: it is slow}\n"),
        {"compare": 1, "audit_run": 1, **PAGE},
    ),
}  # fmt: skip

# A default that is written out, another order and another spelling make no other study.
WRITTEN = {
    "a batch": ("training: {epochs: 2}", "training: {epochs: 2, batch: 32}"),
    "an optimizer": ("training: {epochs: 2}", "training: {epochs: 2, optimizer: {name: adam, learning_rate: 1e-3}}"),
    "a schedule": ("training: {epochs: 2}", "training: {epochs: 2, schedule: {kind: constant}}"),
    "what chooses an epoch": ("training: {epochs: 2}", "training: {epochs: 2, select: val_uar}"),
    "what chooses a backbone's": ("people, training: {epochs: 1}", "people, training: {epochs: 1, select: val_uar}"),
    "a sampling": ("    training: {epochs: 2}", "    sampling: {kind: whole}\n    training: {epochs: 2}"),
    "weights of nobody": ("stills: people,", "stills: people, weights: none, source: stills, precision: float32,"),
    "a margin": ("crop: {size: 32}", "crop: {margin: 0.0, size: 32.0}"),
    "a detector": ("detector: {scale: 0.5}", "detector: {name: haar, scale: .5}"),
    "a dealing": (
        "test: 2, seed: 1}",
        "test: 2, seed: 1, by: subject, deal: balanced, refold: 0, balance: [sex, label]}",
    ),
    "nobody compared": ("root: videos", "root: videos\n    who_is_who: false"),
    "gaps refused": ("root: videos", "root: videos\n    options: {outside: refuse, gaps: refuse}"),
    "a root with a stroke": ("root: videos", "root: ./videos/"),
    "a label of its own name": ("root: videos", "root: videos\n    labels: {anger: anger}"),
    "an order of the grid": ("  filmed: [held]\n  both: [rotating]", "  both: [rotating]\n  filmed: [held]"),
    "nothing early": ("title: Tiny", "early: false, title: Tiny"),
    "one worker": ("method: grid, space", "method: grid, workers: 1, space"),
    "a searched number": (SPACE, SPACE.replace("1.0", "1")),
    "another order of a union": ("union: [drawn, filmed]", "union: [filmed, drawn]"),
}
TINY |= {f"{name} written out": (config(*change), {}) for name, change in WRITTEN.items()}
# What changes more than the config.
OF_CODE = (
    "touch everything", "comment and docstring", "profile and needs", "logic in one family", "search logic",
    "choice of a search", "fusion logic", "scores logic", "audit logic", "report view", "template",
    "comments in the library", "logic of crops", "an environment",
)  # fmt: skip

FILES = {
    "a comment in the config": (rewrite(lambda text: f"# a comment\n{text}"), {}),
    "a config of Windows": (rewrite(lambda text: "\ufeff" + text.replace("\n", "\r\n")), {}),
    "keys in another order": (config("{segment: 6, step: 6}", "{step: 6, segment: 6}"), {}),
    "members in another order": (config("[feature_svm, flow_svm]", "[flow_svm, feature_svm]"), {}),
    "1e-3 for a default of 0.001": (
        config("    input: {kind: flow", "    settings: {C: 1e-3}\n    input: {kind: flow"), {},
    ),
    "a label that stands for itself": (config("labels: {", "labels: {anger: anger, "), {}),
    "a licence": (config("    root: videos\n", "    root: videos\n    licence: mine\n"), PAGE),
    "faces on the page": (config("    root: videos\n", "    root: videos\n    faces_in_report: all\n"), PAGE),
    "a recipe that nobody uses": (config("recipes:\n", "recipes:\n  large: {crop: {size: 96}}\n"), PAGE),
    "how early": (config("title: Files,", "title: Files, early: true,"), {"predict_early": 3, **PAGE}),
    "worse pictures": (
        config("title: Files,", "title: Files, robustness: true,"),
        {"measure_robustness": 2, **PAGE},
    ),
    "what models looked at": (config("title: Files,", "title: Files, explain: true,"), {"explain_model": 3, **PAGE}),
    "a renamed class": (
        both(config("[anger,", "[cross,"), config("labels: {", "labels: {anger: cross, ")),
        {"index_clips": 1, "make_folds": 1, **RESCORED},
    ),
    "a limit of rejection": (
        config("    root: videos\n", "    root: videos\n    reject_limit: 0.3\n"),
        {"sum_faces": 1, "compare": 1, **PAGE},
    ),
    "more resamples": (
        config("resamples: 1000", "resamples: 1100"),
        {"score": 4, "compare": 1, "audit_run": 1, **PAGE},
    ),
    "threads": (
        config("shards: 2", "shards: 2\ntraining: {threads: 2}"),
        {"fit_backbone": 1, "extract_features": 2, **RESCORED},
    ),
    "another seed of folds": (
        config("test: 2, seed: 1}", "test: 2, seed: 2}"),
        {"make_folds": 1, "audit_protocol": 1, "compare": 1, **PAGE},
    ),
}  # fmt: skip
