"""Amazon SNS: topics, subscriptions and what is published to them."""
