rule make_report:
    input:
        unpack(inputs_of("make_report")),
    output:
        report(paths.PAGE, category="Page"),
        paths.ANSWER,
        report(directory(paths.REPORT_FOLDERS["tables"]), category="Tables", patterns=["{name}.csv"]),
        report(directory(paths.REPORT_FOLDERS["data"]), category="Data", patterns=["{name}.csv"]),
        report(directory(paths.REPORT_FOLDERS["cards"]), category="Model cards", patterns=["{name}.md"]),
        report(directory(paths.REPORT_FOLDERS["figures"]), category="Figures", patterns=["{name}.svg"]),
        report(paths.REPORT_TEXTS, category="Texts"),
    log:
        paths.log("make_report", "study"),
    benchmark:
        paths.benchmark("make_report", "study")
    conda:
        "../../envs/report.yaml"
    resources:
        **growing("make_report", 2000, 30),
    params:
        job=told("make_report"),
    shell:
        command("make_report")


rule make_data_page:
    input:
        unpack(inputs_of("make_data_page")),
    output:
        paths.DATA_PAGE,
    log:
        paths.log("make_data_page", "study"),
    benchmark:
        paths.benchmark("make_data_page", "study")
    conda:
        "../../envs/report.yaml"
    resources:
        **growing("make_data_page", 2000, 30),
    params:
        job=told("make_data_page"),
    shell:
        command("make_report")


# With --keep-going a job with a failed ancestor never runs, the page included: so it is made here of what there is. Not where
# the page stands, and what failed is no part of it.
onerror:
    accounting.settle()
    if any(
        job.rule.name == "make_report" and not workflow.dag.finished(job) for job in workflow.dag.needrun_jobs()
    ):
        job, page, messages = partial_report(), paths.PARTIAL_PAGE, paths.PARTIAL_LOG
        Path(page).parent.mkdir(parents=True, exist_ok=True)
        print("Making a page of what there is", flush=True)
        shell(
            'python "$SCRIPTS/make_report.py" --job {job:q} > {messages} 2>&1 '
            '&& echo "The page of what there is: $PWD/{page}" || tail -n 1 {messages}'
        )
