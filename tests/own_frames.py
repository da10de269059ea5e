"""The config of a study whose backbone learns from frames of each fold's own training clips."""


def config_of(backbone: dict | None = None, wanted: dict | None = None) -> dict:
    """A sound config with another backbone, or another input of its architecture."""
    entry = {"kind": "features", "recipe": "crop", "backbone": "own", "layer": "dense", **(wanted or {})}
    return {
        "backbones": {"own": {"network": "compact", "source": "frames", **(backbone or {})}},
        "architectures": {"svm": {"family": "linear", "input": entry}},
        "datasets": {"videos": {"adapter": "manifest", "render": {}, "classes": ["anger", "joy"]}},
        "protocols": {"held": {"kind": "kfold", "folds": 2, "test": 2}},
        "grid": {"videos": ["held"]},
        "recipes": {"crop": {"flow": {}}},
    }
