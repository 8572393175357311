# bash completion for solinit(1)                                                                     -*- shell-script -*-

_solinit() {
  local word=$2 at
  # Where the command begins: options end at "--" and at the first word that is none.
  for ((at = 1; at < COMP_CWORD; at++)); do
    case ${COMP_WORDS[at]} in
      --) ((at++)) && break ;;
      -m | --manifest | --takeover | --log-format | --explain | -p | -e) ((at++)) ;;
      --check) [[ ${COMP_WORDS[at + 1]} == -* ]] || ((at++)) ;;
      -*) ;;
      *) break ;;
    esac
  done
  if ((at < COMP_CWORD)); then
    if declare -F _command_offset >/dev/null; then
      _command_offset "$at"
    else
      mapfile -t COMPREPLY < <(compgen -f -- "$word")
    fi
    return
  fi
  case $3 in
    -m | --manifest | --check | --explain) mapfile -t COMPREPLY < <(compgen -f -- "$word") && return ;;
    --takeover) mapfile -t COMPREPLY < <(compgen -W "handover standby refuse" -- "$word") && return ;;
    --log-format) mapfile -t COMPREPLY < <(compgen -W "text json" -- "$word") && return ;;
    -p) mapfile -t COMPREPLY < <(compgen -A signal -- "$word") && return ;;
    -e) return ;;
  esac
  if [[ $word == -* && ${COMP_WORDS[COMP_CWORD - 1]} != -- ]]; then
    mapfile -t COMPREPLY < <(compgen -W "-h --help -m --manifest --takeover --check --log-format --allow-remote-volume
      --restart --ready --status --json --openmetrics --watch --explain -s -p -v -w -g -e -l --version" -- "$word")
  else
    mapfile -t COMPREPLY < <(compgen -c -- "$word")
  fi
}
complete -o default -F _solinit solinit
