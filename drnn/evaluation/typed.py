"""What is measured as typed values: read from JSON and written to it at the edges, attributes everywhere else."""

from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from drnn.errors import UserError
from drnn.files import readable


class Measured(BaseModel):
    """What the files of results have in common: an unknown field is an error, and nothing changes later."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    def values(self) -> dict:
        """The fields that were given, as values that JSON can hold, in the order of their definition."""
        return self.model_dump(mode="json", exclude_unset=True)


T = TypeVar("T", bound=Measured)


def parsed(kind: type[T], content: str | bytes, source: str | Path, remedy: str) -> T:
    """The JSON text ``content`` of the file ``source`` as a ``kind``.

    Raises:
        UserError: it is no JSON, or a field is missing, unknown or of another type; names file, field and remedy.
    """
    try:
        return kind.model_validate_json(content)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(map(str, first["loc"])) or "all of it"
        raise UserError(f"{source}: {field}: {first['msg'].removeprefix('Value error, ')}; {remedy}") from None


def read(kind: type[T], path: str | Path, remedy: str = "delete it and run the workflow again") -> T:
    """The file ``path`` as a ``kind``.

    Raises:
        UserError: as ``parsed``, or the file cannot be read.
    """
    try:
        with readable(path):
            content = Path(path).read_bytes()
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror or error}); {remedy}") from None
    return parsed(kind, content, path, remedy)
