"""How a command ends: an exit code, and one line where it failed instead of a traceback."""

import errno
import os
import sys
import traceback

import typer
from typer.core import TyperGroup

from drnn.errors import UserError
from drnn.plan.steps import STEPS

FAILED, DEFECT, STOPPED, UNREAD = 1, 70, 130, 141
CODES = (
    "Exit codes: 0 done (also where `compare` finds differences), 1 an error that its message says how to mend, "
    "2 a command line that cannot be, 70 a defect of drnn, 130 stopped by Ctrl-C, 141 nobody reads the output any more."
)
OF_THE_MACHINE = (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOSPC, errno.EDQUOT, errno.EMFILE, errno.ENOMEM)
"""What a person can mend and no code: rights, space, limits."""
NO_MEMORY = (
    "can't allocate memory",
    "Cannot allocate memory",
    "failed to map segment from shared object",
    "can't start new thread",
)
MORE_MEMORY = "run fewer jobs at a time (--cores), or on a machine with more; finished files are kept"


class Commands(TyperGroup):
    """The commands, each of whose exceptions becomes a message on stderr and an exit code.

    A traceback is shown where --verbose asks for it, and of a defect also in the log of a step that an engine calls.
    """

    def invoke(self, ctx):
        """Run the command that the command line names."""
        try:
            done = super().invoke(ctx)
            sys.stdout.flush()  # here, where it may fail
            return done
        except KeyboardInterrupt:
            code = _end(STOPPED, "stopped; the next run goes on from here")
        except Exception as error:
            if hasattr(error, "exit_code") or isinstance(error, typer.Abort):
                raise  # of the command line: typer shows it
            is_step = ctx.invoked_subcommand in STEPS
            if isinstance(error, BrokenPipeError) and not is_step:
                code = UNREAD
            else:
                code = failed(error, ctx.params["verbose"], is_step and not sys.stderr.isatty())
        _give_up_stdout()
        raise typer.Exit(code)


def failed(error: Exception, verbose: bool, of_a_job: bool) -> int:
    """Say what went wrong.

    Args:
        verbose: with a traceback, whatever it was.
        of_a_job: with a traceback if it is a defect, because nobody can ask for one afterwards.

    Returns:
        The exit code.
    """
    scarce = _of_memory(error)
    refused = isinstance(error, OSError) and error.errno in OF_THE_MACHINE
    mendable = isinstance(error, UserError) or scarce or refused
    traced = verbose or (of_a_job and not mendable)
    if traced:
        traceback.print_exception(error)
    if isinstance(error, UserError):
        return _end(FAILED, f"error: {error}")
    if scarce:
        return _end(FAILED, f"error: too little memory ({_one_line(error) or 'none is left'}); {MORE_MEMORY}")
    if refused:
        named = f"{error.filename}: " if error.filename else ""
        return _end(FAILED, f"error: {named}{error.strerror}")
    remedy = "the traceback above says where" if traced else "run again with --verbose for its traceback"
    return _end(DEFECT, f"error: {type(error).__name__}: {_one_line(error)}; this is a defect: {remedy}")


def _of_memory(error: Exception) -> bool:
    """Whether memory is what is missing; torch and the loader of libraries say so in words alone."""
    return isinstance(error, MemoryError) or any(words in str(error) for words in NO_MEMORY)


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())


def _end(code: int, line: str) -> int:
    print(line, file=sys.stderr)
    return code


def _give_up_stdout() -> None:
    """Drop what cannot be written, a pipe's or a full disk's, of which the interpreter would complain at its end."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
