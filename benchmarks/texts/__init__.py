"""What each peer makes of texts. Each file has the same functions.

``native`` gives the form that the peer likes a column of texts in; ``vocabulary``, ``tfidf``,
``ngrams`` and ``bag_of_words`` are what is timed; ``as_table`` makes what they give a table of the
columns ``ids``, ``weights`` and ``ngrams``, as far as it has them, for comparison.
"""
