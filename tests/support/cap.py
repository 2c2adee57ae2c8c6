"""CAP messages to test with, and somebody who signs them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from lxml import etree
from signxml.algorithms import SignatureConstructionMethod
from signxml.signer import XMLSigner

SENT = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
POLYGON = "48.02,-30.02 48.02,-29.98 48.04,-29.98 48.02,-30.02"


def info(
    *,
    language: str = "en",
    severity: str = "Severe",
    event: str = "High river",
    area: str = f"<polygon>{POLYGON}</polygon>",
    more: str = "<expires>2026-11-22T15:00:00-00:00</expires>",
    where: str = "Harbour",
) -> str:
    """One info block."""
    return f"""<info><language>{language}</language><category>Met</category><event>{event}</event>
<urgency>Immediate</urgency><severity>{severity}</severity><certainty>Likely</certainty>{more}
<area><areaDesc>{where}</areaDesc>{area}</area></info>"""


def cap(
    *infos: str,
    identifier: str = "one",
    kind: str = "Alert",
    status: str = "Actual",
    scope: str = "Public",
    references: str = "",
    sent: str = "2026-11-22T09:00:00-00:00",
    version: str = "1.2",
    before: str = "",
) -> bytes:
    """A message; `before` stands in front of its root."""
    refers = f"<references>{references}</references>" if references else ""
    return f"""<?xml version="1.0" encoding="UTF-8"?>{before}
<alert xmlns="urn:oasis:names:tc:emergency:cap:{version}">
<identifier>{identifier}</identifier><sender>alerts@riverton.example</sender><sent>{sent}</sent>
<status>{status}</status><msgType>{kind}</msgType><scope>{scope}</scope>{refers}{"".join(infos)}
</alert>""".encode()


@dataclass(frozen=True)
class Signing:
    """A key and its certificate, valid around `SENT`."""

    key: rsa.RSAPrivateKey
    certificate: x509.Certificate

    @property
    def pem(self) -> bytes:
        """The certificate as a file."""
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    def sign(self, raw: bytes) -> bytes:
        """The message with an enveloped signature."""
        signer = XMLSigner(method=SignatureConstructionMethod.enveloped)
        root = signer.sign(etree.fromstring(raw), key=self.key, cert=[self.certificate])
        return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8"))


def signing(name: str = "riverton.example", *, begins: datetime = SENT - timedelta(days=30)) -> Signing:
    """Somebody new who signs."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(begins + timedelta(days=90))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    return Signing(key, certificate)
