#!/bin/bash
# Written after rocker's userconf.sh of 2021: one script, no rootless mode, no password of its own making. It was meant
# to copy the container's environment for R too; the test in its loop never matched, and nothing but PATH got there.
USER=${USER:-rstudio}
PASSWORD=${PASSWORD:-rstudio}
USERID=${USERID:-1000}
GROUPID=${GROUPID:-1000}
conf=/etc/rstudio/rserver.conf

echo "PATH=$PATH" >> "$R_HOME/etc/Renviron.site"

if [[ ${DISABLE_AUTH,,} == true ]]; then
  mv /etc/rstudio/disable_auth_rserver.conf "$conf"
  echo "USER=$USER" >> /etc/environment
fi
if grep --quiet 'auth-none=1' "$conf"; then
  echo 'Skipping authentication as requested'
elif [[ $PASSWORD == rstudio ]]; then
  printf "\n\n\e[31mERROR\e[39m: You must set a unique PASSWORD (not 'rstudio') first! e.g. run with:\n"
  printf 'docker run -e PASSWORD=\e[92m<YOUR_PASS>\e[39m -p 8787:8787 rocker/rstudio\n\n\n'
  exit 1
fi

if ((USERID < 1000)); then
  echo "$USERID is less than 1000"
  if grep --fixed-strings auth-minimum-user-id "$conf"; then
    echo "minumum authorised user already exists in $conf"
  else
    echo 'setting minumum authorised user to 499'
    echo 'auth-minimum-user-id=499' >> "$conf"
  fi
fi

if ((USERID != 1000)); then
  echo 'deleting user rstudio'
  userdel rstudio
  echo "creating new $USER with UID $USERID"
  useradd -m "$USER" -u "$USERID"
  mkdir -p "/home/$USER"
  chown -R "$USER" "/home/$USER"
  usermod --append --groups staff "$USER"
elif [[ $USER != rstudio ]]; then
  cp -r /home/rstudio "/home/$USER"
  usermod --login "$USER" --home "/home/$USER" rstudio
  groupmod --new-name "$USER" rstudio
  usermod --append --groups staff "$USER"
  chown -R "$USER:$USER" "/home/$USER"
  echo "USER is now $USER"
fi
if ((GROUPID != 1000)); then
  group=$(id --group --name "$USER")
  echo "Modifying primary group $group"
  # Without -o: it fails where the id is another group's.
  groupmod -g "$GROUPID" "$group"
  echo "Primary group ID is now custom_group $GROUPID"
fi

echo "$USER:$PASSWORD" | chpasswd

if [[ ${ROOT,,} == true ]]; then
  usermod --append --groups sudo "$USER"
  echo '%sudo ALL=(ALL) NOPASSWD:ALL' >> /etc/sudoers
  echo "$USER added to sudoers"
fi
if ((${UMASK:-022} != 022)); then
  echo 'server-set-umask=false' >> "$conf"
  echo "Sys.umask(mode=$UMASK)" >> "/home/$USER/.Rprofile"
fi

{
  echo "HTTR_LOCALHOST=$HTTR_LOCALHOST"
  echo "HTTR_PORT=$HTTR_PORT"
} >> "$R_HOME/etc/Renviron.site"
for file in /var/run/s6/container_environment/*; do
  echo "skipping $file"
done
