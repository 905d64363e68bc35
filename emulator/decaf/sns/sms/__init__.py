"""Text messages (SMS): phone numbers, parts and prices, preferences, and the sandbox."""
