"""No secret is in the tree, and none would get there: neither a file that is meant for one, nor a text that looks like one."""

import re
import subprocess
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
FOR_SECRETS = re.compile(
    r"(^|/)(\.env(\..*)?|secrets\.toml|\.netrc|\.pypirc|id_(rsa|ed25519)|.*\.(pem|key|p12|pfx))$"
)
LIKE_SECRETS = re.compile(
    r"""
    -----BEGIN\ [A-Z ]*PRIVATE\ KEY      # a key
    | \b(AKIA|ASIA)[0-9A-Z]{16}\b        # Amazon
    | \bAIza[\w-]{35}                    # Google
    | \bgh[pousr]_[A-Za-z0-9]{36}        # GitHub
    | \bgithub_pat_\w{22,}
    | \bhf_[A-Za-z0-9]{34}\b             # Hugging Face
    | \bpypi-[\w-]{50,}                  # the package index
    | \bsk-[\w-]{20,}                    # makers of language models
    | \bxox[abprs]-[\w-]{10,}            # Slack
    | ://[^/\s:@"'{}<>]+:[^/\s:@"'{}<>]{3,}@[\w.-]+   # a password in an address
    | \b(password|passwd|secret|token|api_?key|cookieSecret)["']?\s*[:=]\s*["'][^"'\s{}<>]{12,}["']
    """,
    re.VERBOSE | re.IGNORECASE,
)


def tracked() -> list[Path]:
    """The project's own files: what git knows, or would take."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    names = subprocess.run(command, cwd=PROJECT, capture_output=True, check=True).stdout.decode()
    return [PROJECT / name for name in names.split("\0") if name and (PROJECT / name).is_file()]


def test_no_file_holds_a_secret():
    files = tracked()
    assert PROJECT / "app.py" in files
    assert [file for file in files if FOR_SECRETS.search(file.as_posix())] == []
    texts = {file: file.read_bytes().decode("utf-8", "ignore") for file in files}
    found = [
        (file, hit[0][:20]) for file, text in texts.items() for hit in LIKE_SECRETS.finditer(text)
    ]
    assert found == []


@pytest.mark.parametrize(
    "name", [".env", ".streamlit/secrets.toml", "deploy/tls.key", "a/.env.local"]
)
def test_a_file_meant_for_secrets_would_be_found(name):
    assert FOR_SECRETS.search(name)


@pytest.mark.parametrize(
    "parts",
    [
        ("-----BEGIN RSA ", "PRIVATE KEY-----"), ("AKIA", "A" * 16), ("gh", "p_" + "a1" * 18),
        ("hf", "_" + "aB" * 17), ("https://me:", "letmein@example.org"), ("api_", "key = 'abcdefghijklm'"),
    ],
)  # fmt: skip
def test_a_text_like_a_secret_would_be_found(parts):
    assert LIKE_SECRETS.search("".join(parts))
