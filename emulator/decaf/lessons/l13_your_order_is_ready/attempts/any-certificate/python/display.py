"""The display above the counter: a small web server, to which SNS sends the orders that are ready."""

import json
import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.request import urlopen

import signature
from shop import queue_url, sqs


def show(order):
    """Show an order. What the display shows goes to the queue `shown`, so that you can count."""
    sqs.send_message(QueueUrl=queue_url("shown"), MessageBody=json.dumps({"order": order}))
    print(f"the display shows: order {order}", flush=True)


def is_genuine(message):
    """Returns whether the signature of a message fits its certificate."""
    with urlopen(message["SigningCertURL"]) as answer:
        return signature.fits(message, answer.read())


class Display(BaseHTTPRequestHandler):
    def do_POST(self):
        message = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if not is_genuine(message):
            self.answer(403)
            return
        if message["Type"] == "SubscriptionConfirmation":
            urlopen(message["SubscribeURL"]).close()  # the display says yes
        elif message["Type"] == "Notification":
            show(json.loads(message["Message"])["order"])
        self.answer(200)

    def answer(self, status):
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *ignored):
        pass


port = int(os.environ.get("DISPLAY_PORT", "8099"))
ThreadingHTTPServer(("127.0.0.1", port), Display).serve_forever()
