"""`kiseki completion`."""

from __future__ import annotations

import click


@click.command("completion", short_help="Print the completion script of a shell.")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print the script that completes kiseki's commands and options in a shell.

    \b
    bash:  eval "$(kiseki completion bash)"    in ~/.bashrc
    zsh:   eval "$(kiseki completion zsh)"     in ~/.zshrc
    fish:  kiseki completion fish | source     in ~/.config/fish/config.fish
    """  # noqa: D301 - click's mark for lines that it must not join
    from click.shell_completion import get_completion_class

    known = get_completion_class(shell)
    assert known is not None
    click.echo(known(context.find_root().command, {}, "kiseki", "_KISEKI_COMPLETE").source())
