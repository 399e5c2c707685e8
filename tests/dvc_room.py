"""What DVC shows in a workspace: what the tests of its views share."""

import json
import re

from engine_room import Workspace


def shown(workspace: Workspace, *words: str) -> dict:
    """What a command says as JSON."""
    return json.loads(workspace.check("dvc", *words, "--json").partition("\nDVC failed")[0])


def specs(workspace: Workspace, *words: str) -> dict[str, dict]:
    """Title → specification of each plot that has data, in the page that DVC writes."""
    workspace.check("dvc", "plots", *words, "-o", "shown")
    page = (workspace.folder / "shown/index.html").read_text()
    found = [json.loads(text) for text in re.findall(r"var spec = (\{.*?\});\n", page)]
    return {spec["title"]["text"]: spec for spec in found if spec}
