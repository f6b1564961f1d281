#!/bin/bash
# Written after rocker's init_userconf.sh: makes the user and the password that the environment describes.
# As there, what fails says so and is passed over.
DEFAULT_USER=${DEFAULT_USER:-rstudio}
USER=${USER:-$DEFAULT_USER}
USERID=${USERID:-1000}
GROUPID=${GROUPID:-1000}
RUNROOTLESS=${RUNROOTLESS:-auto}
conf=/etc/rstudio/rserver.conf

# The first user namespace has all 2^32 - 1 ids; one that is smaller belongs to a rootless engine.
if [[ $RUNROOTLESS == auto ]]; then
  if grep --quiet 4294967295 /proc/self/uid_map; then RUNROOTLESS=false; else RUNROOTLESS=true; fi
fi
home=/home/$USER
if [[ $RUNROOTLESS == true ]]; then
  echo 'Assuming the container runs under rootless mode'
  echo "You will log in using 'root' as user"
  USER=root USERID=0 GROUPID=0 home=/root
  overflow=$(< /proc/sys/kernel/overflowgid)
  for group in $(id -G); do
    ((group == 0 || group == overflow)) || usermod --append --groups "$group" root
  done
fi

if [[ ${DISABLE_AUTH,,} == true ]]; then
  cp /etc/rstudio/disable_auth_rserver.conf "$conf"
  echo "USER=$USER" >> /etc/environment
fi
if grep --quiet 'auth-none=1' "$conf"; then
  echo 'Skipping authentication as requested'
elif [[ ! $PASSWORD ]]; then
  PASSWORD=$(tr -dc 'A-Za-z0-9' < /dev/urandom | head -c 16)
  printf '\n\nThe password is set to \e[31m%s\e[39m\n' "$PASSWORD"
  printf 'If you want to set your own password, set the PASSWORD environment variable. e.g. run with:\n'
  printf 'docker run -e PASSWORD=\e[92m<YOUR_PASS>\e[39m -p 8787:8787 rocker/rstudio\n\n\n'
fi

minimum=$(sed -n 's/^auth-minimum-user-id *= *//p' "$conf")
if [[ $RUNROOTLESS == true ]]; then
  if [[ $minimum == 0 ]]; then
    echo "root user already authorized in $conf: $minimum, not changed"
  elif [[ $minimum ]]; then
    echo "minimum authorised user already exists in $conf: $minimum"
    echo 'RUNROOTLESS=true mode requires setting minimum authorised user to 0. Exiting'
    exit 1
  else
    echo 'setting minimum authorised user to 0 (RUNROOTLESS=true)'
    echo 'auth-minimum-user-id=0' >> "$conf"
  fi
elif ((USERID < 1000)); then
  echo "$USERID is less than 1000"
  if [[ $minimum ]]; then
    echo "minimum authorised user already exists in $conf: $minimum"
  else
    echo 'setting minimum authorised user to 499'
    echo 'auth-minimum-user-id=499' >> "$conf"
  fi
fi

if [[ $RUNROOTLESS == true ]]; then
  echo "deleting the default user ($DEFAULT_USER) since it is not needed."
  userdel "$DEFAULT_USER"
elif ((USERID != 1000)); then
  echo 'deleting the default user'
  userdel "$DEFAULT_USER"
  echo "creating new $USER with UID $USERID"
  useradd -m "$USER" -u "$USERID"
  mkdir -p "$home"
  chown -R "$USER" "$home"
  usermod --append --groups staff "$USER"
elif [[ $USER != "$DEFAULT_USER" ]]; then
  cp -r "/home/$DEFAULT_USER" "$home"
  usermod --login "$USER" --home "$home" "$DEFAULT_USER"
  groupmod --new-name "$USER" "$DEFAULT_USER"
  usermod --append --groups staff "$USER"
  chown -R "$USER:$USER" "$home"
  echo "USER is now $USER"
fi
if [[ $RUNROOTLESS != true ]] && ((GROUPID != 1000)); then
  group=$(id --group --name "$USER")
  echo "Modifying primary group $group"
  groupmod -o -g "$GROUPID" "$group"
  echo 'Primary group ID is now custom_group '"$GROUPID"
fi

echo "$USER:$PASSWORD" | chpasswd

if [[ $RUNROOTLESS == true ]]; then
  echo 'No sudoers changes needed when running rootless'
elif [[ ${ROOT,,} == true ]]; then
  usermod --append --groups sudo "$USER"
  echo '%sudo ALL=(ALL) NOPASSWD:ALL' >> /etc/sudoers
  echo "$USER added to sudoers"
fi
if ((${UMASK:-022} != 022)); then
  echo 'server-set-umask=false' >> "$conf"
  echo "Sys.umask(mode=$UMASK)" >> "$home/.Rprofile"
fi
if [[ ${TZ:-Etc/UTC} != Etc/UTC ]]; then
  ln -snf "/usr/share/zoneinfo/$TZ" /etc/localtime
  echo "$TZ" > /etc/timezone
fi
exit 0
