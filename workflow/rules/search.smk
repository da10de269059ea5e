# A place is a search, or a search and the fold that it is for (ferstudy/study/search_places.py).
rule search_worker:
    input:
        unpack(inputs_of("search_worker")),
    output:
        paths.trials("{place}", "{worker}"),
    log:
        paths.log("search_worker", "{place}/worker{worker}"),
    benchmark:
        paths.benchmark("search_worker", "{place}/worker{worker}")
    conda:
        "../../envs/train.yaml"
    threads: STUDY.config["training"]["threads"]
    resources:
        **needs_of("search_worker", lambda wildcards: STUDY.searched(wildcards.place)),
    params:
        job=told("search_worker"),
    shell:
        command("search_worker")


# A checkpoint, as index_clips: a search that ran again and chose the same trains nothing.
checkpoint best_settings:
    input:
        unpack(inputs_of("best_settings")),
    output:
        update(paths.best("{place}")),
    log:
        paths.log("best_settings", "{place}"),
    benchmark:
        paths.benchmark("best_settings", "{place}")
    conda:
        "../../envs/tables.yaml"
    resources:
        **growing("best_settings", 1500, 30),
    params:
        job=told("best_settings"),
    shell:
        command("best_settings")
