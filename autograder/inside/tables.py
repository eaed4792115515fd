"""Tables and columns of pandas as plain parts, and such parts as tables again.

What pandas knows of a column beyond its values comes along: categories, missing values, time zones, names and levels
of an index. Where a column is of another kind (periods, intervals, …), `is_plain` says so.
"""

import re
import sys
from typing import Any

import numpy as np


def kinds() -> tuple[type, ...]:
    """The classes of tables and columns, if pandas is loaded."""
    pandas = sys.modules.get("pandas")
    found = (getattr(pandas, "DataFrame", None), getattr(pandas, "Series", None))
    return tuple(kind for kind in found if isinstance(kind, type))


def is_plain(table) -> bool:
    """Whether all of its columns and indexes are of kinds that come along."""
    columns = [table] if table.ndim == 1 else [table.iloc[:, i] for i in range(table.shape[1])]
    indexes = [table.index] if table.ndim == 1 else [table.index, table.columns]
    return all(_form(column.dtype) for column in columns) and all(map(_is_plain_index, indexes))


def parts(table) -> tuple:
    """A table or column as tuples, lists, arrays and constants; of the kinds of `is_plain`."""
    if table.ndim == 1:
        return "column", _values(table), _index(table.index), table.name
    columns = [_values(table.iloc[:, i]) for i in range(table.shape[1])]
    return "table", columns, _index(table.index), _index(table.columns)


def build(parts: tuple):
    """What `parts` told of. Raises what pandas does, or ValueError, for anything else."""
    import pandas

    match parts:
        case "column", values, index, name:
            return pandas.Series(_array(values), index=_built_index(index), name=name)
        case "table", list(columns), index, names:
            rows, labels = _built_index(index), _built_index(names)
            if len(columns) != len(labels):
                raise ValueError("not as many columns as names")
            table = pandas.DataFrame({at: _array(values) for at, values in enumerate(columns)}, index=rows)
            table.columns = labels
            return table
    raise ValueError("not a table")


def has_missing(table) -> bool:
    """Whether a column has items that comparisons pass over (`pandas.NA`; NaN and None equal nothing)."""
    return any(_passes_over(column) for column in _columns(table))


def without_missing(table):
    """A table whose columns with such items hold plain NaN and None instead."""
    import pandas

    def plain(column):
        return pandas.Series(column.to_numpy(dtype=object, na_value=None), index=column.index, name=column.name)

    if table.ndim == 1:
        return plain(table)
    columns = {at: plain(column) if _passes_over(column) else column for at, column in enumerate(_columns(table))}
    made = pandas.DataFrame(columns, index=table.index)
    made.columns = table.columns
    return made


def _columns(table) -> list:
    return [table] if table.ndim == 1 else [table.iloc[:, i] for i in range(table.shape[1])]


def _passes_over(column) -> bool:
    return _form(column.dtype) in ("nullable", "string") and bool(column.isna().any())


def form(table) -> str:
    """What it is called on the way: a table, or a column."""
    return "table" if table.ndim == 2 else "column"


def refill(table: Any, other) -> None:
    """Make a table hold what another does."""
    type(table).__init__(table, other)


def same(one, other) -> bool:
    """Whether two tables hold the same, under the same names."""
    if type(one) is not type(other) or not one.equals(other) or not one.index.identical(other.index):
        return False  # `identical` also compares dtypes and names
    return one.name == other.name if one.ndim == 1 else one.columns.identical(other.columns)


def _form(dtype) -> str:
    """How values of a dtype are told; "" if they are not."""
    pandas = sys.modules["pandas"]
    if isinstance(dtype, np.dtype):
        return "numpy" if dtype.kind in "biufcSUMmO" else ""
    if isinstance(dtype, pandas.CategoricalDtype):
        return "category" if _is_plain_index(dtype.categories) else ""
    if isinstance(dtype, pandas.DatetimeTZDtype):
        return "zoned"
    if isinstance(dtype, pandas.StringDtype):
        return "string"
    nullable = (pandas.core.arrays.integer.IntegerDtype, pandas.core.arrays.floating.FloatingDtype, pandas.BooleanDtype)
    return "nullable" if isinstance(dtype, nullable) else ""


def _values(column) -> tuple:
    array, form = column.array, _form(column.dtype)
    match form:
        case "category":
            return form, np.asarray(array.codes), _index(array.categories), bool(array.ordered)
        case "zoned":
            return form, array.tz_convert("UTC").tz_localize(None).to_numpy(), str(array.dtype.tz)
        case "string":
            return form, array.to_numpy(dtype=object, na_value=None), array.dtype.storage
        case "nullable":
            return form, array.dtype.name, np.asarray(array._data), np.asarray(array._mask)
    return form, np.asarray(array)


def _array(values: tuple) -> Any:
    import pandas

    match values:
        case "numpy", np.ndarray() as plain if plain.ndim == 1:
            return plain
        case "category", np.ndarray() as codes, index, bool(ordered):
            return pandas.Categorical.from_codes(codes, categories=_built_index(index), ordered=ordered)
        case "zoned", np.ndarray() as times, zone if times.dtype.kind == "M":
            return pandas.DatetimeIndex(times).tz_localize("UTC").tz_convert(_zone(zone)).array
        case "string", np.ndarray() as texts, "python" | "pyarrow" as storage if texts.dtype == object:
            return pandas.array(texts, dtype=pandas.StringDtype(storage))
        case "nullable", str(name), np.ndarray() as plain, np.ndarray() as mask if mask.dtype == bool:
            array = pandas.array(plain, dtype=name)
            if name not in _NULLABLE or array.shape != mask.shape:
                raise ValueError("not a column with missing values")
            array[mask] = pandas.NA
            return array
    raise ValueError("not a column")


_NULLABLE = {f"{sign}Int{bits}" for sign in ("", "U") for bits in (8, 16, 32, 64)} | {"Float32", "Float64", "boolean"}


def _is_plain_index(index) -> bool:
    pandas = sys.modules["pandas"]
    return all(map(_is_plain_index, index.levels)) if isinstance(index, pandas.MultiIndex) else bool(_form(index.dtype))


def _index(index) -> tuple:
    pandas = sys.modules["pandas"]
    if isinstance(index, pandas.RangeIndex):
        return "range", index.start, index.stop, index.step, index.name
    if isinstance(index, pandas.MultiIndex):
        levels = [_index(level) for level in index.levels]
        return "levels", levels, [np.asarray(codes) for codes in index.codes], list(index.names)
    return "index", _values(index), index.name, getattr(index, "freqstr", None)


def _built_index(index: tuple) -> Any:
    import pandas

    match index:
        case "range", int(start), int(stop), int(step), name:
            return pandas.RangeIndex(start, stop, step, name=name)
        case "levels", list(levels), list(codes), list(names):
            return pandas.MultiIndex([_built_index(level) for level in levels], codes, names=names)
        case "index", values, name, freq:
            made = pandas.Index(_array(values), name=name)
            if isinstance(freq, str) and isinstance(made, pandas.DatetimeIndex | pandas.TimedeltaIndex):
                made = type(made)(made, freq=freq, name=name)
            return made
    raise ValueError("not an index")


def constant(value) -> tuple | None:
    """A point in time, a missing value or an index as plain parts; None for anything else."""
    pandas = sys.modules.get("pandas")
    if pandas is None:
        return None
    if value is pandas.NaT or value is pandas.NA:
        return ("NaT" if value is pandas.NaT else "NA",)
    if type(value) is pandas.Timestamp:
        naive = value if value.tz is None else value.tz_convert("UTC").tz_localize(None)
        return "time", naive.to_datetime64(), None if value.tz is None else str(value.tz)
    if type(value) is pandas.Timedelta:
        return "span", value.to_timedelta64()
    if isinstance(value, pandas.Index) and type(value).__module__.startswith("pandas.") and _is_plain_index(value):
        return "index", _index(value)
    return None


def build_constant(parts: tuple):
    """What `constant` told of. Raises what pandas does, or ValueError, for anything else."""
    import pandas

    match parts:
        case ("NaT" | "NA" as name,):
            return getattr(pandas, name)
        case "time", np.datetime64() as time, None:
            return pandas.Timestamp(time)
        case "time", np.datetime64() as time, zone:
            return pandas.Timestamp(time).tz_localize("UTC").tz_convert(_zone(zone))
        case "span", np.timedelta64() as span:
            return pandas.Timedelta(span)
        case "index", tuple(index):
            return _built_index(index)
    raise ValueError("not a constant")


def _zone(name) -> str:
    """The name of a time zone, and not of a file."""
    if not isinstance(name, str) or not _ZONE.fullmatch(name) or name.startswith("dateutil"):
        raise ValueError("not a time zone")
    return name


_ZONE = re.compile(r"[A-Za-z0-9_+:-]{1,40}(/[A-Za-z0-9_+:-]{1,40}){0,2}", re.ASCII)
