"""What a training loop works with: the network, the update rule, the batches, and where the run stands."""

import math
import time
from dataclasses import asdict, replace
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self

import torch
from torch import Tensor

from alexnet_app.core.chance import stream
from alexnet_app.core.data.feed.batches import BatchOrder
from alexnet_app.core.data.feed.seen import mean_of
from alexnet_app.core.data.prepared.prepare import Prepared
from alexnet_app.core.errors import UnwritableError, UserError
from alexnet_app.core.events import EpochDone, StandsAtChance, StepsDone, ValidationJoined
from alexnet_app.core.inference.evaluate import Errors
from alexnet_app.core.network.alexnet import AlexNet
from alexnet_app.core.network.bundle import Bundle, plain_weights, write_bundle
from alexnet_app.core.network.functions.fused import made_of
from alexnet_app.core.network.spec import NetworkSpec
from alexnet_app.core.readings import Readings, gpu_numbers
from alexnet_app.core.runs.asked_rates import AskedRates
from alexnet_app.core.runs.checkpoint import Checkpoint, Position, conditions, read_checkpoint, write_checkpoint
from alexnet_app.core.runs.holding import Held
from alexnet_app.core.runs.run import Run
from alexnet_app.core.training.config import TrainConfig
from alexnet_app.core.training.fed import fed
from alexnet_app.core.training.finetune import Taken, freeze, take_over
from alexnet_app.core.training.guessing import Guessing
from alexnet_app.core.training.history import EventHistory, history_of
from alexnet_app.core.training.identity import check_identity, contradiction, difference, identity
from alexnet_app.core.training.measuring import Measuring
from alexnet_app.core.training.optimizer import PaperSGD, Schedule
from alexnet_app.core.training.parallel import ONE, placed
from alexnet_app.core.training.step import Learns, Recorded, Step

TRY_AGAIN_SECONDS = 30.0  # after a save that failed


class Trainer:
    """One run in memory. It continues from the run's checkpoint if there is one; ``resumed`` then says so.

    ``model`` is what it begins with instead of start values (``finetune.opened_model``); ``taken`` says which of
    its layers, ``frozen`` which layers do not learn. ``spec`` is the network where it is neither that of ``model``
    nor that of ``config`` (``own_network.network_of``).
    ``position`` is exact between steps. Losses stay on the device until ``report`` reads them.
    """

    def __init__(
        self,
        config: TrainConfig,
        data: Prepared,
        devices: tuple[torch.device, ...],
        precision: str,
        run: Run,
        events: Held,
        model: Bundle | None = None,
        spec: NetworkSpec | None = None,
    ) -> None:
        self.config, self.data, self.devices, self.precision, self.run = config, data, devices, precision, run
        self.device = device = devices[0]
        self._events = events
        self._model = model
        found = spec or (model.spec if model else config.spec())
        spec = found.with_classes(len(data.classes))
        network = AlexNet(spec, device) if config.finetune.cache else placed(spec, devices, config.placement)
        self.network = network.to(memory_format=torch.channels_last).train()
        self.frozen = freeze(self.network, config.finetune)
        self.mean = (model.mean if model else mean_of(data, spec)).to(device)  # what its layers have learned to see
        self.position, self.asked_rates = Position(rate=config.learning_rate), AskedRates()
        self._optimizer = PaperSGD(self.network, config.optimization, config.learning_rate, config.finetune.factors)
        parts = str(config.at_once) if config.at_once < config.batch_size else "whole"
        how = {"micro_batch": parts, "kernels": made_of(device), "scores": "fp32"}  # of the classes, in every precision
        self._conditions = {**conditions(devices, precision, config.placement), **how, **identity(config, data)}
        self._before: dict[str, str] = {}
        self._history = EventHistory()
        self.checked = True  # the checkpoint carries a checksum
        self.resumed = self._restore()
        feeds = fed(config, data, self.network, self.mean, precision, self.position.step)
        self.batches, self.validation_maps = feeds.batches, feeds.validation
        step = Step(self.network, self._optimizer, device, precision, config.at_once)
        # in pieces what is recorded would need the memory that pieces are there to save
        whole = device.type == "cuda" and config.placement == ONE and config.at_once >= config.batch_size
        self._step: Learns = Recorded(step, device) if whole else step
        readings = Readings(lambda: run.folder, gpu_numbers(devices))
        self.measuring = Measuring(self._optimizer, device, readings)
        self._losses, self._wrong = list[Tensor](), list[Tensor]()
        self.diverged = False
        kept = self.position
        self._guessing = Guessing(
            data.splits["train"].labels, kept.block_steps, kept.block_losses, is_told=kept.told_chance > 0
        )
        self._saved = self._tried = time.monotonic()
        self.last: EpochDone | None = None  # of this process
        self._best: Bundle | None = None  # the best model, while it could not be written
        self.restart_clock()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._step.forget()
        self.measuring.close()
        self.batches.close()

    @property
    def epoch_ends_at(self) -> int:
        """The number of steps that are done when the epoch under way is over."""
        return (self.position.epoch + 1) * self.batches.steps_per_epoch

    @property
    def begun_at(self) -> int:
        """The number of steps that were done when the epoch under way began."""
        return self.position.epoch * self.batches.steps_per_epoch

    def train_step(self) -> None:
        """Forward, backward and update on the next batch."""
        asked = time.perf_counter()
        batch = next(self.batches)
        self.measuring.waited(time.perf_counter() - asked)
        watch = self.measuring.watch()
        chance = stream(self.config.seed, "dropout", batch.step, self.device)
        loss, wrong = self._step.learn(batch.pictures, batch.labels, chance, watch)
        self._losses.append(loss)
        self._wrong.append(wrong)
        self.position = replace(self.position, step=self.position.step + 1)
        if watch is not None:
            self.measuring.take(watch, self.position.step)

    def since_report(self) -> float:
        """Seconds in steps since the last report."""
        return time.perf_counter() - self._clock

    def restart_clock(self) -> None:
        """Leaves out of the speed what was not a step."""
        self._clock = time.perf_counter()

    def report(self) -> StepsDone:
        """Reads the losses of the steps since the last report from the device, all at once."""
        losses: list[float] = torch.stack(self._losses).tolist()
        wrong = int(torch.stack(self._wrong).sum())
        self._losses, self._wrong = [], []
        seconds = self.since_report()
        self.restart_clock()
        total = self.position.epoch_losses
        for loss in losses:  # one by one: the same sum however the steps were reported
            total += loss
        self.diverged = not math.isfinite(total)
        self.position = replace(
            self.position,
            epoch_losses=total,
            epoch_wrong=self.position.epoch_wrong + wrong,
            epoch_seconds=self.position.epoch_seconds + seconds,
            seconds=self.position.seconds + seconds,
        )
        self._guessing.take(losses)
        self.measuring.reported(len(losses) * self.batches.batch_size, seconds)
        speed = len(losses) * self.batches.batch_size / seconds
        return StepsDone(self.position.step - len(losses), tuple(losses), self.position.rate, speed)

    def stands_at_chance(self) -> StandsAtChance | None:
        """Says once, in all of a run, that the loss has been that of guessing for long."""
        return self._guessing.told(self.position.step, self.config.learning_rate)

    def bundle(self) -> Bundle:
        """The network as it is now, as a model that is no longer trained."""
        return Bundle(self.network.spec, self.data.classes, self.mean.cpu(), plain_weights(self.network))

    def close_epoch(self, errors: Errors) -> EpochDone:
        """Counts the epoch, with the ``errors`` of its validation, and remembers whether it is the best one."""
        before, epoch = self.position, self.position.epoch + 1
        best = before.best_epoch == 0 or errors.top1_error < before.best_error
        best = best and not self.has_joined(epoch)  # an error on what is trained on says nothing of other images
        pictures = self.batches.steps_per_epoch * self.batches.batch_size
        self.position = replace(
            before,
            epoch=epoch,
            train_loss=before.epoch_losses / self.batches.steps_per_epoch,
            validation_error=errors.top1_error,
            epoch_losses=0.0,
            epoch_wrong=0,
            epoch_seconds=0.0,
            best_error=errors.top1_error if best else before.best_error,
            best_epoch=epoch if best else before.best_epoch,
        )
        self.last = EpochDone(
            epoch=epoch,
            step=before.step,
            train_loss=self.position.train_loss,
            train_error=before.epoch_wrong / pictures,
            validation_loss=errors.loss,
            validation_error=errors.top1_error,
            validation_top5_error=errors.top5_error,
            best=best,
            images_per_second=pictures / max(before.epoch_seconds, 1e-9),
        )
        return self.last

    def has_joined(self, epoch: int) -> bool:
        """Whether the validation images are trained on in ``epoch`` (from 1)."""
        return 0 < self.config.validation_joins_after < epoch

    def joined(self) -> ValidationJoined:
        """From which step on the validation images are trained on."""
        epochs = self.config.validation_joins_after
        images = len(self.data.splits["validation"].labels)
        return ValidationJoined(epochs * self.batches.steps_per_epoch, epochs, images)

    def schedule_drops(self) -> bool:
        """Whether the learning rate drops after the epoch that is over."""
        schedule = Schedule(self.config.optimization, self.position.waited, self.position.dropped)
        better = self.position.best_epoch == self.position.epoch
        schedule, drops = schedule.after_epoch(self.position.epoch, better)
        self.position = replace(self.position, waited=schedule.waited, dropped=schedule.dropped)
        return drops

    def set_rate(self, rate: float) -> None:
        """Changes the learning rate from the next step on."""
        self._optimizer.set_rate(rate)
        self._step.forget()
        self.position = replace(self.position, rate=rate)

    def checkpoint_is_due(self) -> bool:
        """Whether the last checkpoint is older than the configuration allows, or could not be written a while ago."""
        if not self.is_all_written():
            return time.monotonic() - self._tried >= TRY_AGAIN_SECONDS
        return time.monotonic() - self._saved >= self.config.checkpoint_seconds

    @property
    def unreported(self) -> int:
        """How many steps were done since the last report."""
        return len(self._losses)

    def is_all_written(self) -> bool:
        """Whether nothing waits for room on the disk."""
        return self._events.is_all_written()

    def owes_too_much(self) -> bool:
        """Whether so many events wait for room on the disk that no more can be kept."""
        return self._events.owes_too_much()

    def save(self, *, asked: bool = False) -> bool | None:
        """Writes the checkpoint and the models; False, and nothing is written, if a weight is not finite. None where
        the system would not write them now: the checkpoint of before is kept, and the person told, once or where a
        save was ``asked`` for.
        """
        self._tried = time.monotonic()
        try:
            return self._save()
        except UnwritableError as error:
            self._events.put_off(error, again=asked)
            self.restart_clock()
            return None

    def _save(self) -> bool:
        self._events.keep_place()
        try:
            return self._write()
        except UserError:
            if not self._events.keep_place():  # the folder may have gone in between
                raise
            return self._write()

    def _write(self) -> bool:
        weights = plain_weights(self.network)
        if not all(torch.isfinite(tensor).all() for tensor in weights.values()):
            return False
        self._write_models(weights)
        # last, so that whatever the checkpoint promises is there; a resume makes newer models again
        steps, losses, told = self._guessing.kept()
        self.position = replace(
            self.position,
            events=self._events.position(),
            block_steps=steps,
            block_losses=losses,
            told_chance=int(told),
        )
        momentum = self._optimizer.momentum()
        checkpoint = Checkpoint(weights, momentum, self.position, self._conditions, self.network.spec)
        write_checkpoint(self.run.resume_file, checkpoint)
        self._events.hold_saved()
        self._events.unsaved = None
        self._saved = time.monotonic()
        self.restart_clock()
        return True

    def difference(self) -> str:
        """What is not as it was when the checkpoint was written; empty if the run goes on bit for bit."""
        return ", ".join(filter(None, (difference(self._before, self._conditions), self._history.difference)))

    def _write_models(self, weights: dict[str, Tensor]) -> None:
        bundle = Bundle(self.network.spec, self.data.classes, self.mean.cpu(), weights, self._summary())
        at_epoch_end = self.position.step == self.position.epoch * self.batches.steps_per_epoch
        if at_epoch_end and 0 < self.position.best_epoch == self.position.epoch:
            self._best = bundle
        write_bundle(self.run.last_file, bundle)
        if self._best is not None:
            write_bundle(self.run.best_file, self._best)
            self._best = None

    def _summary(self) -> dict[str, Any]:
        return {
            "preset": self.config.preset,
            "data": self.data.name,
            "step": self.position.step,
            "epoch": self.position.epoch,
            "train_loss": self.position.train_loss if self.position.epoch else None,
            "validation_error": self.position.validation_error if self._validates() else None,
            "trained_on": ["train", "validation"] if self._has_seen_validation() else ["train"],
            "date": datetime.now(UTC).isoformat(timespec="seconds"),
            "config": asdict(self.config),
        }

    def _has_seen_validation(self) -> bool:
        """Whether a step was made on validation images."""
        return self.config.validation_joins_after > 0 and self.position.step > self.joined().step

    def _validates(self) -> bool:
        """Whether the last validation error is one of images that were not trained on."""
        return self.position.epoch > 0 and not self.has_joined(self.position.epoch)

    def _restore(self) -> int | None:
        """Start values, or what the checkpoint holds; the size of ``events.jsonl`` then, None without a checkpoint."""
        self.network.initialize(stream(self.config.seed, "start"))
        self.taken = Taken()
        if self._model is not None:
            self.taken = take_over(self.network, self._model, self.data.classes, self.config.finetune.take)
        if not self.run.resume_file.exists():
            return None
        checkpoint = read_checkpoint(self.run.resume_file)
        check_identity(checkpoint.conditions, self._conditions)
        self._check_whole(checkpoint)
        self.network.load_state_dict(dict(checkpoint.weights))
        self.position = checkpoint.position
        self._optimizer.rate = checkpoint.position.rate
        self._optimizer.set_rate(checkpoint.position.rate)
        self._optimizer.restore(dict(checkpoint.momentum))
        self._before, self.checked = dict(checkpoint.conditions), checkpoint.checked
        return checkpoint.position.events

    def _check_whole(self, checkpoint: Checkpoint) -> None:
        """Raises UserError for a checkpoint that no run of this configuration can have written."""
        steps = BatchOrder(
            len(self.data.splits["train"].labels), self.config.batch_size, self.config.seed
        ).steps_per_epoch
        why = contradiction(checkpoint, self.network.state_dict(), self._optimizer.names, self.config, steps)
        self._history = history_of(self.run, checkpoint.position, self.config)
        if why := why or self._history.contradiction:
            raise UserError(
                "the checkpoint in {folder} does not fit its own configuration: {why}",
                hint="config.toml or the data set may have changed; start a new run",
                folder=self.run.folder,
                why=why,
            )
