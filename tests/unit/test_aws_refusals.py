"""What keeps AWS from doing what a command asks is a sentence, with what to do about it."""

from __future__ import annotations

from pathlib import Path

import pytest
from botocore import exceptions
from click.testing import CliRunner

from consent_ledger.errors import Refused
from lambdas.shared.settings import SettingMissing
from nearside.aws_refusals import refused_plainly
from nearside.commands.ledger import ledger
from tests.support.ledger import log_signer

WORDS = ("rebuild", "--table", "T", "--bucket", "some-bucket", "--log-key", str(log_signer().key))


def answered(code: str) -> exceptions.ClientError:
    """A service's no, with a text that is nobody else's business."""
    response = {"Error": {"Code": code, "Message": "arn:aws:iam::123456789012:user/somebody"}}
    return exceptions.ClientError(response, "GetItem")  # type: ignore[arg-type]  # the rest is not looked at


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (answered("ResourceNotFoundException"), "aws: GetItem: there is no such table here: look at AWS_REG"),
        (answered("NoSuchBucket"), "there is no such bucket"),
        (answered("ValidationException"), "a table is no ledger's"),
        (answered("AccessDeniedException"), "may not do that: have the account's administrator allow it"),
        (answered("AccessDenied"), "may not do that"),
        (answered("ExpiredTokenException"), "not valid: sign in anew"),
        (answered("UnrecognizedClientException"), "not valid"),
        (answered("Throttling"), "Throttling: try again"),
        (exceptions.NoCredentialsError(), "no credentials: sign in anew, or set AWS_PROFILE"),
        (exceptions.ProfileNotFound(profile="somebody"), "no credentials"),
        (exceptions.EndpointConnectionError(endpoint_url="https://somebody.example"), "nobody answers"),
        (exceptions.ReadTimeoutError(endpoint_url="https://somebody.example"), "nobody answers"),
        (exceptions.ParamValidationError(report="somebody"), "cannot be called so"),
        (exceptions.InvalidRegionError(region_name="somebody"), "InvalidRegionError: look at the settings"),
        (SettingMissing("settings: AWS_REGION is not set"), "settings: AWS_REGION is not set: say in"),
        (TimeoutError("ledger storage: writes stay unprocessed"), "unprocessed: call it again"),
    ],
    ids=lambda each: type(each).__name__ if isinstance(each, Exception) else None,
)
def test_each_refusal_says_what_to_do(error: Exception, said: str) -> None:
    """It is a `Refused` of one line, which repeats nothing that may name an account, a person or a place."""
    with pytest.raises(Refused) as refused, refused_plainly():
        raise error
    told = str(refused.value)
    assert said in told
    assert not [part for part in ("\n", "somebody", "1234") if part in told]
    assert refused.value.__suppress_context__


def test_mistakes_of_our_own_are_not_hidden() -> None:
    """Whatever is no answer of AWS's goes on as it is."""
    with pytest.raises(KeyError), refused_plainly():
        raise KeyError("ours")


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    """An environment that says nothing of AWS, and asks no machine about itself."""
    for name in ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY", "SESSION_TOKEN", "PROFILE", "ENDPOINT_URL", "REGION"):
        monkeypatch.delenv(f"AWS_{name}", raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    return monkeypatch


def test_a_command_without_a_region_says_which_variable_it_wants(bare: pytest.MonkeyPatch) -> None:
    """That the SDK's own variable is set does not help: the command says the name of the one that counts."""
    bare.setenv("AWS_DEFAULT_REGION", "eu-north-1")
    done = CliRunner().invoke(ledger, WORDS)
    assert done.exit_code == 2
    assert done.output.startswith("refused: settings: AWS_REGION is not set: ")
    assert done.output.count("\n") == 1


def test_a_command_without_credentials_says_so_before_it_asks_anybody(bare: pytest.MonkeyPatch) -> None:
    """Nothing is sent, and nothing is a traceback."""
    bare.setenv("AWS_REGION", "eu-north-1")
    done = CliRunner().invoke(ledger, WORDS)
    assert done.exit_code == 2
    assert done.output.startswith("refused: aws: there are no credentials: sign in anew")
    assert done.output.count("\n") == 1
