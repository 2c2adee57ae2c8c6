"""What AWS's libraries raise, as one sentence that says what to do: for commands that speak to an account."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    CredentialRetrievalError,
    HTTPClientError,
    NoCredentialsError,
    ParamValidationError,
    PartialCredentialsError,
    ProfileNotFound,
    SSOError,
    TokenRetrievalError,
)
from botocore.exceptions import ConnectionError as Unconnected

from consent_ledger.errors import Refused
from lambdas.shared.settings import SettingMissing

_SIGN_IN: Final = "sign in anew, or set AWS_PROFILE or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
_WHERE: Final = "look at AWS_REGION, and at the names in the deployment's outputs"
_NONE: Final = (
    CredentialRetrievalError,
    NoCredentialsError,
    PartialCredentialsError,
    ProfileNotFound,
    SSOError,
    TokenRetrievalError,
)
_REMEDIES: Final = {
    "ResourceNotFoundException": f"there is no such table here: {_WHERE}",
    "NoSuchBucket": f"there is no such bucket: {_WHERE}",
    "PermanentRedirect": f"the bucket is in another region: {_WHERE}",
    "AuthorizationHeaderMalformed": f"the bucket is in another region: {_WHERE}",
    "ValidationException": f"a table is no ledger's: {_WHERE}",
    **dict.fromkeys(
        ("AccessDenied", "AccessDeniedException", "AllAccessDisabled", "KMSAccessDeniedException"),
        "these credentials may not do that: have the account's administrator allow it",
    ),
    **dict.fromkeys(
        (
            "ExpiredToken",
            "ExpiredTokenException",
            "InvalidAccessKeyId",
            "InvalidClientTokenId",
            "InvalidToken",
            "SignatureDoesNotMatch",
            "UnrecognizedClientException",
        ),
        f"these credentials are not valid: {_SIGN_IN}",
    ),
}
"""By the code of a service's answer; the text beside it may name accounts and people, and is left out."""


@contextmanager
def refused_plainly() -> Iterator[None]:
    """Raise `Refused`, with what to do, for whatever keeps AWS from doing what the body of a `with` asks.

    Its settings are missing, nobody answers, or the answer is no. Nothing is caught that is our own mistake.
    """
    try:
        yield
    except SettingMissing as error:
        raise Refused(f"{error}: say in the environment where the deployment is") from None
    except ClientError as error:
        code = str(error.response.get("Error", {}).get("Code", "no code"))
        remedy = _REMEDIES.get(code, f"{code}: try again, and look it up if it stays so")
        raise Refused(f"aws: {error.operation_name}: {remedy}") from None
    except _NONE:
        raise Refused(f"aws: there are no credentials: {_SIGN_IN}") from None
    except ParamValidationError:
        raise Refused(f"aws: a table or a bucket cannot be called so: {_WHERE}") from None
    except (Unconnected, HTTPClientError):
        raise Refused("aws: nobody answers: look at AWS_REGION and the network, and try again") from None
    except BotoCoreError as error:
        raise Refused(f"aws: {type(error).__name__}: look at the settings of AWS's libraries") from None
    except TimeoutError as error:
        raise Refused(f"{error}: call it again, it goes on where it was") from None
