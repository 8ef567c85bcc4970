#!/bin/sh
# Sourced by dataproc.sh and emr.sh: makes the jar of a fit, and sets $jar. Workers are containers
# of $IMAGE that each executor starts.
preprocessing=$1 input=$2 output=$3 temp=$4
jar=$(mktemp -d)/taurus-beam-fit.jar

taurus-beam fit --preprocessing "$preprocessing" --input "$input" --output "$output" \
  --temp-location "$temp" --runner SparkRunner --spark_version=3 \
  --environment_type=DOCKER --environment_config="${IMAGE:?}" \
  --output_executable_path="$jar"
