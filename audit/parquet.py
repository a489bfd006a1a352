"""The log as Parquet: the columns of the other exports, typed, for analysis.

Workers write it: the web process never loads pyarrow.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, BinaryIO

from audit.export import COLUMNS, Export

READ = {"at": datetime.fromisoformat, "override": "yes".__eq__}  # what is not a text, from how SQL tells it


def fill(export: Export, file: BinaryIO) -> Iterator[None]:
    """Write the entries into a file, a page at each step."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    kinds = {"at": pa.timestamp("ms", tz="UTC"), "override": pa.bool_()}
    schema = pa.schema([(name, kinds.get(name, pa.string())) for name in COLUMNS])
    with pq.ParquetWriter(file, schema, compression="zstd") as writer:
        for page in export.values():
            columns = [_read(name, cells) for name, cells in zip(COLUMNS, zip(*page, strict=True), strict=True)]
            arrays = [pa.array(cells, field.type) for cells, field in zip(columns, schema, strict=True)]
            writer.write_batch(pa.record_batch(arrays, schema=schema))
            yield


def _read(name: str, cells: tuple[Any, ...]) -> list[Any]:
    """Return the values of a column; what is empty is null."""
    read = READ.get(name)
    return [None if cell in (None, "") else read(cell) if read else cell for cell in cells]
