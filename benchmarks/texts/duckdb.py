"""Texts in DuckDB: functions of lists where they do, one row a word where they do not."""

from __future__ import annotations

import duckdb
import pyarrow as pa

from benchmarks import duckdb_peer

GRAMS = """flatten(list_transform(range(1, len(w) + 1), lambda i:
    CASE WHEN i < len(w) THEN [w[i], w[i] || ' ' || w[i + 1]] ELSE [w[i]] END))"""
SPLIT = "(SELECT string_split(text, ' ') AS w FROM texts)"
TERMS = f"""CREATE TYPE terms AS ENUM (SELECT word FROM (SELECT unnest(w) AS word FROM {SPLIT})
    GROUP BY word ORDER BY count(*) DESC, word DESC)"""
TFIDF = """
    WITH words AS (
        SELECT row, len(w) AS length, unnest(w) AS word
        FROM (SELECT row_number() OVER () AS row, string_split(text, ' ') AS w FROM texts)
    ), pairs AS (
        SELECT row, length, enum_code(word::terms)::BIGINT AS id, count(*) AS number
        FROM words GROUP BY ALL
    ), weighed AS (
        SELECT id, ln((1 + (SELECT count(*) FROM texts)) / (1 + count(*))) + 1 AS idf
        FROM pairs GROUP BY id
    )
    SELECT list(id ORDER BY id) AS ids,
        list((number / length * idf)::FLOAT ORDER BY id) AS weights
    FROM pairs JOIN weighed USING (id) GROUP BY row ORDER BY row"""


def native(table: pa.Table) -> pa.Table:
    return table


def as_table(outputs: pa.Table) -> pa.Table:
    return outputs


def vocabulary(table: pa.Table) -> pa.Table:
    ids = "list_transform(w, lambda x: enum_code(x::terms)::BIGINT)"
    return answer(table, f"SELECT {ids} AS ids FROM {SPLIT}", TERMS)


def tfidf(table: pa.Table) -> pa.Table:
    return answer(table, TFIDF, TERMS)


def ngrams(table: pa.Table) -> pa.Table:
    return answer(table, f"SELECT {GRAMS} AS ngrams FROM {SPLIT}")


def bag_of_words(table: pa.Table) -> pa.Table:
    return answer(table, f"SELECT list_distinct({GRAMS}) AS ngrams FROM {SPLIT}")


def answer(table: pa.Table, query: str, first: str = "") -> pa.Table:
    with duckdb_peer.connection() as database:
        database.register("texts", table)
        if first:
            database.execute(first)
        found: duckdb.DuckDBPyRelation = database.sql(query)
        return found.to_arrow_table()
