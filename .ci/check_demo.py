"""The demo is a real task that a model learns: the best of the three recognises more than 60 % of new subjects."""

import json
import sys
from pathlib import Path

from drnn.plan import Plan

(job,) = Plan.load("demo").of("metrics")
results = json.loads(Path(job.outputs["metrics"]).read_text())["results"]
means = {result["model"]: result["mean"] for result in results}
print("demo, test accuracy %:", means)
sys.exit(0 if len(means) == 3 and max(means.values()) > 60 else "the demo's models do not learn")
