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
        code=lambda wildcards: code_of(
            "make_synthetic.py",
            f"ferstudy/synthetic/layouts/{STUDY.datasets[wildcards.rendered]['render']['layout']}.py",
        ),
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
        rejected="results/stills/{stills}.rejected.csv",
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
        code=lambda wildcards: code_of(
            "make_stills.py", *(f"ferstudy/datasets/{name}.py" for name in stills_adapter(wildcards.stills))
        ),
        settings=lambda wildcards: stills_settings(wildcards.stills),
        digest=lambda wildcards: stills_digest(wildcards.stills),
    shell:
        'python "$SCRIPTS/make_stills.py" --settings {params.settings:q} '
        "--out {output.store} --table {output.table} --rejected {output.rejected} --processes {threads} > {log} 2>&1"


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
        classes=lambda wildcards: stated(STUDY.datasets[wildcards.leaf], "classes", "labels"),
        options=lambda wildcards: as_json(STUDY.datasets[wildcards.leaf]["options"]),
        shortest=lambda wildcards: STUDY.datasets[wildcards.leaf]["shortest"],
        whole=lambda wildcards: "--require-all-classes" if STUDY.datasets[wildcards.leaf]["require_all_classes"] else "",
        # Undeclared: digests of videos that have not changed are not computed again.
        state="results/state/index_clips/{leaf}",
    shell:
        'python "$SCRIPTS/index_clips.py" --adapter {params.adapter} --root {params.root:q} --classes {params.classes:q} '
        "--options {params.options:q} --shortest {params.shortest} {params.whole} --state {params.state} "
        "--clips {output.clips} --rejected {output.rejected} --shard-tables {output.shards} > {log} 2>&1"


rule join_clips:
    input:
        lambda wildcards: [paths.clips(leaf) for leaf in STUDY.leaves(wildcards.union)],
    output:
        clips="results/clips/{union}.csv",
        rejected="results/clips/{union}.rejected.csv",
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
        classes=union_of,
    shell:
        'python "$SCRIPTS/join_clips.py" --leaves {params.leaves} --clips {input} --classes {params.classes:q} {params.shared} '
        "--out {output.clips} --rejected {output.rejected} > {log} 2>&1"


# Of the full frames, whatever the recipe: the audit finds the same frames in two clips.
rule fingerprint_clips:
    input:
        "results/clips/{leaf}/{shard}.csv",
    output:
        "results/fingerprints/{leaf}/{shard}.h5",
    log:
        "results/logs/fingerprint_clips/{leaf}/{shard}.log",
    benchmark:
        "results/benchmarks/fingerprint_clips/{leaf}/{shard}.tsv"
    conda:
        "../../envs/video.yaml"
    resources:
        mem_mb=lambda wildcards, attempt: 2000 * attempt,
        runtime=lambda wildcards, attempt: 120 * attempt,
    params:
        code=code_of("fingerprint_clips.py"),
    shell:
        'python "$SCRIPTS/fingerprint_clips.py" --clips {input} --leaf {wildcards.leaf} --out {output} > {log} 2>&1'


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
        models=models_of_recipe,
        shortest=lambda wildcards: STUDY.datasets[wildcards.leaf]["shortest"],
    shell:
        'python "$SCRIPTS/extract_faces.py" --clips {input} --recipe {params.recipe:q} --leaf {wildcards.leaf} '
        "--shortest {params.shortest} --out {output.store} --rejected {output.rejected} > {log} 2>&1"


# Neutral beginnings and ends are cut off; only where the recipe asks for it and the clips are of that kind.
rule trim_faces:
    input:
        faces="results/faces/{leaf}/{recipe}/{shard}.h5",
        # Which clips there are at all, for what was cut by hand; a changed table alone trims nothing again.
        clips=lambda wildcards: ancient([paths.shard(wildcards.leaf, number) for number in STUDY.shards]),
    output:
        store="results/trimmed/{leaf}/{recipe}/{shard}.h5",
        table="results/trimmed/{leaf}/{recipe}/{shard}.csv",
    log:
        "results/logs/trim_faces/{leaf}/{recipe}/{shard}.log",
    benchmark:
        "results/benchmarks/trim_faces/{leaf}/{recipe}/{shard}.tsv"
    conda:
        "../../envs/video.yaml"
    resources:
        mem_mb=lambda wildcards, attempt: 2000 * attempt,
        runtime=lambda wildcards, attempt: 120 * attempt,
    params:
        code=code_of("trim_faces.py"),
        trim=lambda wildcards: as_json(STUDY.recipes[wildcards.recipe]["trim"]),
        phases=lambda wildcards: STUDY.datasets[wildcards.leaf]["phases"],
        own=lambda wildcards: own_files_of(wildcards.leaf)[0],
        digests=lambda wildcards: own_files_of(wildcards.leaf)[1],
    shell:
        'python "$SCRIPTS/trim_faces.py" --faces {input.faces} --clips {input.clips} --trim {params.trim:q} --phases {params.phases} {params.own} '
        "--leaf {wildcards.leaf} --out {output.store} --table {output.table} > {log} 2>&1"


rule compare_faces:
    input:
        "results/clips/{leaf}.csv",
    output:
        "results/compare_faces/{leaf}.json",
    log:
        "results/logs/compare_faces/{leaf}.log",
    benchmark:
        "results/benchmarks/compare_faces/{leaf}.tsv"
    conda:
        "../../envs/video.yaml"
    resources:
        mem_mb=lambda wildcards, attempt: 2000 * attempt,
        runtime=lambda wildcards, attempt: 120 * attempt,
    params:
        code=code_of("compare_faces.py"),
        recipes=lambda wildcards: comparison_of(wildcards.leaf)["recipes"],
        reference=lambda wildcards: comparison_of(wildcards.leaf)["reference"],
        number=lambda wildcards: comparison_of(wildcards.leaf)["count"],
    shell:
        'python "$SCRIPTS/compare_faces.py" --clips {input} --recipes {params.recipes:q} --reference {params.reference} '
        "--count {params.number} --leaf {wildcards.leaf} --out {output} > {log} 2>&1"


rule compute_flow:
    input:
        lambda wildcards: files.crops(STUDY, wildcards.leaf, wildcards.recipe, wildcards.shard),
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


# The trees give points for every crop, so a clip that has crops has landmarks and nothing is rejected here.
rule find_landmarks:
    input:
        lambda wildcards: files.crops(STUDY, wildcards.leaf, wildcards.recipe, wildcards.shard),
    output:
        "results/landmarks/{leaf}/{recipe}/{shard}.h5",
    log:
        "results/logs/find_landmarks/{leaf}/{recipe}/{shard}.log",
    benchmark:
        "results/benchmarks/find_landmarks/{leaf}/{recipe}/{shard}.tsv"
    conda:
        "../../envs/video.yaml"
    resources:
        mem_mb=lambda wildcards, attempt: 2000 * attempt,
        runtime=lambda wildcards, attempt: 120 * attempt,
    params:
        code=code_of("find_landmarks.py"),
        model=lambda wildcards: landmark_model(wildcards.recipe)[0],
        digest=lambda wildcards: landmark_model(wildcards.recipe)[1],
    shell:
        'python "$SCRIPTS/find_landmarks.py" --faces {input} {params.model} --out {output} > {log} 2>&1'


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
