#!/bin/sh
# chain.sh with a container for each step: the folder where it is called is the container's too.
#   IMAGE=REPOSITORY/taurus-beam:0.1.0 chain-in-containers.sh preprocessing.py 'train/*' 'new/*' out
set -eu

image=${IMAGE:?the image that deploy/docker/Dockerfile builds}
here=$(cd "$(dirname "$0")" && pwd)
TAURUS_BEAM="docker run --rm --volume $PWD:/work --workdir /work --user $(id -u):$(id -g) \
  --entrypoint taurus-beam $image" exec "$here/chain.sh" "$@"
