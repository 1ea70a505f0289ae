#!/bin/sh
# Installs what the tests run beside Python: MariaDB, VictoriaMetrics and Chromium, from
# Debian's packages.
# Elsewhere, or without the right to, it says what is missing; the tests of it are then left out
# (under CI=true they fail instead).
set -eu

missing=""
command -v mariadbd >/dev/null 2>&1 || missing="$missing mariadb-server"
command -v victoria-metrics >/dev/null 2>&1 || missing="$missing victoria-metrics"
command -v chromium >/dev/null 2>&1 || missing="$missing chromium"
[ -z "$missing" ] && exit 0

if command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq
    # shellcheck disable=SC2086
    apt-get install -y -qq --no-install-recommends $missing >/dev/null
    exit 0
fi
echo "not installed:$missing (on Debian: sudo apt-get install$missing)"
[ "${CI:-}" != true ]
