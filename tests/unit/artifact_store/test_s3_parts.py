from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

from kiseki.artifact_store.buckets import Keys, S3Access
from kiseki.artifact_store.s3_parts import signed_url

MOMENT = datetime(2013, 5, 24, tzinfo=UTC)


def access(token: str = "") -> S3Access:
    # The keys and the bucket of the example in Amazon's documentation of query parameters.
    keys = Keys(access_key="AKIAIOSFODNN7EXAMPLE", secret_key="wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", token=token)
    return S3Access(keys=keys, region="us-east-1", bucket_url="https://examplebucket.s3.amazonaws.com")


def test_the_signature_is_that_of_amazons_example() -> None:
    url = signed_url(access(), "GET", "test.txt", {}, 86400, MOMENT)
    assert url.startswith("https://examplebucket.s3.amazonaws.com/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&")
    assert parse_qs(urlsplit(url).query)["X-Amz-Signature"] == [
        "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404"
    ]


def test_everything_that_names_the_request_is_signed() -> None:
    signatures = {
        parse_qs(urlsplit(url).query)["X-Amz-Signature"][0]
        for url in (
            signed_url(access(), "GET", "a", {}, 60, MOMENT),
            signed_url(access(), "PUT", "a", {}, 60, MOMENT),
            signed_url(access(), "GET", "b", {}, 60, MOMENT),
            signed_url(access(), "GET", "a", {"partNumber": "1"}, 60, MOMENT),
            signed_url(access(), "GET", "a", {"partNumber": "2"}, 60, MOMENT),
            signed_url(access(), "GET", "a", {}, 61, MOMENT),
            signed_url(access("token"), "GET", "a", {}, 60, MOMENT),
            signed_url(access(), "GET", "a", {}, 60, MOMENT.replace(second=1)),
        )
    }
    assert len(signatures) == 8


def test_a_key_is_encoded_once() -> None:
    url = signed_url(access(), "GET", "a b/日本+100%.txt", {"x": "a/b c"}, 60, MOMENT)
    assert urlsplit(url).path == "/a%20b/%E6%97%A5%E6%9C%AC%2B100%25.txt"
    assert "x=a%2Fb%20c" in url
