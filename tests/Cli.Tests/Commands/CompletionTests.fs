module MtrlFunctional.Cli.Tests.Commands.CompletionTests

open Expecto
open System.ComponentModel
open MtrlFunctional.Tests
open MtrlFunctional.Cli.Tests

let ``mtrl completion`` = [
    let complete (line: string) =
        let printed =
            Capture.finished ("completion" :: "--" :: List.ofArray (line.Split ' '))

        printed.TrimEnd().Replace('\n', ' ')

    testTheory "continues commands, options, keys and values" [
        "tr", "train"
        "te", "test"
        "train --mu", "--multirun"
        "train env=metaworld-mt2", "env=metaworld-mt25"
        "train env=metaworld-mt10 age", "agent= agent."
        "train agent.ppo.", "agent.ppo.clip= agent.ppo.epochs= agent.ppo.target_kl="
        "config agent=mtt", "agent=mttrpo"
        "train preset=fast/mt10", "preset=fast/mt10 preset=fast/mt10-brief"
        "train setup.precision=f", "setup.precision=fp32 setup.precision=fp64"
        "eval runs/", ""
        "eval ", ""
        "eval policy:mt1", "policy:mt10"
        "list pol", "policies"
        "demo drawer", "drawer-open drawer-close"
        "demo reach --policy policy:mt1", "policy:mt10"
        "bench up", "update"
        "nonsense x", ""
    ]
    <| fun (line, expected) -> complete line |> equals expected

    Capture.refusals "refuses another shell" [ "completion bassh", "Nearest: bash." ]

    /// Output of a script in a shell, where `mtrl` is the program; skipped without the shell.
    let run (shell: string) options script line =
        try
            let _, out, _ =
                ChildProcess.execute shell (options @ [ "-c"; script ]) [
                    "PROGRAM", ChildProcess.mtrl
                    "LINE", line
                ]

            out.TrimEnd()
        with :? Win32Exception ->
            skiptest $"{shell} is not installed."

    testTheory "works in bash" [
        "mtrl train env=metaworld-mt2", "metaworld-mt25"
        "mtrl resu", "resume"
        "mtrl eval policy:mt1", "mt10"
    ]
    <| fun (line, expected) ->
        let script =
            "mtrl() { dotnet \"$PROGRAM\" \"$@\"; }; source <(mtrl completion bash); "
            + "COMP_LINE=$LINE; COMP_POINT=${#LINE}; _mtrl; printf '%s\\n' \"${COMPREPLY[@]}\""

        run "bash" [] script line |> equals expected

    /// Without words it offers files: the folders of the working directory.
    testTheory "works in fish" [
        "mtrl train env=metaworld-mt2", "env=metaworld-mt25"
        "mtrl resu", "resume"
        "mtrl eval /etc/pass", "/etc/passwd"
    ]
    <| fun (line, expected) ->
        let script =
            "function mtrl; dotnet $PROGRAM $argv; end; mtrl completion fish | source; "
            + "complete -C $LINE"

        let found = run "fish" [ "--no-config" ] script line
        found.Split('\n')[0] |> equals expected

    /// The widget gets words in place of those of an interactive shell.
    testTheory "works in zsh" [
        "mtrl train env=metaworld-mt2", "env=metaworld-mt25"
        "mtrl resu", "resume"
    ]
    <| fun (line, expected) ->
        let script =
            "mtrl() { dotnet \"$PROGRAM\" \"$@\"; }; compdef() { :; }; source <(mtrl completion zsh); "
            + "compadd() { print -l -- \"${@[4,-1]}\"; }; words=(${=LINE}); CURRENT=$#words; _mtrl"

        run "zsh" [ "-f" ] script line |> equals expected
]
