"""Where the program keeps what it can make or fetch again, and what it knows of itself."""

from pathlib import Path


def cache_folder() -> Path:
    """Where downloads and prepared sets lie: the user's cache folder of this application. It may not exist yet."""
    from platformdirs import user_cache_path

    return user_cache_path("alexnet-app", appauthor=False)


def state_folder() -> Path:
    """Where reports of crashes lie: the user's state folder of this application. It may not exist yet."""
    from platformdirs import user_state_path

    return user_state_path("alexnet-app", appauthor=False)
