# fish completion for solinit-hook(8)

set -l stages createRuntime prestart poststop
set -l commands $stages check precreate status runtime
set -l none "not __fish_seen_subcommand_from $commands"

complete -c solinit-hook -f
complete -c solinit-hook -n $none -a createRuntime -d 'Settle before the container starts'
complete -c solinit-hook -n $none -a prestart -d 'The same, for older engines'
complete -c solinit-hook -n $none -a poststop -d 'Remove what the container left'
complete -c solinit-hook -n $none -a check -d 'Tell what would happen to a container'
complete -c solinit-hook -n $none -a precreate -d 'Inject the launcher, for podman'
complete -c solinit-hook -n $none -a status -d 'Show who serves which socket in which container'
complete -c solinit-hook -n $none -a runtime -d 'Stand before an OCI runtime'
complete -c solinit-hook -n $none -s h -l help -d 'Show the commands and their options'
complete -c solinit-hook -n "__fish_seen_subcommand_from $commands" -l manifests -rF -d 'The directory of manifests'
complete -c solinit-hook -n "__fish_seen_subcommand_from $stages status" -l records -rF -d 'What one stage leaves for the next'
complete -c solinit-hook -n "__fish_seen_subcommand_from $stages" -l report -rF -d 'Write what was found there'
complete -c solinit-hook -n "__fish_seen_subcommand_from $stages" -l timeout -x -d 'That of the entry that calls us'
complete -c solinit-hook -n '__fish_seen_subcommand_from status' -l json -d 'As JSON'
complete -c solinit-hook -n '__fish_seen_subcommand_from status' -l openmetrics -d 'As OpenMetrics'
complete -c solinit-hook -n '__fish_seen_subcommand_from status' -l watch -d 'Anew each second'
complete -c solinit-hook -n '__fish_seen_subcommand_from check' -l mount -rF -d 'A mount of the container'
complete -c solinit-hook -n '__fish_seen_subcommand_from check' -l annotation -x -d 'An annotation of the container'
complete -c solinit-hook -n '__fish_seen_subcommand_from check' -l command -rF -d 'The command of the container'
complete -c solinit-hook -n '__fish_seen_subcommand_from check' -l hooks-dir -rF -d 'A directory of hooks'
complete -c solinit-hook -n '__fish_seen_subcommand_from check' -l docker-config -rF -d 'The daemon.json'
complete -c solinit-hook -n '__fish_seen_subcommand_from precreate runtime' -l launcher -rF -d 'The program to inject'
complete -c solinit-hook -n '__fish_seen_subcommand_from runtime' -l runtime-path -rF -d 'The real runtime'
