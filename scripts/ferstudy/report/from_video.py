"""Frames per second from a video to an answer: what comes before the model, by the jobs of the study, and the model."""

from ferstudy.report.records import Results

# The rules that make what a model reads of a video, by the kind of its stores; what reads features has crops, too.
BEFORE = {
    "faces": ("extract_faces",),
    "flow": ("extract_faces", "compute_flow"),
    "landmarks": ("extract_faces", "find_landmarks"),
    "features": ("extract_faces",),
}


def frames_per_second(results: Results, dataset: str, architecture: str, latency: float) -> float | None:
    """How many frames of a video one thread answers in a second; None where a part was not measured.

    `latency` are the seconds of the model for a clip of median length. The other parts are the CPU seconds of the
    study's own jobs for each frame that they read (decoding, finding and following the face, flow, landmarks), and the
    backbone's measured seconds.
    """
    clip = results.costs.get((dataset, architecture))
    before = _seconds_per_frame(results, dataset, architecture)
    if not clip or before is None:
        return None
    backbone = clip["backbone"]["seconds"] if "backbone" in clip else 0.0
    if "features" in results.study.kinds(architecture) and not backbone:
        return None
    return clip["frames"] / (clip["frames"] * before + backbone + latency)


def _seconds_per_frame(results: Results, dataset: str, architecture: str) -> float | None:
    """CPU seconds of one frame before the model."""
    kinds, recipe = results.study.kinds(architecture), results.study.architectures[architecture]["input"].get("recipe")
    if not set(kinds) <= BEFORE.keys():
        return None
    leaves = results.study.leaves(dataset)
    rules = {rule for kind in kinds for rule in BEFORE[kind]}
    places = tuple(f"{rule}/{leaf}/{recipe}/" for rule in rules for leaf in leaves)
    spent = results.jobs["cpu_time"][results.jobs["job"].str.startswith(places)]
    frames = sum(
        of
        for own in results.datasets
        if own.name == dataset
        for faces in own.faces
        if (faces.recipe, faces.what) == (recipe, "faces")
        for _, of in (faces.summary or {}).get("kept", {}).values()
    )
    return float(spent.sum()) / frames if frames and len(spent) and spent.notna().all() else None
