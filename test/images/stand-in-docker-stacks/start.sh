#!/bin/bash
# Written after docker-stacks' start.sh: what it does with the user, the home folder and the log. Hooks are left out.
set -e
log() { [[ $1 == WARNING:* || $1 == ERROR:* || -z ${JUPYTER_DOCKER_STACKS_QUIET:-} ]] && echo "$@" || true; }
yes() { [[ ${1:-} == 1 || ${1:-} == yes ]]; }

log "Entered start.sh with args:" "$@"
command=("${@:-bash}")

as_root() {
  if id jovyan &> /dev/null; then
    usermod --home "/home/$NB_USER" --login "$NB_USER" jovyan > /dev/null
  elif ! id "$NB_USER" &> /dev/null; then
    log "ERROR: Neither the jovyan user nor '$NB_USER' exists."
    exit 1
  fi

  if [[ $NB_UID != "$(id -u "$NB_USER")" || $NB_GID != "$(id -g "$NB_USER")" ]]; then
    log "Update $NB_USER's UID:GID to $NB_UID:$NB_GID"
    if [[ $NB_GID != "$(id -g "$NB_USER")" ]]; then
      groupadd --force --gid "$NB_GID" --non-unique "${NB_GROUP:-$NB_USER}"
    fi
    userdel "$NB_USER"
    useradd --no-log-init --home "/home/$NB_USER" --shell /bin/bash \
      --uid "$NB_UID" --gid "$NB_GID" --groups 100 "$NB_USER"
  fi

  if [[ $NB_USER != jovyan ]]; then
    if [[ ! -e /home/$NB_USER ]]; then
      log "Attempting to copy /home/jovyan to /home/$NB_USER..."
      cp -a /home/jovyan "/home/$NB_USER"
    fi
    if [[ $PWD/ == /home/jovyan/* ]]; then
      cd "/home/$NB_USER/${PWD:13}"
      log "Changing working directory to $PWD"
    fi
  fi

  if yes "$CHOWN_HOME"; then
    log "Ensuring /home/$NB_USER is owned by $NB_UID:$NB_GID ${CHOWN_HOME_OPTS:+(chown options: $CHOWN_HOME_OPTS)}"
    chown $CHOWN_HOME_OPTS "$NB_UID:$NB_GID" "/home/$NB_USER"
  fi
  for folder in ${CHOWN_EXTRA//,/ }; do
    chown $CHOWN_EXTRA_OPTS "$NB_UID:$NB_GID" "$folder"
  done
  if yes "$GRANT_SUDO"; then
    log "Granting $NB_USER passwordless sudo rights!"
    echo "$NB_USER ALL=(ALL) NOPASSWD:ALL" >> /etc/sudoers.d/added-by-start-script
  fi

  export XDG_CACHE_HOME=/home/$NB_USER/.cache
  log "Running as $NB_USER:" "${command[@]}"
  exec sudo --preserve-env --set-home --user "$NB_USER" PATH="$PATH" "${command[@]}"
}

as_user() {
  if yes "$GRANT_SUDO"; then log "WARNING: container must be started as root to grant sudo permissions!"; fi

  if ! whoami &> /dev/null; then
    log "There is no entry in /etc/passwd for our UID=$(id -u). Attempting to fix..."
    if [[ -w /etc/passwd ]]; then
      log "Renaming old jovyan user to nayvoj ($(id -u jovyan):$(id -g jovyan))"
      fixed=$(sed 's/^jovyan:/nayvoj:/' /etc/passwd)
      printf '%s\n' "$fixed" "$NB_USER:x:$(id -u):$(id -g):,,,:/home/jovyan:/bin/bash" > /etc/passwd
      log "Added new $NB_USER user ($(id -u):$(id -g)). Fixed UID!"
    else
      log "WARNING: unable to fix missing /etc/passwd entry because we don't have write permission. Try setting gid=0 with \"--user=$(id -u):0\"."
    fi
  fi

  if [[ $NB_USER != jovyan && $NB_USER != "$(id -un)" ]]; then
    log "WARNING: container must be started as root to change the desired user's name with NB_USER=\"$NB_USER\"!"
  fi
  if [[ $NB_UID != 1000 && $NB_UID != "$(id -u)" ]]; then
    log "WARNING: container must be started as root to change the desired user's id with NB_UID=\"$NB_UID\"!"
  fi
  if [[ $NB_GID != 100 && $NB_GID != "$(id -g)" ]]; then
    log "WARNING: container must be started as root to change the desired user's group id with NB_GID=\"$NB_GID\"!"
  fi
  if [[ ! -w /home/jovyan ]]; then
    log "WARNING: no write access to /home/jovyan. Try starting the container with group 'users' (100), e.g. using \"--group-add=users\"."
  fi

  log "Executing the command:" "${command[@]}"
  exec "${command[@]}"
}

if [[ $(id -u) == 0 ]]; then as_root; else as_user; fi
