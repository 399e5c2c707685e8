"""The layer and its training on a GPU, in at most six minutes: tests, a step against cuDNN's nn.LSTM, ten seeds.

    python benchmarks/gpu.py --out benchmarks/gpu.md --revision $(git rev-parse --short HEAD)

From the repository's root, on a machine whose torch sees a GPU (`PYTHONPATH=.` before it where the package is not
installed); torch and numpy are all that it needs. The page is written after each part. Where there is no
GPU, `--device cpu --quick` runs the same code on small sizes, for what a CPU can show.
"""

import argparse
import statistics
import sys
import time
import traceback
from collections.abc import Callable
from datetime import date
from pathlib import Path

import gpu_checks
import gpu_data
import gpu_steps
import gpu_trainings
import torch

from drnn.training import device as devices

TITLES = {
    "tests": "Tests on the device",
    "steps": "A training step against cuDNN's nn.LSTM",
    "trainings": "Ten trainings at once",
    "record": "The record's trainings, computed",
    "tf32": "With TF32 products",
    "profile": "Kernels of a step",
}
SEEDS = (1, 5, 20)
ORDERS = (0, 2)


class Page:
    """A Markdown page of parts, written anew after each."""

    def __init__(self, path: Path | None, parts: dict[str, Callable[[], str]]):
        self.path, self.parts = path, parts
        self.texts = dict.fromkeys(parts, "Not run.")

    def run(self, head: str, chosen: list[str]) -> bool:
        """Make the chosen parts; whether all succeeded."""
        succeeded = True
        for title in chosen:
            start = time.perf_counter()
            print(f"\n## {TITLES[title]}\n", flush=True)
            try:
                self.texts[title] = self.parts[title]()
            except Exception as error:  # a part that fails costs no other
                traceback.print_exc()
                self.texts[title] = (
                    f"FAILED: {type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"
                )
            succeeded &= "FAILED" not in self.texts[title]
            seconds = time.perf_counter() - start
            print(f"{self.texts[title]}\n\n({seconds:.0f} s)", flush=True)
            self.texts[title] += f"\n\nThis part took {seconds:.0f} s."
            if self.path:
                body = "\n\n".join(f"## {TITLES[name]}\n\n{text}" for name, text in self.texts.items())
                self.path.write_text(f"{head}\n\n{body}\n", encoding="utf-8")
        return succeeded


def table(header: list[str], rows: list[list[str]]) -> str:
    """A Markdown table; the first column is text, the others numbers."""
    lines = [header, ["---"] + ["---:"] * (len(header) - 1), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def checks(device: torch.device) -> str:
    """Each test with what was found and what is allowed."""
    rows = []
    for name, check in gpu_checks.checks(device):
        try:
            found, allowed = check()
            verdict = "passed" if found <= allowed else "FAILED"
            rows.append([name, f"{found:.1e}", f"{allowed:.0e}", verdict])
        except Exception as error:
            traceback.print_exc()
            rows.append([name, "", "", f"FAILED: {type(error).__name__}"])
        print(rows[-1], flush=True)
    return table(["test", "largest relative difference", "allowed", ""], rows)


def steps(device: torch.device, quick: bool) -> str:
    """A training step of order 0 and 2 against cuDNN's nn.LSTM, at the paper's sizes."""
    shapes = gpu_steps.TINY if quick else gpu_steps.SHAPES
    return "\n\n".join(
        [STEPS, *(_steps_of(f"{name}, {shape}", shape, device, quick) for name, shape in shapes.items())]
    )


STEPS = """Forward, loss on the last frame, backward, AdamW; float32 without TF32. Medians of the rounds, in which all
are timed one after the other. The ratio is a seed's time to the faster nn.LSTM's."""


def _steps_of(title: str, shape: gpu_steps.Shape, device: torch.device, quick: bool) -> str:
    graphs = device.type == "cuda"
    contenders = {"nn.LSTM, eager": gpu_steps.lstm_step(shape, device)}
    if graphs:
        contenders["nn.LSTM, CUDA graph"] = gpu_steps.captured(gpu_steps.lstm_step(shape, device))
    seeds = dict.fromkeys(contenders, 1)
    for order in ORDERS:
        for count in SEEDS[: 2 if quick else None]:
            name = f"order {order}, {count} seed{'s' * (count > 1)}"
            step = gpu_steps.drnn_step(shape, order, count, device)
            contenders[name], seeds[name] = gpu_steps.captured(step) if graphs else step, count
            print(name, "is ready", flush=True)
    times = gpu_steps.interleaved(contenders, device, rounds=2 if quick else 7, seconds=0.01 if quick else 0.1)
    best = min(times[name] for name in contenders if name.startswith("nn.LSTM"))
    rows = [
        [name, f"{ms:.3f}", f"{ms / seeds[name]:.3f}", f"{ms / seeds[name] / best:.2f}"] for name, ms in times.items()
    ]
    return table([title, "ms a step", "ms a seed", "ratio"], rows)


def tf32(device: torch.device, quick: bool) -> str:
    """The same with TF32 products."""
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = True
    try:
        return f"{TF32}\n\n{steps(device, quick)}"
    finally:
        devices.prepare(device)


TF32 = "What TF32 products would give; no result of this project uses them. Otherwise as above."


def trainings(device: torch.device, quick: bool) -> str:
    """Ten seeds of the recipe `tuned` on synthetic skeletons, and some of them on the CPU."""
    sizes = {"hidden": 8, "epochs": 3, "subjects": 2, "repetitions": 1} if quick else FULL
    cases = [gpu_trainings.Case(order, **sizes) for order in ORDERS]
    seeds, compared = range(2 if quick else 10), range(1 if quick else 5)
    rows = []
    for case in cases:
        found = gpu_trainings.on_device(case, seeds, device)
        memory = f"{found.held / 2**20:.0f}" if found.held else "not measured"
        accuracies = " ".join(f"{value:.1f}" for value in found.accuracies)
        cells = [f"{statistics.mean(found.accuracies):.2f}", accuracies, f"{statistics.mean(found.losses):.3f}"]
        rows.append([f"order {case.order}, {len(seeds)} seeds in a block", *cells, f"{found.seconds:.1f}"])
        rows[-1] += [memory, f"{found.bound / 2**20:.0f}"]
        print(rows[-1], flush=True)
    for case, results in gpu_trainings.all_on_cpu(cases, compared).items():
        accuracies, losses, seconds = zip(*results, strict=True)
        cells = [f"{statistics.mean(accuracies):.2f}", " ".join(f"{value:.1f}" for value in accuracies)]
        cells += [f"{statistics.mean(losses):.3f}", f"{statistics.median(seconds):.1f} each", "", ""]
        rows.append([f"order {case.order}, the first {len(compared)} on the CPU, each alone", *cells])
    header = ["", "test accuracy, mean", "by seed", "last loss, mean", "s", "peak MiB", "bound MiB"]
    return f"{TRAININGS.format(data=cases[0].data.words, **sizes)}\n\n{table(header, rows)}"


FULL = {"hidden": gpu_data.HIDDEN["tuned"], "epochs": gpu_data.TUNED["epochs"], "subjects": 10, "repetitions": 3}
TRAININGS = """The recipe `tuned`, {hidden} units, {epochs} epochs, on {data}. A block's seconds hold all its trainings,
graphs included, and no reading of files; the peak is of tensors that torch held, and the bound that of
`drnn.training.block_memory`. Trainings whose products differ in the last bit drift apart: means can be compared."""


def record(device: torch.device, quick: bool) -> str:
    """What the record's trainings would take, by a few epochs of each kind."""
    rows, total, count = [], 0.0, 0
    kinds = gpu_trainings.RECORD
    for kind in [kind._replace(seeds=1) for kind in kinds[::5]] if quick else kinds:
        start, epoch = gpu_trainings.seconds_of(kind, device, hidden=8 if quick else None)
        epochs = gpu_data.recipe(kind.recipe).epochs
        seconds = kind.blocks * (start + epochs * epoch)
        total, count = total + seconds, count + kind.trainings
        cells = [str(kind.blocks), str(kind.seeds), f"{start:.2f}", f"{1e3 * epoch:.1f}", f"{seconds:.1f}"]
        rows.append([kind.words, *cells])
        print(rows[-1], flush=True)
    rows.append([f"**computed: {count} trainings**", "", "", "", "", f"**{total:.0f}**"])
    header = ["", "blocks", "seeds of each", "start, s", "epoch, ms", "all, s"]
    return f"{RECORD.format(count=count)}\n\n{table(header, rows)}"


RECORD = """Computed, not run: each kind's blocks times its start and its epochs, of which six are measured. The
sequences are as many and as long as MSR Action3D's training sequences, their features any numbers. Of the record's 220
trainings {count} are those that a block takes; the others (torch's LSTM and GRU) and each job's start-up and reading
are not in it."""


def profile(device: torch.device, quick: bool) -> str:
    """The kernels of a step."""
    from torch.profiler import ProfilerActivity
    from torch.profiler import profile as profiled

    texts = []
    for name, shape in (gpu_steps.TINY if quick else gpu_steps.SHAPES).items():
        for count in (1, 20):
            step = gpu_steps.drnn_step(shape, 2, count, device)
            step()
            activities = [ProfilerActivity.CUDA] if device.type == "cuda" else [ProfilerActivity.CPU]
            with profiled(activities=activities) as found:
                step()
                if device.type == "cuda":
                    torch.cuda.synchronize()
            events = sorted(found.key_averages(), key=lambda e: -(e.self_device_time_total or e.self_cpu_time_total))[
                :14
            ]
            rows = [
                [e.key[:90].replace("|", "/"), str(e.count), f"{e.self_device_time_total or e.self_cpu_time_total:.0f}"]
                for e in events
            ]
            texts.append(table([f"{name}, order 2, {count} seeds", "calls", "µs"], rows))
    return "\n\n".join(texts)


def machine(device: torch.device, revision: str) -> str:
    """Device, versions and revision in words."""
    words = f"{devices.describe(device)}; torch {torch.__version__}"
    if device.type == "cuda":
        properties = torch.cuda.get_device_properties(device)
        words += f", CUDA {torch.version.cuda}, {properties.total_memory / 2**30:.0f} GiB"
    return f"{words}; revision {revision}"


def main() -> None:
    """Run the parts that are asked for and write the page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, help="file for the page")
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--quick", action="store_true", help="small sizes and few rounds")
    parser.add_argument("--revision", default="unknown", help="of the repository, where there may be no git")
    parser.add_argument("--parts", nargs="*", help="which parts; default: all but the profile")
    told = parser.parse_args()
    device = devices.choose(told.device)
    devices.prepare(device)
    parts = {
        "tests": lambda: checks(device),
        "steps": lambda: steps(device, told.quick),
        "trainings": lambda: trainings(device, told.quick),
        "record": lambda: record(device, told.quick),
        "tf32": lambda: tf32(device, told.quick),
        "profile": lambda: profile(device, told.quick),
    }
    chosen = told.parts or [name for name in parts if name != "profile"]
    command = " ".join(["python", *sys.argv])
    head = HEAD.format(command=command, date=date.today(), machine=machine(device, told.revision))
    if device.type != "cuda":
        head += "\n\n**A run on a CPU: it shows that the code runs, and nothing about a GPU.**"
    print(head, flush=True)
    if not Page(told.out, parts).run(head, chosen):
        sys.exit(1)


HEAD = """# On a GPU

Measured by `{command}` on {date}: {machine}."""

if __name__ == "__main__":
    main()
