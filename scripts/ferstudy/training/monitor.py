"""What can be watched while a training runs: its history as a table and, by option, as TensorBoard's event files."""

import shutil
from pathlib import Path

import keras

from ferstudy.errors import StudyError
from ferstudy.tables import history
from ferstudy.tables.history import Epoch
from ferstudy.tables.write import write_rows

PLACES = {
    "train": ("loss", "accuracy", "learning_rate", "seconds"),
    "validation": ("val_loss", "val_accuracy", "val_uar"),
}


class Monitor:
    """Writes history.csv into `folder` after every epoch and, where `board` is given, event files there.

    Names are those that Keras gives its own event files (epoch_loss of train and of validation in one chart).
    """

    def __init__(self, folder: Path, board: Path | None = None):
        self.folder, self.board, self.written, self.writers = folder, board, 0, {}
        if board is not None and keras.config.backend() != "tensorflow":
            raise StudyError(
                f"training/tensorboard: event files are written by TensorFlow, and training.backend is "
                f"{keras.config.backend()}; remove the key (history.csv can be watched), or take tensorflow"
            )

    def show(self, rows: list[Epoch]) -> None:
        """Write what is new in `rows`; a training that goes on has its first epochs written anew."""
        write_rows(self.folder / "history.csv", history.COLUMNS, rows)
        if self.board is not None:
            self._events(rows)

    def _events(self, rows: list[Epoch]) -> None:
        import tensorflow

        scalar = tensorflow.compat.v1.SummaryMetadata(data_class=1)
        scalar.plugin_data.plugin_name = "scalars"
        if not self.writers:
            shutil.rmtree(self.board, ignore_errors=True)
            self.writers = {place: tensorflow.summary.create_file_writer(str(self.board / place)) for place in PLACES}
        for place, names in PLACES.items():
            with self.writers[place].as_default():
                for row in rows[self.written :]:
                    for name in names:
                        tag = f"epoch_{name.removeprefix('val_')}"
                        # As tensorflow.summary.scalar, which asks for the package of TensorBoard itself.
                        tensorflow.summary.write(tag, float(getattr(row, name)), step=row.epoch, metadata=scalar)
            self.writers[place].flush()
        self.written = len(rows)
