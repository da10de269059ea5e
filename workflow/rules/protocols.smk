# A checkpoint, as index_clips: where the fold table comes out equal, nothing is trained again.
checkpoint make_folds:
    input:
        unpack(inputs_of("make_folds")),
    output:
        update(paths.folds("{dataset}", "{protocol}")),
    log:
        paths.log("make_folds", "{dataset}/{protocol}"),
    benchmark:
        paths.benchmark("make_folds", "{dataset}/{protocol}")
    # Before the order of datasets: a wrong table or too few people are told before anything trains.
    priority: 1
    conda:
        "../../envs/tables.yaml"
    resources:
        **growing("make_folds", 1500, 30),
    params:
        job=told("make_folds"),
    shell:
        command("make_folds")


# A checkpoint, as index_clips.
checkpoint audit_protocol:
    input:
        unpack(inputs_of("audit_protocol")),
    output:
        update(paths.audit("{dataset}", "{protocol}", "json")),
        update(paths.pairs("{dataset}", "{protocol}")),
    log:
        paths.log("audit_protocol", "{dataset}/{protocol}"),
    benchmark:
        paths.benchmark("audit_protocol", "{dataset}/{protocol}")
    conda:
        "../../envs/tables.yaml"
    resources:
        **growing("audit_protocol", 1500, 30),
    params:
        job=told("audit_protocol"),
    shell:
        command("audit_protocol")
