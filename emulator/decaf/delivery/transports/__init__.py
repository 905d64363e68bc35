"""The transports: how to deliver to queues, phones, mail boxes, mobile apps, endpoints, functions and streams."""
