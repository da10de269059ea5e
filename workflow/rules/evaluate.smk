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
