"""Secrets are known by their names and by their look; what only sounds like one stays, since a run needs it again."""

from __future__ import annotations

import pytest

from kiseki.capture.secrets import recordable, recordable_address, recordable_arguments
from kiseki.capture.variables import recorded_variables


@pytest.mark.parametrize(
    ("given", "recorded"),
    [
        ("--password hunter2 x", "--password *** x"),
        ("--api-key=abc --wandb-token abc", "--api-key=*** --wandb-token ***"),
        ("db.password=abc +auth.client_secret=abc AWS_SECRET_ACCESS_KEY=abc", None),
        ("--hf_token hf_x", "--hf_token ***"),
        ("--max-tokens 512 --tokenizer bert --token-dim 3", "--max-tokens 512 --tokenizer bert --token-dim 3"),
        ("--pad-token <pad> --cls-token [CLS] --eos-token 2", "--pad-token <pad> --cls-token [CLS] --eos-token 2"),
        ("--author me --key k --sort-key size --monkey", "--author me --key k --sort-key size --monkey"),
        ("--use-auth --rate 0.1", "--use-auth --rate 0.1"),
        ("--auth --rate 0.1", "--auth --rate 0.1"),
        ("--url https://me:pw@host/x?a=b", "--url https://***@host/x?a=b"),
        ("a=b=c -x=3 x==y", "a=b=c -x=3 x==y"),
        ("--dbPassword abc PGPASSWORD=abc --authtoken=abc", "--dbPassword *** PGPASSWORD=*** --authtoken=***"),
        ("--maxTokens 3 --author=me", "--maxTokens 3 --author=me"),
        ("https://h/x?token=abc&a=b&X-Amz-Signature=ab%2F", "https://h/x?token=***&a=b&X-Amz-Signature=***"),
        ("--to=Endpoint=h;AccountKey=ab+/c==;a=b", "--to=Endpoint=h;AccountKey=***;a=b"),
        ("x?max_tokens=5&token=5", "x?max_tokens=5&token=5"),
    ],
)
def test_arguments(given: str, recorded: str | None) -> None:
    wanted = "db.password=*** +auth.client_secret=*** AWS_SECRET_ACCESS_KEY=***" if recorded is None else recorded
    assert " ".join(recordable_arguments(given.split(" "))) == wanted


@pytest.mark.parametrize(
    "secret",
    [
        "ghp_" + "a1" * 18,
        "github_pat_" + "a1" * 18,
        "hf_" + "aB" * 17,
        "sk-" + "proj-aB1" * 6,
        "AKIA" + "ABCD" * 4,
        "xoxb-1234567890-abc",
        "eyJhbGciOi.eyJzdWIi.abc-_",
        "Bearer " + "abcd" * 8,
        "-----BEGIN RSA PRIVATE KEY-----\nabc",
    ],
)
def test_secrets_by_their_look(secret: str) -> None:
    assert recordable(f"login({secret!s}") == "login(***"


@pytest.mark.parametrize(
    ("given", "recorded"),
    [
        ("https://me:pw@host/x.git", "https://host/x.git"),
        ("ssh://git@host/x.git", "ssh://git@host/x.git"),
        ("ssh://git:pw@host/x.git", "ssh://git@host/x.git"),
        ("git@host:x.git", "git@host:x.git"),
        ("../x.git", "../x.git"),
        ("https://host/x.whl?sig=abc&private_token=abc", "https://host/x.whl?sig=***&private_token=***"),
        ("https://host/ghp_" + "a1" * 18, "https://host/***"),
        ("https://me:pw@[host/x", "https://***@[host/x"),
        ("", ""),
    ],
)
def test_addresses(given: str, recorded: str) -> None:
    assert recordable_address(given) == recorded


def test_bytes_that_are_no_utf_8_have_escapes() -> None:
    assert recordable("caf\udce9 日本") == "caf\\udce9 日本"


def test_variables_are_those_of_the_list() -> None:
    given = {
        "HOME": "/home/me",
        "DATABASE_URL": "postgres://me:pw@host/db",
        "CUDA_VISIBLE_DEVICES": "0,1",
        "HF_TOKEN": "abc",
        "HF_ENDPOINT": "https://me:pw@host",
        "PYTHONHASHSEED": "0",
        "MY_FLAG": "1",
        "MY_PASSWORD": "abc",
    }
    assert recorded_variables(given) == {
        "CUDA_VISIBLE_DEVICES": "0,1",
        "HF_ENDPOINT": "https://***@host",
        "HF_TOKEN": "***",
        "PYTHONHASHSEED": "0",
    }
    assert {"MY_FLAG": "1", "MY_PASSWORD": "***"}.items() <= recorded_variables(given, ["MY_*", ""]).items()
