/**
 * The completion scripts. Each asks `ezj __complete -- WORDS…`, which answers with lines of `value TAB description` and
 * a last line that says what else fits: `:words` nothing, `:files` files, `:projects` folders and notebooks.
 */
export const COMPLETION_SCRIPTS: Record<string, string> = {
  bash: `_ezj() {
  local line cur="\${COMP_WORDS[COMP_CWORD]}"
  COMPREPLY=()
  while IFS= read -r line; do
    case $line in
      :words) ;;
      :files | :projects)
        compopt -o filenames 2>/dev/null
        while IFS= read -r line2; do
          if [[ $line == :files || -d $line2 || $line2 == *.ipynb ]]; then COMPREPLY+=("$line2"); fi
        done < <(compgen -f -- "$cur")
        ;;
      *) COMPREPLY+=("\${line%%$'\\t'*}") ;;
    esac
  done < <(ezj __complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -F _ezj ezj`,
  zsh: `#compdef ezj
_ezj() {
  local line kind
  local -a candidates
  while IFS= read -r line; do
    case $line in
      :*) kind=$line ;;
      *) candidates+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}") ;;
    esac
  done < <(ezj __complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)
  (( $#candidates )) && _describe -t values ezj candidates
  case $kind in
    :files) _files ;;
    :projects) _files -g '*.ipynb(-.) *(-/)' ;;
  esac
}
if [[ $funcstack[1] == _ezj ]]; then _ezj; else compdef _ezj ezj; fi`,
  fish: `function __ezj_complete
  set -l words (commandline -opc) (commandline -ct)
  for line in (ezj __complete -- $words[2..-1] 2>/dev/null)
    switch $line
      case ':files'
        __fish_complete_path (commandline -ct)
      case ':projects'
        __fish_complete_directories (commandline -ct) ''
        __fish_complete_suffix .ipynb
      case ':words'
      case '*'
        echo $line
    end
  end
end
complete -c ezj -f -a '(__ezj_complete)'`,
};
