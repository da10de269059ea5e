rule fit_backbone:
    input:
        stills=lambda wildcards: paths.stills(STUDY.backbones[wildcards.backbone]["stills"], "h5"),
        table=lambda wildcards: paths.stills(STUDY.backbones[wildcards.backbone]["stills"], "csv"),
        best=lambda wildcards: ancient(files.best_of_backbone(STUDY, wildcards.backbone, wildcards.recipe)),
    output:
        multiext("results/backbones/{backbone}/{recipe}/{source}/", "model.zip", "history.csv", "predictions.csv"),
    log:
        "results/logs/fit_backbone/{backbone}/{recipe}/{source}.log",
    benchmark:
        "results/benchmarks/fit_backbone/{backbone}/{recipe}/{source}.tsv"
    wildcard_constraints:
        source="stills",
    conda:
        "../../envs/train.yaml"
    threads: STUDY.config["training"]["threads"]
    resources:
        mem_mb=needs_of("memory_mb", STUDY.backbones, "backbone"),
        runtime=needs_of("minutes", STUDY.backbones, "backbone"),
        gpu=needs_of("gpu", STUDY.backbones, "backbone"),
    params:
        code=backbone_code,
        backbone=lambda wildcards: stated(
            STUDY.backbones[wildcards.backbone], "network", "settings", "training", "phases", "weights"
        ),
        best=lambda wildcards: digests_of(files.best_of_backbone(STUDY, wildcards.backbone, wildcards.recipe)),
        weights=lambda wildcards: weights_of(wildcards.backbone),
        # Undeclared, as that of train_fold: a killed training goes on from it.
        state="results/state/fit_backbone/{backbone}/{recipe}/{source}",
        recipe=lambda wildcards: as_json({"crop": STUDY.recipes[wildcards.recipe]["crop"]}),
        threads=STUDY.config["training"]["threads"],
        seed=STUDY.config["training"]["seed"],
        backend=STUDY.config["training"]["backend"],
        folder="results/backbones/{backbone}/{recipe}/{source}",
    shell:
        'python "$SCRIPTS/fit_backbone.py" --stills {input.stills} --table {input.table} --backbone {params.backbone:q} '
        "--best {input.best} --recipe {params.recipe:q} --threads {params.threads} --seed {params.seed} --backend {params.backend} "
        "--code {params.code} --state {params.state} --out-dir {params.folder} > {log} 2>&1"


# The same on frames of a fold's own training clips; its features are read by that fold alone.
rule fit_backbone_on_frames:
    input:
        frames=source_stores,
        clips=lambda wildcards: paths.clips(source_of(wildcards)[0]),
        folds=lambda wildcards: paths.folds(*source_of(wildcards)[:2]),
        earlier=source_earlier,
        # As in train_fold: gates that the job reads itself.
        audit=lambda wildcards: ancient(paths.audit(*source_of(wildcards)[:2], "json")),
        coverage=lambda wildcards: ancient(source_coverage(wildcards)),
    output:
        multiext("results/backbones/{backbone}/{recipe}/{source}/", "model.zip", "history.csv", "predictions.csv"),
    log:
        "results/logs/fit_backbone_on_frames/{backbone}/{recipe}/{source}.log",
    benchmark:
        "results/benchmarks/fit_backbone_on_frames/{backbone}/{recipe}/{source}.tsv"
    wildcard_constraints:
        source=either(STUDY.sources),
    conda:
        "../../envs/train.yaml"
    threads: STUDY.config["training"]["threads"]
    resources:
        mem_mb=needs_of("memory_mb", STUDY.backbones, "backbone"),
        runtime=needs_of("minutes", STUDY.backbones, "backbone"),
        gpu=needs_of("gpu", STUDY.backbones, "backbone"),
    params:
        code=backbone_code,
        backbone=lambda wildcards: stated(
            STUDY.backbones[wildcards.backbone], "network", "settings", "training", "phases", "weights", "frames"
        ),
        weights=lambda wildcards: weights_of(wildcards.backbone),
        state="results/state/fit_backbone/{backbone}/{recipe}/{source}",
        recipe=lambda wildcards: as_json({"crop": STUDY.recipes[wildcards.recipe]["crop"]}),
        cell=source_cell,
        classes=source_classes,
        threads=STUDY.config["training"]["threads"],
        seed=STUDY.config["training"]["seed"],
        backend=STUDY.config["training"]["backend"],
        folder="results/backbones/{backbone}/{recipe}/{source}",
    shell:
        'python "$SCRIPTS/fit_backbone.py" --frames {input.frames} --clips {input.clips} --folds {input.folds} '
        "--audit {input.audit} --coverage {input.coverage} --earlier {input.earlier} --cell {params.cell:q} "
        "--classes {params.classes:q} --backbone {params.backbone:q} --recipe {params.recipe:q} --threads {params.threads} "
        "--seed {params.seed} --backend {params.backend} --code {params.code} --state {params.state} "
        "--out-dir {params.folder} > {log} 2>&1"
