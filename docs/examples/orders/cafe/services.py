"""The café's services, each with clients of its own, as the environment has it. This is what its programs start."""

from __future__ import annotations

import os
from collections.abc import Callable

import boto3

from cafe.barista import Barista
from cafe.cashier import Cashier
from cafe.newsletter import Newsletter
from cafe.order import Order
from cafe.settings import read


def cashier() -> Cashier:
    return Cashier(read(os.environ), boto3.client("sqs"))


def barista(make: Callable[[Order], None]) -> Barista:
    return Barista(read(os.environ), boto3.client("sqs"), boto3.client("sns"), make)


def newsletter() -> Newsletter:
    return Newsletter(read(os.environ), boto3.client("sns"))
