"""Every configured network has the size that is stated for it, and counts its operations right."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
STATED = json.loads((ROOT / "tests/architectures.json").read_text())


@pytest.fixture(scope="module")
def described() -> dict:
    command = [sys.executable, ROOT / "scripts/describe_models.py", "--json"]
    return json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


@pytest.mark.slow
def test_every_configured_network_has_its_stated_size(described):
    found = {
        study: {name: model["parameters"] for name, model in models.items()} for study, models in described.items()
    }
    stated = {study: {name: model["parameters"] for name, model in models.items()} for study, models in STATED.items()}
    assert found == stated, "state the size of a new architecture, and where it comes from, in tests/architectures.json"


@pytest.mark.slow
def test_operations_are_those_of_the_literature(described):
    """VGG16 and ResNet50 at 224 px need 15.5 and 3.9 billion multiplications (Canziani, Paszke, Culurciello 2016)."""
    thesis = described["thesis_bu4dfe"]
    assert thesis["vgg16"]["operations"] / 2e9 == pytest.approx(15.5, rel=0.02)
    assert thesis["resnet50"]["operations"] / 2e9 == pytest.approx(3.9, rel=0.02)


def test_operations_of_small_networks_are_counted_by_hand():
    import keras
    from keras import layers

    from ferstudy.models import flops

    inputs = keras.Input((None, 5))
    outputs = layers.Dense(3)(layers.LSTM(4)(inputs))
    assert flops.of_network(keras.Model(inputs, outputs), frames=7) == 2 * (7 * 4 * 4 * (5 + 4) + 4 * 3)
    image = keras.Input((8, 8, 2))
    assert flops.of_network(keras.Model(image, layers.Conv2D(3, 3)(image))) == 2 * 6 * 6 * 3 * 3 * 2 * 3
    assert flops.of_network(keras.Model(image, layers.MaxPooling2D(2)(image))) == 0
