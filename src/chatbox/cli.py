"""The command line: `chatbox serve | migrate | doctor | models | user | storage | contract`."""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Annotated, Literal

import typer
from pydantic import ValidationError

from chatbox.settings import Settings

app = typer.Typer(
    no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help="A self-hosted AI chat server."
)
models_app = typer.Typer(no_args_is_help=True, help="The models that run on this machine.")
app.add_typer(models_app, name="models")
user_app = typer.Typer(no_args_is_help=True, help="Accounts, from the machine itself.")
app.add_typer(user_app, name="user")
storage_app = typer.Typer(no_args_is_help=True, help="Where the bytes of files are kept.")
app.add_typer(storage_app, name="storage")

_SHORTEST_PASSWORD = 8
_AFTER_A_MOVE = {
    "s3": "The server keeps files in the bucket as long as CHATBOX_S3_BUCKET is set.",
    "local": "Remove CHATBOX_S3_BUCKET from the settings, and the server keeps files in its data folder.",
}


def _settings() -> Settings:
    try:
        return Settings()
    except ValidationError as error:
        for item in error.errors():
            name = "CHATBOX_" + "_".join(str(step) for step in item["loc"]).upper()
            typer.echo(f"{name}: {item['msg']}", err=True)
        raise typer.Exit(2) from error


# The commands import what they need when they run: `chatbox models pull` must not wait for a web server's imports.


@app.command()
def serve() -> None:
    """Serve the app until told to stop (Ctrl-C, SIGTERM)."""
    settings = _settings()
    from chatbox.serving import serve as serve_forever

    typer.echo(f"Chatbox is starting on http://{settings.host}:{settings.port} (data in {settings.data_dir})", err=True)
    if not serve_forever(settings):
        typer.echo("Chatbox could not start; the lines above say why. `chatbox doctor` looks for the cause.", err=True)
        raise typer.Exit(1)


@app.command()
def migrate() -> None:
    """Bring the database to the newest shape and stop."""
    from chatbox.database import database_url
    from chatbox.migrations.migrate import migrate as run

    async def work() -> tuple[str, str]:
        async with AsyncExitStack() as stack:
            return await run(await database_url(_settings(), stack))

    before, now = asyncio.run(work())
    typer.echo(f"The database is at {now}." if before == now else f"Migrated from {before or 'empty'} to {now}.")


@app.command()
def doctor() -> None:
    """Say what works and what does not on this machine."""
    from chatbox.doctor import examine

    findings = asyncio.run(examine(_settings()))
    for finding in findings:
        typer.echo(
            f"{'ok  ' if finding.is_fine else 'FAIL' if finding.is_serious else 'note'}  {finding.what}: {finding.says}"
        )
    if any(finding.is_serious and not finding.is_fine for finding in findings):
        raise typer.Exit(1)


@app.command()
def contract(path: Annotated[Path, typer.Argument(help="Where to write the OpenAPI document.")]) -> None:
    """Write the wire contract, from which the page's types are made."""
    from chatbox.contract import write_contract

    write_contract(path)


@user_app.command("reset-password")
def reset_password(
    email: Annotated[str, typer.Argument(help="The account's e-mail address.")],
    password: Annotated[str, typer.Option(prompt=True, hide_input=True, confirmation_prompt=True)],
) -> None:
    """Give an account a new password and end all its sign-ins."""
    from chatbox.accounts.passwords import Passwords
    from chatbox.accounts.rescue import reset_password as run
    from chatbox.database import database_url
    from chatbox.kernel.clock import utc_now
    from chatbox.kernel.db import Database

    if len(password) < _SHORTEST_PASSWORD:
        typer.echo(f"The password needs at least {_SHORTEST_PASSWORD} characters.", err=True)
        raise typer.Exit(2)

    passwords = Passwords()

    async def work() -> bool:
        async with AsyncExitStack() as stack:
            stack.callback(passwords.close)
            db = Database(await database_url(_settings(), stack), pool_size=1)
            stack.push_async_callback(db.close)
            return await run(db, passwords, utc_now, email=email, new=password)

    if not asyncio.run(work()):
        typer.echo("There is no account with this address.", err=True)
        raise typer.Exit(1)
    typer.echo("The password is set. All sign-ins of this account have ended.")


class _PercentLine:
    """A line that is written anew for each further percent, not for each piece."""

    _percent = -1

    def show(self, name: str, done: int, total: int, source: str) -> None:
        percent = done * 100 // max(total, 1)
        if percent != self._percent:
            self._percent = percent
            typer.echo(f"\r{name}: {percent:3d} % of {total // 2**20} MB ({source})", nl=False, err=True)


@storage_app.command("move")
def move_files(to: Annotated[Literal["s3", "local"], typer.Option(help="Where everything is copied to.")]) -> None:
    """Copy all files between the data folder and the bucket of S3. Can be interrupted, and run again to go on."""
    from chatbox.kernel.errors import StorageUnavailable
    from chatbox.object_store import BucketUnusable, source_and_target
    from chatbox.storage_move import MoveReport, measure, move

    settings = _settings()
    report = MoveReport()

    async def work() -> None:
        source, target = await source_and_target(settings, to)
        extent = await measure(source)
        with typer.progressbar(length=extent.size, label=f"{extent.objects} files") as bar:
            await move(source, target, report, bar.update)

    stopped = ""
    try:
        asyncio.run(work())
    except KeyboardInterrupt:
        stopped = "Interrupted."
    except StorageUnavailable as error:
        stopped = f"Stopped: {error.reason}"
    except (BucketUnusable, OSError) as error:
        stopped = str(error)
    typer.echo(f"{report}.")
    for problem in report.problems:
        typer.echo(problem, err=True)
    if stopped:
        typer.echo(f"{stopped}\nRun the command again to go on where it ended.", err=True)
    if stopped or report.problems:
        raise typer.Exit(1)
    typer.echo("The originals are still where they were. " + _AFTER_A_MOVE[to])


@storage_app.command("cors")
def allow_pages(
    origins: Annotated[
        list[str] | None, typer.Argument(help="Addresses such as https://chat.example.org; none: the server's own.")
    ] = None,
    replace: Annotated[bool, typer.Option("--replace", help="Put this in the place of rules that are there.")] = False,  # noqa: FBT002 - a switch
) -> None:
    """Let pages at these addresses upload straight into the bucket of S3, by a CORS rule."""
    from chatbox import object_store

    settings = _settings()
    wanted = origins or [object_store.page_origin(settings)]

    async def work() -> str:
        if len(await object_store.allowed_pages(settings, wanted)) == len(wanted):
            return f"The bucket lets pages at {', '.join(wanted)} in already."
        if not await object_store.allow_pages(settings, wanted, replaces=replace):
            raise object_store.BucketUnusable("The bucket has CORS rules already; --replace puts this in their place.")
        return f"The bucket lets pages at {', '.join(wanted)} in from now on."

    try:
        typer.echo(asyncio.run(work()))
    except object_store.BucketUnusable as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error


@models_app.command("pull")
def pull(
    names: Annotated[
        list[str] | None, typer.Argument(help="Names from `chatbox models list`; none: the default one.")
    ] = None,
) -> None:
    """Fetch a built-in model's weights; goes on where an earlier try stopped."""
    from chatbox.providers.weights import WeightsUnavailable, WeightsUnknown
    from chatbox.providers.weights_fetch import pull_models

    try:
        paths = pull_models(_settings().data_dir / "models", names or [], _PercentLine().show)
    except (WeightsUnknown, WeightsUnavailable) as error:
        typer.echo(f"\n{error}", err=True)
        raise typer.Exit(1) from error
    typer.echo("", err=True)
    for path in paths:
        typer.echo(f"Ready: {path.name}")


@models_app.command("list")
def list_models() -> None:
    """The built-in models, and which of them are on this machine."""
    from chatbox.providers.weights import CATALOGUE, installed

    here = {model.name for model in installed(_settings().data_dir / "models")}
    for name, model in CATALOGUE.items():
        state = "installed" if name in here else f"{model.size // 2**20} MB to fetch"
        typer.echo(f"{name}  ({model.licence}, {', '.join(model.languages)})  {state}")
    for name in sorted(here - set(CATALOGUE)):
        typer.echo(f"{name}  (your own file)  installed")


def main() -> None:
    app()


if __name__ == "__main__":
    main()
