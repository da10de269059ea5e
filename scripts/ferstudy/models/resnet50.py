"""ResNet50 (He et al., CVPR 2016) for single face crops."""

from functools import partial

import keras

from ferstudy.models import pretrained

DEFAULTS = {"size": 224}
NETWORK = {"head": "gap", "dense": [1024], "dropout": 0.5}
BLOCKS = [["conv1_"], ["conv2_"], ["conv3_"], ["conv4_"], ["conv5_"]]  # first to last: how their layers are named

preprocess = partial(pretrained.as_trained, keras.applications.resnet50)  # BGR, the ImageNet mean subtracted
samples = pretrained.samples
batch, augment = partial(pretrained.batch, preprocess), partial(pretrained.augment, preprocess)
build = partial(pretrained.build, "resnet50", keras.applications.ResNet50)
