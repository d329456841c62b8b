"""What folders of splits are called: in any case, by the usual synonyms, with a common name before or after."""

import re
from collections.abc import Iterable, Mapping

TRAIN, VALIDATION, TEST = "train", "validation", "test"
_SYNONYMS = {
    TRAIN: ("train", "training", "trn", "trainval"),
    VALIDATION: ("val", "valid", "validation", "validate", "validating", "dev", "development", "eval"),
    TEST: ("test", "testing", "tst", "holdout"),
}
_ROLES: Mapping[str, str] = {name: role for role, names in _SYNONYMS.items() for name in names}
_FILLERS = ("set", "data", "dataset", "images", "image", "imgs", "img", "pictures", "photos", "folder", "dir", "split")
_SEPARATORS = re.compile(r"[\s_.\-]+")


def role_of(name: str) -> str:
    """The split that a folder called ``name`` may be: "train", "validation" or "test"; nothing for other names.

    ``Training``, ``test_set``, ``ValidationData`` and ``train-images`` are understood.
    """
    words = _words(name)
    if len(words) == 1 and words[0] not in _ROLES:
        whole = words[0]
        words = next(([whole.removesuffix(end)] for end in _FILLERS if whole.endswith(end) and whole != end), words)
    words = [word for word in words if word not in _FILLERS] or words
    return _ROLES.get(words[0], "") if len(words) == 1 else ""


def prefixed_roles(names: Iterable[str]) -> dict[str, dict[str, str]]:
    """Names such as ``seg_train`` and ``seg_test``: what they have in common, and the split of each by its name."""
    found: dict[str, dict[str, str]] = {}
    for name in names:
        words = _words(name)
        for at in (-1, 0):
            rest = words[:-1] if at else words[1:]
            if len(words) > 1 and words[at] in _ROLES:
                found.setdefault(" ".join(rest), {})[name] = _ROLES[words[at]]
                break
    return found


def _words(name: str) -> list[str]:
    return [word for word in _SEPARATORS.split(name.strip().casefold()) if word] or [name.casefold()]
