"""A small café on SQS and SNS: a cashier takes orders, baristas make drinks, a newsletter goes out."""
