"""What git says of the checkout that a command runs in."""

import subprocess

from drnn.errors import UserError


class GitError(UserError):
    """Git refuses, is not installed, or there is no repository here."""


def git(*words: str) -> str:
    """What a git command prints, without the space around it.

    Raises:
        GitError: it fails; names the command and the reason.
    """
    return git_bytes(*words).decode().strip()


def git_bytes(*words: str) -> bytes:
    """What a git command prints, as it is; raises as `git` does."""
    try:
        return subprocess.run(["git", *words], check=True, capture_output=True).stdout
    except (OSError, subprocess.CalledProcessError) as error:
        said = getattr(error, "stderr", None)
        reason = said.decode(errors="replace").strip() if said else str(error)
        raise GitError(f"git {' '.join(words)}: {reason}") from None
