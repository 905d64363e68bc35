"""Decaf: Amazon SQS and SNS on localhost."""

__version__ = "0.1.0"
