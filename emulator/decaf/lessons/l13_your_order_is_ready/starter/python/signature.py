"""Checks the signature of a message from SNS. You need not change this file."""

from base64 import b64decode

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.x509 import load_pem_x509_certificate

SIGNED = ("Message", "MessageId", "Subject", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")


def fits(message, certificate):
    """Returns whether the message, as it is, was signed by whoever the certificate (as PEM) is of."""
    text = "".join(f"{name}\n{message[name]}\n" for name in SIGNED if name in message)
    digest = SHA256() if message.get("SignatureVersion") == "2" else SHA1()
    try:
        key = load_pem_x509_certificate(certificate).public_key()
        key.verify(b64decode(message["Signature"]), text.encode(), PKCS1v15(), digest)
    except (InvalidSignature, KeyError, ValueError):
        return False
    return True
