#!/bin/sh
echo "boots"
