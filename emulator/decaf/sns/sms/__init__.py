"""Text messages: phone numbers, how texts are counted and paid for, and what an account has said about them."""
