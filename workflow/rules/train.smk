rule train_fold:
    input:
        unpack(inputs_of("train_fold")),
    output:
        *(paths.model("{dataset}", "{protocol}", "{arch}", "{fold}", "{run}", file) for file in paths.MODEL_FILES),
        paths.predictions("{dataset}", "{protocol}", "{arch}", "{fold}", "{run}"),
    log:
        paths.log("train_fold", "{dataset}/{protocol}/{arch}/{fold}/run{run}"),
    benchmark:
        paths.benchmark("train_fold", "{dataset}/{protocol}/{arch}/{fold}/run{run}")
    conda:
        "../../envs/train.yaml"
    threads: STUDY.config["training"]["threads"]
    resources:
        **needs_of(lambda wildcards: STUDY.architectures[wildcards.arch]),
    params:
        job=told("train_fold"),
    shell:
        command("train_fold")
