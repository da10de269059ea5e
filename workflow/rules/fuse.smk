rule fit_fusion:
    input:
        folds="results/folds/{dataset}/{protocol}.csv",
        validation=validation_of,
    output:
        "results/fused/{dataset}/{protocol}/{fusion}.json",
    log:
        "results/logs/fit_fusion/{dataset}/{protocol}/{fusion}.log",
    benchmark:
        "results/benchmarks/fit_fusion/{dataset}/{protocol}/{fusion}.tsv"
    conda:
        "../../envs/tables.yaml"
    params:
        code=code_of("fit_fusion.py"),
        fusion=lambda wildcards: as_json(STUDY.fusions[wildcards.fusion]),
        sources=validation_keys,
    shell:
        'python "$SCRIPTS/fit_fusion.py" --fusion {params.fusion:q} --dataset {wildcards.dataset} '
        "--protocol {wildcards.protocol} --name {wildcards.fusion} --folds {input.folds} "
        "--validation {input.validation} --validation-keys {params.sources} --out {output} > {log} 2>&1"


rule fuse:
    input:
        fit="results/fused/{dataset}/{protocol}/{fusion}.json",
        folds="results/folds/{dataset}/{protocol}.csv",
        validation=validation_of,
        predictions=member_predictions,
    output:
        "results/fused/{dataset}/{protocol}/{fusion}.csv",
    log:
        "results/logs/fuse/{dataset}/{protocol}/{fusion}.log",
    benchmark:
        "results/benchmarks/fuse/{dataset}/{protocol}/{fusion}.tsv"
    conda:
        "../../envs/tables.yaml"
    params:
        code=code_of("fuse.py"),
        fusion=lambda wildcards: as_json(STUDY.fusions[wildcards.fusion]),
        sources=validation_keys,
    shell:
        'python "$SCRIPTS/fuse.py" --fusion {params.fusion:q} --dataset {wildcards.dataset} --protocol {wildcards.protocol} '
        "--name {wildcards.fusion} --fit {input.fit} --folds {input.folds} --validation {input.validation} "
        "--validation-keys {params.sources} --predictions {input.predictions} --out {output} > {log} 2>&1"
