rule make_report:
    input:
        unpack(inputs_of("make_report")),
    output:
        paths.PAGE,
        [directory(path) for path in paths.REPORT_FOLDERS.values()],
    log:
        paths.log("make_report", "study"),
    benchmark:
        paths.benchmark("make_report", "study")
    conda:
        "../../envs/report.yaml"
    resources:
        **growing(2000, 30),
    params:
        job=told("make_report"),
    shell:
        COMMAND


# With --keep-going a job with a failed ancestor never runs, the page included: so it is made here of what there is.
onerror:
    job = partial_report()
    Path(paths.PARTIAL_PAGE).parent.mkdir(parents=True, exist_ok=True)
    shell(
        'python "$SCRIPTS/make_report.py" --job {job:q} > results/report/partial.log 2>&1 '
        "&& echo 'What is there is shown in results/report/study.partial.html' "
        "|| tail -n 1 results/report/partial.log"
    )
