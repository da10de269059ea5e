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
    params:
        job=told("export_model"),
    shell:
        command("export_model")
