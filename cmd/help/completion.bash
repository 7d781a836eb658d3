# bash completion of clusterctl
_clusterctl() {
    local current=${COMP_WORDS[COMP_CWORD]} line
    [[ $current == '=' ]] && current=''
    COMPREPLY=()
    while IFS= read -r line; do
        if [[ $line == :files ]]; then
            compopt -o filenames 2>/dev/null
            mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -f -- "$current")
        else
            COMPREPLY+=("${line%%$'\t'*}")
        fi
    done < <(clusterctl complete -- "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
    [[ ${COMPREPLY[0]} == */ ]] && compopt -o nospace 2>/dev/null
}
complete -F _clusterctl clusterctl
