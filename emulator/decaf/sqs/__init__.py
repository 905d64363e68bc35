"""Amazon SQS: queues and their messages."""
