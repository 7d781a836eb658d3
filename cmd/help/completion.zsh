#compdef clusterctl
_clusterctl() {
    local line tab=$'\t'
    local -a plain begun
    for line in "${(@f)$(clusterctl complete -- "${(@)words[2,CURRENT]}" 2>/dev/null)}"; do
        case $line in
            '') ;;
            :files) _files ;;
            *=:files) compset -P '*='; _files ;;
            *) line=${${line//:/\\:}/$tab/:}
               if [[ ${line%%[^\\]:*} == */* && $line == */:* ]]; then begun+=("$line"); else plain+=("$line"); fi ;;
        esac
    done
    (( $#plain )) && _describe -t words clusterctl plain
    (( $#begun )) && _describe -t kinds kind begun -S ''
}
_clusterctl "$@"
