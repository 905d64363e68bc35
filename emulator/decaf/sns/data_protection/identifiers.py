"""Managed data identifiers, each a search for the places of such data in a text.

Rule: an identifier is here only if AWS documents the pattern of the data; those that AWS recognises by machine
learning (names, addresses) are not. "Near" means within NEAR characters of the data, on either side.
Source: SNS Developer Guide, "Sensitive data types"; for the distance, Macie's guide, which shares the identifiers.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterator

Span = tuple[int, int]  # start and end of the data in the text
Search = Callable[[str], Iterator[Span]]

NEAR = 30

_CARD = re.compile(r"(?<![\d.])\d(?:[ -]?\d){12,18}(?![\d.]\d)")
_CARD_PREFIX = re.compile(r"4|5[0-9]|2[2-7]|3[04-9]|35|6[0-9]|81")
_EMAIL = re.compile(r"(?<![\w.+'%-])[\w.+'%-]+@(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z]{2,}(?![\w-])")
_ADDRESS = re.compile(r"(?<![\w.:])(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9A-Fa-f]{0,4}:[0-9A-Fa-f:.]{1,44})(?![\w:]|\.\w)")
_SECRET_KEY = re.compile(r"(?<![A-Za-z0-9/+=])[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+=])")
_SSN = re.compile(r"(?<![\d-])(?!000|666|9)\d{3}-(?!00)\d{2}-(?!0000)\d{4}(?![\d-])")

# Card numbers that issuers set aside for tests; AWS does not report them.
_TEST_CARDS = frozenset(
    """122000000000003 2222405343248877 2222990905257051 2223007648726984 2223577120017656 30569309025904
    34343434343434 3528000700000000 3530111333300000 3566002020360505 36148900647913 36700102000000
    371449635398431 378282246310005
    378734493671000 38520000023237 4012888888881881 4111111111111111 4222222222222 4444333322221111 4462030000000000
    4484070000000000 4911830000000 4917300800000000 4917610000000000 4917610000000000003 5019717010103742
    5105105105105100 5111010030175156 5185540810000019 5200828282828210 5204230080000017 5204740009900014
    5420923878724339 5454545454545454 5455330760000018 5506900490000436 5506900490000444 5506900510000234
    5506920809243667 5506922400634930 5506927427317625 5553042241984105 5555553753048194 5555555555554444
    5610591081018250 6011000400000000 6011000990139424 6011111111111117 630490017740292441 630495060000000000
    6331101999990016 6759649826438453 6799990100000000019 76009244561""".split()  # noqa: SIM905
)


def _near(words: str) -> re.Pattern[str]:
    """Returns the pattern of any comma-separated keyword. A space in one may be missing, or be _ or -."""
    each = (re.escape(word.strip()).replace(r"\ ", "[ _-]?") for word in words.split(","))
    return re.compile(rf"(?<![A-Za-z])(?i:{'|'.join(each)})(?![a-z])")


_CARD_WORDS = _near(
    "account number, american express, amex, bank card, card, card num, card number, cc #, ccn, check card, credit, "
    "credit card, credit card#, dankort, debit, debit card, diners club, discover, electron, elo verification code, "
    "japanese card bureau, jcb, mastercard, mc, pan, payment account number, payment card number, pcn, union pay, "
    "visa"
)
_PHONE_WORDS = _near("cell, contact, fax, fax number, mobile, phone, phone number, tel, telephone, telephone number")
_PHONE_WORDS_BR = _near(
    "cel, celular, fone, móvel, número residencial, numero residencial, telefone, cell, contact, fax, fax number, "
    "mobile, phone, phone number, tel, telephone, telephone number"
)
_SECRET_KEY_WORDS = _near("aws_secret_access_key, credentials, secret access key, secret key, set-awscredential")
_SSN_WORDS = _near("social security, ss#, ssn")


def _card_numbers(text: str) -> Iterator[Span]:
    for found in _CARD.finditer(text):
        digits = re.sub(r"\D", "", found.group())
        if _CARD_PREFIX.match(digits) and digits not in _TEST_CARDS and _passes_luhn(digits):
            yield found.span()


def _passes_luhn(digits: str) -> bool:
    doubled = (sum(divmod(2 * int(digit), 10)) for digit in digits[-2::-2])
    return (sum(map(int, digits[::-2])) + sum(doubled)) % 10 == 0


def _ip_addresses(text: str) -> Iterator[Span]:
    for found in _ADDRESS.finditer(text):
        try:
            ipaddress.ip_address(found.group())
        except ValueError:
            continue
        yield found.span()


def _every(pattern: re.Pattern[str]) -> Search:
    return lambda text: (found.span() for found in pattern.finditer(text))


def _with_keyword(search: Search, words: re.Pattern[str]) -> Search:
    return lambda text: (span for span in search(text) if _has_near(text, span, words))


def _has_near(text: str, span: Span, words: re.Pattern[str]) -> bool:
    start, end = span
    return bool(words.search(text[max(0, start - NEAR) : start]) or words.search(text[end : end + NEAR]))


def _phone(code: str, trunk: str, national: str, words: re.Pattern[str] = _PHONE_WORDS) -> Search:
    """Returns the search for numbers with the country code, and for those with `trunk` in its place near a keyword."""
    number = rf"\(?{national}(?!\d)"
    abroad = re.compile(rf"(?<![\d+])(?:\+|00){code}[ .-]?(?:\(0\))?{number}")
    at_home = re.compile(rf"(?<![\d+.-]){trunk}{number}")

    def search(text: str) -> Iterator[Span]:
        seen = [found.span() for found in abroad.finditer(text)]
        yield from seen
        for found in at_home.finditer(text):
            start, end = found.span()
            if all(end <= first or last <= start for first, last in seen) and _has_near(text, (start, end), words):
                yield start, end

    return search


def _digits(least: int, most: int) -> str:
    """Returns the pattern of a run of digits, with spaces, dots, hyphens, slashes and brackets allowed in it."""
    return rf"\d(?:[ ./()-]{{0,2}}\d){{{least - 1},{most - 1}}}"


def _between(begin: str, end: str) -> Search:
    """Returns the search for blocks from what matches `begin` to the next that matches `end`, both short."""
    begins, ends = re.compile(begin), re.compile(end)

    def search(text: str) -> Iterator[Span]:
        at = 0
        while (first := begins.search(text, at)) is not None and (last := ends.search(text, first.end())) is not None:
            yield first.start(), last.end()
            at = last.end()

    return search


def _private_key(kind: str) -> Search:
    return _between(f"-----BEGIN {kind}-----", f"-----END {kind}-----")


MANAGED: dict[str, Search] = {
    "AwsSecretKey": _with_keyword(_every(_SECRET_KEY), _SECRET_KEY_WORDS),
    "CreditCardNumber": _with_keyword(_card_numbers, _CARD_WORDS),
    "EmailAddress": _every(_EMAIL),
    "IpAddress": _ip_addresses,
    "OpenSshPrivateKey": _private_key("OPENSSH PRIVATE KEY"),
    "PgpPrivateKey": _private_key("PGP PRIVATE KEY BLOCK"),
    "PkcsPrivateKey": _private_key("(?:RSA |DSA |EC |ENCRYPTED )?PRIVATE KEY"),
    "PuttyPrivateKey": _between(r"PuTTY-User-Key-File-\d: ", r"Private-MAC: [0-9a-f]+"),
    "PhoneNumber-BR": _phone("55", "0?", _digits(10, 11), _PHONE_WORDS_BR),
    "PhoneNumber-DE": _phone("49", "0", _digits(7, 11)),
    "PhoneNumber-ES": _phone("34", "", rf"(?=[6-9]){_digits(9, 9)}"),
    "PhoneNumber-FR": _phone("33", "0", rf"(?=[1-9]){_digits(9, 9)}"),
    "PhoneNumber-GB": _phone("44", "0", rf"(?=[1-9]){_digits(9, 10)}"),
    "PhoneNumber-IT": _phone("39", "", rf"(?=[03]){_digits(8, 11)}"),
    "PhoneNumber-US": _phone("1", "(?:1[ .-]?)?", rf"(?=[2-9]){_digits(10, 10)}"),
    "Ssn-US": _with_keyword(_every(_SSN), _SSN_WORDS),
}
