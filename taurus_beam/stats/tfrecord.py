"""TFRecord: a file of records of bytes, each framed by its length and two checksums.

TFDV keeps statistics in such files, with one record or several. What is in a record is not this
room's matter. Format: tensorflow/core/lib/io/record_writer.h; checksum: CRC-32C (RFC 3720),
rotated and offset ("masked").
"""

from __future__ import annotations

import gzip
import struct
from collections.abc import Iterable, Iterator

import google_crc32c

from taurus_beam.errors import DataError

__all__ = ["masked_checksum", "read_records", "write_records"]

_GZIP = b"\x1f\x8b"
_HEADER = struct.Struct("<QI")
_FOOTER = struct.Struct("<I")
_MASK_DELTA = 0xA282EAD8
_ALL = 0xFFFFFFFF


def write_records(records: Iterable[bytes]) -> bytes:
    """The content of a TFRecord file, uncompressed.

    Example:
        >>> list(read_records(write_records([b"one", b""]), "x.tfrecord"))
        [b'one', b'']
    """
    parts = []
    for record in records:
        length = struct.pack("<Q", len(record))
        parts += [
            length,
            _FOOTER.pack(masked_checksum(length)),
            record,
            _FOOTER.pack(masked_checksum(record)),
        ]
    return b"".join(parts)


def read_records(content: bytes, where: str) -> Iterator[bytes]:
    """The records of a TFRecord file, plain or gzip.

    Args:
        content: What is in the file.
        where: The file to name in an error.

    Raises:
        DataError: It is cut off, or a checksum is wrong.
    """
    if content.startswith(_GZIP):
        try:
            content = gzip.decompress(content)
        except (OSError, EOFError) as problem:
            raise _damaged(f"gzip: {problem}", where) from problem
    start = 0
    while start < len(content):
        if start + _HEADER.size > len(content):
            raise _damaged("it ends within the head of a record", where)
        length, checksum = _HEADER.unpack_from(content, start)
        if masked_checksum(content[start : start + 8]) != checksum:
            raise _damaged(f"the checksum of the length at byte {start} is wrong", where)
        start += _HEADER.size
        if start + length + _FOOTER.size > len(content):
            raise _damaged("it ends within a record", where)
        record = content[start : start + length]
        if masked_checksum(record) != _FOOTER.unpack_from(content, start + length)[0]:
            raise _damaged(f"the checksum of the record at byte {start} is wrong", where)
        yield record
        start += length + _FOOTER.size


def _damaged(why: str, where: str) -> DataError:
    return DataError(
        f"The file is no complete TFRecord file: {why}.",
        where=where,
        expected="records framed by lengths and CRC-32C checksums",
        fix="Write the file again; it is damaged, cut off or of another format.",
    )


def masked_checksum(data: bytes) -> int:
    """The checksum of some bytes as it stands in a TFRecord file.

    Example:
        >>> hex(masked_checksum(b"123456789"))
        '0xc78ab0e5'
    """
    crc = int(google_crc32c.value(data))
    return (((crc >> 15) | (crc << 17)) + _MASK_DELTA) & _ALL
