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
        **needs_of("train_fold", lambda wildcards: STUDY.architectures[wildcards.arch]),
    params:
        job=told("train_fold"),
    shell:
        command("train_fold")


# One thread, whatever trains: what is measured is one clip.
rule measure_model:
    input:
        unpack(inputs_of("measure_model")),
    output:
        paths.cost("{dataset}", "{arch}"),
    log:
        paths.log("measure_model", "{dataset}/{arch}"),
    benchmark:
        paths.benchmark("measure_model", "{dataset}/{arch}")
    conda:
        "../../envs/train.yaml"
    resources:
        **growing("measure_model", 8000, 30),
    params:
        job=told("measure_model"),
    shell:
        command("measure_model")
