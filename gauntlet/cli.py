"""The command line: parse, then hand over to one function per command. Data goes to stdout, talk to stderr.

Imports inside the commands keep `gauntlet --help` quick.
"""

from __future__ import annotations

import signal
import sys
import traceback
from pathlib import Path
from types import FrameType
from typing import Annotated, NoReturn

import typer
from rich.console import Console

from gauntlet.cli_evidence import CERTIFIED, REPLAYED, TRACED, VERIFIED, certify, pass_gate, replay, trace, verify
from gauntlet.cli_load import PLAIN_COMPARISON, compare, load
from gauntlet.cli_options import (
    OUT,
    VERDICTS,
    BaselineOption,
    ChaosSeedOption,
    FullOption,
    GateOption,
    JsonOption,
    LabsOption,
    NewOnlyOption,
    OnlyOption,
    OutOption,
    SeedOption,
    TargetArgument,
    command_line,
)
from gauntlet.console import say
from gauntlet.errors import GauntletError, ProcessLost, SetupError, UsageError
from gauntlet.verdict import ExitCode

_PLAIN = "Exit codes: 0 done, 2 usage or configuration, 4 harness error."
app = typer.Typer(
    name="gauntlet",
    help="Prove whether an EHR integration gateway is fit: conformance, faults and load, judged from every side.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    add_completion=False,
    epilog=VERDICTS,
)
_stderr = Console(stderr=True)

_INTERRUPTED = 130  # what Typer makes of Ctrl-C


@app.command(epilog=VERDICTS)
def demo(
    target: Annotated[Path, typer.Option("--target", help="Target file in place of the reference gateway's.")] = Path(
        "reference"
    ),
    out: OutOption = OUT,
    labs: LabsOption = None,
) -> None:
    """Run everything against the bundled reference gateway and print where the report is.

    Example: gauntlet demo
    """
    from gauntlet.commands.run import run_and_report

    run_and_report(target, out, command=command_line(), stderr=_stderr, labs=labs)


@app.command(epilog=VERDICTS)
def run(
    target: TargetArgument,
    only: OnlyOption = None,
    seed: SeedOption = None,
    chaos_seed: ChaosSeedOption = None,
    gate: GateOption = False,
    baseline: BaselineOption = None,
    new_failures_only: NewOnlyOption = False,
    full: FullOption = False,
    out: OutOption = OUT,
    labs: LabsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Run the checks against a gateway and judge it; with --gate as a pipeline needs it (docs/gate.md).

    Example: gauntlet run my-gateway.toml --only AUT --only CON-06
    """
    from gauntlet.commands.run import run_and_report

    options = {"only": tuple(only or ()), "seed": seed, "chaos_seed": chaos_seed, "labs": labs}
    if gate:
        pass_gate(target, out, (baseline, new_failures_only, full, as_json), _stderr, options)
        return
    if baseline or new_failures_only or full:
        raise UsageError("--baseline, --new-failures-only and --full belong to --gate")
    run_and_report(target, out, command=command_line(), stderr=_stderr, as_json=as_json, **options)


app.command(epilog=VERDICTS)(load)
app.command(epilog=PLAIN_COMPARISON)(compare)
app.command(epilog=CERTIFIED)(certify)
app.command(epilog=VERIFIED)(verify)
app.command(epilog=REPLAYED)(replay)
app.command(epilog=TRACED)(trace)


@app.command(epilog="Exit codes: 0 everything is wired up, 2 something has to be put right, 4 harness error.")
def doctor(target: TargetArgument, out: OutOption = OUT) -> None:
    """Check the wiring before a run: configuration errors, told apart from conformance.

    Example: gauntlet doctor my-gateway.toml
    """
    from gauntlet.commands.doctor import examine_target

    raise typer.Exit(examine_target(target, out, _stderr))


@app.command(epilog=_PLAIN)
def init(
    file: Annotated[Path, typer.Argument(help="Target file to write.")] = Path("gauntlet.toml"),
) -> None:
    """Write a commented target file to start from.

    Example: gauntlet init my-gateway.toml
    """
    from gauntlet.commands.init import write_target_file

    write_target_file(file)
    _stderr.print(f"wrote {file}; next: gauntlet doctor {file}", highlight=False, soft_wrap=True)


@app.command(epilog=_PLAIN)
def serve(
    vendor: Annotated[str, typer.Argument(help="Vendor of the mock EHR: epic or allscripts.")] = "epic",
    patients: Annotated[int, typer.Option("--patients", help="Size of the population.", min=1)] = 1000,
    seed: SeedOption = None,
    port: Annotated[int, typer.Option("--port", help="Port of the EHR; 0 takes a free one.", min=0, max=65535)] = 0,
    fault: Annotated[
        list[str] | None, typer.Option("--fault", help="Fault to arm: see `gauntlet catalog faults`, or a file.")
    ] = None,
    quirk: Annotated[list[str] | None, typer.Option("--quirk", help="NAME=VALUE: change a habit.")] = None,
    instance: Annotated[str, typer.Option("--instance", help="Name of the site in its addresses.")] = "",
    key: Annotated[Path | None, typer.Option("--key", help="Client's private JWK; written when not there.")] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No line for each request.")] = False,
) -> None:
    """Serve a mock EHR with a ready client until Ctrl-C.

    Example: gauntlet serve epic --patients 100000 --fault storm-429
    """
    from gauntlet.commands.serve import Order, serve_ehr

    habits = tuple(quirk or ())
    serve_ehr(Order(vendor, patients, seed, port, tuple(fault or ()), habits, instance, key, quiet), _stderr)


@app.command(epilog=_PLAIN)
def generate(
    destination: Annotated[
        Path, typer.Argument(help="File to write (ndjson, hl7v2), or folder with a file a chart (the others).")
    ],
    patients: Annotated[int, typer.Option("--patients", help="How many charts.", min=1, max=10_000_000)] = 100,
    seed: SeedOption = None,
    layout: Annotated[
        str, typer.Option("--format", help="ndjson, transaction, collection, hl7v2 or unity.")
    ] = "ndjson",
    edge_cases: Annotated[
        float | None,
        typer.Option(
            "--edge-cases", help="Share of charts that carry an edge case.", metavar="SHARE", min=0.0, max=1.0
        ),
    ] = None,
    case: Annotated[
        list[str] | None,
        typer.Option("--case", help="Only this edge case; may be repeated. Alone: in every chart.", metavar="NAME"),
    ] = None,
) -> None:
    """Write synthetic charts; an interrupted folder is completed by the same command.

    Example: gauntlet generate charts.ndjson --patients 1000 --seed 7 --edge-cases 0.2
    """
    from gauntlet.commands.generate import generate_charts

    generate_charts(
        destination,
        patients=patients,
        seed=seed,
        layout=layout,
        stderr=_stderr,
        edge_cases=edge_cases,
        cases=tuple(case or ()),
    )


@app.command(epilog=_PLAIN)
def catalog(
    kind: Annotated[
        str, typer.Argument(help="requirements, checks, defects, profiles, faults, load or edge-cases.")
    ] = "requirements",
    as_json: JsonOption = False,
) -> None:
    """List what there is to check.

    Example: gauntlet catalog checks
    """
    from gauntlet.commands.catalog import catalog_lines

    sys.stdout.write(catalog_lines(kind, as_json=as_json) + "\n")


@app.command(epilog=_PLAIN)
def explain(
    name: Annotated[str, typer.Argument(help="Requirement id, beginning of a check id, or defect.")],
) -> None:
    """Say what a requirement, check or defect means and where it comes from.

    Example: gauntlet explain RES-01
    """
    from gauntlet.commands.catalog import explain as explanation

    sys.stdout.write(explanation(name) + "\n")


@app.command(
    epilog="Exit codes: 0 every check bites, 1 one does not, or many others fail, 2 usage or configuration,"
    " 4 harness error."
)
def teeth(
    only: OnlyOption = None,
    whole: Annotated[bool, typer.Option("--all", help="Every check against every defect (many hours).")] = False,
    quick: Annotated[
        bool, typer.Option("--quick", help="The quick selection against every defect, too (some hours).")
    ] = False,
    shard: Annotated[
        str | None,
        typer.Option("--shard", help="One part of the defects, as 3/40: for several machines.", metavar="K/N"),
    ] = None,
    join: Annotated[
        list[Path] | None,
        typer.Option("--join", help="Run nothing: join matrix.json of parts; may be repeated.", metavar="FILE"),
    ] = None,
    jobs: Annotated[int, typer.Option("--jobs", help="Labs side by side.", min=1, max=16)] = 2,
    out: OutOption = OUT,
    as_json: JsonOption = False,
) -> None:
    """Prove that the checks can fail: run each against the defects of the reference gateway that it names.

    Example: gauntlet teeth --only AUT
    """
    from gauntlet.commands.teeth import Wanted, join_teeth, show_teeth

    if join:
        raise typer.Exit(join_teeth(join, out, as_json=as_json))
    wanted = Wanted(tuple(only or ()), whole, quick, shard, jobs, out, as_json)
    raise typer.Exit(show_teeth(wanted, _stderr))


def main() -> NoReturn:
    """Run the command line; every error of ours ends in one message, a hint, and the right exit code.

    Python and Typer end with 1 when they crash or lose their reader. Here 1 says that a gateway is non-conformant, so
    nothing but a verdict may return it.
    """
    for name in ("SIGTERM", "SIGHUP"):
        if (number := getattr(signal, name, None)) and signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _interrupt)
    try:
        app(prog_name="gauntlet")
    except GauntletError as error:
        _stderr.print("error: ", style="bold red", end="")
        say(_stderr, str(error))
        code = _exit_code(error)
    except (KeyboardInterrupt, SystemExit) as end:
        if isinstance(end, SystemExit) and end.code != _INTERRUPTED:
            sys.exit(ExitCode.INCONCLUSIVE if isinstance(end.__context__, BrokenPipeError) else end.code)
        _stderr.print("interrupted; everything that was started has been ended")
        code = ExitCode.INCONCLUSIVE
    except Exception:  # noqa: BLE001 - whatever it is, it is not the gateway's
        say(_stderr, traceback.format_exc())
        _stderr.print("error: this is a fault of Gauntlet itself, not of the gateway", style="bold red")
        code = ExitCode.HARNESS_ERROR
    else:
        code = ExitCode.CONFORMANT
    sys.exit(code)


def _interrupt(number: int, _frame: FrameType | None) -> NoReturn:
    """End the run as Ctrl-C does: in order, with a report of what was found."""
    raise KeyboardInterrupt(f"ended from outside by {signal.Signals(number).name}")


def _exit_code(error: GauntletError) -> int:
    if isinstance(error, ProcessLost):
        return ExitCode.INCONCLUSIVE
    return ExitCode.USAGE if isinstance(error, UsageError | SetupError) else ExitCode.HARNESS_ERROR
