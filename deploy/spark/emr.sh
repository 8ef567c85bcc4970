#!/bin/sh
# One fit on an EMR 7 cluster with Spark 3.5 and Docker on its machines: the job is made here as a
# single jar, copied to S3 and submitted as a step.
#   IMAGE=REPOSITORY/taurus-beam:0.1.0 CLUSTER=j-0123456789ABC JARS=s3://bucket/jars \
#     emr.sh preprocessing.py 's3://bucket/trips/*.parquet' s3://bucket/transform_fn \
#     s3://bucket/tmp
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/make_jar.sh"

aws s3 cp "$jar" "${JARS:?}/taurus-beam-fit.jar"
aws emr add-steps --cluster-id "${CLUSTER:?}" --steps \
  "Type=Spark,Name=taurus-beam-fit,ActionOnFailure=CONTINUE,Args=[--class,org.apache.beam.runners.spark.SparkPipelineRunner,$JARS/taurus-beam-fit.jar]"
