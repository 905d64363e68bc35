"""The news of this week. You need not change this file."""

NEWS = [
    {"news": 1, "kind": "coupon", "percent": 10, "text": "10 percent off a small latte"},
    {"news": 2, "kind": "trivia", "text": "Coffee cherries are fruit"},
    {"news": 3, "kind": "update", "text": "Now with oat milk"},
    {"news": 4, "kind": "coupon", "percent": 25, "text": "25 percent off every cake"},
    {"news": 5, "kind": "trivia", "text": "Decaf was first sold in 1906"},
    {"news": 6, "kind": "coupon", "percent": 50, "text": "Two for one on Monday"},
]
