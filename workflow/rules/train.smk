rule train_fold:
    input:
        clips="results/clips/{dataset}.csv",
        folds="results/folds/{dataset}/{protocol}.csv",
        faces=stores_of("faces"),
        flow=stores_of("flow"),
        features=stores_of("features"),
        landmarks=stores_of("landmarks"),
        copies=stores_of("copies"),
        frozen=frozen_of,
        earlier=earlier_of,
        # Ancient, and its content a param: a search that ran again and chose the same trains nothing.
        best=lambda wildcards: ancient(best_of(wildcards)),
        # The job itself reads these and refuses; as ancient inputs they order the jobs and never make one run again.
        audit=ancient("results/audit/{dataset}/{protocol}.json"),
        coverage=lambda wildcards: ancient(coverage_of(wildcards)),
    output:
        multiext(
            "results/models/{dataset}/{protocol}/{arch}/{fold}/run{run}/",
            "model.zip",
            "history.csv",
            "run.json",
            "samples.h5",
            "validation.h5",
        ),
        predictions="results/predictions/{dataset}/{protocol}/{arch}/{fold}/run{run}.csv",
    log:
        "results/logs/train_fold/{dataset}/{protocol}/{arch}/{fold}/run{run}.log",
    benchmark:
        "results/benchmarks/train_fold/{dataset}/{protocol}/{arch}/{fold}/run{run}.tsv"
    conda:
        "../../envs/train.yaml"
    threads: STUDY.config["training"]["threads"]
    resources:
        mem_mb=needs_of("memory_mb", STUDY.architectures, "arch"),
        runtime=needs_of("minutes", STUDY.architectures, "arch"),
        gpu=needs_of("gpu", STUDY.architectures, "arch"),
    params:
        code=training_code,
        architecture=architecture_of,
        study=training_study,
        best=lambda wildcards: digests_of(best_of(wildcards)),
        trainer=trainer_of,
        precision=lambda wildcards: precision_of(STUDY.architectures[wildcards.arch]),
        cell=lambda wildcards: as_json(
            {
                "dataset": wildcards.dataset,
                "protocol": wildcards.protocol,
                "architecture": wildcards.arch,
                "fold": wildcards.fold,
                "run": int(wildcards.run),
            }
        ),
        folder="results/models/{dataset}/{protocol}/{arch}/{fold}/run{run}",
        # Undeclared: a checkpoint must outlive the job that Snakemake cleans up after.
        state="results/state/train_fold/{dataset}/{protocol}/{arch}/{fold}/run{run}",
    shell:
        'python "$SCRIPTS/train_fold.py" --cell {params.cell:q} --settings {params.architecture:q} --study {params.study:q} '
        "--trainer {params.trainer} --clips {input.clips} --folds {input.folds} --audit {input.audit} "
        "--coverage {input.coverage} --faces {input.faces} --flow {input.flow} --features {input.features} "
        "--landmarks {input.landmarks} "
        "--copies {input.copies} --frozen {input.frozen} --precision {params.precision} --earlier {input.earlier} --best {input.best} --code {params.code} --state {params.state} --out-dir {params.folder} "
        "--predictions {output.predictions} > {log} 2>&1"
