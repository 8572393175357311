# fish completion for solinit(1)

# Options end at "--" and at the first word that is none.
function __solinit_has_no_command
    set -l words (commandline -opc)
    set -e words[1]
    while set -q words[1]
        switch $words[1]
            case --
                return 1
            case -m --manifest --takeover --log-format --explain -p -e
                set -e words[1]
            case --check
                string match -qv -- '-*' $words[2]; and set -e words[1]
            case '-*'
            case '*'
                return 1
        end
        set -e words[1]
    end
    return 0
end

complete -c solinit -x -a '(__fish_complete_subcommand -- -m --manifest --takeover --log-format --explain -p -e)' -d Command
complete -c solinit -n __solinit_has_no_command -s h -l help -d 'Show the options'
complete -c solinit -n __solinit_has_no_command -s m -l manifest -rF -d 'Own what the file names'
complete -c solinit -n __solinit_has_no_command -l takeover -xa 'handover standby refuse' -d 'When another holds it'
complete -c solinit -n __solinit_has_no_command -l check -rF -d 'Print the manifest as it is understood, or its errors'
complete -c solinit -n __solinit_has_no_command -l log-format -xa 'text json' -d 'The form of messages'
complete -c solinit -n __solinit_has_no_command -l allow-remote-volume -d 'Also own sockets on remote file systems'
complete -c solinit -n __solinit_has_no_command -l restart -d 'Ask for a new web process in the place of the old one'
complete -c solinit -n __solinit_has_no_command -l ready -d 'Leave with 0 when what the manifest names is served'
complete -c solinit -n __solinit_has_no_command -l status -d 'Show how it stands with what the manifest names'
complete -c solinit -n __solinit_has_no_command -l json -d 'Show the status as JSON'
complete -c solinit -n __solinit_has_no_command -l openmetrics -d 'Show the status as OpenMetrics'
complete -c solinit -n __solinit_has_no_command -l watch -d 'Show the status anew each second'
complete -c solinit -n __solinit_has_no_command -l explain -rF -d 'Tell who owns a path and what can be done'
complete -c solinit -n __solinit_has_no_command -s s -d 'Adopt orphans when not PID 1'
complete -c solinit -n __solinit_has_no_command -s p -xa 'TERM INT HUP KILL QUIT USR1 USR2' -d 'Get a signal when our parent dies'
complete -c solinit -n __solinit_has_no_command -s v -d 'Say more'
complete -c solinit -n __solinit_has_no_command -s w -d 'Accepted for users of tini'
complete -c solinit -n __solinit_has_no_command -s g -d 'Forward signals to the process group of the command'
complete -c solinit -n __solinit_has_no_command -s e -x -d 'Leave with 0 when the command ends with this status'
complete -c solinit -n __solinit_has_no_command -s l -d 'Show the licence'
complete -c solinit -n __solinit_has_no_command -l version -d 'Show the version'
