"""The texts that each managed data identifier finds, and those that it does not."""

from __future__ import annotations

import pytest

from decaf.sns.data_protection.identifiers import MANAGED

SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"


def found(identifier: str, text: str) -> list[str]:
    return [text[start:end] for start, end in MANAGED[identifier](text)]


@pytest.mark.parametrize(
    ("identifier", "text", "data"),
    [
        ("CreditCardNumber", "My credit card number is 4539894458086459.", ["4539894458086459"]),
        ("CreditCardNumber", '{"creditCard": "4539-8944-5808-6459"}', ["4539-8944-5808-6459"]),
        (
            "CreditCardNumber",
            "visa 4539 8944 5808 6459, amex 371144371144376",
            ["4539 8944 5808 6459", "371144371144376"],
        ),
        ("CreditCardNumber", "credit card 4539894458086458", []),  # fails the Luhn check
        ("CreditCardNumber", "credit card 4111111111111111", []),  # set aside for tests
        ("CreditCardNumber", "order 4539894458086459", []),  # no keyword
        ("CreditCardNumber", "card " + "." * 40 + " 4539894458086459", []),  # not near
        ("CreditCardNumber", "company 4539894458086459", []),  # "pan" is not a word here
        (
            "EmailAddress",
            "Write to jane.doe+x@mail.example.com, or bob@x.io.",
            ["jane.doe+x@mail.example.com", "bob@x.io"],
        ),
        ("EmailAddress", "a@b, @c.com, user@localhost", []),
        ("IpAddress", "from 10.0.0.1, 2001:db8::1 and 1.2.3.4.", ["10.0.0.1", "2001:db8::1", "1.2.3.4"]),
        ("IpAddress", "at 12:30:45, version 1.2.3, 1.2.3.4.5, 999.1.1.1", []),
        ("PhoneNumber-US", "call +1 206-555-0100", ["+1 206-555-0100"]),
        ("PhoneNumber-US", "phone: (206) 555-0100", ["(206) 555-0100"]),
        ("PhoneNumber-US", "order 206-555-0100", []),  # neither a country code nor a keyword
        ("PhoneNumber-GB", "+44 20 7946 0958", ["+44 20 7946 0958"]),
        ("PhoneNumber-GB", "tel 020 7946 0958", ["020 7946 0958"]),
        ("PhoneNumber-FR", "mobile: 06 12 34 56 78", ["06 12 34 56 78"]),
        ("PhoneNumber-BR", "telefone (11) 91234-5678", ["(11) 91234-5678"]),
        ("AwsSecretKey", f"aws_secret_access_key = {SECRET}", [SECRET]),
        ("AwsSecretKey", f"secret key {SECRET}", [SECRET]),
        ("AwsSecretKey", f"digest {SECRET}", []),
        ("Ssn-US", "ssn: 123-45-6789", ["123-45-6789"]),
        ("Ssn-US", "ssn: 000-45-6789", []),
        ("Ssn-US", "order 123-45-6789", []),
        ("PkcsPrivateKey", "-----BEGIN RSA PRIVATE KEY-----\nMII\n-----END RSA PRIVATE KEY-----", None),
        ("OpenSshPrivateKey", "-----BEGIN OPENSSH PRIVATE KEY-----\nb3\n-----END OPENSSH PRIVATE KEY-----", None),
    ],
)
def test_data_is_found_where_it_stands(identifier: str, text: str, data: list[str] | None) -> None:
    assert found(identifier, text) == ([text] if data is None else data)
