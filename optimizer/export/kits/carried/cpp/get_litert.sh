#!/bin/sh
# Fetches libLiteRt.so for this machine (x86-64, or a 64-bit ARM such as a Raspberry Pi 4 or 5 with a
# 64-bit system): it is part of the Python package ai-edge-litert.
set -e
cd "$(dirname "$0")"
python3 -m pip install --target litert --no-deps "ai-edge-litert==2.3.0"
ls litert/ai_edge_litert/libLiteRt.so
