# ruff: noqa: E501 (programs stand on one line)
"""Tables of pandas on their way between a check and the student's code."""

import pytest

from autograder.assignment import Role
from autograder.exam.sharing import Sharing
from tests.autograder.exam.test_examiner import cell, examine, make_examiner, passes

pandas = pytest.importorskip("pandas", reason="pandas is for tests of courses that use it")

MAKE = """
import numpy as np, pandas as pd
def table():
    return pd.DataFrame({
        "a": [1, 2, 3], "b": ["x", None, "z"], "c": pd.Categorical(["u", "v", "u"], categories=["v", "u"], ordered=True),
        "d": pd.array([1, None, 3], dtype="Int64"), "e": pd.date_range("2020", periods=3, tz="Europe/Berlin"),
        "f": pd.array(["q", None, "r"], dtype="string"), "g": pd.to_timedelta([1, 2, 3], unit="h"),
        "h": pd.array([True, None, False], dtype="boolean"), "i": [1.5, np.nan, 2]})
"""
STUDENT = """
def same(x): return x
def add(df): df["new"] = df["a"] * 2
def fill(df):
    df.fillna({"i": 0}, inplace=True)
    return df
def rename(s): s.name = "other"
def spoil(df):
    df["a"] = 0
    return 0
def periods(): return pd.DataFrame({"p": pd.period_range("2020", periods=2, freq="M"), "x": [1, 2]})
"""
TABLES = {
    "columns of all kinds": "table()",
    "a column": "table()['c']",
    "levels": "table().set_index(['a', 'b'])",
    "levels of columns": "table().pivot_table(index='a', columns=['c', 'f'], values='i', observed=True)",
    "times": "table()[['e', 'a']].set_index('e').asfreq('D')",
    "counts": "table()['a'].value_counts()",
    "groups": "table().groupby('c', observed=False).size()",
    "named axes": "table()[['a', 'i']].rename_axis('rows').rename_axis('columns', axis=1)",
    "nothing": "pd.DataFrame()",
    "an index": "table().set_index('c').index",
    "missing keys": "table().set_index('d')",
    "a table in a list": "[table()[['a']]][0]",
}


@pytest.fixture(scope="module")
def examiner(sandbox):
    with make_examiner(sandbox) as examiner:
        examiner.run(cell(MAKE, Role.GIVEN))
        examiner.run(cell(STUDENT))
        yield examiner


@pytest.mark.parametrize("made", TABLES.values(), ids=TABLES)
def test_a_table_is_the_same_on_both_sides(examiner, made):
    examiner.run(cell(f"made = {made}"))
    check = f"import pandas.testing as t\nours = {made}\n"
    check += "kind = type(ours).__name__\n{'DataFrame': t.assert_frame_equal, 'Series': t.assert_series_equal}.get(kind, t.assert_index_equal)(made, ours)"
    passes(examiner, check)


VALUES = {
    "times": "x = [pd.Timestamp('2020-01-01 12:00'), pd.Timestamp('2020', tz='Europe/Berlin'), pd.Timedelta('1h'), pd.NaT, pd.NA]\ny = same(x)\n"
    "assert y[:3] == x[:3] and y[3] is pd.NaT and y[4] is pd.NA and y is x",
    "the same table": "df = table(); assert same(df) is df",
    "a table of periods stays there": "assert periods().shape == (2, 2) and periods()['x'].sum() == 3 and not isinstance(periods(), pd.DataFrame)",
}


@pytest.mark.parametrize("check", VALUES.values(), ids=VALUES)
def test_what_pandas_has_besides_tables(examiner, check):
    examiner.run(cell("times = [pd.Timestamp('2020'), pd.NaT]"))
    assert examine(examiner, "assert times == [pd.Timestamp('2020'), pd.NaT] or times[1] is pd.NaT").score == 3
    passes(examiner, check)


CHANGED = {
    "a new column": "df = table(); add(df); assert df['new'].tolist() == [2, 4, 6] and df['c'].dtype == table()['c'].dtype",
    "what is missing": "df = table(); assert fill(df) is df and df['i'].tolist() == [1.5, 0, 2]",
    "a name": "s = table()['a']; rename(s); assert s.name == 'other' and s.tolist() == [1, 2, 3]",
    "given data": "add(given); assert list(given) == ['a', 'new']",
    "given data put back": "assert list(given) == ['a']",
}


def test_what_a_function_changes_in_a_table_changes_for_the_check(sandbox):
    with make_examiner(sandbox, sharing=Sharing(everything=True)) as examiner:
        examiner.run(cell(f"{MAKE}given = pd.DataFrame({{'a': [1]}})", Role.GIVEN))
        examiner.run(cell(STUDENT))
        for check in CHANGED.values():
            passes(examiner, check)


def test_a_table_that_a_function_spoils_is_no_excuse(examiner):
    result = examine(examiner, "df = table(); assert spoil(df) == df['a'].sum()")
    assert result.score == 0
    assert result.told.endswith("your `spoil` changes what it is given: work on a copy")
    assert examine(examiner, "df = table(); assert same(df) is df").told == ""


@pytest.mark.parametrize(
    "parts",
    [
        ("table", [], ("range", 0, 1, 0, None), ("range", 0, 0, 1, None)),
        ("table", [], ("range", 0, 1, 1, None), ("range", 0, 1, 1, None)),
        ("table", [("numpy", [1])], ("range", 0, 1, 1, None), ("range", 0, 1, 1, None)),
        ("column", ("nullable", "object", [1], [True]), ("range", 0, 1, 1, None), "a"),
        ("index", ("numpy", 3), None, "D"),
        ("time", 3, None),
        ("frame",),
        (),
        None,
    ],
)
def test_parts_out_of_form_are_an_error(parts):
    from autograder.inside import tables

    for build in (tables.build, tables.build_constant):
        with pytest.raises(Exception):  # noqa: B017, PT011 (whichever pandas raises: `wire.reading` makes one of all)
            build(parts)


@pytest.mark.parametrize("zone", ["/etc/passwd", "../x", "dateutil//etc/passwd", "a/b/c/d", "", 3, "tz\0"])
def test_a_time_zone_is_no_file(zone):
    import numpy as np

    from autograder.inside import tables

    with pytest.raises(ValueError, match="not a time zone"):
        tables.build_constant(("time", np.datetime64("2020"), zone))


def test_a_worker_cannot_send_a_pickle():
    import pickle

    from autograder.inside.wire import Exchange, WireError

    examiner = Exchange(lambda *a: [], lambda *a: None, trusted=True)
    with pytest.raises(WireError, match="content of an unknown kind"):
        examiner.load([["pickled", pickle.dumps(pandas.DataFrame())]])
    examiner = Exchange(lambda *a: [], lambda *a: None, trusted=True)
    examiner.pack(pandas.DataFrame())
    examiner.new_contents()
    with pytest.raises(WireError):
        examiner.apply([[0, ["pickled", pickle.dumps(pandas.DataFrame())]]], {})


def test_a_wrong_column_does_not_hide_behind_missing_items(sandbox):
    with make_examiner(sandbox) as examiner:
        examiner.run(
            cell(
                "import pandas as pd\ndef f(): return pd.Series([1, None, None], dtype='Int64')\ndef g(): return f().to_frame('a')"
            )
        )
        examine(examiner, "import pandas as pd")
        for check in (
            "assert (f() == [1, 2, 3]).all()",
            "assert (g()['a'] == [1, 2, 3]).all()",
            "assert (g() == [[1], [2], [3]]).all().all()",
        ):
            assert examine(examiner, check).score == 0
        assert examine(examiner, "assert f().dtype == 'Int64' and f().isna().sum() == 2").score == 3
