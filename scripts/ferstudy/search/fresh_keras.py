"""A clean start for each training of a process that makes many."""

import gc

import keras


def start_fresh(seed: int) -> None:
    """Forget the networks of earlier trials and their random numbers: a trial must not depend on those before it."""
    keras.utils.clear_session()
    gc.collect()
    keras.utils.set_random_seed(seed % 2**31)
