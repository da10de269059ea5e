rule score:
    input:
        clips="results/clips/{dataset}.csv",
        folds="results/folds/{dataset}/{protocol}.csv",
        predictions=lambda wildcards: predictions_of(wildcards, wildcards.model),
        validation=validation_of,
    output:
        "results/scores/{dataset}/{protocol}/{model}.csv",
    log:
        "results/logs/score/{dataset}/{protocol}/{model}.log",
    benchmark:
        "results/benchmarks/score/{dataset}/{protocol}/{model}.tsv"
    conda:
        "../../envs/tables.yaml"
    params:
        code=code_of("score.py"),
        cell=lambda wildcards: as_json(
            {"dataset": wildcards.dataset, "protocol": wildcards.protocol, "model": wildcards.model}
        ),
        evaluation=evaluation_of,
        sources=validation_keys,
    shell:
        'python "$SCRIPTS/score.py" --cell {params.cell:q} --evaluation {params.evaluation:q} --clips {input.clips} --folds {input.folds} '
        "--predictions {input.predictions} --validation {input.validation} --validation-keys {params.sources} "
        "--out {output} > {log} 2>&1"


rule compare:
    input:
        clips="results/clips/{dataset}.csv",
        folds="results/folds/{dataset}/{protocol}.csv",
        predictions=compared_predictions,
        scores=compared_scores,
    output:
        "results/compare/{dataset}/{protocol}.json",
    log:
        "results/logs/compare/{dataset}/{protocol}.log",
    benchmark:
        "results/benchmarks/compare/{dataset}/{protocol}.tsv"
    conda:
        "../../envs/tables.yaml"
    params:
        code=code_of("compare.py"),
        evaluation=evaluation_of,
        baselines=compared_baselines,
        fusions=compared_fusions,
    shell:
        'python "$SCRIPTS/compare.py" --dataset {wildcards.dataset} --protocol {wildcards.protocol} '
        "--evaluation {params.evaluation:q} --clips {input.clips} --folds {input.folds} --predictions {input.predictions} "
        "--scores {input.scores} --baselines {params.baselines:q} --fusions {params.fusions:q} --out {output} > {log} 2>&1"
