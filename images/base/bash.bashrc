[[ $- == *i* ]] || return
shopt -s checkwinsize histappend
HISTCONTROL=ignoreboth
PS1='\[\e[1;34m\]\w\[\e[0m\] \$ '
alias ls='ls --color=auto' ll='ls -l' grep='grep --color=auto'
