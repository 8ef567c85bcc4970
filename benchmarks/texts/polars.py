"""Texts in Polars: lists where its functions for lists do, one row a word where they do not."""

from __future__ import annotations

import polars as pl
import pyarrow as pa


def native(table: pa.Table) -> pl.DataFrame:
    frame = pl.from_arrow(table, rechunk=True)
    assert isinstance(frame, pl.DataFrame)
    return frame


def as_table(outputs: pl.DataFrame) -> pa.Table:
    return outputs.to_arrow()


def split(frame: pl.DataFrame) -> pl.LazyFrame:
    return frame.lazy().select(pl.col("text").str.split(" ").alias("word"))


def terms(words: pl.LazyFrame) -> pl.Enum:
    """By frequency, larger first among equals."""
    counted = words.explode("word").group_by("word").len()
    return pl.Enum(counted.sort("len", "word", descending=True).collect()["word"])


def vocabulary(frame: pl.DataFrame) -> pl.DataFrame:
    words = split(frame)
    ids = pl.element().cast(terms(words)).to_physical().cast(pl.Int64)
    return words.select(pl.col("word").list.eval(ids).alias("ids")).collect()


def tfidf(frame: pl.DataFrame) -> pl.DataFrame:
    words = split(frame)
    known = terms(words)
    pairs = (
        words.with_row_index("row")
        .with_columns(pl.col("word").list.len().alias("length"))
        .explode("word")
        .with_columns(pl.col("word").cast(known).to_physical().cast(pl.Int64).alias("ids"))
        .group_by("row", "ids")
        .agg(pl.len().alias("count"), pl.col("length").first())
    )
    rows = pl.lit(frame.height, pl.Float64)
    idf = ((1 + rows) / (1 + pl.len().over("ids"))).log() + 1
    weights = pl.col("count") / pl.col("length") * idf
    return (
        pairs.with_columns(weights.cast(pl.Float32).alias("weights"))
        .sort("row", "ids")
        .group_by("row", maintain_order=True)
        .agg("ids", "weights")
        .select("ids", "weights")
        .collect()
    )


def ngrams(frame: pl.DataFrame) -> pl.DataFrame:
    return of_rows(frame, pl.col("ngrams"))


def bag_of_words(frame: pl.DataFrame) -> pl.DataFrame:
    return of_rows(frame, pl.col("ngrams").unique(maintain_order=True))


def of_rows(frame: pl.DataFrame, made: pl.Expr) -> pl.DataFrame:
    """What is made of the n-grams of one and two words of each row."""
    word, row = pl.col("word"), pl.col("row")
    pair = pl.when(row == row.shift(-1)).then(word + " " + word.shift(-1))
    return (
        split(frame)
        .with_row_index("row")
        .explode("word")
        .select("row", pl.concat_list(word, pair).alias("ngrams"))
        .explode("ngrams")
        .drop_nulls()
        .group_by("row", maintain_order=True)
        .agg(made)
        .select("ngrams")
        .collect()
    )
