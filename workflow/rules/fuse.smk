rule fit_fusion:
    input:
        unpack(inputs_of("fit_fusion")),
    output:
        paths.fused("{dataset}", "{protocol}", "{fusion}", "json"),
    log:
        paths.log("fit_fusion", "{dataset}/{protocol}/{fusion}"),
    benchmark:
        paths.benchmark("fit_fusion", "{dataset}/{protocol}/{fusion}")
    conda:
        "../../envs/tables.yaml"
    resources:
        **growing("fit_fusion", 1500, 30),
    params:
        job=told("fit_fusion"),
    shell:
        command("fit_fusion")


rule fuse:
    input:
        unpack(inputs_of("fuse")),
    output:
        paths.fused("{dataset}", "{protocol}", "{fusion}", "csv"),
    log:
        paths.log("fuse", "{dataset}/{protocol}/{fusion}"),
    benchmark:
        paths.benchmark("fuse", "{dataset}/{protocol}/{fusion}")
    conda:
        "../../envs/tables.yaml"
    resources:
        **growing("fuse", 1500, 30),
    params:
        job=told("fuse"),
    shell:
        command("fuse")


rule fuse_pattern:
    input:
        unpack(inputs_of("fuse_pattern")),
    output:
        fit=paths.fused("{dataset}", "{protocol}", "{pattern}", "json"),
        out=paths.fused("{dataset}", "{protocol}", "{pattern}", "csv"),
    log:
        paths.log("fuse_pattern", "{dataset}/{protocol}/{pattern}"),
    benchmark:
        paths.benchmark("fuse_pattern", "{dataset}/{protocol}/{pattern}")
    conda:
        "../../envs/tables.yaml"
    resources:
        **growing("fuse_pattern", 1500, 30),
    params:
        job=told("fuse_pattern"),
    shell:
        command("fuse_pattern")
