#!/bin/sh
# SPDX-License-Identifier: AGPL-3.0-or-later
# Joins the front end's sources into the three files that a browser loads. Comment lines and blank
# lines are left out.
set -eu

mkdir -p dist
cp src/index.html dist/index.html
cat src/*.css | grep -v '^ *$' > dist/app.css
cat src/*.js | grep -v -e '^ *//' -e '^ *$' > dist/app.js
echo "bundled $(cat dist/* | wc -c) bytes"
