rule make_control:
    input:
        unpack(inputs_of("make_control")),
    output:
        paths.control("{dataset}", "{protocol}", "{control}"),
    log:
        paths.log("make_control", "{dataset}/{protocol}/{control}"),
    benchmark:
        paths.benchmark("make_control", "{dataset}/{protocol}/{control}")
    conda:
        "../../envs/tables.yaml"
    resources:
        **growing("make_control", 1500, 30),
    params:
        job=told("make_control"),
    shell:
        command("make_control")


rule import_votes:
    input:
        unpack(inputs_of("import_votes")),
    output:
        *(paths.ratings("{dataset}", kind) for kind in ("csv", "json")),
    log:
        paths.log("import_votes", "{dataset}"),
    benchmark:
        paths.benchmark("import_votes", "{dataset}")
    conda:
        "../../envs/tables.yaml"
    resources:
        **growing("import_votes", 1500, 30),
    params:
        job=told("import_votes"),
    shell:
        command("import_votes")


# Of others, or of a control: what they answer counts by its content.
rule import_predictions:
    input:
        unpack(inputs_of("import_predictions")),
    output:
        *(paths.imported("{dataset}", "{protocol}", "{external}", kind) for kind in ("csv", "json")),
    log:
        paths.log("import_predictions", "{dataset}/{protocol}/{external}"),
    benchmark:
        paths.benchmark("import_predictions", "{dataset}/{protocol}/{external}")
    conda:
        "../../envs/tables.yaml"
    resources:
        **growing("import_predictions", 1500, 30),
    params:
        job=told("import_predictions"),
    shell:
        command("import_predictions")
