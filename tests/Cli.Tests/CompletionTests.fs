namespace MtrlFunctional.Cli.Tests

open System.ComponentModel
open NUnit.Framework
open MtrlFunctional.Tests
open MtrlFunctional

[<TestFixture>]
module ``mtrl completion`` =
    let private complete (line: string) =
        let printed = Capture.mtrl ("completion" :: "--" :: List.ofArray (line.Split ' '))
        Assert.That(printed.Exit, Is.EqualTo ExitCode.Done)

        printed.Out.Split('\n', System.StringSplitOptions.RemoveEmptyEntries)
        |> List.ofArray

    [<TestCase("tr", "train")>]
    [<TestCase("te", "test")>]
    [<TestCase("train --mu", "--multirun")>]
    [<TestCase("train env=metaworld-mt2", "env=metaworld-mt25")>]
    [<TestCase("train env=metaworld-mt10 age", "agent= agent.")>]
    [<TestCase("train agent.ppo.", "agent.ppo.clip= agent.ppo.epochs= agent.ppo.target_kl=")>]
    [<TestCase("config agent=mtt", "agent=mttrpo")>]
    [<TestCase("train preset=fast/mt10", "preset=fast/mt10 preset=fast/mt10-brief")>]
    [<TestCase("train setup.precision=f", "setup.precision=fp32 setup.precision=fp64")>]
    [<TestCase("eval runs/", "")>]
    [<TestCase("eval ", "")>]
    [<TestCase("eval policy:mt1", "policy:mt10")>]
    [<TestCase("list pol", "policies")>]
    [<TestCase("demo drawer", "drawer-open drawer-close")>]
    [<TestCase("demo reach --policy policy:mt1", "policy:mt10")>]
    [<TestCase("bench up", "update")>]
    [<TestCase("nonsense x", "")>]
    let ``continues commands, options, keys and values`` (line: string) (expected: string) =
        Assert.That(String.concat " " (complete line), Is.EqualTo expected)

    [<Test>]
    let ``refuses another shell`` () =
        let printed = Capture.mtrl [ "completion"; "bassh" ]
        Assert.That(printed.Exit, Is.EqualTo ExitCode.WrongInput)
        Assert.That(printed.Err, Does.Contain "Nearest: bash.")

    /// Output of a script in a shell, where `mtrl` is the program; skipped without the shell.
    let private run (shell: string) options script line =
        try
            let _, out, _ =
                ChildProcess.execute shell (options @ [ "-c"; script ]) [
                    "PROGRAM", ChildProcess.mtrl
                    "LINE", line
                ]

            out.TrimEnd()
        with :? Win32Exception ->
            Assert.Ignore $"{shell} is not installed."
            ""

    [<TestCase("mtrl train env=metaworld-mt2", "metaworld-mt25")>]
    [<TestCase("mtrl resu", "resume")>]
    [<TestCase("mtrl eval policy:mt1", "mt10")>]
    let ``works in bash`` (line: string) (expected: string) =
        let script =
            "mtrl() { dotnet \"$PROGRAM\" \"$@\"; }; source <(mtrl completion bash); "
            + "COMP_LINE=$LINE; COMP_POINT=${#LINE}; _mtrl; printf '%s\\n' \"${COMPREPLY[@]}\""

        Assert.That(run "bash" [] script line, Is.EqualTo expected)

    /// Without words it offers files: the folders of the working directory.
    [<TestCase("mtrl train env=metaworld-mt2", "env=metaworld-mt25")>]
    [<TestCase("mtrl resu", "resume")>]
    [<TestCase("mtrl eval /etc/pass", "/etc/passwd")>]
    let ``works in fish`` (line: string) (expected: string) =
        let script =
            "function mtrl; dotnet $PROGRAM $argv; end; mtrl completion fish | source; "
            + "complete -C $LINE"

        let found = run "fish" [ "--no-config" ] script line
        Assert.That(found.Split('\n')[0], Is.EqualTo expected)

    /// The widget gets words in place of those of an interactive shell.
    [<TestCase("mtrl train env=metaworld-mt2", "env=metaworld-mt25")>]
    [<TestCase("mtrl resu", "resume")>]
    let ``works in zsh`` (line: string) (expected: string) =
        let script =
            "mtrl() { dotnet \"$PROGRAM\" \"$@\"; }; compdef() { :; }; source <(mtrl completion zsh); "
            + "compadd() { print -l -- \"${@[4,-1]}\"; }; words=(${=LINE}); CURRENT=$#words; _mtrl"

        Assert.That(run "zsh" [ "-f" ] script line, Is.EqualTo expected)
