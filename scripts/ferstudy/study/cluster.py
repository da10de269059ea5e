"""Whether a SLURM cluster can take the jobs of a study, asked before the first one is submitted.

The partition file is that of snakemake-executor-plugin-slurm: limits by partition name. The plugin sends a job for
which it finds no partition to the default one, where it may wait for ever; here it is refused with what to change.
"""

import re
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path

import yaml

from ferstudy.errors import StudyError
from ferstudy.study.request import Request

ASKERS = {"backbone": "backbones", "arch": "architectures", "architecture": "architectures"}


def check(partition_file: str | Path | None, requests: set[Request]) -> None:
    """Raise StudyError unless sbatch is there, the file names partitions of this cluster, and each request fits one.

    So must that of a second attempt, which asks for twice the memory, or twice the time (decision 100).
    """
    if shutil.which("sbatch") is None:
        raise StudyError(
            "no sbatch on the PATH: run this on a node of the cluster that submits jobs (perhaps after "
            "`module load slurm`), or use profiles/local on one machine"
        )
    if partition_file is None:
        return
    findings = _against_cluster(read(partition_file), offered()) + misfits(partition_file, requests)
    if findings:
        raise StudyError(refusal(partition_file, findings))


def misfits(partition_file: str | Path, requests: Iterable[Request]) -> list[str]:
    """A sentence for each request, or second attempt, that no partition of the file takes; asks no command."""
    partitions, found = read(partition_file), []
    for request in sorted(set(requests)):
        found += _against_partitions(request, partitions) or _second_attempts(request, partitions)
    return found


def refusal(partition_file: str | Path, findings: Iterable[str]) -> str:
    """All that speaks against a run with these partitions, in the words of the plan and of the run."""
    return f"{partition_file}:\n" + "\n".join(f"  {finding}" for finding in findings)


def read(partition_file: str | Path) -> dict[str, dict]:
    """The limits of each partition."""
    return yaml.safe_load(Path(partition_file).read_text(encoding="utf-8"))["partitions"]


def most(request: Request, key: str, settings: object) -> float:
    """The most memory ("mem_mb") or minutes ("runtime") that a job can get where all else that it asks for fits.

    `settings` are those of Snakemake's executor; without a file of partitions nothing is known to be too much.
    """
    file = getattr(settings, "partition_config", None)
    return max(_offers(request, key, read(file)).values(), default=0.0) if file else float("inf")


def _offers(request: Request, key: str, partitions: Mapping[str, Mapping]) -> dict[str, float]:
    limit = {"mem_mb": "max_mem_mb", "runtime": "max_runtime"}[key]
    fitting = {name: limits for name, limits in partitions.items() if not _lacking(request, limits)}
    return {name: minutes(limits.get(limit, "inf")) for name, limits in fitting.items()}


def asker(rule: str, wildcards: Mapping[str, str], places: Mapping[str, Mapping], config_path: str) -> tuple[str, str]:
    """Whose needs a job has, and the key to change: those of a model, also where it is searched, else of the rule.

    `places` are `Study.search_places`: what the jobs of a search are told, by place.
    """
    named = {**wildcards, **places.get(wildcards.get("place", ""), {})}
    for key, section in ASKERS.items():
        if key in named:
            entry = named[key].partition(".")[0]  # a control or a part of a curve needs what its architecture does
            return named[key], f"{section}/{entry}/needs in {config_path}"
    return rule, "its rule's resources"


def offered() -> dict[str, set[str]]:
    """The partitions of this cluster and their types of GPU ("" for GPUs without a type), by sinfo."""
    done = subprocess.run(["sinfo", "-h", "-o", "%R|%G"], capture_output=True, text=True, check=False, timeout=60)
    if done.returncode:
        raise StudyError(
            f"sinfo fails ({done.stderr.strip()}): is this a node of the cluster, and is slurmctld running?"
        )
    return read_sinfo(done.stdout)


def read_sinfo(text: str) -> dict[str, set[str]]:
    """Partitions and types of GPU from the output of `sinfo -h -o "%R|%G"`, e.g. `gpu|gpu:a100:4(S:0-1)`."""
    found: dict[str, set[str]] = {}
    for line in text.splitlines():
        name, _, gres = line.strip().partition("|")
        types = re.findall(r"\bgpu:(?:([A-Za-z][\w.-]*):)?\d+", gres)
        found.setdefault(name, set()).update(types)
    return found


def _against_cluster(partitions: dict, cluster: dict[str, set[str]]) -> list[str]:
    findings = []
    for name, limits in partitions.items():
        if name not in cluster:
            findings.append(
                f"partitions/{name}: this cluster has no such partition; sinfo lists {', '.join(sorted(cluster))}"
            )
            continue
        for model in sorted(set(limits.get("available_gpu_models") or ()) - cluster[name]):
            types = ", ".join(sorted(cluster[name] - {""})) or "no typed GPU"
            findings.append(
                f"partitions/{name}/available_gpu_models: no GPU of type {model!r} there; sinfo shows {types}"
            )
        if limits.get("max_gpu") and not cluster[name]:
            findings.append(f"partitions/{name}/max_gpu: {limits['max_gpu']}, but sinfo shows no GPU in this partition")
    return findings


def _against_partitions(request: Request, partitions: dict) -> list[str]:
    """Nothing if a partition offers all that is asked for; else one sentence with what each of them lacks."""
    lacks = {name: _lacking(request, limits) for name, limits in partitions.items()}
    if not all(lacks.values()):
        return []
    asked = f"{request.mem_mb} MB, {request.minutes} minutes, {request.threads} threads"
    asked += f", {request.gpu} GPU {request.gpu_model}".rstrip() if request.gpu else ""
    told = "; ".join(f"{name} {' and '.join(lack)}" for name, lack in lacks.items())
    return [f"{request.name} asks for {asked}, and no partition fits: {told}. Change {request.where} or this file"]


def _second_attempts(request: Request, partitions: dict) -> list[str]:
    """A sentence for memory and one for time, where no partition offers a second attempt twice as much of it."""
    found = []
    for key, asked, unit in (("mem_mb", request.mem_mb, "MB"), ("runtime", request.minutes, "minutes")):
        offers = _offers(request, key, partitions)
        if request.again and 2 * asked > max(offers.values()):
            told = "; ".join(f"{name} offers {offer:,.0f}" for name, offer in offers.items())
            found.append(
                f"the second attempt of {request.name} would need {2 * asked:,} {unit}; {told}: ask for at most "
                f"{max(offers.values()) // 2:,.0f} {unit} ({request.where}), add a partition that offers more, or do "
                "without second attempts (--retries 0, or retries: 0 in the profile)"
            )
    return found


def _lacking(request: Request, limits: dict) -> list[str]:
    lack = [
        f"allows {limits[key]} {unit}"
        for key, asked, unit in (
            ("max_mem_mb", request.mem_mb, "MB"),
            ("max_runtime", request.minutes, "minutes"),
            ("max_threads", request.threads, "threads"),
        )
        if key in limits and asked > minutes(limits[key])
    ]
    if request.gpu > limits.get("max_gpu", 0):
        lack.append(f"has {limits.get('max_gpu', 0) or 'no'} GPU")
    if request.gpu and request.gpu_model and request.gpu_model not in (limits.get("available_gpu_models") or ()):
        lack.append(f"has no {request.gpu_model}")
    return lack


def minutes(limit: int | str) -> float:
    """A limit as a number; times may also be written `2-00:00:00`, `12:00:00` or `2d`, and count in minutes."""
    text = str(limit)
    if text == "inf":
        return float("inf")
    if match := re.fullmatch(r"(?:(\d+)-)?(\d+):(\d+):(\d+)", text):
        days, hours, mins, seconds = (int(part or 0) for part in match.groups())
        return days * 1440 + hours * 60 + mins + seconds / 60
    if match := re.fullmatch(r"(\d+(?:\.\d+)?)([dhm]?)", text):
        return float(match[1]) * {"d": 1440, "h": 60, "m": 1, "": 1}[match[2]]
    raise StudyError(f"the limit {text!r} is no number and no time such as 1440, 24h or 1-00:00:00")
