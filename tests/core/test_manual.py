"""README and manual are true: every command, link, picture, path, label and figure in them exists."""

import ast
import re
import shlex
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from alexnet_app import cli, resources
from alexnet_app.commands import bench_scripts
from alexnet_app.commands.table import COMMANDS
from alexnet_app.commands.train import AT_RESUME
from alexnet_app.core.errors import UserError
from alexnet_app.core.experiments.catalogue import EXPERIMENTS, experiment_named
from alexnet_app.core.network.variants import VARIANTS, variant
from alexnet_app.core.runs.listing import bundled_models, model_path
from alexnet_app.core.training.config import TrainConfig
from alexnet_app.core.training.config_text import load_config, with_settings

ROOT = Path(__file__).parents[2]
README, CONTRIBUTING = ROOT / "README.md", ROOT / "CONTRIBUTING.md"
MANUAL, PICTURES = ROOT / "resources" / "manual", ROOT / "resources" / "readme"
RESULTS = ROOT / "tests" / "bench" / "RESULTS.md"
PAGES = sorted(MANUAL.glob("*.md"))
TEXTS = [README, CONTRIBUTING, ROOT / "resources" / "models" / "README.md", *PAGES]
START, MAIN = "python3 packaging/start.py", "python main.py"
FENCE = re.compile(r"^```\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SPAN = re.compile(r"`([^`]+)`")
LINK = re.compile(r"(!?)\[([^\]]*)\]\(([^)\s]+)\)")
LABEL = re.compile(r"(?<!\*)\*([^*\s][^*]*)\*(?!\*)")
NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
FOLDERS = ("packaging/", "tests/", "resources/", "alexnet_app/")


def text_of(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def prose(text: str) -> str:
    """``text`` without code, which has signs of its own."""
    return SPAN.sub("", FENCE.sub("", text))


def spans(text: str) -> list[str]:
    return [" ".join(span.split()) for span in SPAN.findall(FENCE.sub("", text))]


def command_lines(text: str) -> Iterator[str]:
    """What follows the program's name in every command line, those within sentences too."""
    blocks = "\n".join(FENCE.findall(text)).replace("\\\n", " ")
    for line in (*blocks.splitlines(), *spans(text)):
        for name in (START, MAIN):
            if line.strip() == name or line.startswith(f"{name} "):
                yield line.removeprefix(name).partition(" #")[0].partition(" | ")[0].strip()


def check_command(line: str) -> None:
    """Fails where the program would not understand ``line``."""
    words = shlex.split(line)
    if not words or words[0].startswith("--"):
        assert not words or words[0] in start_options(), line
    elif words[0] in COMMANDS:
        options = cli.parser(words[0]).parse_args(words)
        CHECKS.get(words[0], lambda _: None)(options)
    else:  # the window opens paths, and a name without a suffix may be a mistyped command
        assert all(Path(word).suffix for word in words), line


def start_options() -> set[str]:
    return set(re.findall(r"--[a-z-]+", text_of(ROOT / "packaging" / "start.py")))


def check_train(options) -> None:
    if options.preset:
        with_settings(load_config(options.preset), options.settings)
    if options.init and options.init.startswith("bundled:"):
        model_path(options.init)
    if options.resume:
        assert {setting.partition("=")[0] for setting in options.settings} <= set(AT_RESUME)


def check_networks(options) -> None:
    if options.name:
        with_settings(TrainConfig(network=options.name), options.settings)


def check_experiment(options) -> None:
    if options.name:
        experiment_named(options.name)
    if options.preset:
        load_config(options.preset)


def check_bench(options) -> None:
    known = {name for script in bench_scripts.SCRIPTS for name in (*script.rows, *script.sometimes)}
    assert set(options.names) <= known


def check_prepare(options) -> None:
    if options.network:
        variant(options.network)


CHECKS = {
    "train": check_train,
    "networks": check_networks,
    "experiment": check_experiment,
    "bench": check_bench,
    "prepare": check_prepare,
}


@cache
def anchors(page: Path) -> frozenset[str]:
    """The places of ``page`` that a link can name, as repository pages make them of its headings."""
    headings = re.findall(r"^#+ (.+)$", FENCE.sub("", text_of(page)), re.MULTILINE)
    return frozenset(re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings)


@cache
def words_of_the_window() -> frozenset[str]:
    """Every text in the window's code, without the marks of its keys."""
    files = (ROOT / "alexnet_app" / "ui").rglob("*.py")
    nodes = (node for file in files for node in ast.walk(ast.parse(text_of(file))))
    texts = (node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str))
    return frozenset(text.replace("&", "").casefold() for text in texts)


def by_name(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("page", TEXTS, ids=by_name)
def test_that_every_command_line_is_understood(page):
    for line in command_lines(text_of(page)):
        try:
            check_command(line)
        except SystemExit:
            pytest.fail(f"the program does not understand: {line}")


@pytest.mark.parametrize("line", ["trian --preset shapes", "train --preset shape", "classify --modle a b", "--tset"])
def test_that_a_mistaken_command_line_is_found(line):
    with pytest.raises((SystemExit, UserError, AssertionError)):
        check_command(line)


def test_that_every_option_within_sentences_exists(capsys):
    for name in COMMANDS:
        cli.main([name, "--help"])
    known = start_options() | set(re.findall(r"--[a-z-]+", capsys.readouterr().out))
    base = load_config("imagenet-2012")
    for page in TEXTS:
        for span in spans(text_of(page)):
            if not span.startswith("--"):
                continue
            words = shlex.split(span)
            assert words[0] in known, f"{span} in {by_name(page)}"
            if words[0] == "--set" and len(words) == 2:
                with_settings(base, words[1:])


@pytest.mark.parametrize("page", TEXTS, ids=by_name)
def test_that_every_link_and_picture_exists(page):
    for picture, _, target in LINK.findall(prose(text_of(page))):
        assert "://" not in target, f"{target}: links must work on a disk too"
        name, _, place = target.partition("#")
        file = (page.parent / name).resolve() if name else page
        assert file.is_file(), target
        assert not place or place in anchors(file), target
        assert not picture or file.parent == PICTURES, target


def test_that_every_picture_is_shown():
    shown = {
        Path(target).name for page in TEXTS for mark, _, target in LINK.findall(prose(text_of(page))) if mark == "!"
    }
    assert shown == {file.name for file in PICTURES.iterdir()}


@pytest.mark.parametrize("page", TEXTS, ids=by_name)
def test_that_every_path_of_the_project_exists(page):
    for span in spans(text_of(page)):
        for word in [span] if (ROOT / span).exists() else span.split():
            if word.startswith(FOLDERS):
                assert (ROOT / word).exists(), f"{span} in {by_name(page)}"


@pytest.mark.parametrize("page", [README, *PAGES], ids=by_name)
def test_that_every_label_is_in_the_window(page):
    for label in LABEL.findall(prose(text_of(page))):
        assert " ".join(label.split()).casefold() in words_of_the_window(), f"*{label}* is nowhere in the window"


@pytest.mark.parametrize("page", [README, *PAGES], ids=by_name)
def test_that_a_page_is_plain_markdown(page):
    text = text_of(page)
    assert text.startswith("# ")
    assert not re.search(r"<[A-Za-z/!]", prose(text))


def test_that_the_manual_lists_all_its_pages():
    listed = {target for _, _, target in LINK.findall(text_of(MANUAL / "index.md"))}
    assert listed == {page.name for page in PAGES} - {"index.md"}
    assert "resources/manual/index.md" in {target for _, _, target in LINK.findall(text_of(README))}
    assert resources.path("manual/index.md") == MANUAL / "index.md"


def test_that_nothing_that_can_be_chosen_is_missing():
    presets = [file.stem for file in resources.path("presets").glob("*.toml")]
    for page, names in (
        ("training.md", presets),
        ("networks.md", VARIANTS),
        ("command-line.md", COMMANDS),
        ("paper-experiments.md", [each.name for each in EXPERIMENTS]),
        ("models.md", [path.stem for path in bundled_models()]),
    ):
        found = {word for span in spans(text_of(MANUAL / page)) for word in span.split()}
        assert not set(names) - found, page


def test_that_the_figures_of_the_readme_are_those_of_the_manual():
    """The README sums up; of each row of its table all numbers are on one page that has them in full."""
    section = text_of(README).partition("## What was measured\n")[2].partition("\n## ")[0]
    rows = [line for line in section.splitlines() if line.startswith("| ")][1:]
    assert rows
    pages = [set(NUMBER.findall(text_of(page))) for page in (*PAGES, RESULTS)]
    for row in rows:
        numbers = set(NUMBER.findall(prose(row)))
        assert any(numbers <= page for page in pages), row
