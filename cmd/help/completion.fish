# fish completion of clusterctl
function __clusterctl_complete
    set -l words (commandline -opc) (commandline -ct)
    for line in (clusterctl complete -- $words[2..-1] 2>/dev/null)
        switch $line
            case '*:files'
                __fish_complete_path (string replace -r '^--[a-z-]*=' '' -- (commandline -ct))
            case '*'
                echo $line
        end
    end
end
complete -c clusterctl -f -a '(__clusterctl_complete)'
