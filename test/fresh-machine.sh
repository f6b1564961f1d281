#!/usr/bin/env bash
# Runs a command in a git clone of ezj on a machine that has Debian 12, sudo, Node and npm, and nothing else:
#
#   test/fresh-machine.sh [--user] [--keep] CLONE COMMAND...
#
#   test/fresh-machine.sh . bin/ezj --yes -d             what the README says of a checkout, to the first URL
#   test/fresh-machine.sh . npm test                     the whole test suite
#   test/fresh-machine.sh --user . bin/ezj setup --yes   as an ordinary user with sudo
#
# CLONE is a checkout or anything else that `git clone` takes; its last commit is what runs. The command runs at the top of
# the clone. --keep leaves the machine there and prints how to look into it; without it nothing stays but the image.
#
# The machine is a privileged container with an engine data folder of its own, so an engine installed in it is a real one and
# shares nothing with the host's. Needs on the host: a Docker engine, mmdebstrap, git, and the Node and npm that it hands on.
set -euo pipefail

image=ezj-fresh-machine:bookworm
as_user=no keep=no
while [[ ${1-} == --* ]]; do
  case $1 in
    --user) as_user=yes ;;
    --keep) keep=yes ;;
    *) echo "fresh-machine.sh: unknown option $1" >&2; exit 2 ;;
  esac
  shift
done
if (($# < 2)); then
  sed -n '2,/^set /{/^#/s/^# \{0,1\}//p}' "$0"
  exit 2
fi
clone=$1
shift

work=$(mktemp -d)
machine=
cleanup() {
  if [[ -n $machine && $keep == no ]]; then docker rm --force --volumes "$machine" >/dev/null; fi
  rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# sudo is what an ordinary user of Debian has; root's way does not use it.
if ! docker image inspect "$image" >/dev/null 2>&1; then
  echo "Making a bare Debian 12 (once, a few minutes)" >&2
  mirror=$(sed -n 's/^URIs: *//p; s/^deb \(\[[^]]*\] \)\?\(http[^ ]*\) .*/\2/p' /etc/apt/sources.list.d/debian.sources /etc/apt/sources.list 2>/dev/null | head -n 1 || true)
  mmdebstrap --quiet --variant=minbase --include=sudo --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \
    --dpkgopt='path-exclude=/usr/share/locale/*' bookworm - "${mirror:-http://deb.debian.org/debian}" | docker import - "$image" >/dev/null
fi

# Where the host itself lacks a capability (a container, some hosted machines), --privileged is refused: then everything but that one.
rights=(--privileged)
if ! docker run --rm --privileged "$image" true 2>/dev/null; then
  rights=(--cap-add ALL --cap-drop SYS_RESOURCE --device-cgroup-rule 'a *:* rwm'
    --security-opt seccomp=unconfined --security-opt apparmor=unconfined --security-opt systempaths=unconfined)
fi

# A company's certificate authority, where this host has one, comes as it does on such a laptop: a file, and variables that name it.
certificates=${SSL_CERT_FILE:-${NODE_EXTRA_CA_CERTS-}}
options=("${rights[@]}" --init --hostname fresh --volume /var/lib/docker --env CI --env TERM="${TERM:-dumb}")
if [[ -n $certificates ]]; then
  for name in SSL_CERT_FILE NODE_EXTRA_CA_CERTS CURL_CA_BUNDLE PIP_CERT REQUESTS_CA_BUNDLE NPM_CONFIG_CAFILE; do
    options+=(--env "$name=/opt/company-ca.crt")
  done
fi
if [[ -t 0 && -t 1 ]]; then options+=(--interactive --tty); fi

root=$work/root
mkdir -p "$root/usr/bin" "$root/usr/lib/node_modules" "$root/opt"
git clone --quiet --no-hardlinks "$clone" "$root/opt/ezj"
cp "$(readlink -f "$(command -v node)")" "$root/usr/bin/node"
cp -R "$(dirname "$(dirname "$(readlink -f "$(command -v npm)")")")" "$root/usr/lib/node_modules/npm"
ln -s ../lib/node_modules/npm/bin/npm-cli.js "$root/usr/bin/npm"
if [[ -n $certificates ]]; then cp "$certificates" "$root/opt/company-ca.crt"; fi
cat >"$root/opt/run" <<'SCRIPT'
#!/bin/bash
set -e
cd "$HOME/ezj"
exec "$@"
SCRIPT
chmod 755 "$root/opt/run"

user=root home=/root
if [[ $as_user == yes ]]; then user=ada home=/home/ada; fi
machine=$(docker create "${options[@]}" --env "HOME=$home" --env "USER=$user" "$image" \
  /bin/bash -ec '
    # Without --privileged the engine gives these read-only; an engine inside has to write to them.
    for target in /sys /proc/sys $(sed -n "s/^[^ ]* \\(\/sys\/fs\/cgroup[^ ]*\\) .*/\\1/p" /proc/mounts); do
      if mountpoint -q "$target"; then mount -o remount,bind,rw "$target"; fi
    done
    if [[ $USER != root ]]; then
      useradd --create-home --shell /bin/bash "$USER"
      echo "$USER ALL=(ALL) NOPASSWD: ALL" >"/etc/sudoers.d/$USER"
    fi
    mv /opt/ezj "$HOME/ezj"
    chown -R "$USER:$USER" "$HOME"
    exec setpriv --reuid "$USER" --regid "$USER" --init-groups /opt/run "$@"
  ' fresh "$@")
tar -C "$root" --owner=0 --group=0 --mode=go-w -cf - . | docker cp - "$machine:/"

if [[ $keep == yes ]]; then
  echo "The machine stays: docker start -ai $machine ... docker rm --force --volumes $machine" >&2
fi
docker start --attach $([[ -t 0 && -t 1 ]] && echo --interactive) "$machine"
