"""What each type of anomaly means and what a person can do about it.

The texts stand beside the validator's own, which say what was found; these say why it matters and
where to look. One entry for each type that validation emits.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Explanation", "explanation"]

_EDIT = "edit the schema"
_ACCEPT = "If the data are right, accept the change with `taurus-beam schema update`."
_UPSTREAM = "If it should not be, look for the cause where the data come from. "
_NL = "Look at the examples that the statistics report; if the text is right, lower the threshold."
_DISTANCE = (
    "Open the feature and compare the two charts. If the change is real and wanted, retrain or "
    "raise the threshold; if not, look for the cause where the data come from."
)


@dataclass(frozen=True)
class Explanation:
    """What an anomaly means, and what to do."""

    meaning: str
    advice: str


_EXPLANATIONS = {
    # columns
    "SCHEMA_NEW_COLUMN": (
        "The data have a feature that the schema does not know, or not in this environment.",
        "Accept it with `taurus-beam schema update`, or stop producing it. A feature that only "
        "training has, such as a label, belongs in that environment alone.",
    ),
    "SCHEMA_MISSING_COLUMN": (
        "A feature that the schema requires is not in the data at all. A model that reads it "
        "would fail or see only missing values.",
        "Look whether the column was renamed or dropped upstream. If it is gone for good, set its "
        "lifecycle_stage to DEPRECATED; if it is absent only here, say so with an environment.",
    ),
    "FEATURE_TYPE_NOT_PRESENT": (
        "The feature is there, but has no value in any example.",
        "Look for a join that found nothing or a source that was empty. " + _ACCEPT,
    ),
    "FEATURE_TYPE_LOW_NUMBER_PRESENT": (
        "Fewer examples have the feature than presence.min_count in the schema asks for.",
        _UPSTREAM + _ACCEPT,
    ),
    "FEATURE_TYPE_LOW_FRACTION_PRESENT": (
        "A smaller share of the examples has the feature than presence.min_fraction asks for. The "
        "column is still there: some of its values are missing.",
        _UPSTREAM + "If some missing values are normal, lower min_fraction.",
    ),
    # lengths and shape
    "FEATURE_TYPE_LOW_NUMBER_VALUES": (
        "Some examples have fewer values in their list than value_count.min allows.",
        _UPSTREAM + _ACCEPT,
    ),
    "FEATURE_TYPE_HIGH_NUMBER_VALUES": (
        "Some examples have more values in their list than value_count.max allows.",
        "Look for duplicated or badly split values. " + _ACCEPT,
    ),
    "VALUE_NESTEDNESS_MISMATCH": (
        "Lists are nested to another depth than the schema says.",
        "Give the schema one value_counts entry per level, or a single value_count for flat lists.",
    ),
    "INVALID_FEATURE_SHAPE": (
        "The schema gives the feature a fixed shape, but some examples lack it or are longer or "
        "shorter. Such data cannot be fed as a dense tensor.",
        "Fill or drop the incomplete examples, or take the shape out of the schema.",
    ),
    "FEATURE_TYPE_LOW_UNIQUE": (
        "There are fewer distinct values than unique_constraints.min asks for.",
        "Look for a stuck source or a filter that is too narrow; else lower the bound.",
    ),
    "FEATURE_TYPE_HIGH_UNIQUE": (
        "There are more distinct values than unique_constraints.max allows.",
        "Look for free text or identifiers in a categorical feature; else raise the bound.",
    ),
    "FEATURE_TYPE_NO_UNIQUE": (
        "The schema bounds the number of distinct values, but the statistics did not count them.",
        "Declare the feature categorical in the schema that the statistics are made with.",
    ),
    # types
    "UNEXPECTED_DATA_TYPE": (
        "The values have another type than the schema says. A preprocessing function or a model "
        "would read them wrongly or fail.",
        "Cast them where the data are written; if the new type is right, change it in the schema.",
    ),
    "DOMAIN_INVALID_FOR_TYPE": (
        "The domain that the schema gives does not go with the type of the data.",
        f"To mend it, {_EDIT}: another domain, or another type.",
    ),
    # domains
    "BOOL_TYPE_SMALL_INT": (
        "A feature that should be 0 or 1 has smaller numbers.",
        _UPSTREAM + "If it is no longer yes or no, give it an int_domain.",
    ),
    "BOOL_TYPE_BIG_INT": (
        "A feature that should be 0 or 1 has larger numbers.",
        _UPSTREAM + "If it is no longer yes or no, give it an int_domain.",
    ),
    "BOOL_TYPE_UNEXPECTED_FLOAT": (
        "A feature that should be 0 or 1 has other numbers.",
        _UPSTREAM + "If it is no longer yes or no, give it a float_domain.",
    ),
    "BOOL_TYPE_UNEXPECTED_STRING": (
        "A feature that should have one of two words has others.",
        "Write the words as the schema's bool_domain has them, or give the feature a domain of "
        "all its values.",
    ),
    "ENUM_TYPE_UNEXPECTED_STRING_VALUES": (
        "There are values that are not in the feature's domain. An encoding fitted to the domain "
        "treats them all as unknown.",
        "Look for misspellings and new spellings first. If the values are new and right, accept "
        "them with `taurus-beam schema update`; to allow a few, set distribution_constraints.",
    ),
    "ENUM_TYPE_INVALID_UTF8": (
        "Some values are no valid UTF-8 text, so they match no value of a domain.",
        "Decode them with their real encoding where the data are read, or treat them as bytes.",
    ),
    "INT_TYPE_SMALL_INT": (
        "Values lie below int_domain.min.",
        "Look for error codes such as -1 or an overflow; if they are right, lower the bound.",
    ),
    "INT_TYPE_BIG_INT": (
        "Values lie above int_domain.max.",
        "Look for another unit or an overflow; if they are right, raise the bound.",
    ),
    "INT_TYPE_NOT_INT_STRING": (
        "Texts that should be whole numbers are not.",
        "Clean them where the data are read, or take the int_domain out of the schema.",
    ),
    "FLOAT_TYPE_SMALL_FLOAT": (
        "Values lie below float_domain.min.",
        "Look for error codes or another unit; if they are right, lower the bound.",
    ),
    "FLOAT_TYPE_BIG_FLOAT": (
        "Values lie above float_domain.max.",
        "Look for outliers or another unit; if they are right, raise the bound.",
    ),
    "FLOAT_TYPE_STRING_NOT_FLOAT": (
        "Texts that should be numbers are not.",
        "Clean them where the data are read, or take the float_domain out of the schema.",
    ),
    "FLOAT_TYPE_HAS_NAN": (
        "There are NaN values, which float_domain.disallow_nan forbids. One NaN spoils a mean, a "
        "gradient and a whole training step.",
        "Look for divisions by zero and failed parses; write missing values as missing.",
    ),
    "FLOAT_TYPE_HAS_INF": (
        "There are infinite values, which float_domain.disallow_inf forbids.",
        "Look for divisions by zero, logarithms of zero and overflow; clip or drop them.",
    ),
    "SEMANTIC_DOMAIN_UPDATE": (
        "The statistics recognise what the values mean (text, time, images); the schema has no "
        "domain for it yet.",
        "Accept the domain with `taurus-beam schema update`, or give the feature another one.",
    ),
    "LOW_SUPPORTED_IMAGE_FRACTION": (
        "Fewer values are images of a readable format than the image_domain asks for.",
        "Look for broken downloads or paths in place of images.",
    ),
    "MAX_IMAGE_BYTE_SIZE_EXCEEDED": (
        "An image is larger than image_domain.max_image_byte_size.",
        "Scale images down where they are written, or raise the bound.",
    ),
    # natural language
    "FEATURE_COVERAGE_TOO_LOW": ("Too many tokens are outside of the vocabulary.", _NL),
    "FEATURE_COVERAGE_TOO_SHORT_AVG_TOKEN_LENGTH": (
        "Tokens are shorter on average than expected: the text may be split too finely.",
        _NL,
    ),
    "SEQUENCE_VALUE_TOO_SMALL_FRACTION": ("A token is in too few sequences.", _NL),
    "SEQUENCE_VALUE_TOO_LARGE_FRACTION": ("A token is in too many sequences.", _NL),
    "SEQUENCE_VALUE_TOO_FEW_OCCURRENCES": ("A token is too rare within a sequence.", _NL),
    "SEQUENCE_VALUE_TOO_MANY_OCCURRENCES": ("A token is too frequent within a sequence.", _NL),
    "STATS_NOT_AVAILABLE": (
        "The schema has constraints on text, but the statistics hold nothing to check them with.",
        "Make the statistics with this schema, so that the text is looked at.",
    ),
    # sparse, weighted and derived features
    "SPARSE_FEATURE_MISSING_VALUE": (
        "A sparse feature has indices without values in some examples.",
        "Write both columns together, or neither.",
    ),
    "SPARSE_FEATURE_MISSING_INDEX": (
        "A sparse feature has values without indices in some examples.",
        "Write both columns together, or neither.",
    ),
    "SPARSE_FEATURE_LENGTH_MISMATCH": (
        "A sparse feature has more indices than values, or fewer, in some examples.",
        "Write one index for each value.",
    ),
    "SPARSE_FEATURE_NAME_COLLISION": (
        "A sparse feature has the name of a plain one.",
        f"Choose another name: {_EDIT}.",
    ),
    "WEIGHTED_FEATURE_NAME_COLLISION": (
        "A weighted feature has the name of another one.",
        f"Choose another name: {_EDIT}.",
    ),
    "WEIGHTED_FEATURE_MISSING_VALUE": (
        "A weighted feature has weights without values in some examples.",
        "Write both columns together, or neither.",
    ),
    "WEIGHTED_FEATURE_MISSING_WEIGHT": (
        "A weighted feature has values without weights in some examples.",
        "Write both columns together, or neither.",
    ),
    "WEIGHTED_FEATURE_LENGTH_MISMATCH": (
        "A weighted feature has more weights than values, or fewer, in some examples.",
        "Write one weight for each value.",
    ),
    "DERIVED_FEATURE_BAD_LIFECYCLE": (
        "A feature that validation derives has another lifecycle stage than VALIDATION_DERIVED.",
        f"Set lifecycle_stage: VALIDATION_DERIVED; to do so, {_EDIT}.",
    ),
    "DERIVED_FEATURE_INVALID_SOURCE": (
        "A feature is derived in the statistics, but the schema does not say from what.",
        f"Set validation_derived_source; to do so, {_EDIT}.",
    ),
    # drift, skew and sizes
    "COMPARATOR_CONTROL_DATA_MISSING": (
        "There is nothing to compare the feature with: the other data set lacks it.",
        "Find out why it is absent there, or take the comparator out of the schema.",
    ),
    "COMPARATOR_L_INFTY_HIGH": (
        "The share of one value differs more between the two data sets than the schema allows. "
        "A model trained on the one may do worse on the other.",
        _DISTANCE,
    ),
    "COMPARATOR_JENSEN_SHANNON_DIVERGENCE_HIGH": (
        "The distributions of the two data sets differ more than the schema allows (0: the same, "
        "1: nothing in common). A model trained on the one may do worse on the other.",
        _DISTANCE,
    ),
    "COMPARATOR_NORMALIZED_ABSOLUTE_DIFFERENCE_HIGH": (
        "The count of one value differs more between the two data sets than the schema allows. "
        "This measure also grows when one data set is merely larger.",
        _DISTANCE,
    ),
    "COMPARATOR_LOW_NUM_EXAMPLES": (
        "There are far fewer examples than in the data set compared with.",
        "Look for files that were not written or a filter that is too strict.",
    ),
    "COMPARATOR_HIGH_NUM_EXAMPLES": (
        "There are far more examples than in the data set compared with.",
        "Look for data that were read twice.",
    ),
    "DATASET_LOW_NUM_EXAMPLES": (
        "The data set has fewer examples than the schema asks for.",
        "Look for files that were not written or a filter that is too strict.",
    ),
    "DATASET_HIGH_NUM_EXAMPLES": (
        "The data set has more examples than the schema allows.",
        "Look for data that were read twice.",
    ),
    # the schema itself
    "FEATURE_MISSING_NAME": ("A feature of the schema has no name.", f"Give it one: {_EDIT}."),
    "FEATURE_MISSING_TYPE": (
        "A feature of the schema has no type.",
        f"Give it the type of its data: {_EDIT}.",
    ),
    "INVALID_SCHEMA_SPECIFICATION": (
        "The schema contradicts itself, so this feature cannot be checked as written.",
        f"Mend what the text names: {_EDIT}.",
    ),
    "INVALID_DOMAIN_SPECIFICATION": (
        "The feature names a domain that the schema does not define, or one of an unknown kind.",
        f"Define the domain or drop its name: {_EDIT}.",
    ),
    "CUSTOM_VALIDATION": (
        "A rule of your own did not hold.",
        "Look at the rule that the text quotes and the statistics that it reads.",
    ),
}

_OTHER = Explanation(
    "The data and the schema do not agree.",
    "Compare what was found with what the schema says; mend the one that is wrong.",
)


def explanation(type_name: str) -> Explanation:
    """What an anomaly of a type means; in general terms where the type is unknown.

    Args:
        type_name: Name of an ``AnomalyInfo.Type``.

    Example:
        >>> explanation("DATASET_HIGH_NUM_EXAMPLES").advice
        'Look for data that were read twice.'
    """
    known = _EXPLANATIONS.get(type_name)
    return Explanation(*known) if known else _OTHER
