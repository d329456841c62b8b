"""A training that begins with a model: its network, its weights, the layers that stay as they are."""

from dataclasses import dataclass
from pathlib import Path

import torch

from alexnet_app.core.errors import UserError, Way
from alexnet_app.core.events import Resumed, RunStarted, StepsDone
from alexnet_app.core.network.bundle import Bundle, read_bundle
from alexnet_app.core.network.exchange.start_weights import start_in
from alexnet_app.core.network.layers import Dense
from alexnet_app.core.network.spec import NetworkSpec
from alexnet_app.core.network.towers import Network
from alexnet_app.core.runs.listing import BUNDLED, model_path
from alexnet_app.core.runs.run import Run
from alexnet_app.core.training.ablation import Ablation
from alexnet_app.core.training.config import CONVOLUTIONS, Finetune, TrainConfig


def opened_model(config: TrainConfig, run: Run | None = None) -> Bundle | None:
    """The model that a training of ``config`` begins with; None where it begins with start values.

    A ``run`` that has a checkpoint goes on with its own last model, wherever the first one is now. Raises UserError
    where the model or the layers that ``config`` names do not fit.
    """
    if not config.init:
        layers_that_learn(config.finetune, config.spec())
        return None
    goes_on = run is not None and run.resume_file.exists() and run.last_file.exists()
    goes_on_with = run.last_file if run is not None and goes_on else None
    if run is not None and goes_on_with is None:
        _check_is_there(config, run)
    bundle = read_bundle(goes_on_with) if goes_on_with else start_in(model_path(config.init), config.network)
    _check_network(config, bundle.spec)
    layers_that_learn(config.finetune, bundle.spec)
    return bundle


def _check_is_there(config: TrainConfig, run: Run) -> None:
    """A run that was broken off before its first checkpoint begins again, with the model that it names."""
    if config.init.startswith(BUNDLED) or Path(config.init).expanduser().exists():
        return
    if any(isinstance(event, RunStarted | Resumed) for event in run.events(StepsDone)):
        raise UserError(
            "the model {path}, with which the run in {folder} begins, no longer exists",
            hint="restore it, or start a new run with it where it is now: nothing of this run has been saved yet",
            path=config.init,
            folder=run.folder,
            key="init",
        )


def _check_network(config: TrainConfig, spec: NetworkSpec) -> None:
    if config.network != spec.name:
        raise UserError(
            "the model to initialize from is a network {found}, not {network}",
            hint=Way.NETWORK_OF_MODEL,
            key="network",
            found=spec.name,
            network=config.network,
        )
    if config.ablation != Ablation():
        raise UserError(
            "a run that is initialized from a model uses its network, which cannot be ablated",
            hint="reset the settings of the group ablation",
            key="init",
        )


def layers_that_learn(settings: Finetune, spec: NetworkSpec) -> tuple[str, ...]:
    """The layers of ``spec`` that ``settings`` do not freeze. UserError for what is no layer, or if none learns."""
    names = [layer.name for layer in spec.layers]
    for key, given in (("freeze", settings.frozen), ("rate_factors", tuple(settings.factors))):
        unknown = next((name for name in given if name not in names and (name, key) != (CONVOLUTIONS, "freeze")), None)
        if unknown is not None:
            raise UserError(
                "{key} names {layer!r}, which is not a layer of {network}",
                hint="its layers are {names}",
                key=f"finetune.{key}",
                layer=unknown,
                network=spec.name,
                names=", ".join(names),
            )
    learning = tuple(layer.name for layer in spec.layers if not _is_named(layer.name, settings.frozen, spec))
    if not learning:
        raise UserError(
            "all layers are frozen, so nothing can be learned", "do not freeze the last layer", key="finetune.freeze"
        )
    return learning


def _is_named(name: str, names: tuple[str, ...], spec: NetworkSpec) -> bool:
    return name in names or (CONVOLUTIONS in names and name in [layer.name for layer in spec.convolutions])


def freeze(network: Network, settings: Finetune) -> tuple[str, ...]:
    """Lets the layers that ``settings`` freeze need no gradient; their names."""
    learning = layers_that_learn(settings, network.spec)
    frozen = tuple(layer.name for layer in network.spec.layers if layer.name not in learning)
    for name in frozen:
        for part in (*network.parts(f"{name}.weight"), *network.parts(f"{name}.bias")):
            part.requires_grad_(False)
    return frozen


@dataclass(frozen=True, slots=True)
class Taken:
    """What was taken over from a model: whether its last layer too, and which layers begin with random weights."""

    last_kept: bool = False
    new: tuple[str, ...] = ()


def take_over(network: Network, bundle: Bundle, classes: tuple[str, ...], layers: str = "all") -> Taken:
    """Gives ``network`` the weights of ``bundle``: with ``layers`` "conv" those of the convolutions only. The last
    layer's too where the classes are the same, in whatever order. What is not taken stays as it is.
    """
    last = network.spec.layers[-1]
    assert isinstance(last, Dense)
    same = len(set(classes)) == len(classes) and sorted(classes) == sorted(bundle.classes)
    rows = torch.tensor([bundle.classes.index(name) for name in classes]) if same else None
    wanted = network.spec.convolutions if layers == CONVOLUTIONS else network.spec.layers
    taken = {layer.name for layer in wanted if f"{layer.name}.weight" in bundle.weights}
    taken -= {last.name} if rows is None else set()
    weights = dict(network.state_dict())
    for name in weights:
        layer = name.rpartition(".")[0]
        if layer in taken:
            weights[name] = bundle.weights[name][rows] if layer == last.name else bundle.weights[name]
    network.load_state_dict(weights)
    return Taken(last.name in taken, tuple(each.name for each in network.spec.layers if each.name not in taken))
