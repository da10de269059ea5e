rule extract_features:
    input:
        faces=lambda wildcards: files.crops(STUDY, wildcards.leaf, wildcards.recipe, wildcards.shard),
        backbone="results/backbones/{backbone}/{recipe}/{source}/model.zip",
    output:
        "results/features/{leaf}/{recipe}/{backbone}/{source}/{layer}/{shard}.h5",
    log:
        "results/logs/extract_features/{leaf}/{recipe}/{backbone}/{source}/{layer}/{shard}.log",
    benchmark:
        "results/benchmarks/extract_features/{leaf}/{recipe}/{backbone}/{source}/{layer}/{shard}.tsv"
    conda:
        "../../envs/train.yaml"
    threads: STUDY.config["training"]["threads"]
    resources:
        mem_mb=needs_of("memory_mb", STUDY.backbones, "backbone"),
        runtime=needs_of("minutes", STUDY.backbones, "backbone"),
        gpu=needs_of("gpu", STUDY.backbones, "backbone"),
    params:
        code=lambda wildcards: code_of(
            "extract_features.py", f"ferstudy/models/{STUDY.backbones[wildcards.backbone]['network']}.py"
        ),
        threads=STUDY.config["training"]["threads"],
        backend=STUDY.config["training"]["backend"],
        precision=lambda wildcards: STUDY.backbones[wildcards.backbone]["precision"],
    shell:
        'python "$SCRIPTS/extract_features.py" --faces {input.faces} --backbone {input.backbone} --layer {wildcards.layer} '
        "--threads {params.threads} --backend {params.backend} --precision {params.precision} --out {output} > {log} 2>&1"


# The same of augmented copies of every clip; a training reads those of its training clips.
rule extract_copies:
    input:
        faces=lambda wildcards: files.crops(STUDY, wildcards.leaf, wildcards.recipe, wildcards.shard),
        backbone="results/backbones/{backbone}/{recipe}/{source}/model.zip",
    output:
        "results/features/{leaf}/{recipe}/{backbone}/{source}/{layer}/{shard}.copies.h5",
    log:
        "results/logs/extract_copies/{leaf}/{recipe}/{backbone}/{source}/{layer}/{shard}.log",
    benchmark:
        "results/benchmarks/extract_copies/{leaf}/{recipe}/{backbone}/{source}/{layer}/{shard}.tsv"
    conda:
        "../../envs/train.yaml"
    threads: STUDY.config["training"]["threads"]
    resources:
        mem_mb=needs_of("memory_mb", STUDY.backbones, "backbone"),
        runtime=needs_of("minutes", STUDY.backbones, "backbone"),
        gpu=needs_of("gpu", STUDY.backbones, "backbone"),
    params:
        code=lambda wildcards: code_of(
            "extract_copies.py", f"ferstudy/models/{STUDY.backbones[wildcards.backbone]['network']}.py"
        ),
        copies=copies_of,
        seed=STUDY.config["training"]["seed"],
        threads=STUDY.config["training"]["threads"],
        backend=STUDY.config["training"]["backend"],
        precision=lambda wildcards: STUDY.backbones[wildcards.backbone]["precision"],
    shell:
        'python "$SCRIPTS/extract_copies.py" --faces {input.faces} --backbone {input.backbone} --layer {wildcards.layer} '
        "--copies {params.copies:q} --seed {params.seed} --threads {params.threads} --backend {params.backend} "
        "--precision {params.precision} --out {output} > {log} 2>&1"
