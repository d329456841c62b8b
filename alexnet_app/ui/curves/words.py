"""The curves in words: what happened at a step, and the newest values for those who cannot see them."""

from PySide6.QtCore import QCoreApplication

from alexnet_app.ui.curves.axes import time_text
from alexnet_app.ui.curves.run import DrawnRun
from alexnet_app.ui.curves.scale import AxisScale, Unit
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


def axis_name(unit: Unit) -> str:
    """What stands below the axis."""
    names = {
        Unit.STEPS: QCoreApplication.translate("curves", "Training steps"),
        Unit.EPOCHS: QCoreApplication.translate("curves", "Epochs"),
        Unit.IMAGES: QCoreApplication.translate("curves", "Training images seen"),
        Unit.TIME: QCoreApplication.translate("curves", "Training time without pauses and validation (h:min:s)"),
    }
    return names[unit]


def counted(run: DrawnRun, step: int, scale: AxisScale) -> str:
    """What a step of ``run`` is on the axis, beside its number: its epoch, images or training time; empty where that is
    not known.
    """
    if scale.unit == Unit.IMAGES and run.batch_size:
        said = QCoreApplication.translate("curves", "{images} images")
        return said.format(images=local(f"{step * run.batch_size:,}"))
    if scale.unit == Unit.TIME and not run.clock.empty:
        return time_text(float(scale.counts(run, [step])[0]))
    if not run.steps_per_epoch:
        return ""
    said = QCoreApplication.translate("curves", "epoch {epoch}")
    return said.format(epoch=local(f"{step / run.steps_per_epoch:,.1f}"))
