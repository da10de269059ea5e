"""What would go wrong on a SLURM cluster, from what its own commands say; nothing is submitted."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from ferstudy.study.cluster import minutes, read_sinfo

ASK = 200  # s: the plugin asks at least every 3 minutes what became of a job
MINUTES = {"UNLIMITED": float("inf"), "INFINITE": float("inf"), "NONE": float("inf")}
Ask = Callable[..., str]  # a command's output; "" where it fails or is not there


class Doubt(NamedTuple):
    """One thing that is wrong, or that nobody here can tell: found, expected, what to do."""

    sure: bool
    said: str


def wrong(said: str) -> Doubt:
    """What will not work."""
    return Doubt(True, said)


def unsure(said: str) -> Doubt:
    """What may not work."""
    return Doubt(False, said)


def doubts(ask: Ask, profile: Mapping[str, Any], partitions: Mapping[str, Mapping], user: str) -> Iterator[Doubt]:
    """All that the cluster's commands say against the `profile` and the `partitions` of its partitions.yaml."""
    if not ask("sbatch", "--version"):
        yield wrong(
            "sbatch was not found on the PATH: expected on a node that submits jobs. Go to a login node of the "
            "cluster, perhaps with `module load slurm`"
        )
        return
    listed = ask("sinfo", "-h", "-o", "%R|%G")
    if not listed:
        yield wrong(
            "sinfo gives no answer: expected the list of partitions. Is slurmctld running (`scontrol ping`), and is "
            "this a node of the cluster? Ask who keeps it"
        )
        return
    limits = read_partitions(ask("scontrol", "-o", "show", "partition"))
    nodes = read_nodes(ask("sinfo", "-h", "-N", "-o", "%R|%m|%c|%G"))
    for name, told in partitions.items():
        yield from of_partition(name, told, read_sinfo(listed), limits.get(name, {}), nodes.get(name, []))
    config = read_config(ask("scontrol", "show", "config"))
    yield from of_config(config, profile)
    if config.get("AccountingStorageType", "").endswith("slurmdbd"):
        shown = ask("sacctmgr", "-nP", "show", "assoc", f"user={user}", "format=account,qos,maxsubmitjobs")
        yield from of_accounts(read_accounts(shown), config, profile, user)


def read_partitions(text: str) -> dict[str, dict[str, str]]:
    """What `scontrol -o show partition` says of each partition, key by key."""
    rows = [dict(re.findall(r"(\w+)=(\S*)", line)) for line in text.splitlines()]
    return {row["PartitionName"]: row for row in rows if "PartitionName" in row}


def read_nodes(text: str) -> dict[str, list[tuple[int, int, int]]]:
    """(MB, CPUs, GPUs) of each node of each partition, by `sinfo -h -N -o "%R|%m|%c|%G"`."""
    found: dict[str, list[tuple[int, int, int]]] = {}
    for line in text.splitlines():
        name, memory, cpus, gres = [*line.strip().split("|"), "", "", ""][:4]
        gpus = sum(int(number) for number in re.findall(r"\bgpu:(?:[A-Za-z][\w.-]*:)?(\d+)", gres))
        numbers = [int(re.match(r"\d*", text)[0] or 0) for text in (memory, cpus)]
        found.setdefault(name, []).append((numbers[0], numbers[1], gpus))
    return found


def read_config(text: str) -> dict[str, str]:
    """What `scontrol show config` says, key by key."""
    return dict(re.findall(r"^(\w+)\s+= (.*?)\s*$", text, re.MULTILINE))


def read_accounts(text: str) -> list[tuple[str, set[str], int | None]]:
    """(account, its QoS, jobs that may wait or run) of each association, by `sacctmgr -nP show assoc`."""
    rows = [[*line.split("|"), "", ""][:3] for line in text.splitlines() if line.strip()]
    return [(account, set(filter(None, qos.split(","))), int(most) if most else None) for account, qos, most in rows]


def of_partition(
    name: str, told: Mapping, listed: dict[str, set[str]], limits: dict[str, str], nodes: list[tuple[int, int, int]]
) -> Iterator[Doubt]:
    """What the cluster says against one partition of partitions.yaml."""
    here = f"partitions.yaml, {name}"
    if name not in listed:
        others = ", ".join(sorted(listed))
        yield wrong(f"{here}: the cluster has no such partition, it has {others}. Name those that you may use")
        return
    if limits.get("State", "UP") != "UP":
        yield wrong(f"{here}: the partition is {limits['State']}, expected UP: its jobs would wait. Leave it out")
    if told.get("max_gpu") and not listed[name]:
        yield wrong(
            f"{here}: max_gpu is {told['max_gpu']}, and sinfo shows no GPU there (%G). Take the line out, or name a "
            "partition that has some"
        )
    for model in sorted(set(told.get("available_gpu_models") or ()) - listed[name]):
        types = ", ".join(sorted(listed[name] - {""})) or "GPUs without a type"
        yield wrong(f"{here}: available_gpu_models has {model!r}, sinfo shows {types}. Write what sinfo shows")
    most = limit(limits.get("MaxTime", ""))
    if "max_runtime" not in told and most < float("inf"):
        yield unsure(f"{here}: no max_runtime, and MaxTime is {limits['MaxTime']}. Write max_runtime: {most:.0f}")
    elif "max_runtime" in told and minutes(told["max_runtime"]) > most:
        yield wrong(
            f"{here}: max_runtime is {told['max_runtime']}, and MaxTime is {limits['MaxTime']}: a longer job would "
            f"wait for ever (PartitionTimeLimit). Write max_runtime: {most:.0f}"
        )
    for key, place, what in (("max_mem_mb", 0, "MB"), ("max_threads", 1, "CPUs"), ("max_gpu", 2, "GPUs")):
        largest = max((node[place] for node in nodes), default=0)
        if largest and told.get(key, 0) > largest:
            yield wrong(
                f"{here}: {key} is {told[key]}, and its largest node has {largest} {what}: a job that asks for more is "
                f"refused. Write at most {largest}"
            )


def limit(text: str) -> float:
    """A time limit of scontrol in minutes; infinite where there is none."""
    return MINUTES[text] if text in MINUTES else minutes(text) if text else float("inf")


def of_config(config: dict[str, str], profile: Mapping[str, Any]) -> Iterator[Doubt]:
    """What the configuration of the cluster says against the profile."""
    age = re.match(r"(\d+)", config.get("MinJobAge", ""))
    if age and int(age[1]) < ASK and profile.get("slurm-status-command") == "squeue":
        yield wrong(
            f"MinJobAge is {age[1]} s, expected {ASK} or more: squeue forgets a job before the profile asks how it "
            "ended. Ask for a longer one, or write slurm-status-command: sacct where accounting is on"
        )
    if config and profile.get("slurm-status-command") == "sacct" and "slurmdbd" not in config["AccountingStorageType"]:
        yield wrong(
            f"slurm-status-command is sacct, and AccountingStorageType is {config['AccountingStorageType']}: nothing "
            "keeps how jobs ended. Write slurm-status-command: squeue"
        )
    kept = config.get("TaskPlugin", "") + config.get("JobAcctGatherParams", "")
    if config and "cgroup" not in kept and "OverMemoryKill" not in kept:
        yield unsure(
            "neither cgroups (TaskPlugin) nor OverMemoryKill (JobAcctGatherParams) keep jobs to their memory: one that "
            "asks for too little takes that of others. Ask who keeps the cluster"
        )
    most = config.get("MaxJobCount", "")
    if most.isdigit() and int(profile.get("jobs") or 0) > int(most):
        yield wrong(f"jobs is {profile['jobs']}, the cluster holds {most} (MaxJobCount). Lower jobs in the profile")


def of_accounts(
    accounts: list[tuple[str, set[str], int | None]], config: dict[str, str], profile: Mapping[str, Any], user: str
) -> Iterator[Doubt]:
    """What accounting says against the account, the QoS and the number of jobs of the profile."""
    names = sorted({account for account, *_ in accounts})
    enforced = config.get("AccountingStorageEnforce", "none")
    given = profile.get("default-resources") or {}
    wished, qos = given.get("slurm_account"), given.get("qos")
    if not names:
        if enforced not in ("", "none"):
            yield wrong(
                f"{user} has no account (sacctmgr show assoc user={user}), and AccountingStorageEnforce is {enforced}: "
                "every job is refused. Ask for an account"
            )
        return
    if wished and wished not in names:
        yield wrong(f"slurm_account is {wished}, and {user} has {', '.join(names)}. Write one of these in the profile")
    if not wished and len(names) > 1:
        yield unsure(
            f"{user} has the accounts {', '.join(names)}, and the profile names none: jobs are charged to the default "
            "one. Write slurm_account under default-resources"
        )
    mine = [row for row in accounts if not wished or row[0] == wished]
    allowed = set().union(*(known for _, known, _ in mine))
    if qos and allowed and qos not in allowed:
        yield wrong(f"qos is {qos}, and {user} may use {', '.join(sorted(allowed))}. Write one of these in the profile")
    most = max((number for *_, number in mine if number is not None), default=None)
    if most is not None and all(row[2] is not None for row in mine) and int(profile.get("jobs") or 0) > most:
        yield wrong(
            f"jobs is {profile['jobs']}, and {user} may have {most} waiting or running (MaxSubmitJobs): sbatch refuses "
            f"more. Write jobs: {most} or less"
        )
