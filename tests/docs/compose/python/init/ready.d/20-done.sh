#!/bin/sh
echo "created"
