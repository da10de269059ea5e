# Where there are many shards: one input of a training in place of hundreds.
rule list_stores:
    input:
        unpack(inputs_of("list_stores")),
    output:
        paths.listing("{stores}", "{copies}"),
    log:
        paths.log("list_stores", "{stores}/listing{copies}"),
    benchmark:
        paths.benchmark("list_stores", "{stores}/listing{copies}")
    conda:
        "../../envs/tables.yaml"
    resources:
        **growing("list_stores", 1500, 30),
    params:
        job=told("list_stores"),
    shell:
        command("list_stores")


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


# A checkpoint, as index_clips: a teacher that was trained again and answers the same trains no student.
checkpoint ask_teacher:
    input:
        unpack(inputs_of("ask_teacher")),
    output:
        update(paths.taught("{dataset}", "{protocol}", "{arch}", "{fold}", "{run}")),
    log:
        paths.log("ask_teacher", "{dataset}/{protocol}/{arch}/{fold}/run{run}"),
    benchmark:
        paths.benchmark("ask_teacher", "{dataset}/{protocol}/{arch}/{fold}/run{run}")
    conda:
        "../../envs/tables.yaml"
    resources:
        **growing("ask_teacher", 1500, 30),
    params:
        job=told("ask_teacher"),
    shell:
        command("ask_teacher")


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


# No pixel leaves the crops: what is written are probabilities and maps, those of a backbone where faces may be shown.
rule explain_model:
    input:
        unpack(inputs_of("explain_model")),
    output:
        *(paths.explained("{dataset}", "{protocol}", "{arch}", kind) for kind in ("json", "csv", "h5")),
    log:
        paths.log("explain_model", "{dataset}/{protocol}/{arch}"),
    benchmark:
        paths.benchmark("explain_model", "{dataset}/{protocol}/{arch}")
    conda:
        "../../envs/train.yaml"
    resources:
        **growing("explain_model", 8000, 60),
    params:
        job=told("explain_model"),
    shell:
        command("explain_model")


# Test clips again, made worse before the model sees them.
rule measure_robustness:
    input:
        unpack(inputs_of("measure_robustness")),
    output:
        paths.robustness("{dataset}", "{arch}"),
    log:
        paths.log("measure_robustness", "{dataset}/{arch}"),
    benchmark:
        paths.benchmark("measure_robustness", "{dataset}/{arch}")
    conda:
        "../../envs/train.yaml"
    threads: STUDY.config["training"]["threads"]
    resources:
        **growing("measure_robustness", 8000, 120),
    params:
        job=told("measure_robustness"),
    shell:
        command("measure_robustness")


# How early is it right: the test clips again, from their beginnings alone.
rule predict_early:
    input:
        unpack(inputs_of("predict_early")),
    output:
        paths.early("{dataset}", "{arch}"),
    log:
        paths.log("predict_early", "{dataset}/{arch}"),
    benchmark:
        paths.benchmark("predict_early", "{dataset}/{arch}")
    conda:
        "../../envs/train.yaml"
    threads: STUDY.config["training"]["threads"]
    resources:
        **growing("predict_early", 8000, 60),
    params:
        job=told("predict_early"),
    shell:
        command("predict_early")
