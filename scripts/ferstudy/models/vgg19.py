"""VGG19 (Simonyan and Zisserman, ICLR 2015) for single face crops."""

from functools import partial

import keras

from ferstudy.models import pretrained

DEFAULTS = {"size": 224}
NETWORK = {"head": "flatten", "dense": [1024], "dropout": 0.5}
BLOCKS = [["block1_"], ["block2_"], ["block3_"], ["block4_"], ["block5_"]]  # first to last: how their layers are named

preprocess = partial(pretrained.as_trained, keras.applications.vgg19)  # BGR, the ImageNet mean subtracted
samples = pretrained.samples
batch, augment = partial(pretrained.batch, preprocess), partial(pretrained.augment, preprocess)
build = partial(pretrained.build, "vgg19", keras.applications.VGG19)
