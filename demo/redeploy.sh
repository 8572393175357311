# shellcheck shell=bash
# shellcheck disable=SC2154 # demo/run sets $work and $gunicorn
# The second act: the shop is redeployed while clients ask, each release a container of its own. Read by demo/run.

release() { start "release-$1" "${@:2}"; }

begin_load() {
  start load python3 /srv/shop/load.py /run/shop/front.sock
  wait_for 20 says load asking
}
end_load() {
  send TERM load
  wait_for 40 has_ended load
  saw_in load 'requests served'
  ! says load '^failures' || saw_in load '^failures'
}
requests() { grep -oE "[0-9]+ $1" "$work/load.log" | cut -d ' ' -f 1; }

redeploy_without_solinit() {
  title "Redeployed under load, without solinit"
  local n
  release 0 "${gunicorn[@]/\/run\/shop\/web.pid//tmp/web.pid}"
  wait_for 20 is_served_by release-0 front.sock
  begin_load
  for n in 1 2 3 4 5; do
    release "$n" "${gunicorn[@]/\/run\/shop\/web.pid//tmp/web.pid}"
    wait_for 20 is_served_by "release-$n" front.sock
    send TERM "release-$((n - 1))"
    wait_for 20 has_ended "release-$((n - 1))"
  done
  did "each release is started, answers, and then its predecessor is stopped, which unlinks the socket of the new one"
  end_load
  claim "requests fail" [ "$(requests failed)" -gt 0 ]
  send KILL release-5
  wait_for 10 has_ended release-5
}

redeploy_with_solinit() {
  title "Redeployed under load, with solinit, the same server unchanged"
  local n
  release 0 solinit --manifest /srv/shop/live.yaml
  wait_for 20 is_served_by release-0 front.sock
  begin_load
  for n in 1 2 3 4 5; do
    release "$n" solinit --manifest /srv/shop/live.yaml
    wait_for 30 has_ended "release-$((n - 1))"
    saw_in "release-$((n - 1))" 'superseded by'
    wait_for 20 is_served_by "release-$n" front.sock
  done
  did "each release is started, and takes over"
  end_load
  claim "five redeploys under load, $(requests 'requests served') requests served, 0 failed" [ "$(requests failed)" = 0 ]
  claim "each release served" [ "$(grep -oE 'release-[0-5]: [0-9]+' "$work/load.log" | wc -l)" = 6 ]
  claim "the predecessors left with 0" [ "$(cat "$work"/release-[0-4].exit | tr -d '\n')" = 00000 ]
}

redeploy_under_load() {
  front
  redeploy_without_solinit
  redeploy_with_solinit
  send TERM release-5
  send TERM front
  wait_for 10 has_ended release-5
  wait_for 10 has_ended front
  claim "nothing stays on the volume" [ "$(left_on_volume)" = nothing ]
}
