"""Local: jobs on the files of this machine by the threads of this process, without a pipeline.

The same phases, accumulators and frozen graph as in a pipeline, and the same readers and shards of
files. Nothing here imports Apache Beam before it is needed: for what outgrows memory.
"""
