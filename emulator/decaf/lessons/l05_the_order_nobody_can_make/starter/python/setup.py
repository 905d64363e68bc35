"""Prepares the shop, before the first order comes."""

from shop import sqs

# Orders that nobody can make shall go here.
sqs.create_queue(QueueName="orders-dead")
