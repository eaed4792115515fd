"""How does a classifier that only knows yes and no tell ten digits apart? By answering several questions.

Every reduction is a code book: one row per class, one column per binary classifier, entries −1, 0, +1. The
classifier of a column learns to tell the classes marked +1 from those marked −1; examples of classes marked 0
are left out. To predict, all classifiers answer and the answers are compared with the rows:

                         columns          who wins                                   answers per prediction
    OneVsAll             C                the highest score                          C
    OneVsOne             C (C − 1) / 2    most votes                                 C (C − 1) / 2
    ErrorCorrectingCode  your choice      the row that differs in the fewest places  all columns
    ClassTree            C − 1            the leaf that the answers lead to          about log₂ C

`estimator` is any classifier of two classes, ours or scikit-learn's. Its score is its `decision_function`, or
else its `predict`, which answers −1 or +1. A score of 0 counts as +1.
Each reduction is a scikit-learn classifier of C ≥ 2 classes of any labels: `fit`, `predict`,
`decision_function` (n, C), or (n,) for two classes, `classes_`, and
`code_book_` (C, K), `estimators_`: the K fitted classifiers, in the order of the columns.

Source: USC 1.8 – 1.10; the code book with zeros: Allwein, Schapire and Singer 2000.

Read `codes` (code books), then `reductions`.
"""

from nnkit.multiclass.codes import check_code_book, errors_corrected, exhaustive_code
from nnkit.multiclass.reductions import ClassTree, ErrorCorrectingCode, OneVsAll, OneVsOne

__all__ = [
    "ClassTree",
    "ErrorCorrectingCode",
    "OneVsAll",
    "OneVsOne",
    "check_code_book",
    "errors_corrected",
    "exhaustive_code",
]
