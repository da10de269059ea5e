"""DenseNet201 (Huang et al., CVPR 2017) for single face crops."""

from functools import partial

import keras

from ferstudy.models import pretrained

DEFAULTS = {"size": 224}
NETWORK = {"head": "gap", "dense": [1024], "dropout": 0.5}
# First to last: how their layers are named. The layers pool2_ to pool4_ reduce the maps of the block before them.
BLOCKS = [["conv1_", "conv2_", "pool2_"], ["conv3_", "pool3_"], ["conv4_", "pool4_"], ["conv5_", "bn"]]

preprocess = partial(pretrained.as_trained, keras.applications.densenet)  # standardised by ImageNet's statistics
samples = pretrained.samples
batch, augment = partial(pretrained.batch, preprocess), partial(pretrained.augment, preprocess)
build = partial(pretrained.build, "densenet201", keras.applications.DenseNet201)
