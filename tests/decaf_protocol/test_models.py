"""botocore's data as this package reads it."""

import subprocess
import sys

from decaf_protocol.models import service


def test_operations_have_inputs_and_outputs() -> None:
    send = service("sqs").operations["SendMessage"]
    assert send.input.required == ("QueueUrl", "MessageBody")
    assert send.output is not None
    assert "MessageId" in send.output.members
    assert service("sqs").operations["DeleteMessage"].output is None


def test_shapes_have_the_constraints_of_the_model() -> None:
    [tags] = [inner for name, inner in service("sns").operations["TagResource"].input.members.items() if name == "Tags"]
    assert tags.element is not None
    key = tags.element.members["Key"]
    assert (key.minimum, key.maximum) == (1, 128)


def test_location_names_name_the_entries_of_maps() -> None:
    attributes = service("sns").operations["Publish"].input.members["MessageAttributes"]
    assert (attributes.key_name, attributes.value_name) == ("Name", "Value")
    attributes = service("sns").operations["CreateTopic"].input.members["Attributes"]
    assert (attributes.key_name, attributes.value_name) == ("key", "value")


def test_botocores_code_is_never_imported() -> None:
    program = (
        "import sys, decaf_protocol; decaf_protocol.model_versions();"
        "sys.exit(any(name.partition('.')[0] == 'botocore' for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
