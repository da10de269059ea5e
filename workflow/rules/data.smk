rule make_synthetic:
    input:
        unpack(inputs_of("make_synthetic")),
    output:
        paths.truth("{rendered}"),
    log:
        paths.log("make_synthetic", "{rendered}"),
    benchmark:
        paths.benchmark("make_synthetic", "{rendered}")
    conda:
        "../../envs/video.yaml"
    threads: 2
    resources:
        **growing("make_synthetic", 2000, 60),
    params:
        job=told("make_synthetic"),
    shell:
        command("make_synthetic")


rule make_stills:
    input:
        unpack(inputs_of("make_stills")),
    output:
        *(paths.stills("{stills}", kind) for kind in ("h5", "csv", "rejected.csv")),
    log:
        paths.log("make_stills", "{stills}"),
    benchmark:
        paths.benchmark("make_stills", "{stills}")
    conda:
        "../../envs/video.yaml"
    threads: 2
    resources:
        **growing("make_stills", 2000, 60),
    params:
        job=told("make_stills"),
    shell:
        command("make_stills")


# A checkpoint that nobody asks: after it Snakemake compares again, so one command runs what the tables' content concerns.
# `update` keeps a table in place while it is made again: where one is missing, Snakemake plans all that reads it. So is every
# rule whose result others read as ancient: Snakemake looks at no job below one that runs, and here only then again.
checkpoint index_clips:
    input:
        unpack(inputs_of("index_clips")),
    output:
        update(paths.clips("{leaf}")),
        update(paths.rejected_clips("{leaf}")),
        update(paths.notes("{leaf}")),
        update([paths.shard("{leaf}", number) for number in STUDY.shards]),
    log:
        paths.log("index_clips", "{leaf}"),
    benchmark:
        paths.benchmark("index_clips", "{leaf}")
    # Before the order of datasets: a wrong table or too few people are told before anything trains.
    priority: 1
    conda:
        "../../envs/video.yaml"
    resources:
        **growing("index_clips", 1000, 60),
    params:
        job=told("index_clips"),
    shell:
        command("index_clips")


# As index_clips.
checkpoint join_clips:
    input:
        unpack(inputs_of("join_clips")),
    output:
        update(paths.clips("{union}")),
        update(paths.rejected_clips("{union}")),
    log:
        paths.log("join_clips", "{union}"),
    benchmark:
        paths.benchmark("join_clips", "{union}")
    conda:
        "../../envs/tables.yaml"
    resources:
        **growing("join_clips", 1500, 30),
    params:
        job=told("join_clips"),
    shell:
        command("join_clips")


# Of the full frames, whatever the recipe: the audit finds the same frames in two clips.
rule fingerprint_clips:
    input:
        unpack(inputs_of("fingerprint_clips")),
    output:
        paths.fingerprints("{leaf}", "{shard}"),
    log:
        paths.log("fingerprint_clips", "{leaf}/{shard}"),
    benchmark:
        paths.benchmark("fingerprint_clips", "{leaf}/{shard}")
    conda:
        "../../envs/video.yaml"
    resources:
        **growing("fingerprint_clips", 2000, 120),
    params:
        job=told("fingerprint_clips"),
    shell:
        command("fingerprint_clips")


# Of the full frames, at the boxes of any recipe: who looks like whom.
rule describe_people:
    input:
        unpack(inputs_of("describe_people")),
    output:
        paths.people("{leaf}", "{shard}"),
    log:
        paths.log("describe_people", "{leaf}/{shard}"),
    benchmark:
        paths.benchmark("describe_people", "{leaf}/{shard}")
    conda:
        "../../envs/video.yaml"
    resources:
        **growing("describe_people", 2000, 120),
    params:
        job=told("describe_people"),
    shell:
        command("describe_people")


# Whether somebody who is tested is on the stills that train a backbone.
rule describe_stills:
    input:
        unpack(inputs_of("describe_stills")),
    output:
        paths.people_in_stills("{stills}"),
    log:
        paths.log("describe_stills", "{stills}"),
    benchmark:
        paths.benchmark("describe_stills", "{stills}")
    conda:
        "../../envs/video.yaml"
    resources:
        **growing("describe_stills", 2000, 60),
    params:
        job=told("describe_stills"),
    shell:
        command("describe_stills")


# A checkpoint, as index_clips: where nobody is taken for another one, no fold is dealt again.
checkpoint name_people:
    input:
        unpack(inputs_of("name_people")),
    output:
        update(paths.people_by_face("{leaf}")),
    log:
        paths.log("name_people", "{leaf}"),
    benchmark:
        paths.benchmark("name_people", "{leaf}")
    conda:
        "../../envs/tables.yaml"
    resources:
        **growing("name_people", 2000, 60),
    params:
        job=told("name_people"),
    shell:
        command("name_people")


rule extract_faces:
    input:
        unpack(inputs_of("extract_faces")),
    output:
        paths.faces("{leaf}", "{recipe}", "{shard}"),
        paths.rejected_faces("{leaf}", "{recipe}", "{shard}"),
    log:
        paths.log("extract_faces", "{leaf}/{recipe}/{shard}"),
    benchmark:
        paths.benchmark("extract_faces", "{leaf}/{recipe}/{shard}")
    conda:
        "../../envs/video.yaml"
    resources:
        **growing("extract_faces", 2000, 120),
    params:
        job=told("extract_faces"),
    shell:
        command("extract_faces")


# Neutral beginnings and ends are cut off; only where the recipe asks for it and the clips are of that kind.
rule trim_faces:
    input:
        unpack(inputs_of("trim_faces")),
    output:
        *(paths.trimmed("{leaf}", "{recipe}", "{shard}", kind) for kind in ("h5", "csv", "curves.csv")),
    log:
        paths.log("trim_faces", "{leaf}/{recipe}/{shard}"),
    benchmark:
        paths.benchmark("trim_faces", "{leaf}/{recipe}/{shard}")
    conda:
        "../../envs/video.yaml"
    resources:
        **growing("trim_faces", 2000, 120),
    params:
        job=told("trim_faces"),
    shell:
        command("trim_faces")


# Of crops, so that all that is computed of crops is computed of these in the same way.
rule control_crops:
    input:
        unpack(inputs_of("control_crops")),
    output:
        paths.controlled("{leaf}", "{hidden}", "{shard}"),
    log:
        paths.log("control_crops", "{leaf}/{hidden}/{shard}"),
    benchmark:
        paths.benchmark("control_crops", "{leaf}/{hidden}/{shard}")
    conda:
        "../../envs/video.yaml"
    resources:
        **growing("control_crops", 2000, 60),
    params:
        job=told("control_crops"),
    shell:
        command("control_crops")


rule compare_faces:
    input:
        unpack(inputs_of("compare_faces")),
    output:
        paths.face_comparison("{leaf}"),
    log:
        paths.log("compare_faces", "{leaf}"),
    benchmark:
        paths.benchmark("compare_faces", "{leaf}")
    conda:
        "../../envs/video.yaml"
    resources:
        **growing("compare_faces", 2000, 120),
    params:
        job=told("compare_faces"),
    shell:
        command("compare_faces")


rule compute_flow:
    input:
        unpack(inputs_of("compute_flow")),
    output:
        paths.flow("{leaf}", "{recipe}", "{shard}"),
    log:
        paths.log("compute_flow", "{leaf}/{recipe}/{shard}"),
    benchmark:
        paths.benchmark("compute_flow", "{leaf}/{recipe}/{shard}")
    conda:
        "../../envs/video.yaml"
    resources:
        **growing("compute_flow", 2000, 120),
    params:
        job=told("compute_flow"),
    shell:
        command("compute_flow")


# The trees give points for every crop, so a clip that has crops has landmarks and nothing is rejected here.
rule find_landmarks:
    input:
        unpack(inputs_of("find_landmarks")),
    output:
        paths.landmarks("{leaf}", "{recipe}", "{shard}"),
    log:
        paths.log("find_landmarks", "{leaf}/{recipe}/{shard}"),
    benchmark:
        paths.benchmark("find_landmarks", "{leaf}/{recipe}/{shard}")
    conda:
        "../../envs/video.yaml"
    resources:
        **growing("find_landmarks", 2000, 120),
    params:
        job=told("find_landmarks"),
    shell:
        command("find_landmarks")


# Only the page of the data stage asks for it, of people whose faces may be shown.
rule draw_boxes:
    input:
        unpack(inputs_of("draw_boxes")),
    output:
        paths.boxes("{leaf}", "{recipe}"),
    log:
        paths.log("draw_boxes", "{leaf}/{recipe}"),
    benchmark:
        paths.benchmark("draw_boxes", "{leaf}/{recipe}")
    conda:
        "../../envs/video.yaml"
    resources:
        **growing("draw_boxes", 2000, 60),
    params:
        job=told("draw_boxes"),
    shell:
        command("draw_boxes")


# What other tools have said of every frame; which files are a clip's is looked up where the job's content is.
rule read_tables:
    input:
        unpack(inputs_of("read_tables")),
    output:
        *(paths.table_rows("{leaf}", "{table}", "{shard}", kind) for kind in files.TABLES),
    log:
        paths.log("read_tables", "{leaf}/{table}/{shard}"),
    benchmark:
        paths.benchmark("read_tables", "{leaf}/{table}/{shard}")
    conda:
        "../../envs/tables.yaml"
    resources:
        **growing("read_tables", 2000, 60),
    params:
        job=told("read_tables"),
    shell:
        command("read_tables")


# What is heard while each frame is shown: a table that the films hold themselves.
rule read_sound:
    input:
        unpack(inputs_of("read_sound")),
    output:
        *(paths.table_rows("{leaf}", "{sound}", "{shard}", kind) for kind in files.TABLES),
    log:
        paths.log("read_sound", "{leaf}/{sound}/{shard}"),
    benchmark:
        paths.benchmark("read_sound", "{leaf}/{sound}/{shard}")
    conda:
        "../../envs/video.yaml"
    resources:
        **growing("read_sound", 2000, 60),
    params:
        job=told("read_sound"),
    shell:
        command("read_sound")


# Of faces, or of tables of other tools. A checkpoint, as index_clips.
checkpoint sum_faces:
    input:
        unpack(inputs_of("sum_faces")),
    output:
        update(paths.coverage("{leaf}", "{made}", "json", "{what}")),
    log:
        paths.log("sum_faces", "{what}/{leaf}/{made}"),
    benchmark:
        paths.benchmark("sum_faces", "{what}/{leaf}/{made}")
    conda:
        "../../envs/tables.yaml"
    resources:
        **growing("sum_faces", 1500, 30),
    params:
        job=told("sum_faces"),
    shell:
        command("sum_faces")


# The gates fail here, before all that could not be used, and do not destroy their evidence. A checkpoint, as index_clips;
# what Snakemake puts back of an earlier run when a gate fails is forgotten by the next one (common.smk).
checkpoint check_gate:
    input:
        unpack(inputs_of("check_gate")),
    output:
        update(f"{paths.RESULTS}/{{gate}}/{{below}}.passed"),
    log:
        paths.log("check_gate", "{gate}/{below}"),
    benchmark:
        paths.benchmark("check_gate", "{gate}/{below}")
    conda:
        "../../envs/tables.yaml"
    resources:
        **growing("check_gate", 1500, 30),
    params:
        job=told("check_gate"),
    shell:
        command("check_gate")
