#!/bin/bash
# What a service of the agent runs; no service runs here.
exit 1
