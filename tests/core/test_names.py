"""Names are for those who search: each class has one of its own."""

import ast
from collections import defaultdict
from pathlib import Path

import alexnet_app


def test_that_no_two_public_classes_have_one_name():
    root = Path(alexnet_app.__file__).parent
    found = defaultdict(list)
    for path in sorted(root.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                found[node.name].append(path.relative_to(root).as_posix())
    assert len(found) > 500
    assert {name: paths for name, paths in found.items() if len(paths) > 1} == {}
