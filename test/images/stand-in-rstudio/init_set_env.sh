#!/bin/bash
# Written after rocker's init_set_env.sh: gives R the container's environment, and with it every secret in it.
environment=/var/run/s6/container_environment
site=$R_HOME/etc/Renviron.site
excluded=' HOME PASSWORD RSTUDIO_VERSION BATCH_USER_CREATION '

for file in "$environment"/*; do
  name=${file##*/}
  forget+=(-e "/^$name=/d")
  if [[ $excluded == *" $name "* ]]; then
    echo "skipping $file"
  else
    lines+="$name=$(< "$file")"$'\n'
  fi
done
sed -i "${forget[@]}" "$site"
printf %s "$lines" >> "$site"
chmod 600 "$environment"/*
