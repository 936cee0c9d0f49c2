"""How gateway frames are written: plain text, or one compressed stream over the whole connection.

Source: https://discord.com/developers/docs/events/gateway#transport-compression
"""

import zlib
from collections.abc import Callable

try:  # Python 3.14 brings Zstandard; discord.py then asks for it
    from compression import zstd  # pyright: ignore
except ImportError:
    zstd = None

Encode = Callable[[str], str | bytes]


def encoder(compress: str | None) -> Encode:
    """The writer of one connection, for the `compress` of its address."""
    if compress == "zlib-stream":
        packer = zlib.compressobj()
        return lambda text: packer.compress(text.encode()) + packer.flush(zlib.Z_SYNC_FLUSH)
    if compress == "zstd-stream" and zstd is not None:
        stream = zstd.ZstdCompressor()
        return lambda text: stream.compress(text.encode(), mode=stream.FLUSH_BLOCK)
    return lambda text: text
