/// `mtrl completion bash|zsh|fish`: a script that completes commands, options, keys and values in a shell.
/// The script calls `mtrl completion -- WORDS`, which prints the continuations of the last word.
module MtrlFunctional.Cli.Commands.CompletionCommand

open Argu
open MtrlFunctional
open MtrlFunctional.Experiments
open MtrlFunctional.Cli
open MtrlFunctional.Cli.Command
open MtrlFunctional.Cli.With

type Options =
    | [<MainCommand; ExactlyOnce>] Shell of name: string

    interface IArgParserTemplate with
        member this.Usage =
            match this with
            | Shell _ -> "bash, zsh or fish"

/// Bash splits words at "=" and ":": what stands before the last is taken off the continuations.
let private bash =
    """_mtrl() {
    local line=${COMP_LINE:0:COMP_POINT} typed split
    local -a words
    read -ra words <<< "$line"
    [[ $line == *" " ]] && words+=("")
    typed=${words[-1]}
    split=${typed%"${typed##*[=:]}"}
    local IFS=$'\n'
    COMPREPLY=($("${words[0]}" completion -- "${words[@]:1}" 2>/dev/null))
    COMPREPLY=("${COMPREPLY[@]#"$split"}")
    [[ ${COMPREPLY[0]} == *[.=] ]] && compopt -o nospace 2>/dev/null
    return 0
}
complete -o default -F _mtrl mtrl ./mtrl
"""

let private zsh =
    """#compdef mtrl
_mtrl() {
    local -a found
    found=("${(@f)$("${words[1]}" completion -- "${(@)words[2,CURRENT]}" 2>/dev/null)}")
    if [[ -n ${found[1]} ]]; then compadd -S '' -- "${found[@]}"; else _files; fi
}
compdef _mtrl mtrl ./mtrl
"""

/// Fish would offer files behind "=", too: it gets them only where there are no words.
let private fish =
    """function __mtrl_words
    set -l words (commandline -opc) (commandline -ct)
    set -l found ($words[1] completion -- $words[2..-1] 2>/dev/null)
    if set -q found[1]
        printf '%s\n' $found
    else
        __fish_complete_path (commandline -ct)
    end
end
complete -c mtrl -f -a '(__mtrl_words)'
"""

let private scripts = [ "bash", bash; "zsh", zsh; "fish", fish ]

/// Continuations of the last word; the first is the name of a command.
let private continuations (commands: Command list) (others: string list) (words: string list) =
    match words with
    | []
    | [ _ ] ->
        let typed = words |> List.tryHead |> Option.defaultValue ""

        (commands |> List.map _.Name) @ others |> List.filter _.StartsWith(typed)
    | name :: rest ->
        let typed = List.last rest

        match commands |> List.tryFind (fun command -> command.Name = name) with
        | Some command when typed.StartsWith '-' ->
            command.Options() |> List.filter _.StartsWith(typed)
        | Some command when command.TakesOverrides() ->
            command.Values typed @ Experiment.completions (Given.additions ()) typed
        | Some command -> command.Values typed
        | None -> []

let private run (options: ParseResults<Options>) =
    let shell = options.GetResult Shell

    match List.tryFind (fst >> (=) shell) scripts with
    | Some(_, script) ->
        printf "%s" script
        ExitCode.Done
    | None -> refuseAll [ noneOf (List.map fst scripts) "no script for this shell" shell ]

/// The command. `commands`: all other commands of the program; `others`: names of further commands.
let command (commands: Command list) (others: string list) =
    let parsed =
        Command.define
            "completion"
            "Prints a script by which a shell completes commands, options, keys and values."
            [
                "source <(mtrl completion bash)"
                "mtrl completion fish > ~/.config/fish/completions/mtrl.fish"
            ]
            run

    let complete words =
        continuations (commands @ [ parsed ]) others words |> List.iter (printfn "%s")
        ExitCode.Done

    {
        parsed with
            Run =
                function
                | "--" :: words -> complete words
                | words -> parsed.Run words
    }
