"""`kiseki registry`: registered models and their versions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from kiseki.cli.connection import (
    collect,
    connect,
    json_option,
    key_values,
    search_options,
    tags_option,
    tell_of_more,
    tracking_uri_option,
)
from kiseki.cli.registry_moves import alias, lineage, moves, rules, stage
from kiseki.cli.registry_webhooks import webhooks
from kiseki.cli.table import Column, cell, moment, print_fields, print_json, print_table, quoted, size

if TYPE_CHECKING:
    from kiseki.entities import ModelVersion, RegisteredModel


@click.group()
def registry() -> None:
    """Register models, and say which version is used for what."""


for _command in (alias, stage, moves, rules, lineage, webhooks):
    registry.add_command(_command)


# Registered models


@registry.command("list")
@search_options("last_updated_timestamp DESC")
@json_option
@tracking_uri_option
def list_(
    filter_string: str, order_by: tuple[str, ...], max_results: int, as_json: bool, tracking_uri: str | None
) -> None:
    """List registered models by name.

    A filter looks like "name LIKE 'churn%' AND tags.team = 'crm'".
    """
    client = connect(tracking_uri)
    found, more = collect(
        lambda count, token: client.search_registered_models(filter_string, count, list(order_by), token), max_results
    )
    if as_json:
        print_json([one.to_dictionary() for one in found])
    elif found:
        _print_models(found)
    else:
        click.echo(f"No registered models found at {cell(client.registry_uri)}.", err=True)
    tell_of_more(more, max_results)


@registry.command("show")
@click.argument("name")
@json_option
@tracking_uri_option
def show(name: str, as_json: bool, tracking_uri: str | None) -> None:
    """Show a registered model with its aliases and versions."""
    client = connect(tracking_uri)
    found = client.get_registered_model(name)
    if as_json:
        print_json(found.to_dictionary())
        return
    print_fields(
        {
            "Name": found.name,
            "Description": found.description,
            "Created": moment(found.creation_timestamp),
            "Last updated": moment(found.last_updated_timestamp),
        }
    )
    for title, pairs in (("Tags", found.tags), ("Aliases", found.aliases)):
        if pairs:
            click.echo(title)
            print_fields(pairs, indent="  ")
    if found.latest_versions:
        click.echo("Latest version of each stage")
        _print_versions(found.latest_versions)


@registry.command("create")
@click.argument("name")
@click.option("-d", "--description", default="", metavar="TEXT", help="What to say of it.")
@tags_option
@json_option
@tracking_uri_option
def create(name: str, description: str, tags: dict[str, str], as_json: bool, tracking_uri: str | None) -> None:
    """Add a registered model without versions."""
    made = connect(tracking_uri, creates=True).create_registered_model(name, tags, description)
    _tell_model(made, as_json, f"Added the registered model {quoted(name)}.")


@registry.command("rename")
@click.argument("name")
@click.argument("new_name")
@json_option
@tracking_uri_option
def rename(name: str, new_name: str, as_json: bool, tracking_uri: str | None) -> None:
    """Give a registered model and all its versions another name."""
    changed = connect(tracking_uri).rename_registered_model(name, new_name)
    _tell_model(changed, as_json, f"{quoted(name)} is now called {quoted(changed.name)}.")


@registry.command("describe")
@click.argument("name")
@click.argument("description")
@click.option("-V", "--version", metavar="VERSION", help="Of this version instead of the model.")
@json_option
@tracking_uri_option
def describe(name: str, description: str, version: str | None, as_json: bool, tracking_uri: str | None) -> None:
    """Change the description of a registered model or of a version; "" removes it."""
    client = connect(tracking_uri)
    if version is None:
        _tell_model(client.update_registered_model(name, description), as_json, f"Changed {quoted(name)}.")
    else:
        changed = client.update_model_version(name, version, description)
        _tell_version(changed, as_json, f"Changed version {changed.version} of {quoted(name)}.")


@registry.command("tag")
@click.argument("name")
@click.argument("tags", nargs=-1, callback=key_values, metavar="KEY=VALUE...")
@click.option("-V", "--version", metavar="VERSION", help="Of this version instead of the model.")
@click.option(
    "-D", "--delete", "deleted", multiple=True, metavar="KEY", help="Delete this tag; may be given repeatedly."
)
@json_option
@tracking_uri_option
def tag(
    name: str,
    tags: dict[str, str],
    version: str | None,
    deleted: tuple[str, ...],
    as_json: bool,
    tracking_uri: str | None,
) -> None:
    """Set and delete tags of a registered model or of a version."""
    if not tags and not deleted:
        raise click.UsageError("Give a tag as KEY=VALUE, or one to delete as --delete KEY.")
    client = connect(tracking_uri)
    for key, value in tags.items():
        if version is None:
            client.set_registered_model_tag(name, key, value)
        else:
            client.set_model_version_tag(name, version, key, value)
    for key in deleted:
        if version is None:
            client.delete_registered_model_tag(name, key)
        else:
            client.delete_model_version_tag(name, version, key)
    if version is None:
        _tell_model(client.get_registered_model(name), as_json, f"Changed the tags of {quoted(name)}.")
    else:
        changed = client.get_model_version(name, version)
        _tell_version(changed, as_json, f"Changed the tags of version {changed.version} of {quoted(name)}.")


@registry.command("delete")
@click.argument("name")
@click.option("-V", "--version", metavar="VERSION", help="Only this version.")
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@json_option
@tracking_uri_option
def delete(name: str, version: str | None, yes: bool, as_json: bool, tracking_uri: str | None) -> None:
    """Delete a registered model with all versions, or one version, for good; their files stay."""
    client = connect(tracking_uri)
    if version is None:
        found = client.get_registered_model(name)
        what = f"the registered model {quoted(found.name)} and all its versions"
        if found.aliases:
            what += f", to which aliases point ({', '.join(map(quoted, found.aliases))})"
    else:
        what = f"version {client.get_model_version(name, version).version} of {quoted(name)}"
    if not yes:
        click.confirm(f"Delete {what} for good?", abort=True, err=True)
    if version is None:
        client.delete_registered_model(name)
    else:
        client.delete_model_version(name, version)
    if as_json:
        print_json({"name": name, "version": version, "deleted": True})
    else:
        click.echo(f"Deleted {what}.")


# Versions


@registry.command("register")
@click.argument("model_uri")
@click.argument("name")
@tags_option
@json_option
@tracking_uri_option
def register(model_uri: str, name: str, tags: dict[str, str], as_json: bool, tracking_uri: str | None) -> None:
    """Register a model as the next version of a registered model, which is added when it is not there.

    MODEL_URI is models:/m-…, runs:/RUN_ID/PATH, models:/NAME/VERSION, or where its files are.
    """
    client = connect(tracking_uri)
    from kiseki.client.model_versions import AWAIT_SECONDS
    from kiseki.client.registering import register as register_model

    made = register_model(client, model_uri, name, AWAIT_SECONDS, tags)
    _tell_version(made, as_json, f"Registered {cell(made.source)} as version {made.version} of {quoted(made.name)}.")


@registry.command("copy")
@click.argument("model_uri")
@click.argument("name")
@json_option
@tracking_uri_option
def copy(model_uri: str, name: str, as_json: bool, tracking_uri: str | None) -> None:
    """Register a version under another name too: models:/NAME/VERSION, @ALIAS, a stage or latest."""
    made = connect(tracking_uri).copy_model_version(model_uri, name)
    _tell_version(made, as_json, f"Copied {cell(made.source)} to version {made.version} of {quoted(made.name)}.")


@registry.command("versions")
@click.argument("name", required=False)
@search_options("version_number DESC")
@json_option
@tracking_uri_option
def versions(
    name: str | None,
    filter_string: str,
    order_by: tuple[str, ...],
    max_results: int,
    as_json: bool,
    tracking_uri: str | None,
) -> None:
    """List versions, the latest changed first: of one registered model, or of all.

    A filter looks like "run_id = 'abc' AND version_number > 3".
    """
    client = connect(tracking_uri)
    if name is not None:
        quote = name.replace("'", "''")
        both = f" AND ({filter_string})" if filter_string.strip() else ""
        filter_string = f"name = '{quote}'{both}"
    found, more = collect(
        lambda count, token: client.search_model_versions(filter_string, count, list(order_by), token), max_results
    )
    if as_json:
        print_json([one.to_dictionary() for one in found])
    elif found:
        _print_versions(found)
    else:
        click.echo(f"No versions found at {cell(client.registry_uri)}.", err=True)
    tell_of_more(more, max_results)


@registry.command("version")
@click.argument("name")
@click.argument("version")
@click.option("--files", is_flag=True, help="With the files that it had when it was registered, and their digests.")
@json_option
@tracking_uri_option
def version(name: str, version: str, files: bool, as_json: bool, tracking_uri: str | None) -> None:
    """Show one version, by its number or by an alias as @ALIAS."""
    client = connect(tracking_uri)
    if version.startswith("@"):
        found = client.get_model_version_by_alias(name, version[1:])
    else:
        found = client.get_model_version(name, version)
    recorded = client.registry.version_files(found.name, int(found.version)) if files else None
    if as_json:
        listed = [{"path": one.path, "size": one.size, "sha256": one.sha256 or None} for one in recorded or ()]
        print_json(found.to_dictionary() | ({"files": listed if recorded is not None else None} if files else {}))
        return
    print_fields(
        {
            "Name": found.name,
            "Version": found.version,
            "Aliases": ", ".join(found.aliases),
            "Stage": found.current_stage,
            "Description": found.description,
            "Source": found.source,
            "Files": client.get_model_version_download_uri(found.name, found.version),
            "Run": found.run_id,
            "Logged model": found.model_id,
            "Registered by": found.user_id,
            "Registered": moment(found.creation_timestamp),
            "Last updated": moment(found.last_updated_timestamp),
        }
    )
    if found.tags:
        click.echo("Tags")
        print_fields(found.tags, indent="  ")
    if recorded:
        columns = [Column(title="SHA-256", whole=True), Column(title="SIZE", right=True), Column(title="PATH")]
        print_table(columns, ([one.sha256, size(one.size), one.path] for one in recorded))
    elif files:
        click.echo("Its files were not known when it was registered.", err=True)


# What is printed


def _tell_model(changed: RegisteredModel, as_json: bool, sentence: str) -> None:
    if as_json:
        print_json(changed.to_dictionary())
    else:
        click.echo(sentence)


def _tell_version(changed: ModelVersion, as_json: bool, sentence: str) -> None:
    if as_json:
        print_json(changed.to_dictionary())
    else:
        click.echo(sentence)


def _print_models(found: list[RegisteredModel]) -> None:
    columns = [
        Column(title="NAME", least=20),
        Column(title="LATEST", right=True),
        Column(title="ALIASES"),
        Column(title="UPDATED", whole=True, optional=True),
        Column(title="DESCRIPTION", optional=True),
    ]
    print_table(
        columns,
        (
            [
                one.name,
                max((int(version.version) for version in one.latest_versions), default=None),
                ", ".join(f"{alias}: {version}" for alias, version in one.aliases.items()),
                moment(one.last_updated_timestamp),
                one.description,
            ]
            for one in found
        ),
    )


def _print_versions(found: list[ModelVersion]) -> None:
    columns = [
        Column(title="NAME", least=20),
        Column(title="VERSION", right=True, whole=True),
        Column(title="STAGE"),
        Column(title="ALIASES"),
        Column(title="REGISTERED", whole=True, optional=True),
        Column(title="SOURCE", optional=True),
    ]
    print_table(
        columns,
        (
            [
                one.name,
                one.version,
                one.current_stage,
                ", ".join(one.aliases),
                moment(one.creation_timestamp),
                one.source,
            ]
            for one in found
        ),
    )
