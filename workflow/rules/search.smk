# A place is a search, or a search and the fold that it is for (ferstudy/search/places.py); what its jobs are told is looked up.
rule search_worker:
    input:
        clips=lambda wildcards: paths.clips(search_at(wildcards)["dataset"]),
        folds=lambda wildcards: paths.folds(search_at(wildcards)["dataset"], search_at(wildcards)["protocol"]),
        faces=searched_stores("faces"),
        flow=searched_stores("flow"),
        features=searched_stores("features"),
        landmarks=searched_stores("landmarks"),
        copies=searched_stores("copies"),
        frozen=searched_frozen,
        # As in train_fold: gates that the job reads itself.
        audit=lambda wildcards: ancient(
            paths.audit(search_at(wildcards)["dataset"], search_at(wildcards)["protocol"], "json")
        ),
        coverage=lambda wildcards: ancient(searched_coverage(wildcards)),
    output:
        "results/search/{place}/worker{worker}.csv",
    log:
        "results/logs/search_worker/{place}/worker{worker}.log",
    benchmark:
        "results/benchmarks/search_worker/{place}/worker{worker}.tsv"
    wildcard_constraints:
        place=either(place for place, told in STUDY.search_places.items() if "architecture" in told),
    conda:
        "../../envs/train.yaml"
    threads: STUDY.config["training"]["threads"]
    resources:
        mem_mb=search_needs("memory_mb"),
        runtime=search_needs("minutes"),
        gpu=search_needs("gpu"),
    params:
        code=search_code,
        search=told_of_search,
        architecture=searched_entry,
        study=lambda wildcards: study_of_training(search_at(wildcards)["dataset"]),
        trainer=lambda wildcards: trainer_of_family(STUDY.architectures[search_at(wildcards)["architecture"]]["family"]),
        precision=lambda wildcards: precision_of(searched_of(wildcards)),
        # Undeclared, and shared by the workers: a journal must outlive the job that Snakemake cleans up after.
        state="results/state/search/{place}",
    shell:
        'python "$SCRIPTS/search_worker.py" --search {params.search:q} --worker {wildcards.worker} '
        "--settings {params.architecture:q} --study {params.study:q} --trainer {params.trainer} --clips {input.clips} "
        "--folds {input.folds} --audit {input.audit} --coverage {input.coverage} --faces {input.faces} "
        "--flow {input.flow} --landmarks {input.landmarks} --features {input.features} --copies {input.copies} --frozen {input.frozen} "
        "--precision {params.precision} --code {params.code} --state {params.state} "
        "--out {output} > {log} 2>&1"


# The same for a backbone, whose trials are trained and judged on stills.
rule search_backbone:
    input:
        stills=lambda wildcards: paths.stills(STUDY.backbones[search_at(wildcards)["backbone"]]["stills"], "h5"),
        table=lambda wildcards: paths.stills(STUDY.backbones[search_at(wildcards)["backbone"]]["stills"], "csv"),
    output:
        "results/search/{place}/worker{worker}.csv",
    log:
        "results/logs/search_backbone/{place}/worker{worker}.log",
    benchmark:
        "results/benchmarks/search_backbone/{place}/worker{worker}.tsv"
    wildcard_constraints:
        place=either(place for place, told in STUDY.search_places.items() if "backbone" in told),
    conda:
        "../../envs/train.yaml"
    threads: STUDY.config["training"]["threads"]
    resources:
        mem_mb=search_needs("memory_mb"),
        runtime=search_needs("minutes"),
        gpu=search_needs("gpu"),
    params:
        code=search_code,
        search=told_of_search,
        backbone=searched_entry,
        recipe=lambda wildcards: as_json({"crop": STUDY.recipes[search_at(wildcards)["recipe"]]["crop"]}),
        study=study_of_backbones,
        state="results/state/search/{place}",
    shell:
        'python "$SCRIPTS/search_worker.py" --search {params.search:q} --worker {wildcards.worker} '
        "--settings {params.backbone:q} --study {params.study:q} --stills {input.stills} --table {input.table} "
        "--recipe {params.recipe:q} --code {params.code} --state {params.state} --out {output} > {log} 2>&1"


# A checkpoint, so that one command also trains again what other settings concern: their digest is a param of training.
checkpoint best_settings:
    input:
        lambda wildcards: [paths.trials(wildcards.place, n) for n in range(search_at(wildcards)["workers"])],
    output:
        "results/search/{place}/best.json",
    log:
        "results/logs/best_settings/{place}.log",
    benchmark:
        "results/benchmarks/best_settings/{place}.tsv"
    conda:
        "../../envs/tables.yaml"
    params:
        code=code_of("best_settings.py"),
        search=told_of_search,
        state="results/state/search/{place}",
    shell:
        'python "$SCRIPTS/best_settings.py" --search {params.search:q} --workers {input} --state {params.state} '
        "--out {output} > {log} 2>&1"
