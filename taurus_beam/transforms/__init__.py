"""Row operations: the output row depends on the same input row.

One family per file, each operation declared once: type rule, batch kernel, row kernel, docs. The
list below says which file declares which operation; a test holds it to the truth.
"""

from taurus_beam import analyzers as analyzers  # compositions are made of them
from taurus_beam.graph.operation import homes

homes(
    __name__,
    {
        "arithmetic": (
            "absolute",
            "add",
            "divide",
            "floor_divide",
            "fmax",
            "fmin",
            "maximum",
            "minimum",
            "multiply",
            "negative",
            "power",
            "remainder",
            "sign",
            "square",
            "subtract",
        ),
        "buckets": ("apply_buckets",),
        "cast": ("cast",),
        "comparison": ("equal", "greater", "greater_equal", "less", "less_equal", "not_equal"),
        "functions": (
            "arccos",
            "arcsin",
            "arctan",
            "arctan2",
            "cbrt",
            "ceil",
            "cos",
            "cosh",
            "degrees",
            "exp",
            "exp2",
            "expm1",
            "floor",
            "hypot",
            "isfinite",
            "isinf",
            "isnan",
            "log",
            "log10",
            "log1p",
            "log2",
            "logaddexp",
            "radians",
            "rint",
            "sin",
            "sinh",
            "sqrt",
            "tan",
            "tanh",
            "trunc",
        ),
        "hashing": ("hash_strings",),
        "logic": ("and", "not", "or", "xor"),
        "scaling": ("rescale", "standardize"),
        "selection": ("element", "fill_null", "is_null", "where"),
        "vocabulary": ("apply_vocabulary", "one_hot"),
    },
)
