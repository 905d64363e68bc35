"""The images and their page: what they run, who may call them, and that what is left out of them is not missed."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import boto3
import pytest
import yaml
from botocore.exceptions import ClientError

from decaf import __version__
from decaf.base.settings import load, unknown_variables
from decaf.http.guard import Forbidden, Guard
from decaf_protocol import Request
from tests.docs.image import ROOT, STAGES, health_command, service

PAGE = (ROOT / "docs" / "docker.md").read_text(encoding="utf-8")
PUBLISHED = re.compile(r"-p ([\d.:]*?)4566:4566|\"([\d.:]*?)4566:4566\"")
GATEWAY = "172.17.0.1"  # from where a container sees those who come through a published port
IMAGES = ("plain", "compat")
HOSTS = {
    "plain": ("127.0.0.1:4566", "localhost:4566", "decaf:4566"),
    "compat": ("decaf:4566", "localstack:4566", "sqs.us-east-1.localhost.localstack.cloud:4566"),
}


def _reset(**headers: str) -> Request:
    return Request("POST", "/_decaf/reset", headers, b"")


@pytest.mark.parametrize("image", IMAGES)
def test_an_image_runs_the_server_as_its_own_user(image: str) -> None:
    stage = STAGES[image]
    assert json.loads(stage.last("ENTRYPOINT")) == ["decaf"]
    assert json.loads(stage.last("CMD")) == ["serve"]
    assert stage.last("USER") == "10001:10001"
    assert "/data" in stage.all("VOLUME")
    assert any("install -d -o decaf -g decaf -m 0700 /data" in line for line in stage.all("RUN"))
    assert "decaf" in stage.last("HEALTHCHECK")
    assert "health" in stage.last("HEALTHCHECK")
    assert all(name in stage.last("LABEL") for name in ("title", "description", "licenses"))


def test_the_plain_image_is_built_where_none_is_named() -> None:
    assert list(STAGES)[-1] == "plain"
    assert "apt-get" not in " ".join(STAGES["plain"].all("RUN"))


@pytest.mark.parametrize("image", IMAGES)
def test_the_variables_of_an_image_are_settings(image: str) -> None:
    assert list(unknown_variables(STAGES[image].variables)) == []
    assert load({}, STAGES[image].variables).host == "0.0.0.0"


@pytest.mark.parametrize(("image", "host"), [(image, host) for image in IMAGES for host in HOSTS[image]])
def test_the_control_api_is_closed_to_whoever_reaches_the_published_port(image: str, host: str) -> None:
    guard = Guard(load({}, STAGES[image].variables))
    guard.check_call(Request("POST", "/", {"host": host}, b""))
    with pytest.raises(Forbidden):
        guard.check_control(_reset(host=host), GATEWAY, is_open=False)


@pytest.mark.parametrize("line", ["DECAF_CONTROL_TOKEN=secret", "DECAF_CONTROL_FROM=anywhere"])
def test_one_line_of_the_page_opens_it(line: str) -> None:
    assert f"-e {line}" in PAGE
    guard = Guard(load({}, STAGES["plain"].variables | dict([line.split("=")])))
    guard.check_control(_reset(host="decaf:4566", authorization="Bearer secret"), GATEWAY, is_open=False)


def test_the_port_is_published_on_loopback_wherever_the_documents_publish_it() -> None:
    pages = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
    published = [groups for page in pages for groups in PUBLISHED.findall(page.read_text(encoding="utf-8"))]
    assert len(published) >= 4
    assert {one or other for one, other in published} == {"127.0.0.1:"}


def test_the_variables_that_the_page_sets_are_settings() -> None:
    named = set(re.findall(r"\b(DECAF_[A-Z_]+)(?==|: )", PAGE)) - {"DECAF_PORT"}
    assert len(named) >= 6
    assert list(unknown_variables(dict.fromkeys(named, ""))) == []


def test_the_health_check_of_the_page_works_in_a_container_without_curl(tmp_path: Path) -> None:
    (check,) = [text for text in re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL) if text.startswith("healthcheck")]
    command = health_command(yaml.safe_load(check))
    assert json.loads(STAGES["plain"].last("HEALTHCHECK").partition("CMD ")[2]) == command.split()
    with service({}, tmp_path, tmp_path) as running:
        running.until_healthy(command)


def test_the_compat_image_is_healthy_when_its_scripts_have_run(tmp_path: Path) -> None:
    script = tmp_path / "ready.d" / "wait.sh"
    script.parent.mkdir()
    script.write_text('#!/bin/sh\nmkfifo "$HOME/go"\nread line < "$HOME/go"\n')
    script.chmod(0o755)
    with service({"volumes": ["./ready.d:/etc/localstack/init/ready.d"]}, tmp_path, tmp_path) as running:
        running.until_healthy("decaf health")
        while not (tmp_path / "go").exists():
            running.shell("true")
        command = health_command({})
        assert running.shell(command).returncode != 0
        (tmp_path / "go").write_text("\n")
        running.until_healthy(command)


def test_what_the_plain_image_leaves_of_botocore_is_enough(tmp_path: Path) -> None:
    spec = find_spec("botocore")
    assert spec is not None
    assert spec.submodule_search_locations is not None
    shutil.copytree(spec.submodule_search_locations[0], tmp_path / "botocore")
    (prune,) = [line for line in STAGES["pruned"].all("RUN") if "! -name" in line]
    subprocess.run(["sh", "-c", re.sub(r"/opt/\S+/botocore", str(tmp_path / "botocore"), prune)], check=True)
    models = sorted(path.name for path in (tmp_path / "botocore" / "data").iterdir() if path.is_dir())
    assert models == ["lambda", "s3", "sns", "sqs", "sts"]
    with _served(tmp_path) as url:
        session = boto3.Session("000000000000", "x", region_name="us-east-1")
        sqs, sns, sts, s3 = (session.client(name, endpoint_url=url) for name in ("sqs", "sns", "sts", "s3"))
        assert sqs.create_queue(QueueName="orders")["QueueUrl"] == f"{url}/000000000000/orders"
        assert sns.create_topic(Name="drinks")["TopicArn"].endswith(":drinks")
        assert sts.get_caller_identity()["Account"] == "000000000000"
        with pytest.raises(ClientError, match=r"Decaf has SQS, SNS, STS .* this was S3 ListBuckets"):
            s3.list_buckets()
        for client in (sqs, sns, sts, s3):
            client.close()


@contextmanager
def _served(modules: Path) -> Iterator[str]:
    """The URL of a server in a process that finds modules in a directory first."""
    variables = {"PYTHONPATH": str(modules), "PATH": ""}
    command = [sys.executable, "-m", "decaf", "serve", "--port", "0"]
    with subprocess.Popen(command, env=variables, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            yield server.stdout.readline().split()[-1]
        finally:
            server.terminate()


def test_the_release_pushes_both_images_for_two_machines_with_their_provenance(tmp_path: Path) -> None:
    release = yaml.safe_load((ROOT / ".github" / "workflows" / "release.yml").read_text(encoding="utf-8"))
    job = release["jobs"]["image"]
    targets = {row["target"]: row for row in job["strategy"]["matrix"]["include"]}
    assert set(targets) == set(IMAGES) <= set(STAGES)
    steps = {step["uses"].partition("@")[0]: step.get("with", {}) for step in job["steps"] if "uses" in step}
    build = steps["docker/build-push-action"]
    assert build["platforms"] == "linux/amd64,linux/arm64"
    (named,) = [step for step in job["steps"] if step.get("id") == "image"]
    variables = {"GITHUB_REPOSITORY": "Some/Decaf", "GITHUB_OUTPUT": str(tmp_path / "output")}
    subprocess.run(["bash", "-c", named["run"]], env=variables, check=True)
    assert (tmp_path / "output").read_text() == "name=ghcr.io/some/decaf\n"
    assert (build["push"], build["provenance"], build["sbom"]) == (True, "mode=max", True)
    assert steps["actions/attest-build-provenance"]["push-to-registry"] is True
    assert {"packages": "write", "id-token": "write", "attestations": "write"}.items() <= job["permissions"].items()
    version = __version__.rpartition(".")[0]
    for name, suffix, newest in (("plain", "", "latest"), ("compat", "-compat", "compat")):
        assert (targets[name]["suffix"], targets[name]["newest"]) == (suffix, newest)
        assert f"`{newest}`, `{version}{suffix}`, `{__version__}{suffix}`" in PAGE
