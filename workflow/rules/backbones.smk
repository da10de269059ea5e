rule fit_backbone:
    input:
        stills=lambda wildcards: paths.stills(STUDY.backbones[wildcards.backbone]["stills"], "h5"),
        table=lambda wildcards: paths.stills(STUDY.backbones[wildcards.backbone]["stills"], "csv"),
        best=lambda wildcards: STUDY.best_of_backbone(wildcards.backbone, wildcards.recipe),
    output:
        multiext("results/backbones/{backbone}/{recipe}/{source}/", "model.zip", "history.csv", "predictions.csv"),
    log:
        "results/logs/fit_backbone/{backbone}/{recipe}/{source}.log",
    benchmark:
        "results/benchmarks/fit_backbone/{backbone}/{recipe}/{source}.tsv"
    conda:
        "../../envs/train.yaml"
    threads: STUDY.config["training"]["threads"]
    resources:
        mem_mb=needs_of("memory_mb", STUDY.backbones, "backbone"),
        runtime=needs_of("minutes", STUDY.backbones, "backbone"),
        gpu=needs_of("gpu", STUDY.backbones, "backbone"),
    params:
        code=lambda wildcards: code_of(
            "fit_backbone.py", f"ferstudy/models/{STUDY.backbones[wildcards.backbone]['network']}.py"
        ),
        backbone=lambda wildcards: stated(
            STUDY.backbones[wildcards.backbone], "network", "settings", "training", "phases", "weights"
        ),
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
