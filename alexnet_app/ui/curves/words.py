"""The curves in words: what happened at a step, and the newest values for those who cannot see them."""

from PySide6.QtCore import QCoreApplication

from alexnet_app.ui.curves.run import DrawnRun
from alexnet_app.ui.parts.numbers import local


def mark(kind: str, step: int, text: str) -> str:
    """What happened after ``step`` steps: ``kind`` is one of ``run.KINDS``, ``text`` is that of a changed rate."""
    names = {
        "rate": QCoreApplication.translate("curves", "Learning rate changed"),
        "checkpoint": QCoreApplication.translate("curves", "Checkpoint"),
        "best": QCoreApplication.translate("curves", "Best epoch so far"),
        "resume": QCoreApplication.translate("curves", "Resumed"),
        "pause": QCoreApplication.translate("curves", "Paused"),
        "joined": QCoreApplication.translate(
            "curves",
            "From here on, training includes the validation images, so the validation error is no longer independent",
        ),
    }
    form = (
        QCoreApplication.translate("curves", "{what} at step {step}: {text}")
        if kind == "rate"
        else QCoreApplication.translate("curves", "{what} at step {step}")
    )
    return form.format(what=names[kind], step=local(f"{step:,}"), text=text)


def newest(run: DrawnRun) -> str:
    """The newest values of ``run`` in a sentence or two."""
    if run.span() is None:
        return QCoreApplication.translate("curves", "No steps yet")
    if not run.epochs.rows:
        said = QCoreApplication.translate("curves", "Step {step}, training loss {loss}")
        return said.format(step=local(f"{run.done():,}"), loss=local(f"{run.losses.last():.3f}"))
    epoch = run.epochs.newest()
    said = QCoreApplication.translate(
        "curves",
        "Step {step}. Training loss {loss}, top-1 error {error} %. Validation loss {validation_loss}, "
        "top-1 error {validation_error} %",
    )
    return said.format(
        step=local(f"{run.done():,}"),
        loss=local(f"{epoch.train_loss:.3f}"),
        error=local(f"{100 * epoch.train_error:.1f}"),
        validation_loss=local(f"{epoch.validation_loss:.3f}"),
        validation_error=local(f"{100 * epoch.validation_error:.1f}"),
    )
