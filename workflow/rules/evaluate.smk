rule score:
    input:
        unpack(inputs_of("score")),
    output:
        paths.scores("{dataset}", "{protocol}", "{model}"),
    log:
        paths.log("score", "{dataset}/{protocol}/{model}"),
    benchmark:
        paths.benchmark("score", "{dataset}/{protocol}/{model}")
    conda:
        "../../envs/tables.yaml"
    params:
        job=told("score"),
    shell:
        command("score")


rule compare:
    input:
        unpack(inputs_of("compare")),
    output:
        paths.compare("{dataset}", "{protocol}"),
    log:
        paths.log("compare", "{dataset}/{protocol}"),
    benchmark:
        paths.benchmark("compare", "{dataset}/{protocol}")
    conda:
        "../../envs/tables.yaml"
    params:
        job=told("compare"),
    shell:
        command("compare")


# After the trainings: is what was fitted, chosen and fused what the rows of its folds give?
rule audit_run:
    input:
        unpack(inputs_of("audit_run")),
    output:
        paths.run_audit("{dataset}", "{protocol}"),
    log:
        paths.log("audit_run", "{dataset}/{protocol}"),
    benchmark:
        paths.benchmark("audit_run", "{dataset}/{protocol}")
    conda:
        "../../envs/tables.yaml"
    params:
        job=told("audit_run"),
    shell:
        command("audit_run")
