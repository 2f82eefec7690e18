#!/bin/sh
# SPDX-License-Identifier: MIT
# Prints when this source is from, in seconds since 1970: $SOURCE_DATE_EPOCH, or the newest commit's date, or NEWS.md's.
# A machine whose clock is behind that builds for its own time: it could not know better.
source=$1
[ -n "$SOURCE_DATE_EPOCH" ] && exec echo "$SOURCE_DATE_EPOCH"
at=$(git -C "$source" log -1 --format=%ct 2>/dev/null) || at=$(date -r "$source/NEWS.md" +%s)
now=$(date +%s)
[ "$at" -le "$now" ] && echo "$at" || echo "$now"
