# A source is a set of stills, or a fold whose training clips it learns from; that fold alone reads its features.
rule fit_backbone:
    input:
        unpack(inputs_of("fit_backbone")),
    output:
        *(paths.backbone("{backbone}", "{recipe}", "{source}", file) for file in paths.BACKBONE_FILES),
    log:
        paths.log("fit_backbone", "{backbone}/{recipe}/{source}"),
    benchmark:
        paths.benchmark("fit_backbone", "{backbone}/{recipe}/{source}")
    conda:
        "../../envs/train.yaml"
    threads: STUDY.config["training"]["threads"]
    resources:
        **needs_of("fit_backbone", lambda wildcards: STUDY.backbones[wildcards.backbone]),
    params:
        job=told("fit_backbone"),
    shell:
        command("fit_backbone")


# Networks that others have trained: of the clips, or of augmented copies of them.
rule run_network:
    input:
        unpack(inputs_of("run_network")),
    output:
        paths.features("{leaf}", "{recipe}", "{backbone}", "file", "output", "{shard}{copies}"),
    log:
        paths.log("run_network", "{leaf}/{recipe}/{backbone}/{shard}{copies}"),
    benchmark:
        paths.benchmark("run_network", "{leaf}/{recipe}/{backbone}/{shard}{copies}")
    conda:
        "../../envs/networks.yaml"
    threads: STUDY.config["training"]["threads"]
    resources:
        **needs_of("run_network", lambda wildcards: STUDY.backbones[wildcards.backbone]),
    params:
        job=told("run_network"),
    shell:
        command("run_network")


# Of the clips, or of augmented copies of them; a training reads the copies of its training clips.
rule extract_features:
    input:
        unpack(inputs_of("extract_features")),
    output:
        paths.features("{leaf}", "{recipe}", "{backbone}", "{source}", "{layer}", "{shard}{copies}"),
    log:
        paths.log("extract_features", "{leaf}/{recipe}/{backbone}/{source}/{layer}/{shard}{copies}"),
    benchmark:
        paths.benchmark("extract_features", "{leaf}/{recipe}/{backbone}/{source}/{layer}/{shard}{copies}")
    conda:
        "../../envs/train.yaml"
    threads: STUDY.config["training"]["threads"]
    resources:
        **needs_of("extract_features", lambda wildcards: STUDY.backbones[wildcards.backbone]),
    params:
        job=told("extract_features"),
    shell:
        command("extract_features")
