# shellcheck shell=bash
# What the demonstration sees and says. Read by demo/run, which sets $work, $volume, $tag and $never, a descriptor that
# is never readable.

claims=()
broken=0

title() { printf '\n%s\n' "$1"; }
did() { printf '  %s\n' "$1"; }
saw() { printf '      %s\n' "$1"; }

claim() { # claim TEXT COMMAND...
  local text=$1
  shift
  if "$@"; then
    claims+=("ok    $text")
  else
    claims+=("FAIL  $text")
    broken=$((broken + 1))
    printf '      FAIL: %s\n' "$text"
  fi
}

summary() {
  title "Summary"
  printf '  %s\n' "${claims[@]}"
  [ "$broken" = 0 ] || die "$broken of ${#claims[@]} claims do not hold"
  printf '\n%s\n' "All ${#claims[@]} claims hold. Nothing is left but the file system in $(dirname "$rootfs")."
}

moment() { read -rt 0.03 -u "$never" || true; }

wait_for() { # wait_for SECONDS COMMAND...
  local limit=$((SECONDS + $1)) id
  shift
  until "$@"; do
    if ((SECONDS > limit)); then
      for id in "$work"/*.log; do printf '%s\n' "--- $(basename "$id" .log)" && tail -n 5 "$id"; done >&2
      die "waited in vain until: $*"
    fi
    moment
  done
}

ask() { curl -s --max-time 5 --unix-socket "$volume/$1" http://shop/ || true; }
is_served_by() { [ "$(ask "$2")" = "served by $1" ]; }
listens() { curl -s -o /dev/null --max-time 5 --unix-socket "$volume/$1" http://shop/; }

has_ended() { [ -e "$work/$1.exit" ]; }
exit_status() { cat "$work/$1.exit"; }
kill_hard() { # kill_hard ID
  send KILL "$1"
  wait_for 10 has_ended "$1"
}

says() { grep -q -- "$2" "$work/$1.log" 2>/dev/null; }
saw_in() { # saw_in ID PATTERN: the last line of its log that matches
  saw "$1: $(grep -- "$2" "$work/$1.log" | tail -n 1)"
}
saw_notices() { # saw_notices ID: what solinit says there
  local line
  while read -r line; do saw "$1: $line"; done < <(grep '^solinit: ' "$work/$1.log")
}

left_on_volume() {
  local name list=
  for name in "$volume"/*; do
    if [ -S "$name" ]; then list+="${list:+, }${name##*/} (a socket)"
    elif [ -f "$name" ]; then list+="${list:+, }${name##*/} ($(<"$name"))"
    fi
  done
  echo "${list:-nothing}"
}

# A web process is a gunicorn with its workers: one tree in the pid namespace of one container.
web_processes() {
  local path name trees=()
  while read -r path; do
    read -r name <"${path%/environ}/comm" && [ "$name" = gunicorn ] && trees+=("${path%/environ}/ns/pid")
  done 2>/dev/null < <(grep -lsxz "DEMO=$tag" /proc/[0-9]*/environ)
  [ ${#trees[@]} = 0 ] && echo 0 && return
  { readlink "${trees[@]}" || true; } | sort -u | wc -l  # one may have ended meanwhile
}

is_alone() { [ "$(web_processes)" = 1 ] && is_served_by "$1" front.sock; }

observe() { # until it is killed
  trap 'exit 0' TERM
  while true; do web_processes; done >"$work/observed"
}
never_two() { [ -s "$work/observed" ] && ! grep -qvx '[01]' "$work/observed"; }
