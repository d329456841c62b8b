"""A run, whole or still trained, as event files that TensorBoard reads."""

from pathlib import Path

from alexnet_app.core.errors import UserError, cause
from alexnet_app.core.exports.packing import Told
from alexnet_app.core.files import unwritable
from alexnet_app.core.runs.run import Run
from alexnet_app.core.training.board import BoardFile, write_past
from alexnet_app.core.training.resume import config_of


def write_tensorboard(run: Run, folder: Path, told: Told = lambda done, total: None) -> int:
    """Writes all that ``run`` has measured into ``folder``, which is new or empty; how many steps that are. UserError
    where the run cannot be read or the folder cannot be written.
    """
    config = config_of(run)
    try:
        file = BoardFile(folder)
        try:
            return write_past(file, run, config, told)
        finally:
            file.close()
    except ImportError as error:
        raise UserError(
            "TensorBoard's files cannot be written: {why}", "install tensorboardX", why=cause(error)
        ) from error
    except OSError as error:
        raise unwritable(folder, error) from error
