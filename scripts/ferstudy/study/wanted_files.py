"""What `rule all` asks for, so that in the end every file of a study is there.

Not each of its files: of those that a job reads, Snakemake plans the makers by itself. But it takes a missing file for
a needless intermediate where what was made of it stands (decision 2), so such a file is asked for.
"""

from collections import defaultdict
from functools import cache
from pathlib import Path

from ferstudy import paths
from ferstudy.study import files
from ferstudy.study.every_job import INDEX, every_job
from ferstudy.study.grid import Study
from ferstudy.study.page_job import reported


def wanted(study: Study) -> list[str]:
    """The page, the files that no job reads, and those that are missing although their readers' files stand."""
    exists = cache(lambda path: Path(path).exists())
    made, readers = set(files.index(study)), defaultdict(list)
    for path in reported(study):
        readers[path].append([paths.PAGE])
    for rule, job in every_job(study):
        written = job.listed("writes")
        made.update(written if rule not in INDEX else ())
        for path in job.listed("reads", "table", "gate"):
            readers[path].append(written)

    def is_forgotten(path: str) -> bool:
        return not exists(path) and all(map(exists, (file for written in readers[path] for file in written)))

    return [*sorted(path for path in made if path not in readers or is_forgotten(path)), paths.PAGE]
