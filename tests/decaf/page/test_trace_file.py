"""The file of a trace: one script that the policy names, data that cannot end it, and nothing from elsewhere."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from hashlib import sha256

import pytest

from decaf.page import bundle
from decaf.page.bundle import bundled
from decaf.page.trace_file import LARGEST, BadTrace, Failure, TracedTest, data_of, written
from decaf.testing import Decaf

HOSTILE = "</script><!-- <script>alert(1)</script> \u2028 \u202e &amp;"


@pytest.fixture(scope="module")
def html() -> str:
    with Decaf() as decaf:
        sqs = decaf.client("sqs")
        url = sqs.create_queue(QueueName="orders")["QueueUrl"]
        sqs.send_message(QueueUrl=url, MessageBody="</script><script>alert(1)</script>")
        sqs.close()
        return written(
            TracedTest(HOSTILE, "failed", 1.0, 2.0, Failure(HOSTILE, HOSTILE, 7, HOSTILE)), decaf.control.trace()
        )


def test_one_script_runs_and_the_policy_names_it(html: str) -> None:
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', html)
    (script,) = re.findall(r'<script type="module">(.*?)</script>', html, re.DOTALL)
    (style,) = re.findall(r"<style>(.*?)</style>", html, re.DOTALL)
    assert policy is not None
    for kind, text in (("script", script), ("style", style)):
        digest = b64encode(sha256(text.encode()).digest()).decode()
        assert f"{kind}-src 'sha256-{digest}'" in policy[1]
    assert "default-src 'none'" in policy[1]
    assert "require-trusted-types-for 'script'" in policy[1]
    assert "unsafe" not in policy[1]


def test_texts_of_users_end_nothing(html: str) -> None:
    assert html.count("<script") == 2
    assert html.count("</script") == 2
    assert "<!--" not in html
    assert "\u202e" not in re.sub(r'<script type="application/json".*?</script>', "", html, flags=re.DOTALL)


def test_programs_read_the_data(html: str) -> None:
    found = json.loads(data_of(html))
    assert (found["format"], found["version"]) == ("decaf-trace", 1)
    assert found["test"]["failure"]["message"] == HOSTILE
    assert [each["body"] for each in found["data"]["events"] if "body" in each] == [
        "</script><script>alert(1)</script>"
    ]


def test_large_data_is_compressed_and_read_the_same() -> None:
    with Decaf() as decaf:
        sqs = decaf.client("sqs")
        url = sqs.create_queue(QueueName="orders")["QueueUrl"]
        for _ in range(120):
            sqs.send_message(QueueUrl=url, MessageBody="latte" * 800)
        sqs.close()
        html = written(TracedTest("many"), decaf.control.trace())
        viewer = written(TracedTest("none"), decaf.control.of("000000000001").trace())
    data = data_of(html)
    assert len(data) > LARGEST
    assert len(html) - len(viewer) < LARGEST // 2
    assert len(json.loads(data)["data"]["events"]) == 121


@pytest.mark.parametrize(
    "text", ["", "<html>", '<script type="application/json" id="decaf-trace" data-encoding="gzip">x</script>']
)
def test_another_file_is_refused(text: str) -> None:
    with pytest.raises(BadTrace):
        data_of(text)


def test_modules_become_functions_whose_names_do_not_meet(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = {
        "a/start.js": 'import { one as first } from "../b.js";\nconst two = 2;\nconsole.log(first, two);\n',
        "b.js": "const two = 1;\nexport const one = two;\n",
    }
    monkeypatch.setattr(bundle, "text_of", texts.__getitem__)
    script = bundled.__wrapped__("a/start.js")
    assert script.index("$b = ") < script.index("$a_start = ")
    assert "const { one: first } = $b;" in script
    assert "return { one };" in script
    assert "import" not in script
    assert "export" not in script


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ('import * as all from "./x.js";\n', "another form"),
        ("export default 1;\n", "another form"),
        ('import { a } from "./a.js";\n', "circle"),
        ('const a = "</script>";\n', "end the script"),
    ],
)
def test_modules_that_cannot_be_put_into_one_are_refused(
    monkeypatch: pytest.MonkeyPatch, text: str, error: str
) -> None:
    monkeypatch.setattr(bundle, "text_of", {"a.js": text}.__getitem__)
    with pytest.raises(ValueError, match=error):
        bundled.__wrapped__("a.js")


def test_the_page_of_a_trace_is_small() -> None:
    assert len(bundled("trace/start.js")) < 150_000
