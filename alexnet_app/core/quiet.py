"""Libraries' remarks about odd files, kept off the console."""

import re
import warnings


def hush(modules: str, *categories: type[Warning]) -> None:
    """Keeps warnings of ``categories`` that come from ``modules``, a pattern, off the console, for the whole process.

    ``warnings.catch_warnings`` would be tidier but mixes up its filters when several threads read files.
    """
    pattern = re.compile(modules)
    for category in categories:
        if ("ignore", None, category, pattern, 0) not in warnings.filters:
            warnings.filterwarnings("ignore", category=category, module=pattern.pattern)
