#!/bin/sh
# One fit on a Dataproc cluster with Spark 3.5, whose machines have the Docker component: the job is
# made here as a single jar, and submitted as any other Spark job.
#   IMAGE=REPOSITORY/taurus-beam:0.1.0 CLUSTER=name REGION=europe-west4 \
#     dataproc.sh preprocessing.py 'gs://bucket/trips/*.parquet' gs://bucket/transform_fn \
#     gs://bucket/tmp
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/make_jar.sh"

gcloud dataproc jobs submit spark --cluster "${CLUSTER:?}" --region "${REGION:?}" --jar "$jar" \
  --properties spark.executor.cores=2
