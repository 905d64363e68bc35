"""Amazon SNS: topics, subscriptions and notifications."""
