#!/usr/bin/env bash
# Measures LLMs alone over a list of MPS shares, all rows in one file:
#   grid.sh FILE.csv "100 50 25" llama-3.1-8b:1 llama-3.1-8b:2 ...
# Starts an MPS daemon of its own and stops it at the end.
set -euo pipefail
if [ $# -lt 3 ]; then
  echo 'usage: grid.sh FILE.csv "SHARE..." MODEL:TP...' >&2
  exit 2
fi
file=$1
read -ra shares <<<"$2"
shift 2

CUDA_MPS_PIPE_DIRECTORY=$(mktemp -d)
export CUDA_MPS_PIPE_DIRECTORY
export CUDA_MPS_LOG_DIRECTORY=$CUDA_MPS_PIPE_DIRECTORY
nvidia-cuda-mps-control -d
trap 'echo quit | nvidia-cuda-mps-control' EXIT
sleep 1 # The daemon takes a moment to listen.

models=()
for model in "$@"; do
  models+=(--model "$model")
done
for share in "${shares[@]}"; do
  CUDA_MPS_ACTIVE_THREAD_PERCENTAGE=$share \
    python3 "$(dirname "$0")/bench.py" "${models[@]}" --out "$file"
done
