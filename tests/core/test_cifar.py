import gzip
import hashlib
import io
import os
import pickle
import struct
import subprocess
import sys
import tarfile
from pathlib import Path

import numpy as np
import pytest

from alexnet_app.core.data.sources import cifar
from alexnet_app.core.data.sources.addresses import open_source
from alexnet_app.core.errors import UserError, Way

SLOW = pytest.mark.whole("alexnet_app/core", "alexnet_app/commands")

DATA = Path(os.environ.get("ALEXNET_TEST_DATA", "missing"))
needs_data = pytest.mark.skipif("ALEXNET_TEST_DATA" not in os.environ, reason="needs ALEXNET_TEST_DATA")
COUNT = 20  # pictures in a file of the small sets made here


def small(monkeypatch):
    monkeypatch.setattr(cifar, "PICTURES_PER_FILE", COUNT)


def batch(number):
    chance = np.random.default_rng(number)
    return chance.integers(0, 256, (COUNT, 3072), np.uint8), np.arange(COUNT) % 10


def binary_files():
    files = {"batches.meta.txt": b"airplane\n"}
    for number, name in enumerate(cifar.BINARY):
        pixels, labels = batch(number)
        files[name] = np.column_stack([labels.astype(np.uint8), pixels]).tobytes()
    return files


def as_python_2(pixels, labels):
    """A batch as Python 2 and its NumPy pickled it: strings of bytes, old module names, integers for truth values."""

    def text(value):
        return b"T" + struct.pack("<i", len(value)) + value

    rows = b"M" + struct.pack("<H", len(pixels))
    dtype = b"cnumpy\ndtype\n" + text(b"u1") + b"K\x00K\x01\x87R(K\x03" + text(b"|") + b"NNN" + b"J\xff\xff\xff\xff" * 2
    array = b"cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n" + b"K\x00\x85" + text(b"b") + b"tR"
    state = b"(K\x01" + rows + b"M\x00\x0c\x86" + dtype + b"K\x00tb" + b"\x89" + text(pixels.tobytes()) + b"tb"
    listed = b"](" + b"".join(b"K" + bytes([label]) for label in labels) + b"e"
    return b"\x80\x02}(" + text(b"data") + array + state + text(b"labels") + listed + b"u."


def python_files(monkeypatch):
    files = {name: as_python_2(*batch(number)) for number, name in enumerate(cifar.PYTHON_MD5)}
    sums = {name: hashlib.md5(data, usedforsecurity=False).hexdigest() for name, data in files.items()}
    monkeypatch.setattr(cifar, "PYTHON_MD5", sums)
    return {**files, "batches.meta": b"never opened", "readme.html": b""}


def packed(path, files, folder="cifar-10-batches-bin", mode="w:gz"):
    with tarfile.open(path, mode) as archive:
        for name, data in files.items():
            member = tarfile.TarInfo(f"{folder}/{name}" if folder else name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return path


def laid_out(folder, files):
    folder.mkdir()
    for name, data in files.items():
        (folder / name).write_bytes(data)
    return folder


def check_small(source):
    assert source.classes[3] == "cat"
    assert {name: split.pictures.shape for name, split in source.splits.items()} == {
        "train": (80, 32, 32, 3),
        "validation": (20, 32, 32, 3),
        "test": (20, 32, 32, 3),
    }
    pixels, labels = batch(5)
    assert np.array_equal(source.splits["test"].pictures, pixels.reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1))
    assert np.array_equal(source.splits["test"].labels, labels)
    assert np.bincount(source.splits["validation"].labels).tolist() == [2] * 10


def refusal(path):
    with pytest.raises(UserError) as caught:
        open_source(str(path))
    return str(caught.value)


@SLOW
@needs_data
def test_that_the_real_set_reads_alike_from_folder_and_archive(tmp_path):
    command = [sys.executable, str(DATA / "unpack_cifar10.py"), str(tmp_path)]
    subprocess.run(command, check=True, capture_output=True)
    source = open_source(str(tmp_path))
    counts = {name: np.bincount(split.labels).tolist() for name, split in source.splits.items()}
    assert counts == {"train": [4500] * 10, "validation": [500] * 10, "test": [1000] * 10}
    archive = tmp_path / "renamed.dat"
    with tarfile.open(archive, "w:gz", compresslevel=0) as packing:
        packing.add(tmp_path / "cifar-10-batches-bin", "cifar-10-batches-bin")
    again = open_source(str(archive))
    for name, split in source.splits.items():
        assert np.array_equal(split.pictures, again.splits[name].pictures)
        assert np.array_equal(split.labels, again.splits[name].labels)
    assert source.splits["train"].pictures.mean(axis=(0, 1, 2)) == pytest.approx([125.3, 123.0, 113.9], abs=0.2)
    first = np.fromfile(tmp_path / "cifar-10-batches-bin/test_batch.bin", np.uint8, 3073)
    assert np.array_equal(source.splits["test"].pictures[0].transpose(2, 0, 1).ravel(), first[1:])


@pytest.mark.parametrize("mode", ["w:gz", "w"])
def test_that_a_binary_archive_is_known_by_its_content(tmp_path, monkeypatch, mode):
    small(monkeypatch)
    check_small(open_source(str(packed(tmp_path / "renamed", binary_files(), folder="", mode=mode))))


def test_that_the_split_is_the_same_each_time_and_another_with_another_seed(tmp_path, monkeypatch):
    small(monkeypatch)
    folder = str(laid_out(tmp_path / "cifar-10-batches-bin", binary_files()))
    one, same, other = (
        open_source(folder, split_seed=seed).splits["validation"].pictures.tobytes() for seed in (2012, 2012, 7)
    )
    assert one == same != other


def test_that_the_python_version_is_read_where_its_checksums_match(tmp_path, monkeypatch):
    small(monkeypatch)
    files = python_files(monkeypatch)
    check_small(open_source(str(packed(tmp_path / "py.tar.gz", files, "cifar-10-batches-py"))))
    check_small(open_source(str(laid_out(tmp_path / "cifar-10-batches-py", files))))
    check_small(open_source(str(tmp_path)))


class Harmful:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return Path.touch, (self.path,)


@pytest.mark.parametrize("checksum_matches", [False, True])
def test_that_a_harmful_pickle_does_nothing(tmp_path, monkeypatch, checksum_matches):
    small(monkeypatch)
    files = python_files(monkeypatch)
    harmful = pickle.dumps({"data": Harmful(tmp_path / "harm"), "labels": []})
    if checksum_matches:
        digest = hashlib.md5(harmful, usedforsecurity=False).hexdigest()
        monkeypatch.setattr(cifar, "PYTHON_MD5", {**cifar.PYTHON_MD5, "data_batch_1": digest})
    files["data_batch_1"] = harmful
    sentence = refusal(packed(tmp_path / "py.tar.gz", files))
    assert ("contains no images" in sentence) == checksum_matches
    assert not (tmp_path / "harm").exists()
    pickle.loads(harmful)  # which would have done this
    assert (tmp_path / "harm").exists()


def test_that_wrong_sizes_labels_and_missing_files_are_named(tmp_path, monkeypatch):
    small(monkeypatch)
    files = binary_files()
    long = {**files, "data_batch_2.bin": files["data_batch_2.bin"] + b"x"}
    assert "data_batch_2.bin" in refusal(packed(tmp_path / "long.tar.gz", long))
    assert "61,461 bytes, not 61,460" in refusal(laid_out(tmp_path / "long", long))
    wrong = {**files, "test_batch.bin": b"\x0a" + files["test_batch.bin"][1:]}
    assert "label 10" in refusal(packed(tmp_path / "wrong.tar.gz", wrong))
    del files["test_batch.bin"]
    assert "lacks test_batch.bin" in refusal(packed(tmp_path / "few.tar.gz", files))
    assert "test_batch.bin cannot be read" in refusal(laid_out(tmp_path / "few", files))


def test_that_other_archives_are_refused(tmp_path, monkeypatch):
    small(monkeypatch)
    assert "not of CIFAR-10: it contains x/photo.jpg" in refusal(packed(tmp_path / "a.tar", {"photo.jpg": b"1"}, "x"))
    assert "lacks data_batch_1" in refusal(packed(tmp_path / "empty.tar.gz", {}))
    outside = packed(tmp_path / "outside.tar.gz", {"../../etc/data_batch_9.bin": b"1"}, "..")
    assert "not of CIFAR-10" in refusal(outside)
    link = tarfile.TarInfo("data_batch_1.bin")
    link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
    with tarfile.open(tmp_path / "link.tar", "w") as archive:
        archive.addfile(link)
    assert "not of CIFAR-10" in refusal(tmp_path / "link.tar")


def test_that_a_torn_archive_is_a_sentence(tmp_path, monkeypatch):
    small(monkeypatch)
    whole = packed(tmp_path / "whole.tar.gz", binary_files()).read_bytes()
    for size in (20, 5000, len(whole) // 2, len(whole) - 30):
        (tmp_path / "torn.tar.gz").write_bytes(whole[:size])
        assert "torn.tar.gz" in refusal(tmp_path / "torn.tar.gz")
    zeroed = whole[: len(whole) - 9000] + bytes(300) + whole[len(whole) - 8700 :]
    (tmp_path / "torn.tar.gz").write_bytes(zeroed)
    assert "torn.tar.gz" in refusal(tmp_path / "torn.tar.gz")


def test_that_one_wrong_pixel_in_an_archive_is_noticed(tmp_path, monkeypatch):
    small(monkeypatch)
    plain = packed(tmp_path / "plain.tar", binary_files(), mode="w").read_bytes()
    stored = bytearray(gzip.compress(plain, compresslevel=0))
    stored[len(stored) // 2] ^= 1
    (tmp_path / "changed.tar.gz").write_bytes(stored)
    assert "CRC check failed" in refusal(tmp_path / "changed.tar.gz")


def test_that_cifar10_is_the_downloaded_archive(tmp_path, monkeypatch):
    small(monkeypatch)
    monkeypatch.setattr(cifar, "cache_folder", lambda: tmp_path)
    with pytest.raises(UserError) as refused:
        open_source("cifar10")
    assert refused.value.hint is Way.GET_CIFAR10
    packed(tmp_path / "cifar-10-binary.tar.gz", binary_files())
    check_small(open_source("cifar10"))
