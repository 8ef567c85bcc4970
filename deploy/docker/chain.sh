#!/bin/sh
# Statistics and a schema of training data, an artifact, validation of new data, their features.
# Stops at the first step that fails, with its exit code: 1 means that the new data have anomalies.
#   chain.sh preprocessing.py 'train/*.parquet' 'new/*.parquet' results
# TAURUS_BEAM names what runs a command; chain-in-containers.sh sets it to a container.
set -eu

preprocessing=$1 train=$2 new=$3 results=$4
tb=${TAURUS_BEAM:-taurus-beam}

mkdir -p "$results"
$tb stats --input "$train" --output "$results/train.stats.pb" --overwrite
$tb schema infer --stats "$results/train.stats.pb" --output "$results/schema.pbtxt" --overwrite
$tb fit --preprocessing "$preprocessing" --input "$train" --output "$results/transform_fn" \
  --overwrite
$tb stats --input "$new" --output "$results/new.stats.pb" --overwrite
$tb validate --stats "$results/new.stats.pb" --schema "$results/schema.pbtxt"
$tb transform --artifact "$results/transform_fn" --input "$new" \
  --output "$results/features/part" --overwrite
