# shellcheck shell=bash
# How the demonstration runs containers: by bare runc, podman or docker, chosen by $engine. Read by demo/run, which sets
# $here, $solinit, $rootfs, $work, $volume and $tag. Every container has the host name of its own, user 33, no network,
# no capability, a read-only root, and the volume at /run/shop.

cgroup=/solinit-demo-$$
image=localhost/solinit-demo:$$
started=()

check_engine() {
  case $engine in
    runc) ;;
    podman | docker)
      command -v "$engine" >/dev/null || die "there is no $engine here; install it, or leave ENGINE out"
      "$engine" version >/dev/null 2>&1 ||
        die "$engine does not answer: $("$engine" version 2>&1 | tail -n 1); start it, or leave ENGINE out" ;;
    *) die "unknown ENGINE '$engine' (runc, podman, docker)" ;;
  esac
  "$here/../packaging/install-packages" demo
}

set_up_engine() {
  if [ "$engine" != runc ]; then
    tar -C "$rootfs" --one-file-system -c . | "$engine" import - "$image" >/dev/null 2>"$work/import.log" ||
      die "$engine cannot import the image: $(tail -n 1 "$work/import.log")"
  fi
  start try true
  wait_for 30 has_ended try
  [ "$(exit_status try)" = 0 ] ||
    die "$engine cannot run a container here: $(grep -iE -m 1 'error|panic|failed' "$work/try.log" || true)"
}

tear_down_engine() {
  local id
  for id in "${started[@]}"; do
    case $engine in
      runc) runc --root "$work/runc" delete -f "$id" ;;
      *) "$engine" rm -f -v "$tag-$id" ;;
    esac
  done
  wait
  [ "$engine" = runc ] || "$engine" rmi -f "$image"
  find /sys/fs/cgroup -depth -type d -path "*$cgroup*" -exec rmdir {} +
} >/dev/null 2>&1

# start ID COMMAND...: the container ID runs COMMAND; its output goes to $work/ID.log and its exit status, once it has
# ended, to $work/ID.exit. An ID may be started again when it has ended.
start() {
  local id=$1
  shift
  rm -f "$work/$id.exit" "$work/$id.log"
  started+=("$id")
  (
    trap - EXIT
    set +e
    "run_by_$engine" "$id" "$@" </dev/null >"$work/$id.log" 2>&1
    echo $? >"$work/$id.new" && mv "$work/$id.new" "$work/$id.exit"
  ) &
}

send() { # send SIGNAL ID
  case $engine in
    runc) runc --root "$work/runc" kill "$2" "$1" ;;
    *) "$engine" kill -s "$1" "$tag-$2" ;;
  esac >/dev/null
}

run_by_docker() { run_by_cli "docker run" "$@"; }
# crun refuses hybrid cgroups, and podman's own limits are higher than a root without CAP_SYS_RESOURCE may set.
run_by_podman() { run_by_cli "podman --runtime runc run --ulimit nofile=1024:1024 --ulimit nproc=1000:1000" "$@"; }

run_by_cli() { # run_by_cli RUN ID COMMAND...
  local run=$1 id=$2
  shift 2
  $run --rm --name "$tag-$id" --hostname "$id" --network none --user 33:33 --read-only --tmpfs /tmp \
    --cap-drop ALL --security-opt no-new-privileges \
    -e PATH=/usr/sbin:/usr/bin:/sbin:/bin -e SOLINIT_CONTAINER_ID="$id" -e DEMO="$tag" \
    -v "$volume:/run/shop" -v "$here/shop:/srv/shop:ro" -v "$solinit:/sbin/solinit:ro" "$image" "$@"
}

run_by_runc() { # run_by_runc ID COMMAND...
  local id=$1
  shift
  runc --root "$work/runc" delete -f "$id" >/dev/null 2>&1
  mkdir -p "$work/bundles/$id"
  configure_runc "$id" "$@" >"$work/bundles/$id/config.json"
  runc --root "$work/runc" run --bundle "$work/bundles/$id" "$id"
}

strings() { # strings WORD...: as a JSON list
  local word list=
  for word in "$@"; do
    word=${word//\\/\\\\}
    list+="${list:+, }\"${word//\"/\\\"}\""
  done
  echo "[$list]"
}

bind() { echo "{\"type\": \"bind\", \"source\": \"$1\", \"destination\": \"$2\", \"options\": [\"bind\", \"$3\"]}"; }

configure_runc() { # configure_runc ID COMMAND...
  local id=$1
  shift
  cat <<END
{"ociVersion": "1.0.2", "hostname": "$id", "root": {"path": "$rootfs", "readonly": true},
 "process": {"args": $(strings "$@"), "cwd": "/", "user": {"uid": 33, "gid": 33}, "noNewPrivileges": true,
   "env": ["PATH=/usr/sbin:/usr/bin:/sbin:/bin", "SOLINIT_CONTAINER_ID=$id", "DEMO=$tag"], "capabilities": {}},
 "linux": {"cgroupsPath": "$cgroup/$id",
   "namespaces": [{"type": "pid"}, {"type": "network"}, {"type": "ipc"}, {"type": "uts"}, {"type": "mount"}]},
 "mounts": [
   {"type": "proc", "source": "proc", "destination": "/proc"},
   {"type": "tmpfs", "source": "tmpfs", "destination": "/dev", "options": ["nosuid", "mode=755"]},
   {"type": "tmpfs", "source": "tmpfs", "destination": "/tmp", "options": ["nosuid", "nodev", "mode=1777"]},
   $(bind "$volume" /run/shop rw), $(bind "$here/shop" /srv/shop ro), $(bind "$solinit" /sbin/solinit ro)]}
END
}
