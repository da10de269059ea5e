localrules:
    describe_study,


# The plan is a file because a large study would not fit on a command line.
rule describe_study:
    output:
        "results/report/plan.json",
    log:
        "results/logs/describe_study/study.log",
    params:
        plan=plan_of_report,
    run:
        Path(output[0]).write_text(params.plan, encoding="utf-8")


rule make_report:
    input:
        plan="results/report/plan.json",
        tables=report_inputs,
    output:
        page="results/report/study.html",
        tables=directory("results/report/tables"),
    log:
        "results/logs/make_report/study.log",
    benchmark:
        "results/benchmarks/make_report/study.tsv"
    conda:
        "../../envs/report.yaml"
    resources:
        mem_mb=lambda wildcards, attempt: 2000 * attempt,
        runtime=lambda wildcards, attempt: 30 * attempt,
    params:
        code=report_code(),
    shell:
        'python "$SCRIPTS/make_report.py" --plan {input.plan} --results results --out {output.page} '
        "--tables {output.tables} > {log} 2>&1 && rm -f results/report/study.partial.html"


# With --keep-going a job with a failed ancestor never runs, the page included: so it is made here of what there is.
onerror:
    folder = Path("results/report")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "plan.partial.json").write_text(plan_of_report(), encoding="utf-8")
    shell(
        'python "$SCRIPTS/make_report.py" --plan results/report/plan.partial.json --results results --partial '
        "--out results/report/study.partial.html --tables results/report/tables.partial "
        "> results/report/partial.log 2>&1 && echo 'What is there is shown in results/report/study.partial.html' "
        "|| tail -n 1 results/report/partial.log"
    )
