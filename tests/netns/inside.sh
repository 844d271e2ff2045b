# shellcheck shell=sh
# SPDX-License-Identifier: Apache-2.0
# One case, as the first process of its sandbox: when it ends, so does all that it started.
# usage: inside.sh CASE FOLDER
set -eu
netns=$(cd "$(dirname "$0")" && pwd)
work=$2
trap 'exit 130' INT TERM
# shellcheck source=tests/netns/lib.sh
. "$netns/lib.sh"
# shellcheck source=tests/netns/plant.sh
. "$netns/plant.sh"
for file in "$netns"/cases/*.sh; do
	# shellcheck source=/dev/null
	. "$file"
done
mount -t tmpfs tmpfs /run	# nothing of the machine's, such as its mDNS daemon, is in sight
mkdir -p /run/netns "$work/log" "$work/run" "$work/devices"
"case_$1"
