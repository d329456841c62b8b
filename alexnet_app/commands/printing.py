"""Text that comes from files, made fit for a terminal."""


def printable(text: str) -> str:
    """``text`` without what would move or colour a terminal: the names of files and classes can hold anything."""
    return "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in text)
