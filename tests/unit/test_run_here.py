"""Which rules run beside Snakemake (ferstudy/study/run_here.py), and that the profile's list names rules there are."""

import re
from types import SimpleNamespace

import yaml
from conftest import ROOT
from snakemake.resources import Resource, Resources

from ferstudy.study import dry_run
from ferstudy.study.run_here import run_here


def test_rules_are_local_where_the_profile_says_so():
    asked = {"score": {"here": 1, "mem_mb": 1500}, "fuse": {"here": 0}, "train_fold": {"mem_mb": 4000}}
    rules = [
        SimpleNamespace(name=name, resources=Resources({key: Resource(key, value) for key, value in told.items()}))
        for name, told in asked.items()
    ]
    local = []
    run_here(SimpleNamespace(rules=rules, localrules=lambda *names: local.extend(names)))
    assert local == ["score"]


def test_what_the_profile_offers_to_run_here_are_rules():
    text = (ROOT / "profiles/slurm/config.yaml").read_text()
    offered = re.search(r"^# set-resources:\n(?:#   .*\n)+# local-cores: \d+\n", text, re.MULTILINE)[0]
    told = yaml.safe_load(re.sub(r"^# ?", "", offered, flags=re.MULTILINE))
    assert told["set-resources"].keys() <= set(dry_run.rules())
    assert all(entry == {"here": 1} for entry in told["set-resources"].values())
    assert "make_report" not in told["set-resources"]  # accounting is settled when its job is sent
