"""The compiled XML writers write what xmltodict writes: it reads their documents and writes them again, the same."""

from __future__ import annotations

import pytest
import xmltodict
from hypothesis import given
from hypothesis import strategies as st

from decaf_protocol import encode_result
from decaf_protocol.wire import Call, Codec, Dialect
from decaf_protocol.xml import unparse
from tests.conformance.pair import HOST, REQUEST_ID, as_results
from tests.conformance.strategies import few_examples, operation_names, outputs

CASES = [(service, operation) for service in ("sqs", "sns", "sts") for operation in operation_names(service)]


@pytest.mark.parametrize(("service", "operation"), CASES)
@few_examples(15)
@given(data=st.data())
def test_every_result_is_written_as_xmltodict_writes_it(service: str, operation: str, data: st.DataObject) -> None:
    call = Call(Dialect(service, Codec.QUERY), operation, {}, "000000000000", None, HOST, None)
    result = data.draw(outputs(service, operation))
    written = encode_result(call, as_results(result), REQUEST_ID).body.decode()
    assert unparse(xmltodict.parse(written, strip_whitespace=False)) == written
