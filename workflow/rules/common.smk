# What needs Snakemake itself: the study, the jobs as inputs and params, what is asked of a cluster. All else is ferstudy/study.
import sys
from dataclasses import replace
from functools import cache
from pathlib import Path

# Not workflow.basedir: that is another folder when the workflow is loaded as a module of a user's own.
WORKFLOW = Path(str(workflow.current_basedir)).parent
SCRIPTS = WORKFLOW.parent / "scripts"
sys.path.insert(0, str(SCRIPTS))

from ferstudy import paths
from ferstudy.errors import StudyError
from ferstudy.provenance import made_of
from ferstudy.study import attempts, cluster, files, images, jobs, watching, yaml_file
from ferstudy.study.config import SCHEMA, read_study
from ferstudy.study.refusal import StudyRefused
from ferstudy.study.request import Request
from ferstudy.study.start import begin, start


def checked_study():
    """The checked study; what is wrong ends here with a sentence instead of a traceback."""
    others = [file for file in workflow.overwrite_configfiles if Path(file).resolve() != Path(paths.CONFIG).resolve()]
    try:
        shell.prefix(start(SCRIPTS))
        # Not `configfile:`, which takes 1e-4 for a text, and the last of two equal keys. A module is given its config.
        whole = {} if workflow.modifier.skip_configfile else yaml_file.read(paths.CONFIG)
        update_config(whole, config)  # what --config says
        return read_study(whole, SCHEMA, paths.CONFIG, others)
    except StudyError as error:
        raise StudyRefused(yaml_file.located(str(error), paths.CONFIG)) from None


STUDY = checked_study()
if workflow.is_main_process:
    begin(STUDY)
    attempts.know_why(lambda job, resource: cluster.most(request_of(job), resource, workflow.executor_settings))


wildcard_constraints:
    **files.patterns(STUDY),


# ---- a rule's job: its inputs and its one param
@cache
def job_at(rule, wildcards):
    """The job of a rule at these (name, value) pairs, without the digests that files may change."""
    return jobs.job(STUDY, rule, **dict(wildcards))


def inputs_of(rule):
    """An input function, for `unpack`. What counts by its content, or may only refuse, is ancient: no time makes it run."""

    def inputs(wildcards):
        job = job_at(rule, tuple(wildcards.items()))
        calm = {name: ancient(path) for name, path in job.paths("table", "gate").items()}
        return {**job.paths("reads"), **calm}

    return inputs


def told(rule):
    """A param function: the job as JSON, with the digests of its code and of what counts by its content."""
    whole = lambda wildcards: made_of.whole(job_at(rule, tuple(wildcards.items())), paths.DIGESTS)
    return lambda wildcards: whole(wildcards).argument(paths.JOBS)


def command(rule):
    """The text of a rule's command, which never changes: Snakemake would run all its jobs again."""
    return f'python "$SCRIPTS/{rule}.py" --job {{params.job:q}} > {{log}} 2>&1'


# ---- resources
def growing(rule, mem_mb, minutes):
    """What the jobs of a rule ask for, and more of what an attempt of this run has lacked."""
    ask = lambda resource, planned: attempts.asks(rule, resource, lambda wildcards: planned)
    return {"mem_mb": ask("mem_mb", mem_mb), "runtime": ask("runtime", minutes)}


def needs_of(rule, entry_of):
    """The same for what a model needs, and its GPUs: `entry_of(wildcards)` is its config entry."""
    need = {"mem_mb": "memory_mb", "runtime": "minutes", "gpu": "gpu"}
    ask = lambda name, key: attempts.asks(rule, name, lambda wildcards: entry_of(wildcards)["needs"][key])
    return {name: ask(name, key) for name, key in need.items()}


# ---- cluster
def refuse_misfits():
    """Ends before the first job where its image is not built, or on SLURM where one fits no partition."""
    settings, waiting = workflow.executor_settings, list(workflow.dag.needrun_jobs())
    try:
        images.refuse_missing(waiting)
        if hasattr(settings, "partition_config"):
            watching.keep_watch(lambda slurm_id: attempts.in_slurm(slurm_id).state)
            cluster.check(settings.partition_config, {request_of(job) for job in waiting if not job.is_local})
            attempts.expect()
    except StudyError as error:
        raise StudyRefused(str(error)) from None


def request_of(job):
    """What a job asks for, and where that is written."""
    asked = job.resources
    name, where = cluster.asker(job.rule.name, job.wildcards_dict, STUDY.search_places, paths.CONFIG)
    mem_mb, minutes, gpu = (int(asked.get(key, 0) or 0) for key in ("mem_mb", "runtime", "gpu"))
    model, again = str(asked.get("gpu_model", "")), job.restart_times > 0
    return Request(name, where, mem_mb, minutes, job.threads, gpu, model, again)


# ---- what a run that failed leaves
def partial_report():
    """The job of the page of what there is: what lies downstream of a job that did not run was made by an earlier study."""
    waiting = [job for job in workflow.dag.needrun_jobs() if not workflow.dag.finished(job)]
    below = set(workflow.dag.bfs(workflow.dag.depending, *waiting)) if waiting else set()
    stale = sorted({str(path) for job in (*waiting, *below) for path in job.output})
    said = {"partial": True, "stale": stale, **paths.PARTIAL_FILES}
    return replace(job_at("make_report", ()), **said).argument(paths.JOBS)
