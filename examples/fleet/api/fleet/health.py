# SPDX-License-Identifier: AGPL-3.0-or-later
"""Fails unless the server in this container answers that all is well."""

from urllib.request import urlopen

urlopen("http://127.0.0.1:8000/healthz", timeout=2)
