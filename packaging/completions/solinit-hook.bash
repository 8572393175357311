# bash completion for solinit-hook(8)                                                                -*- shell-script -*-

_solinit_hook() {
  local word=$2 words
  if ((COMP_CWORD == 1)); then
    mapfile -t COMPREPLY < <(compgen -W "createRuntime prestart poststop check precreate status runtime -h --help" -- "$word")
    return
  fi
  case $3 in
    --manifests | --records | --hooks-dir | --mount) mapfile -t COMPREPLY < <(compgen -d -- "$word") && return ;;
    --report | --launcher | --docker-config | --runtime-path) mapfile -t COMPREPLY < <(compgen -f -- "$word") && return ;;
    --command) mapfile -t COMPREPLY < <(compgen -c -- "$word") && return ;;
    --timeout | --annotation) return ;;
  esac
  case ${COMP_WORDS[1]} in
    createRuntime | prestart | poststop) words="--manifests --records --report --timeout" ;;
    check) words="--mount --annotation --command --manifests --hooks-dir --docker-config" ;;
    status) words="--json --openmetrics --watch --manifests --records" ;;
    precreate) words="--manifests --launcher" ;;
    runtime) words="--runtime-path --manifests --launcher" ;;
    *) return ;;
  esac
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
}
complete -F _solinit_hook solinit-hook
