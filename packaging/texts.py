"""The sentences of the core that people read, collected from its source for Qt Linguist.

    python packaging/texts.py FILE.ts     writes them, or brings the file up to date and keeps what is translated in it
    python packaging/texts.py --check     says which errors have no text that can be collected

What identifies a text is what ``ui/messages.py`` looks it up by: the context "core" and the English text itself. The
window's own texts, and the ways out as it words them, are collected by pyside6-lupdate; pyside6-lrelease puts both
files into one.
"""

from __future__ import annotations

import argparse
import ast
import string
import sys
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeGuard

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = "alexnet_app"
CONTEXT = "core"
ERRORS = {"UserError", "OutOfReachError"}
WORDED = {"Why"}  # enumerations whose values people read
WAYS = {"core/errors.py", "commands/hints.py", "ui/messages.py"}  # where ways out are worded


@dataclass(frozen=True)
class Text:
    """A template, and where it stands: a file below the package, and a line."""

    text: str
    file: str
    line: int


@dataclass
class Found:
    """What a file has: its texts, which values each error gives to which of them, and what cannot be collected."""

    texts: list[Text] = field(default_factory=list)
    ways: list[tuple[str, Text, frozenset[str]]] = field(default_factory=list)  # that are used, with the values given
    problems: list[str] = field(default_factory=list)


def found_in(source: str, file: str) -> Found:
    """What the errors, settings and marked texts of ``source`` say."""
    reader = _Reader(file)
    reader.visit(ast.parse(source))
    return reader.found


def places(text: str) -> set[str]:
    """The names of the places in a template."""
    return {name.partition(".")[0].partition("[")[0] for _, name, _, _ in string.Formatter().parse(text) if name}


def ways_worded(root: Path = ROOT) -> dict[str, list[str]]:
    """Each way out by its name, as the core, the terminal and the window word it."""
    worded: dict[str, list[str]] = {}
    for file in sorted(WAYS):
        for node in ast.walk(ast.parse((root / PACKAGE / file).read_text(encoding="utf-8"))):
            for name, value in _worded(node):
                worded.setdefault(name, []).append(value)
    return worded


def collected(root: Path = ROOT) -> tuple[list[Text], list[str]]:
    """All texts of the core, and all that is wrong with its errors."""
    texts, problems, worded = [], [], ways_worded(root)
    for path in sorted((root / PACKAGE / "core").rglob("*.py")):
        file = path.relative_to(root / PACKAGE).as_posix()
        found = found_in(path.read_text(encoding="utf-8"), file)
        texts += found.texts
        problems += found.problems
        for name, at, given in found.ways:
            lacking = set().union(*map(places, worded[name])) - given
            problems += [
                f"{at.file}:{at.line}: the way out {name} needs a value for {each}" for each in sorted(lacking)
            ]
    return texts, problems


class _Reader(ast.NodeVisitor):
    """Goes through a module and knows which names in reach stand for literals."""

    def __init__(self, file: str) -> None:
        self.found = Found()
        self._file = file
        self._names: list[dict[str, list[ast.expr]]] = [{}]
        self._marked: list[set[str]] = [set()]  # arguments that are a Text, which is collected where it is made

    def visit_Module(self, node: ast.Module) -> None:
        self._names = [_assigned(node)]
        self.generic_visit(node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        self._names.append(_assigned(node))
        self._marked.append({each.arg for each in node.args.args if _is_text(each.annotation)})
        self.generic_visit(node)
        self._names.pop()
        self._marked.pop()

    def visit_Call(self, node: ast.Call) -> None:
        match node.func:
            case ast.Name(id="Sentence"):
                self._error(node, node.args[:1], [], set())
            case ast.Name(id="Remark"):
                self._remark(node)
            case ast.Name(id=name) if name in ERRORS:
                self._error(node, node.args[:1], [*node.args[1:2], *_keyword(node, "hint")], set())
            case ast.Attribute(attr="within"):
                self._error(node, node.args[:1], [], {"why"})
            case ast.Attribute(attr="replaced") if node.args or _keyword(node, "hint"):
                self._error(node, None, [*node.args[:1], *_keyword(node, "hint")], set())
            case ast.Name(id="Text"):
                self._collect(node, node.args[:1])
            case ast.Name(id="setting"):
                self._collect(node, [*node.args[1:2], *_keyword(node, "unit")])
        self.generic_visit(node)

    def _error(self, node: ast.Call, template: list[ast.expr] | None, hint: Iterable[ast.expr], also: set[str]) -> None:
        """One error: its texts, and whether its values fill them. Without a template more values than given are there,
        those of the error that it stands for.
        """
        values = {each.arg: each.value for each in node.keywords if each.arg and each.arg != "hint"}
        if any(each.arg is None for each in node.keywords):
            self._problem(node, "its values are not written out")
        given = values.keys() | also
        said = [self._literals(each) for each in (template or [])]
        if template is not None and not (said and all(said)):
            self._problem(node, "its template is no literal")
        hints = [(each, self._literals(each)) for each in hint]
        for each, literals in hints:
            way = _way(each)
            if way is not None and template is not None:
                self.found.ways.append((way, self._at(way, node), frozenset(given)))
            elif way is None and not literals and not self._is_marked(each):
                self._problem(node, "its hint is no literal and no way out")
        for text in [text for texts in [*said, *(texts for _, texts in hints)] for text in texts]:
            self.found.texts.append(self._at(text, node))
            for name in sorted(places(text) - given) if template is not None else ():
                self._problem(node, f"there is no value for {{{name}}}")
        self._check_values(node, values.items())

    def _check_values(self, node: ast.Call, values: Iterable[tuple[object, ast.expr]]) -> None:
        """Nothing is made a sentence before the front end does it, neither here nor where a name in reach stands for
        it.
        """
        for name, value in values:
            meant = [value]
            if isinstance(value, ast.Name):
                known = next((names[value.id] for names in reversed(self._names) if value.id in names), [])
                meant = [each for each in known if not isinstance(each, ast.Constant)]  # that may be a mark, no words
            if any(map(_is_formatted, meant)):
                self._problem(node, f"{name} is formatted before it is handed over")

    def _remark(self, node: ast.Call) -> None:
        """A remark: its template, and whether the values, a dictionary that is written out, fill it."""
        texts = self._literals(node.args[1]) if len(node.args) > 1 else []
        values = node.args[2] if len(node.args) > 2 else ast.Dict(keys=[], values=[])
        if not texts:
            self._problem(node, "its template is no literal")
        self.found.texts += [self._at(text, node) for text in texts]
        if not isinstance(values, ast.Dict):
            return  # made elsewhere: a remark fills its template whenever it is read
        pairs = [(key.value, value) for key, value in zip(values.keys, values.values, strict=True) if _is_key(key)]
        self._check_values(node, pairs)
        given = {name for name, _ in pairs}
        for name in sorted(set().union(*map(places, texts)) - given):
            self._problem(node, f"there is no value for {{{name}}}")

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        """Words that an enumeration has for people."""
        if node.name in WORDED:
            words = [each.value for each in node.body if isinstance(each, ast.Assign)]
            self.found.texts += [self._at(text, each) for each in words for text in self._literals(each)]
        self.generic_visit(node)

    def _collect(self, node: ast.Call, arguments: Iterable[ast.expr]) -> None:
        for argument in arguments:
            texts = self._literals(argument)
            if not texts:
                self._problem(node, "its text is no literal")
            self.found.texts += [self._at(text, node) for text in texts if text]

    def _literals(self, node: ast.expr) -> list[str]:
        """What ``node`` can stand for, if these are literals; else nothing."""
        match node:
            case ast.Constant(value=str(text)):
                return [text]
            case ast.Call(func=ast.Name(id="Text"), args=[text]):
                return self._literals(text)
            case ast.IfExp(body=first, orelse=second):
                either = [self._literals(first), self._literals(second)]
                return [*either[0], *either[1]] if all(either) else []
            case ast.Name(id=name):
                values = next((names[name] for names in reversed(self._names) if name in names), [])
                return self._literals(values[0]) if len(values) == 1 else []
        return []

    def _is_marked(self, node: ast.expr) -> bool:
        return isinstance(node, ast.Name) and any(node.id in names for names in self._marked)

    def _at(self, text: str, node: ast.expr) -> Text:
        return Text(text, self._file, node.lineno)

    def _problem(self, node: ast.expr, what: str) -> None:
        self.found.problems.append(f"{self._file}:{node.lineno}: {what}")


def _is_key(node: ast.expr | None) -> TypeGuard[ast.Constant]:
    return isinstance(node, ast.Constant)


def _assigned(scope: ast.Module | ast.FunctionDef) -> dict[str, list[ast.expr]]:
    """The names that plain statements of ``scope`` assign, with all that they assign; an argument counts as unknown."""
    found: dict[str, list[ast.expr]] = {}
    for statement in scope.body:
        if isinstance(statement, ast.Assign):
            for target in statement.targets:
                if isinstance(target, ast.Name):
                    found.setdefault(target.id, []).append(statement.value)
    return found


def _keyword(node: ast.Call, name: str) -> list[ast.expr]:
    return [each.value for each in node.keywords if each.arg == name]


def _is_text(annotation: ast.expr | None) -> bool:
    return isinstance(annotation, ast.Name) and annotation.id == "Text"


def _way(node: ast.expr) -> str | None:
    """The name in ``Way.NAME``."""
    match node:
        case ast.Attribute(value=ast.Name(id="Way"), attr=name):
            return name
    return None


def _worded(node: ast.AST) -> Iterator[tuple[str, str]]:
    """The ways out that a class or a table words."""
    match node:
        case ast.ClassDef(name="Way", body=body):
            for each in body:
                match each:
                    case ast.Assign(targets=[ast.Name(id=name)], value=ast.Constant(value=str(text))):
                        yield name, text
        case ast.Dict(keys=keys, values=values):
            for key, value in zip(keys, values, strict=True):
                name = None if key is None else _way(key)
                texts = [each.value for each in ast.walk(value) if isinstance(each, ast.Constant)]
                if name is not None:
                    yield name, str(texts[-1])


def _is_formatted(value: ast.expr) -> bool:
    """Whether a value has been made a sentence, or a number a text, which only the front end should do."""
    match value:
        case ast.JoinedStr(values=parts):
            words = [str(each.value) for each in parts if isinstance(each, ast.Constant)]
            specified = [each for each in parts if isinstance(each, ast.FormattedValue) and each.format_spec]
            return bool(specified) or any(" " in word for word in words)
        case ast.Call(func=ast.Attribute(attr="format" | "format_map")):
            return True
        case ast.Attribute(attr="sentence" | "template"):
            return True
        case ast.Constant(value=str(text)):
            return " " in text
        case ast.IfExp(body=first, orelse=second):
            return _is_formatted(first) or _is_formatted(second)
    return False


def write(path: Path, texts: Iterable[Text]) -> int:
    """Writes ``texts`` as a source of Qt Linguist; what is translated in ``path`` already stays. How many there are."""
    old = ET.parse(path).getroot() if path.exists() else ET.Element("TS", version="2.1", sourcelanguage="en")
    known = {message.findtext("source"): message.find("translation") for message in old.iter("message")}
    root = ET.Element("TS", old.attrib)
    context = ET.SubElement(root, "context")
    ET.SubElement(context, "name").text = CONTEXT
    standing: dict[str, list[Text]] = {}
    for each in texts:
        standing.setdefault(each.text, []).append(each)
    for text in sorted(standing):
        message = ET.SubElement(context, "message")
        for at in standing[text]:
            ET.SubElement(message, "location", filename=f"{PACKAGE}/{at.file}", line=str(at.line))
        ET.SubElement(message, "source").text = text
        if names := sorted(places(text)):
            ET.SubElement(message, "extracomment").text = f"keep the places {', '.join(names)} as they are"
        kept = known.get(text)
        message.append(ET.Element("translation", type="unfinished") if kept is None else kept)
    ET.indent(root)
    whole = ET.tostring(root, encoding="unicode")
    path.write_text(f'<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE TS>\n{whole}\n', encoding="utf-8")
    return len(standing)


def main() -> int:
    """Writes, or checks; 1 where something cannot be collected."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("file", nargs="?", type=Path, help="the .ts file to write")
    parser.add_argument("--check", action="store_true", help="only say what cannot be collected")
    options = parser.parse_args()
    if not options.check and options.file is None:
        parser.error("name a file, or give --check")
    texts, problems = collected()
    for problem in problems:
        print(problem, file=sys.stderr)
    if options.file is not None and not problems:
        print(f"{write(options.file, texts)} texts in {options.file}")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
