"""The command `cash-town`: finds the command, and turns every error into one clear line."""

import errno
import importlib
import os
import sys
from typing import Final

import click

from engine import __version__
from engine.model.problem import CashTownError

COMMANDS: Final = {
    "run": "replay the embedded simulated market, or candle files, on paper",
    "backtest": "replay candle files with a full summary",
    "why": "explain one decision, step by step",
    "report": "write a run as one HTML page: figures, charts, reasons",
    "watch": "show a running session live",
    "show": "list runs, trades, decisions, positions, equity of the ledger",
    "ledger": "check, prune or export the ledger",
    "validate": "check the configuration, every problem with its place",
    "functions": "list what expressions may call",
    "lookahead": "prove that signals do not read the future",
}
"""Every command, in the order of help; the file engine/commands/<name>.py holds <name>_command."""

PROBLEM_EXIT: Final = 2
INTERRUPTED_EXIT: Final = 130
BUG_EXIT: Final = 70


class _Commands(click.Group):
    """Loads a command's module only when that command is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"engine.commands.{cmd_name}")
        command = getattr(module, f"{cmd_name}_command")
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="cash-town")
def cash_town() -> None:
    """Trades crypto perpetuals by rules that are data. Paper by default: nothing here spends money.

    Begin with `cash-town run`.
    """


def main() -> None:
    """Runs the command line; exit codes: 0 done, 1 problems found, 2 could not run, 130 interrupted."""
    try:
        code = cash_town.main(prog_name="cash-town", standalone_mode=False)
        sys.exit(code if isinstance(code, int) else 0)
    except CashTownError as error:
        _tell(f"cash-town: {error}")
        for problem in error.problems[1:]:
            _tell(str(problem))
        sys.exit(PROBLEM_EXIT)
    except click.ClickException as error:
        _tell(f"cash-town: {error.format_message()}")
        sys.exit(PROBLEM_EXIT)
    except (KeyboardInterrupt, click.Abort):
        _tell("cash-town: interrupted")
        sys.exit(INTERRUPTED_EXIT)
    except BrokenPipeError:
        # The reader (head, less) has seen enough; what Python flushes at exit must not complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except OSError as error:
        if error.errno != errno.ENOSPC:
            _tell(f"cash-town: this is a bug: {type(error).__name__}: {error}{_report(error)}")
            sys.exit(BUG_EXIT)
        _tell(f"cash-town: the disk is full: {error}")
        sys.exit(PROBLEM_EXIT)
    except Exception as error:
        _tell(f"cash-town: this is a bug: {type(error).__name__}: {error}{_report(error)}")
        sys.exit(BUG_EXIT)


def _tell(line: str) -> None:
    print(line, file=sys.stderr)


def _report(error: Exception) -> str:
    """Writes the traceback where it helps and does not frighten; says where."""
    import tempfile
    import traceback

    try:
        with tempfile.NamedTemporaryFile(
            "w", prefix="cash-town-bug-", suffix=".txt", delete=False, encoding="utf-8"
        ) as report:
            report.writelines(traceback.format_exception(error))
        return f" (details: {report.name})"
    except OSError:
        return ""


if __name__ == "__main__":
    main()
