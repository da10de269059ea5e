# A trained model with all that predicting needs, in one file: scripts/predict_video.py reads it.
rule export_model:
    input:
        unpack(inputs_of("export_model")),
    output:
        paths.export("{dataset}", "{arch}"),
    log:
        paths.log("export_model", "{dataset}/{arch}"),
    benchmark:
        paths.benchmark("export_model", "{dataset}/{arch}")
    conda:
        "../../envs/train.yaml"
    resources:
        **growing("export_model", 2000, 30),
    params:
        job=told("export_model"),
    shell:
        command("export_model")


# A fusion with its members' exported models, in one file.
rule export_fusion:
    input:
        unpack(inputs_of("export_fusion")),
    output:
        paths.export("{dataset}", "{fusion}"),
    log:
        paths.log("export_fusion", "{dataset}/{fusion}"),
    benchmark:
        paths.benchmark("export_fusion", "{dataset}/{fusion}")
    conda:
        "../../envs/tables.yaml"
    resources:
        **growing("export_fusion", 2000, 30),
    params:
        job=told("export_fusion"),
    shell:
        command("export_fusion")


# One thread, as measure_model. A format that cannot express the model is no failure: its record says why.
rule convert_model:
    input:
        unpack(inputs_of("convert_model")),
    output:
        paths.converted("{dataset}", "{arch}", "{form}", "{precision}", ".json"),
        directory(paths.converted("{dataset}", "{arch}", "{form}", "{precision}")),
    log:
        paths.log("convert_model", "{dataset}/{arch}/{form}-{precision}"),
    benchmark:
        paths.benchmark("convert_model", "{dataset}/{arch}/{form}-{precision}")
    conda:
        "../../envs/export.yaml"
    resources:
        **growing("convert_model", 8000, 60),
    params:
        job=told("convert_model"),
    shell:
        command("convert_model")
