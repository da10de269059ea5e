rule make_folds:
    input:
        "results/clips/{dataset}.csv",
    output:
        "results/folds/{dataset}/{protocol}.csv",
    log:
        "results/logs/make_folds/{dataset}/{protocol}.log",
    benchmark:
        "results/benchmarks/make_folds/{dataset}/{protocol}.tsv"
    conda:
        "../../envs/tables.yaml"
    params:
        code=code_of("make_folds.py"),
        protocol=protocol_of,
        lists=lists_of,
        classes=lambda wildcards: as_json({"classes": STUDY.classes(wildcards.dataset)}),
        # Undeclared, so that Snakemake does not delete it before the job: an existing table is kept when data are added.
        state="results/state/make_folds/{dataset}/{protocol}",
    shell:
        'python "$SCRIPTS/make_folds.py" --clips {input} --protocol {params.protocol:q} --classes {params.classes:q} '
        "--dataset {wildcards.dataset} --state {params.state} --out {output} > {log} 2>&1"


rule audit_protocol:
    input:
        clips="results/clips/{dataset}.csv",
        folds="results/folds/{dataset}/{protocol}.csv",
        stills=stills_of,
        fingerprints=lambda wildcards: [
            paths.fingerprints(leaf, number) for leaf in STUDY.leaves(wildcards.dataset) for number in STUDY.shards
        ],
    output:
        "results/audit/{dataset}/{protocol}.json",
    log:
        "results/logs/audit_protocol/{dataset}/{protocol}.log",
    benchmark:
        "results/benchmarks/audit_protocol/{dataset}/{protocol}.tsv"
    conda:
        "../../envs/tables.yaml"
    params:
        code=code_of("audit_protocol.py"),
        protocol=audited,
        union=lambda wildcards: "--undeclared-union" if undeclared_union(wildcards.dataset) else "",
    shell:
        'python "$SCRIPTS/audit_protocol.py" --clips {input.clips} --folds {input.folds} --protocol {params.protocol:q} '
        "--dataset {wildcards.dataset} --stills {input.stills} --fingerprints {input.fingerprints} {params.union} --out {output} > {log} 2>&1"


# A gate, as check_faces.
rule check_audit:
    input:
        "results/audit/{dataset}/{protocol}.json",
    output:
        "results/audit/{dataset}/{protocol}.passed",
    log:
        "results/logs/check_audit/{dataset}/{protocol}.log",
    benchmark:
        "results/benchmarks/check_audit/{dataset}/{protocol}.tsv"
    conda:
        "../../envs/tables.yaml"
    params:
        code=code_of("check_audit.py"),
    shell:
        'python "$SCRIPTS/check_audit.py" --audit {input} --out {output} > {log} 2>&1'
