rule make_synthetic:
    output:
        "results/synthetic/{rendered}.h5",
    log:
        "results/logs/make_synthetic/{rendered}.log",
    benchmark:
        "results/benchmarks/make_synthetic/{rendered}.tsv"
    conda:
        "../../envs/video.yaml"
    threads: 2
    resources:
        mem_mb=lambda wildcards, attempt: 2000 * attempt,
        runtime=lambda wildcards, attempt: 60 * attempt,
    params:
        code=code_of("make_synthetic.py"),
        settings=lambda wildcards: as_json(STUDY.datasets[wildcards.rendered]["render"]),
        classes=lambda wildcards: as_json({"classes": STUDY.datasets[wildcards.rendered]["classes"]}),
        root="results/synthetic/{rendered}",
    shell:
        'python "$SCRIPTS/make_synthetic.py" --settings {params.settings:q} --classes {params.classes:q} '
        "--root {params.root} --truth {output} --processes {threads} > {log} 2>&1"


rule make_stills:
    output:
        store="results/stills/{stills}.h5",
        table="results/stills/{stills}.csv",
    log:
        "results/logs/make_stills/{stills}.log",
    benchmark:
        "results/benchmarks/make_stills/{stills}.tsv"
    conda:
        "../../envs/video.yaml"
    threads: 2
    resources:
        mem_mb=lambda wildcards, attempt: 2000 * attempt,
        runtime=lambda wildcards, attempt: 60 * attempt,
    params:
        code=code_of("make_stills.py"),
        settings=lambda wildcards: as_json(STUDY.config["stills"][wildcards.stills]),
    shell:
        'python "$SCRIPTS/make_stills.py" --settings {params.settings:q} '
        "--out {output.store} --table {output.table} --processes {threads} > {log} 2>&1"


# A checkpoint, asked once in `all`: so one command runs exactly what a changed video or label invalidates.
checkpoint index_clips:
    input:
        lambda wildcards: paths.truth(wildcards.leaf) if wildcards.leaf in STUDY.rendered else [],
    output:
        clips="results/clips/{leaf}.csv",
        rejected="results/clips/{leaf}.rejected.csv",
        shards=expand("results/clips/{{leaf}}/{shard}.csv", shard=STUDY.shards),
    log:
        "results/logs/index_clips/{leaf}.log",
    benchmark:
        "results/benchmarks/index_clips/{leaf}.tsv"
    conda:
        "../../envs/video.yaml"
    resources:
        mem_mb=lambda wildcards, attempt: 1000 * attempt,
        runtime=lambda wildcards, attempt: 60 * attempt,
    params:
        code=lambda wildcards: code_of(
            "index_clips.py", f"ferstudy/datasets/{STUDY.datasets[wildcards.leaf]['adapter']}.py"
        ),
        listing=listing_of,
        adapter=lambda wildcards: STUDY.datasets[wildcards.leaf]["adapter"],
        root=lambda wildcards: STUDY.root(wildcards.leaf),
        classes=classes_of,
    shell:
        'python "$SCRIPTS/index_clips.py" --adapter {params.adapter} --root {params.root:q} --classes {params.classes:q} '
        "--clips {output.clips} --rejected {output.rejected} --shard-tables {output.shards} > {log} 2>&1"


rule join_clips:
    input:
        lambda wildcards: [paths.clips(leaf) for leaf in STUDY.leaves(wildcards.union)],
    output:
        "results/clips/{union}.csv",
    log:
        "results/logs/join_clips/{union}.log",
    benchmark:
        "results/benchmarks/join_clips/{union}.tsv"
    conda:
        "../../envs/tables.yaml"
    params:
        code=code_of("join_clips.py"),
        leaves=lambda wildcards: STUDY.leaves(wildcards.union),
        shared=lambda wildcards: "--shared" if STUDY.datasets[wildcards.union].get("subjects") == "shared" else "",
    shell:
        'python "$SCRIPTS/join_clips.py" --leaves {params.leaves} --clips {input} {params.shared} --out {output} > {log} 2>&1'


rule extract_faces:
    input:
        "results/clips/{leaf}/{shard}.csv",
    output:
        store="results/faces/{leaf}/{recipe}/{shard}.h5",
        rejected="results/faces/{leaf}/{recipe}/{shard}.rejected.csv",
    log:
        "results/logs/extract_faces/{leaf}/{recipe}/{shard}.log",
    benchmark:
        "results/benchmarks/extract_faces/{leaf}/{recipe}/{shard}.tsv"
    conda:
        "../../envs/video.yaml"
    resources:
        mem_mb=lambda wildcards, attempt: 2000 * attempt,
        runtime=lambda wildcards, attempt: 120 * attempt,
    params:
        code=code_of("extract_faces.py"),
        recipe=crops_of,
    shell:
        'python "$SCRIPTS/extract_faces.py" --clips {input} --recipe {params.recipe:q} --leaf {wildcards.leaf} '
        "--out {output.store} --rejected {output.rejected} > {log} 2>&1"


rule compute_flow:
    input:
        "results/faces/{leaf}/{recipe}/{shard}.h5",
    output:
        "results/flow/{leaf}/{recipe}/{shard}.h5",
    log:
        "results/logs/compute_flow/{leaf}/{recipe}/{shard}.log",
    benchmark:
        "results/benchmarks/compute_flow/{leaf}/{recipe}/{shard}.tsv"
    conda:
        "../../envs/video.yaml"
    resources:
        mem_mb=lambda wildcards, attempt: 2000 * attempt,
        runtime=lambda wildcards, attempt: 120 * attempt,
    params:
        code=code_of("compute_flow.py"),
        flow=lambda wildcards: as_json(STUDY.recipes[wildcards.recipe]["flow"]),
    shell:
        'python "$SCRIPTS/compute_flow.py" --faces {input} --flow {params.flow:q} --out {output} > {log} 2>&1'


rule sum_faces:
    input:
        clips=lambda wildcards: [paths.shard(wildcards.leaf, number) for number in STUDY.shards],
        faces=shard_files(paths.faces),
        rejected=shard_files(paths.rejected_faces),
        index="results/clips/{leaf}.rejected.csv",
    output:
        "results/faces/{leaf}/{recipe}.json",
    log:
        "results/logs/sum_faces/{leaf}/{recipe}.log",
    benchmark:
        "results/benchmarks/sum_faces/{leaf}/{recipe}.tsv"
    conda:
        "../../envs/tables.yaml"
    params:
        code=code_of("sum_faces.py"),
        limit=lambda wildcards: STUDY.datasets[wildcards.leaf]["reject_limit"],
    shell:
        'python "$SCRIPTS/sum_faces.py" --clips {input.clips} --faces {input.faces} --rejected {input.rejected} --index {input.index} '
        "--limit {params.limit} --leaf {wildcards.leaf} --out {output} > {log} 2>&1"


# A gate: it fails here, at the leaf, and neither destroys its evidence nor makes a training run again.
rule check_faces:
    input:
        "results/faces/{leaf}/{recipe}.json",
    output:
        "results/faces/{leaf}/{recipe}.passed",
    log:
        "results/logs/check_faces/{leaf}/{recipe}.log",
    benchmark:
        "results/benchmarks/check_faces/{leaf}/{recipe}.tsv"
    conda:
        "../../envs/tables.yaml"
    params:
        code=code_of("check_faces.py"),
    shell:
        'python "$SCRIPTS/check_faces.py" --summary {input} --out {output} > {log} 2>&1'
