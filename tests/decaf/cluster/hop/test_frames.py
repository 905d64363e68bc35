"""Frames: what is read is what was written, however the bytes were divided."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from decaf.cluster.hop.frames import BadFrame, FrameReader, Kind, call_of, encode_frame

LONGEST = 300

frames = st.lists(st.tuples(st.integers(0, 2**32 - 1), st.sampled_from(Kind), st.binary(max_size=LONGEST)), max_size=8)


@given(frames, st.lists(st.integers(1, 40), min_size=1))
def test_frames_are_read_as_they_were_written(written: list[tuple[int, Kind, bytes]], sizes: list[int]) -> None:
    data = b"".join(encode_frame(*frame) for frame in written)
    reader = FrameReader(LONGEST)
    read, start, turn = [], 0, 0
    while start < len(data):
        size = sizes[turn % len(sizes)]
        read += list(reader.read(data[start : start + size]))
        start, turn = start + size, turn + 1
    assert read == written


@given(frames)
def test_frames_that_come_together_are_read_together(written: list[tuple[int, Kind, bytes]]) -> None:
    assert list(FrameReader(LONGEST).read(b"".join(encode_frame(*frame) for frame in written))) == written


def test_a_frame_says_which_call_it_belongs_to() -> None:
    assert call_of(encode_frame(2**32 - 1, Kind.CANCEL, b"payload")) == 2**32 - 1


def test_a_frame_that_is_too_long_is_refused_before_it_has_arrived() -> None:
    start = encode_frame(1, Kind.REQUEST, bytes(LONGEST + 1))[:9]
    with pytest.raises(BadFrame, match="301 bytes is longer than 300"):
        list(FrameReader(LONGEST).read(start))


def test_the_limit_may_change_between_two_frames() -> None:
    reader = FrameReader(1)
    read = []
    for frame in reader.read(encode_frame(0, Kind.PROOF, b"1") + encode_frame(1, Kind.REQUEST, b"longer")):
        read.append(frame)
        reader.longest = LONGEST
    assert read == [(0, Kind.PROOF, b"1"), (1, Kind.REQUEST, b"longer")]
