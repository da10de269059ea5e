"""A job's log begins with what concerns the job."""

import os

import pytest

from ferstudy.training.quiet_start import without_greeting

GREETING = (
    b"WARNING: All log messages before absl::InitializeLog() is called are written to STDERR\n"
    b"I0000 00:00:1795984378.422466   22220 port.cc:153] oneDNN custom operations are on. You may see slightly "
    b"different numerical results.\n"
)
WORTH_KNOWING = b"W0000 00:00:1795984378.5   22220 cuda_executor.cc:1] Could not load libcudart\n"


def test_the_greeting_is_left_out_and_all_else_is_printed(capfd):
    with without_greeting():
        os.write(2, GREETING + WORTH_KNOWING + GREETING)
    assert capfd.readouterr().err.encode() == WORTH_KNOWING


def test_what_was_printed_before_an_import_failed_is_not_lost(capfd):
    def imported():
        os.write(2, GREETING + WORTH_KNOWING)
        raise ImportError

    with pytest.raises(ImportError), without_greeting():
        imported()
    assert capfd.readouterr().err.encode() == WORTH_KNOWING
