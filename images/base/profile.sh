# /etc/profile has just overwritten PATH: put back what pip installs in the home volume.
PATH=$HOME/.local/bin:$PATH
