"""Where the program keeps what it can make or fetch again."""

from pathlib import Path


def cache_folder() -> Path:
    """Where downloads and prepared sets lie: the user's cache folder of this application. It may not exist yet."""
    from platformdirs import user_cache_path

    return user_cache_path("alexnet-app", appauthor=False)
