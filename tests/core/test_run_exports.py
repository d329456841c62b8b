"""A run taken elsewhere: as a ZIP and back, as tables, for TensorBoard."""

import csv
import html.parser
import io
import json
import math
import queue
import stat
import struct
import zipfile

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file
from test_train import config, few_pictures, new_run, unbroken, whole  # noqa: F401  (fixtures)

from alexnet_app import cli
from alexnet_app.core.errors import UserError
from alexnet_app.core.events import (
    EpochDone,
    Evaluated,
    FiltersSeen,
    Measured,
    Notice,
    Resumed,
    RunEnded,
    StepsDone,
    Warned,
)
from alexnet_app.core.exports import unpacking
from alexnet_app.core.exports.packing import pack
from alexnet_app.core.exports.report import write_report
from alexnet_app.core.exports.series import write_series_apart
from alexnet_app.core.exports.unpacking import unpack
from alexnet_app.core.runs.holding import holding
from alexnet_app.core.runs.listing import Standing, summarize
from alexnet_app.core.runs.naming import relabel
from alexnet_app.core.runs.points import points
from alexnet_app.core.runs.run import Run
from alexnet_app.core.steering import Stop
from alexnet_app.core.training import board, loop
from alexnet_app.core.training.train import train


def stopped_at(run, step, *settings):
    asked: queue.SimpleQueue = queue.SimpleQueue()
    for event in train(config(*settings), run, asked):
        if isinstance(event, StepsDone) and event.first + len(event.losses) == step:
            asked.put(Stop())
    return run


def files_of(run):
    return {
        path.relative_to(run.folder).as_posix(): path.read_bytes()
        for path in run.folder.rglob("*")
        if path.is_file() and not path.name.startswith("writing.")
    }


def test_that_a_run_comes_back_out_of_its_zip_and_resumes_bit_for_bit(unbroken, tmp_path, monkeypatch):  # noqa: F811
    monkeypatch.setattr(loop, "REPORT_SECONDS", 0.0)
    run = stopped_at(new_run(tmp_path / "here", config()), 13)
    assert cli.main(["rename", str(run.folder), "Ants", "--note", "of May"]) == 0
    packed = pack(run, tmp_path / "run.zip")
    assert not packed.is_trained
    back = unpack(packed.path, tmp_path / "there")
    assert files_of(back) == {name: data for name, data in files_of(run).items() if name != "commands.jsonl"}
    assert (summarize(back).name, summarize(back).label.note) == ("Ants", "of May")
    assert next(each for each in whole(config(), back) if isinstance(each, Resumed)).exact
    own, others = load_file(back.resume_file), load_file(unbroken[0].resume_file)
    assert own.keys() == others.keys()
    assert all(torch.equal(own[name], others[name]) for name in own)


def test_that_a_run_that_is_trained_is_packed_as_if_it_were_killed_then(unbroken, tmp_path, monkeypatch):  # noqa: F811
    monkeypatch.setattr(loop, "REPORT_SECONDS", 0.0)
    run = new_run(tmp_path / "here", config())
    job = train(config(), run)
    for event in job:
        if isinstance(event, StepsDone) and event.first + len(event.losses) == 15:
            with run.events_file.open("ab") as file:
                file.write(b'{"event": "Ste')  # a line that is written just now
            assert pack(run, tmp_path / "run.zip").is_trained
            job.close()
    back = unpack(tmp_path / "run.zip", tmp_path / "there")
    assert back.events_file.read_bytes().endswith(b"\n")
    assert summarize(back).state is Standing.BROKEN_OFF
    whole(config(), back)
    own, others = load_file(back.resume_file), load_file(unbroken[0].resume_file)
    assert all(torch.equal(own[name], others[name]) for name in own)


def test_that_a_checkpoint_without_its_events_is_not_packed(unbroken, tmp_path):  # noqa: F811
    back = unpack(pack(unbroken[0], tmp_path / "a.zip").path, tmp_path / "there")
    back.events_file.write_bytes(back.events_file.read_bytes()[:200] + b"\n")
    with pytest.raises(UserError, match="do not agree"):
        pack(back, tmp_path / "b.zip")
    assert not (tmp_path / "b.zip").exists()


CONFIG = ("run/config.toml", 'network = "shapes-towers"\ndata = "shapes"\n')


def a_zip(path, *members, method=zipfile.ZIP_STORED):
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, content in (CONFIG, *members):
            archive.writestr(name, content)
    return path


def link():
    info = zipfile.ZipInfo("run/log.txt")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    return info


def with_entries(path, count):
    """A ZIP whose list is longer than that of any run: made by hand, as many entries of one name."""
    entry = struct.pack("<4s6H3L5H2L", b"PK\1\2", 20, 20, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0) + b"a"
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, count % 65_536, count % 65_536, len(entry) * count, 0, 0)
    path.write_bytes(entry * count + end)
    return path


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (lambda path: a_zip(path, ("run/../../evil.txt", "x")), "outside of the run's folder"),
        (lambda path: a_zip(path, ("/etc/evil", "x")), "outside of the run's folder"),
        (lambda path: a_zip(path, ("run\\..\\evil", "x")), "outside of the run's folder"),
        (lambda path: a_zip(path, ("C:/evil", "x")), "outside of the run's folder"),
        (lambda path: a_zip(path, (link(), "/etc/passwd")), "links or devices"),
        (lambda path: a_zip(path, ("run/events.jsonl", bytes(40 << 20)), method=zipfile.ZIP_DEFLATED), "times its own"),
        (lambda path: a_zip(path, ("run/log.txt", "x" * 9), method=zipfile.ZIP_BZIP2), "not known here"),
        (lambda path: a_zip(path, ("run/name.json", "x" * 99_999)), "more than 16,384"),
        (lambda path: with_entries(path, 200_000), "lists more files"),
        (lambda path: path.write_bytes(b"PK\3\4 no zip") and path, "cannot be read"),
        (lambda path: a_zip(path, ("run/config.toml", "twice")), "twice"),
    ],
)
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_that_a_zip_that_might_do_harm_is_a_sentence_and_leaves_nothing(tmp_path, make, why):
    path = make(tmp_path / "a.zip")
    with pytest.raises(UserError, match=why):
        unpack(path, tmp_path / "runs" / "there")
    assert sorted(each.name for each in tmp_path.rglob("*")) in (["a.zip"], ["a.zip", "runs"])


def test_that_a_zip_of_something_else_or_with_odd_settings_is_a_sentence(tmp_path):
    for content, why in (("network = 3", "network"), ("network", "not valid TOML"), ("", "does not name")):
        with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
            archive.writestr("config.toml", content)
        with pytest.raises(UserError, match=why):
            unpack(tmp_path / "a.zip", tmp_path / "there")
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("photo.png", "x")
    with pytest.raises(UserError, match="not an exported run"):
        unpack(tmp_path / "a.zip", tmp_path / "there")
    assert [each.name for each in tmp_path.iterdir()] == ["a.zip"]


def test_that_a_damaged_or_lying_zip_is_a_sentence_and_leaves_nothing(tmp_path, unbroken):  # noqa: F811
    path = pack(unbroken[0], tmp_path / "a.zip").path
    whole_file = path.read_bytes()
    for place in range(100, len(whole_file), len(whole_file) // 40):
        path.write_bytes(whole_file[:place] + bytes([whole_file[place] ^ 0xFF]) + whole_file[place + 1 :])
        try:
            run = unpack(path, tmp_path / "there")
        except UserError:
            assert [each.name for each in tmp_path.iterdir()] == ["a.zip"]
        else:  # what was changed is passed over, such as a date
            for each in sorted(run.folder.rglob("*"), reverse=True):
                each.rmdir() if each.is_dir() else each.unlink()
            run.folder.rmdir()


def test_that_what_no_run_has_is_passed_over(tmp_path):
    path = a_zip(
        tmp_path / "a.zip", ("run/.DS_Store", "x"), ("run/writing.lock", "x"), ("__MACOSX/a", "x"), ("run/", "")
    )
    run = unpack(path, tmp_path / "there")
    assert sorted(each.name for each in run.folder.iterdir()) == ["config.toml", "filters"]
    with pytest.raises(UserError, match="is not empty"):
        unpack(path, tmp_path / "there")


def test_that_no_room_is_told_before_anything_is_unpacked(tmp_path, monkeypatch):
    monkeypatch.setattr(unpacking, "free_bytes", lambda _: 10)
    with pytest.raises(UserError, match="MB left"):
        unpack(a_zip(tmp_path / "a.zip"), tmp_path / "there")


def read_back(folder):
    """What TensorBoard reads: {series: [(step, value)]}, and the names and steps of its pictures."""
    pytest.importorskip("tensorboard")
    from tensorboard.backend.event_processing import event_accumulator

    found = event_accumulator.EventAccumulator(
        str(folder), size_guidance={event_accumulator.SCALARS: 0, event_accumulator.IMAGES: 0}
    )
    found.Reload()
    tags = found.Tags()
    scalars = {name: [(each.step, each.value) for each in found.Scalars(name)] for name in tags["scalars"]}
    pictures = {
        name: [(each.step, each.encoded_image_string) for each in found.Images(name)] for name in tags["images"]
    }
    return scalars, pictures, found


def expected(run):
    found: dict = {}
    for each in points(run):
        found.setdefault(each.name, []).append((each.step, float(np.float32(each.value))))
    return found


def same_numbers(read, wanted):
    assert read.keys() == wanted.keys()
    for name, values in wanted.items():
        assert [step for step, _ in read[name]] == [step for step, _ in values], name
        np.testing.assert_array_equal([value for _, value in read[name]], [value for _, value in values], name)


@pytest.mark.filterwarnings("ignore")
def test_that_tensorboard_reads_every_value_of_an_exported_run(unbroken, tmp_path, capsys):  # noqa: F811
    run, events = unbroken
    assert cli.main(["runs", "export", str(run.folder), "--tensorboard", str(tmp_path / "board"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["tensorboard"] == str(tmp_path / "board")
    scalars, pictures, found = read_back(tmp_path / "board")
    same_numbers(scalars, expected(run))
    losses = [each.losses for each in run.events() if isinstance(each, StepsDone)]
    assert [value for _, value in scalars["loss/train"]] == [
        float(np.float32(each)) for line in losses for each in line
    ]
    assert [step for step, _ in scalars["loss/train"]] == list(range(1, 31))
    epochs = [each for each in events if isinstance(each, EpochDone)]
    assert scalars["error/validation"] == [(each.step, float(np.float32(each.validation_error))) for each in epochs]
    assert {"loss/validation", "learning_rate", "error/test", "images_per_second"} <= scalars.keys()
    seen = [each.step for each in run.events() if isinstance(each, FiltersSeen)]
    assert [step for step, _ in pictures["conv1/tower_A"]] == seen
    assert Image.open(io.BytesIO(pictures["conv1/tower_B"][-1][1])).size[0] > 100
    from tensorboard.plugins.hparams import plugin_data_pb2

    said = found.SummaryMetadata("_hparams_/session_start_info").plugin_data.content
    read = plugin_data_pb2.HParamsPluginData.FromString(said).session_start_info.hparams
    assert read["batch_size"].number_value == 16
    assert read["optimization.schedule"].string_value == config().optimization.schedule


@pytest.mark.filterwarnings("ignore")
def test_that_a_run_that_was_killed_and_resumed_has_no_step_twice_for_tensorboard(tmp_path, monkeypatch):
    monkeypatch.setattr(loop, "REPORT_SECONDS", 0.0)
    chosen = config("tensorboard=true")
    run = new_run(tmp_path / "run", chosen)
    job = train(chosen, run)
    for event in job:
        if isinstance(event, StepsDone) and event.first + len(event.losses) == 17:
            job.close()  # as if it were killed, seven steps after its checkpoint
    list(train(chosen, run))
    scalars, pictures, _ = read_back(run.folder / board.FOLDER)
    same_numbers(
        {name: each for name, each in scalars.items() if name not in ("learning_rate", "images_per_second")},
        {name: each for name, each in expected(run).items() if name not in ("learning_rate", "images_per_second")},
    )  # these two are written once a report, and kept once a second
    for name, values in {**scalars, **pictures}.items():
        steps = [step for step, _ in values]
        assert steps == sorted(set(steps)), name
    assert len(list((run.folder / board.FOLDER).iterdir())) == 1


def test_that_a_run_goes_on_where_the_files_for_tensorboard_cannot_be_written(tmp_path):
    chosen = config("tensorboard=true", "epochs=1")
    run = new_run(tmp_path / "run", chosen)
    (tmp_path / "elsewhere").mkdir()
    (run.folder / board.FOLDER).symlink_to(tmp_path / "elsewhere")
    events = whole(chosen, run)
    assert [each.notice for each in events if isinstance(each, Warned)] == [Notice.NO_BOARD]
    assert isinstance(events[-1], RunEnded)
    assert not list((tmp_path / "elsewhere").iterdir())


def test_that_the_files_for_tensorboard_can_be_switched_on_when_a_run_goes_on(tmp_path, monkeypatch):
    monkeypatch.setattr(loop, "REPORT_SECONDS", 0.0)
    run = stopped_at(new_run(tmp_path / "run", config()), 5)
    assert cli.main(["train", "--resume", str(run.folder), "--tensorboard"]) == 0
    scalars, _, _ = read_back(run.folder / board.FOLDER)
    assert [step for step, _ in scalars["loss/train"]] == list(range(1, 31))


def read_csv(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def test_that_every_series_is_in_the_tables(unbroken, tmp_path):  # noqa: F811
    run = unbroken[0]
    wanted = [(each.name, each.step, each.value) for each in points(run)]
    assert cli.main(["runs", "export", str(run.folder), "--csv", str(tmp_path / "all.csv")]) == 0
    header, *rows = read_csv(tmp_path / "all.csv")
    assert header == ["series", "step", "time", "value"]
    assert [(name, int(step), float(value)) for name, step, _, value in rows] == wanted
    times = [float(each[2]) for each in rows]
    assert 0 < min(times) <= max(times) < 1e11
    assert cli.main(["runs", "export", str(run.folder), "--csv", str(tmp_path / "apart")]) == 0
    apart = read_csv(tmp_path / "apart" / "loss-train.csv")[1:]
    assert [(int(step), float(value)) for step, _, value in apart] == [
        each[1:] for each in wanted if each[0] == "loss/train"
    ]
    assert len(list((tmp_path / "apart").iterdir())) == len({name for name, _, _ in wanted})


def test_that_odd_names_of_series_are_files_of_their_own_and_no_formulas(tmp_path):
    run = Run.create(tmp_path / "run", 'network = "shapes-towers"\ndata = "shapes"\n')
    with holding(run) as log:
        log.append(Measured(1, {"../../evil": 1.0, "=1+1": 2.0, "a/b": 3.0, "a:b": 4.0, "A/B": 5.0}))
    files = write_series_apart(run, tmp_path)
    assert len({each.name.casefold() for each in files.values()}) == 5
    assert all(each.parent == tmp_path for each in files.values())
    assert cli.main(["runs", "export", str(run.folder), "--csv", str(tmp_path / "all.csv")]) == 0
    assert "\n'=1+1," in (tmp_path / "all.csv").read_text()


def test_that_the_command_exports_and_imports(unbroken, tmp_path, capsys, monkeypatch):  # noqa: F811
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    folder = str(unbroken[0].folder)
    assert cli.main(["runs", "export", folder, "--zip", str(tmp_path / "a.zip"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["zip"] == str(tmp_path / "a.zip")
    for count in (1, 2):  # twice: each has a folder of its own
        assert cli.main(["runs", "import", str(tmp_path / "a.zip"), "--json"]) == 0
        found = json.loads(capsys.readouterr().out)["run"]
        assert found == str(tmp_path / "home/AlexNet/runs" / ("unbroken" if count == 1 else "unbroken-2"))
    assert cli.main(["runs", "import", str(tmp_path / "a.zip"), "--to", str(tmp_path / "there")]) == 0
    assert summarize(Run(tmp_path / "there")).state is Standing.FINISHED
    assert cli.main(["runs", "export", folder]) == 2
    assert "--zip" in capsys.readouterr().err
    assert cli.main(["runs", "export", folder, "--zip", str(tmp_path / "a.zip")]) == 2  # it is there already
    assert cli.main(["runs", "export", folder, "--zip", str(tmp_path / "a.zip"), "--force"]) == 0
    assert cli.main(["runs", "export", folder, "--csv", str(tmp_path / "there")]) == 2  # not empty


class Page(html.parser.HTMLParser):
    """What a web page asks for, and which elements it has."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.links, self.text = [], [], ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.links += [value for name, value in attrs if name in ("src", "href", "action")]

    def handle_data(self, data):
        self.text += data


def test_that_the_report_is_one_file_that_tells_all_of_a_run(unbroken, tmp_path):  # noqa: F811
    run = unpack(pack(unbroken[0], tmp_path / "a.zip").path, tmp_path / "run")
    relabel(run, name="<b>Ants</b>", note='"><script>alert(1)</script>', tags=["<i>", "lrn"])
    assert cli.main(["runs", "export", str(run.folder), "--report", str(tmp_path / "r.html")]) == 0
    text = (tmp_path / "r.html").read_text(encoding="utf-8")
    page = Page(text)
    assert page.links
    assert all(each.startswith("data:image/png;base64,") for each in page.links)
    assert not {"script", "link", "iframe"} & set(page.tags)
    for word in (
        "<b>Ants</b>",
        '"><script>alert(1)</script>',
        "<i>",
        "lrn",
        "Tower A, at the start",
        torch.__version__,
    ):
        assert word in page.text, word
    assert page.tags.count("svg") >= 4
    tested = next(each for each in unbroken[1] if isinstance(each, Evaluated))
    assert f"{100 * tested.top1_error:.2f}\N{NO-BREAK SPACE}%" in page.text
    differing = page.text.index("settings differ from the preset shapes")
    assert differing < page.text.index("batch_size") < page.text.index("The other")


def test_that_a_report_is_made_of_a_run_that_has_nothing_yet_and_of_odd_numbers(tmp_path):
    run = Run.create(tmp_path / "run", 'network = "shapes-towers"\ndata = "shapes"\n')
    write_report(run, tmp_path / "a.html")
    with holding(run) as log:
        log.append(StepsDone(0, (math.nan, math.inf, 1e39, -1e39), 1e-30, 0.0))
        log.append(EpochDone(1, 4, math.nan, 0.5, math.nan, 0.5, 0.1, True, 1e39))
        log.append(Evaluated("test", 0, math.nan, 7.0, -1.0))
    write_report(run, tmp_path / "b.html")
    assert "nan" not in (tmp_path / "b.html").read_text(encoding="utf-8").partition("<svg")[2].partition("</svg>")[0]
