"""`kiseki registry webhooks`: who is told of what happens in the registry."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from kiseki.cli.connection import collect, connect, json_option, tell_of_more, tracking_uri_option
from kiseki.cli.table import Column, cell, moment, print_json, print_table, quoted

if TYPE_CHECKING:
    from kiseki.entities import Webhook

_STATUSES = ("ACTIVE", "DISABLED")


@click.group()
def webhooks() -> None:
    """Tell other programs of what happens in the registry."""


@webhooks.command("list")
@json_option
@tracking_uri_option
def list_(as_json: bool, tracking_uri: str | None) -> None:
    """List webhooks, the latest created first."""
    client = connect(tracking_uri)
    found, _ = collect(client.list_webhooks, 0)
    if as_json:
        print_json([_plain(one) for one in found])
    elif found:
        columns = [
            Column(title="ID", whole=True),
            Column(title="NAME"),
            Column(title="STATUS", whole=True),
            Column(title="URL", least=20),
            Column(title="EVENTS", optional=True),
        ]
        rows = ([one.webhook_id, one.name, one.status, one.url, ", ".join(map(str, one.events))] for one in found)
        print_table(columns, rows)
    else:
        click.echo(f"No webhooks found at {cell(client.registry_uri)}.", err=True)


@webhooks.command("create")
@click.argument("name")
@click.argument("url")
@click.option(
    "-e",
    "--event",
    "events",
    multiple=True,
    required=True,
    metavar="EVENT",
    help="What it is told of, such as model_version.created; may be given repeatedly.",
)
@click.option("-d", "--description", metavar="TEXT", help="What to say of it.")
@click.option(
    "--secret",
    envvar=["KISEKI_WEBHOOK_SECRET"],
    show_envvar=True,
    metavar="TEXT",
    help="Messages are signed with it. Better given in the environment than on the command line.",
)
@click.option("--disabled", is_flag=True, help="It is told of nothing until it is made active.")
@json_option
@tracking_uri_option
def create(
    name: str,
    url: str,
    events: tuple[str, ...],
    description: str | None,
    secret: str | None,
    disabled: bool,
    as_json: bool,
    tracking_uri: str | None,
) -> None:
    """Add a webhook: an https:// address that is told of events, while a server runs."""
    status = "DISABLED" if disabled else "ACTIVE"
    made = connect(tracking_uri).create_webhook(name, url, list(events), description, secret, status)
    _tell(made, as_json, f"Added the webhook {quoted(name)} with id {made.webhook_id}.")


@webhooks.command("update")
@click.argument("webhook_id")
@click.option("--name", metavar="NAME", help="What it is called.")
@click.option("--url", metavar="URL", help="Where messages go.")
@click.option("-e", "--event", "events", multiple=True, metavar="EVENT", help="What it is told of, instead of before.")
@click.option("-d", "--description", metavar="TEXT", help="What to say of it.")
@click.option(
    "--secret", envvar=["KISEKI_WEBHOOK_SECRET"], show_envvar=True, metavar="TEXT", help='Another secret; "" for none.'
)
@click.option("--status", type=click.Choice(_STATUSES, case_sensitive=False), help="Whether it is told of anything.")
@json_option
@tracking_uri_option
def update(
    webhook_id: str,
    name: str | None,
    url: str | None,
    events: tuple[str, ...],
    description: str | None,
    secret: str | None,
    status: str | None,
    as_json: bool,
    tracking_uri: str | None,
) -> None:
    """Change a webhook; what is not given stays."""
    client = connect(tracking_uri)
    changed = client.update_webhook(webhook_id, name, description, url, list(events) or None, secret, status)
    _tell(changed, as_json, f"Changed the webhook {quoted(changed.name)}.")


@webhooks.command("delete")
@click.argument("webhook_id")
@json_option
@tracking_uri_option
def delete(webhook_id: str, as_json: bool, tracking_uri: str | None) -> None:
    """Delete a webhook, and what is on its way to it."""
    connect(tracking_uri).delete_webhook(webhook_id)
    if as_json:
        print_json({"webhook_id": webhook_id, "deleted": True})
    else:
        click.echo(f"Deleted the webhook {cell(webhook_id)}.")


@webhooks.command("test")
@click.argument("webhook_id")
@click.option("-e", "--event", metavar="EVENT", help="An example of this; by default of the first that it is told of.")
@json_option
@tracking_uri_option
def test(webhook_id: str, event: str | None, as_json: bool, tracking_uri: str | None) -> None:
    """Send an example to a webhook; ends with 1 when it was not taken."""
    found = connect(tracking_uri).test_webhook(webhook_id, event)
    if as_json:
        print_json(found.to_dictionary())
    elif found.success:
        click.echo(f"It was taken, with status {found.response_status}.")
    else:
        reason = found.error_message or f"status {found.response_status}"
        click.echo(f"It was not taken: {cell(reason)}")
    if not found.success:
        click.get_current_context().exit(1)


@webhooks.command("deliveries")
@click.argument("webhook_id")
@click.option(
    "--status",
    type=click.Choice(["PENDING", "DELIVERED", "FAILED"], case_sensitive=False),
    help="Only messages with this status.",
)
@click.option(
    "--max-results", type=click.IntRange(0), default=100, show_default=True, help="Show at most so many; 0 for all."
)
@json_option
@tracking_uri_option
def deliveries(webhook_id: str, status: str | None, max_results: int, as_json: bool, tracking_uri: str | None) -> None:
    """List the messages to a webhook of the last 30 days, the latest first, with what became of them."""
    client = connect(tracking_uri)
    found, more = collect(
        lambda count, token: client.list_webhook_deliveries(webhook_id, status, count, token), max_results
    )
    if as_json:
        print_json([one.to_dictionary() for one in found])
    elif found:
        columns = [
            Column(title="DELIVERY", whole=True),
            Column(title="WHEN", whole=True),
            Column(title="EVENT"),
            Column(title="STATUS", whole=True),
            Column(title="TRIES", right=True),
            Column(title="ANSWER", right=True),
            Column(title="ERROR", optional=True),
        ]
        print_table(
            columns,
            (
                [
                    one.delivery_id,
                    moment(one.creation_timestamp),
                    one.event,
                    one.status,
                    one.attempts,
                    one.response_status,
                    one.error,
                ]
                for one in found
            ),
        )
    else:
        click.echo("There are no messages.", err=True)
    tell_of_more(more, max_results)


def _tell(webhook: Webhook, as_json: bool, sentence: str) -> None:
    if as_json:
        print_json(_plain(webhook))
    else:
        click.echo(sentence)


def _plain(webhook: Webhook) -> dict[str, object]:
    """A webhook with its events as the texts that commands take, and without what nobody is told."""
    found = webhook.to_dictionary()
    del found["secret"]
    return found | {"events": [str(one) for one in webhook.events]}
