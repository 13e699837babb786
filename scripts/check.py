"""Everything that must hold before a change lands: `make check`, and exactly what CI runs.

    python scripts/check.py              all steps
    python scripts/check.py types floors these steps only

Steps that need a tool run as processes, two at a time; the house's own rules run here, in
milliseconds. Every step runs even when one fails, so that one run shows all there is to mend.
Exit status: 0 when all hold, 1 when one does not, 2 when asked for a step that is not there.
"""

import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

import house

ROOT = house.ROOT
STEPS_AT_ONCE = 2
STEP_S_MAX = 300.0
SAID_LINES_MAX = 60
CODE = ("src", "tests", "scripts")


@dataclass(frozen=True, kw_only=True)
class Step:
    """One thing that must hold. Without a command it is the house rule of the same name."""

    name: str
    title: str
    command: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What a step said. `seconds` is wall time, others running beside it."""

    step: Step
    held: bool
    seconds: float
    said: str


def _python(*arguments: str) -> tuple[str, ...]:
    return (sys.executable, *arguments)


# The longest first, so that the second place is never left waiting for it at the end.
STEPS = (
    Step(name="types", title="mypy, strict", command=_python("-m", "mypy", *CODE)),
    Step(
        name="migrations",
        title="models and migrations agree",
        command=_python(
            *("-W", "ignore::RuntimeWarning", "-m", "django", "makemigrations"),
            *("--check", "--dry-run", "--settings", "daoda.config.settings"),
        ),
    ),
    Step(
        name="floors",
        title="imports point down",
        command=(str(Path(sys.executable).with_name("lint-imports")), "--no-logo"),
    ),
    Step(
        name="lint",
        title="ruff",
        command=_python("-m", "ruff", "check", "--output-format=concise", *CODE),
    ),
    Step(
        name="format",
        title="ruff format",
        command=_python("-m", "ruff", "format", "--check", "--output-format=concise", *CODE),
    ),
    Step(name="budgets", title="functions of 70 lines, modules of 400"),
    Step(name="purity", title="rules, states and roles are pure"),
    Step(name="shape", title="packages hold the known names"),
    Step(name="vocabulary", title="no empty comfort on any page"),
    Step(name="hosts", title="no registry and no machine named"),
    Step(name="messages", title="translations complete and compiled"),
)


def main(arguments: list[str]) -> int:
    """Run the named steps, all without names, and say how each went."""
    unknown = set(arguments) - {step.name for step in STEPS}
    if unknown:
        print(f"no such step: {', '.join(sorted(unknown))}", file=sys.stderr)
        print(f"steps: {', '.join(step.name for step in STEPS)}", file=sys.stderr)
        return 2
    began = time.monotonic()
    chosen = [step for step in STEPS if not arguments or step.name in arguments]
    failed = []
    with ThreadPoolExecutor(max_workers=STEPS_AT_ONCE) as pool:
        for future in as_completed([pool.submit(_outcome, step) for step in chosen]):
            outcome = future.result()
            _tell(outcome)
            if not outcome.held:
                failed.append(outcome.step.name)
    seconds = time.monotonic() - began
    if failed:
        print(f"\n{len(failed)} of {len(chosen)} fail: {', '.join(failed)} ({seconds:.0f} s)")
        return 1
    print(f"\nall {len(chosen)} hold ({seconds:.0f} s)")
    return 0


def _outcome(step: Step) -> Outcome:
    began = time.monotonic()
    held, said = _run(step) if step.command else _read(step)
    return Outcome(step=step, held=held, seconds=time.monotonic() - began, said=said)


def _run(step: Step) -> tuple[bool, str]:
    try:
        done = subprocess.run(
            step.command,
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=STEP_S_MAX,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return False, f"gave no answer within {STEP_S_MAX:.0f} s"
    return done.returncode == 0, done.stdout.strip()


def _read(step: Step) -> tuple[bool, str]:
    try:
        findings = list(house.RULES[step.name]())
    except SyntaxError as problem:
        findings = [f"{problem.filename}:{problem.lineno}: {problem.msg}"]
    return not findings, "\n".join(findings)


def _tell(outcome: Outcome) -> None:
    mark = "ok  " if outcome.held else "FAIL"
    print(f"{mark} {outcome.step.name:<11} {outcome.step.title:<40} {outcome.seconds:5.1f} s")
    lines = [] if outcome.held else outcome.said.splitlines()
    for line in lines[:SAID_LINES_MAX]:
        print(f"     {line}")
    if len(lines) > SAID_LINES_MAX:
        print(f"     … and {len(lines) - SAID_LINES_MAX} lines more")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
