"""What systems leave in folders: nobody's class and nobody's picture, in training and in classify alike.

The one list of it; the standard library only.
"""

_NAMES = frozenset(
    (
        *("__macosx", "thumbs.db", "ehthumbs.db", "ehthumbs_vista.db", "desktop.ini", "icon\r"),  # macOS, Windows
        *("$recycle.bin", "recycler", "recycled", "system volume information", "found.000"),
        *("@eadir", "@__thumb", "#recycle", "@recycle", "@recently-snapshot", "#snapshot", "@sharebin", "@tmp"),  # NAS
        *("lost+found", "lost.dir", "__pycache__", "picasa.ini", "network trash folder", "temporary items"),
        *(".ds_store", ".spotlight-v100", ".fseventsd", ".apdisk", ".temporaryitems", ".appledouble", ".lsoverride"),
        *(".documentrevisions-v100", ".volumeicon.icns", ".directory", ".thumbnails", ".nomedia", ".picasa.ini"),
        *(
            ".ipynb_checkpoints",
            ".git",
            ".svn",
            ".hg",
            ".cache",
            ".dropbox.cache",
            ".sync",
            ".synologyworkingdirectory",
        ),
    )
)
_STARTS = ("._", ".trash", ".nfs", ".fuse_hidden", ".syncthing.", ".~lock.", "alexnet-app-filed-")


def is_litter(name: str) -> bool:
    """Whether a file or folder called ``name`` is the system's or a program's own, such as ``._a.jpg``, ``.DS_Store``,
    ``.Trash-1000`` and ``.ipynb_checkpoints``, thumbnails of network disks, bins, and this program's journals of files
    that were put into folders.
    """
    small = name.lower()
    return small in _NAMES or small.startswith(_STARTS)
