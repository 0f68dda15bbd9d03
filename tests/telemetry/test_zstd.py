"""A Zstandard file that was cut off is told from one that ended."""

import io

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from watchward.telemetry.sources.zstd import ZstdReader

FRAMES = [
    zstandard.ZstdCompressor(level=level, write_checksum=checksum, write_content_size=size).compress(text)
    for level, checksum, size, text in [
        (3, False, True, b"ward" * 50_000),
        (1, True, False, bytes(range(256)) * 700),
        (3, True, True, b"\0" * 400_000),
        (3, False, True, b""),
    ]
]
SKIPPED = (0x184D2A53).to_bytes(4, "little") + (5).to_bytes(4, "little") + b"notes"


def read(content: bytes) -> bytes:
    reader, whole, buffer = ZstdReader(io.BytesIO(content)), b"", bytearray(1 << 16)
    while count := reader.readinto1(buffer):
        whole += buffer[:count]
    return whole


frames = st.lists(st.sampled_from([*FRAMES, SKIPPED]), min_size=1, max_size=4)


@given(frames)
def test_whole_files_are_read_to_their_end(frames):
    texts = [zstandard.ZstdDecompressor().decompressobj().decompress(one) for one in frames if one != SKIPPED]
    assert read(b"".join(frames)) == b"".join(texts)


@given(frames, st.data())
def test_a_file_that_is_cut_off_within_a_frame_is_told(frames, data):
    whole = b"".join(frames)
    ends = {sum(map(len, frames[:count])) for count in range(len(frames) + 1)}
    cut = data.draw(st.integers(0, len(whole)).filter(lambda at: at not in ends))
    with pytest.raises((EOFError, zstandard.ZstdError)):
        read(whole[:cut])
