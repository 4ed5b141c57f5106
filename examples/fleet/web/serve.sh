#!/bin/sh
# SPDX-License-Identifier: AGPL-3.0-or-later
# Serves the page. Told to end, it takes no more requests and waits for those that it has.
httpd -f -p 8080 -h /www &
trap 'kill $!' TERM INT
wait $!
while pidof httpd >/dev/null; do sleep 0.1; done
