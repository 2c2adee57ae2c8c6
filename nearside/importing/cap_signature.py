"""Signatures of CAP messages: enveloped XML signatures (CAP 1.2, section 3.3.4.1) by a known certificate.

Verified by signxml; whatever follows reads the element that it returns, made from the very bytes that were
signed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from cryptography import x509
from lxml import etree
from signxml.algorithms import DigestAlgorithm, SignatureMethod
from signxml.exceptions import SignXMLException
from signxml.verifier import SignatureConfiguration, XMLVerifier

from consent_ledger.errors import Malformed, Refused, Untrue
from nearside.importing.cap import parse_xml, sent_at

_SIGNATURE: Final = "{http://www.w3.org/2000/09/xmldsig#}Signature"
_METHODS: Final = (
    SignatureMethod.RSA_SHA256,
    SignatureMethod.RSA_SHA384,
    SignatureMethod.RSA_SHA512,
    SignatureMethod.ECDSA_SHA256,
    SignatureMethod.ECDSA_SHA384,
    SignatureMethod.ECDSA_SHA512,
)
_DIGESTS: Final = (DigestAlgorithm.SHA256, DigestAlgorithm.SHA384, DigestAlgorithm.SHA512)
_MOST: Final = 4
"""Signatures in one message: its sender's, and those of whoever passed it on."""


@dataclass(frozen=True, slots=True)
class Signatory:
    """Who may sign: a certificate, if it was valid when a message was sent.

    `with_sha1` takes RSA with SHA-1 too, as feeds of 2013 used it; somebody with means can make two messages
    of one SHA-1.
    """

    certificate: x509.Certificate
    with_sha1: bool = False

    @classmethod
    def of(cls, pem: bytes, *, with_sha1: bool = False) -> Signatory:
        """Read a certificate. Raises `Malformed`."""
        try:
            return cls(x509.load_pem_x509_certificate(pem), with_sha1)
        except ValueError:
            raise Malformed("certificate: not one in pem") from None


def signed_root(raw: bytes, signatories: Iterable[Signatory]) -> Any:
    """The root element as one of the signatories signed it.

    Raises `Malformed` (not XML), `Refused` (not signed at all) or `Untrue` (changed, or signed by somebody
    else).
    """
    known = tuple(signatories)
    count = len(_signatures(parse_xml(raw)))
    if count == 0:
        raise Refused("cap: not signed, and a signature is required")
    if count > _MOST:
        raise Refused("cap: more signatures than anybody needs")
    for place in range(count):
        for signatory in known:
            root = _verified(raw, place, signatory)
            if root is not None:
                return root
    raise Untrue("cap: changed, or not signed with a given certificate")


def _signatures(root: Any) -> list[Any]:
    return list(root.findall(_SIGNATURE))


def _verified(raw: bytes, place: int, signatory: Signatory) -> Any | None:
    root = parse_xml(raw)
    sent = sent_at(root)
    # Each signed what was there before the others did: a signature says nothing of the signatures beside it,
    # and what it does say something of is all that is read.
    for other, signature in enumerate(_signatures(root)):
        if other != place:
            root.remove(signature)
    methods, digests = set(_METHODS), set(_DIGESTS)
    if signatory.with_sha1:
        methods.add(SignatureMethod.RSA_SHA1)
        digests.add(DigestAlgorithm.SHA1)
    configuration = SignatureConfiguration(
        location="./",
        signature_methods=frozenset(methods),
        digest_algorithms=frozenset(digests),
        ignore_ambiguous_key_info=True,
        verification_time=datetime.fromtimestamp(sent, UTC),
    )
    try:
        result = XMLVerifier().verify(
            root, x509_cert=signatory.certificate, expect_config=configuration, validate_schema=False
        )
    except (SignXMLException, etree.LxmlError, ValueError, KeyError, TypeError, AttributeError):
        return None
    signed = result.signed_xml if not isinstance(result, list) else None
    if signed is None or sent_at(signed) != sent:
        return None  # what is signed is a part that is not the message
    return parse_xml(etree.tostring(signed))
