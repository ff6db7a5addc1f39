namespace MtrlFunctional.Cli.Tests

open System.Diagnostics
open NUnit.Framework
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
    [<TestCase("train preset=fast/mt10", "preset=fast/mt10")>]
    [<TestCase("train setup.precision=f", "setup.precision=fp32 setup.precision=fp64")>]
    [<TestCase("eval runs/", "")>]
    [<TestCase("nonsense x", "")>]
    let ``continues commands, options, keys and values`` (line: string) (expected: string) =
        Assert.That(String.concat " " (complete line), Is.EqualTo expected)

    [<Test>]
    let ``refuses another shell`` () =
        let printed = Capture.mtrl [ "completion"; "bassh" ]
        Assert.That(printed.Exit, Is.EqualTo ExitCode.WrongInput)
        Assert.That(printed.Err, Does.Contain "Nearest: bash.")

    /// Bash itself, with the program behind the name.
    [<TestCase("mtrl train env=metaworld-mt2", "metaworld-mt25")>]
    [<TestCase("mtrl resu", "resume")>]
    let ``works in bash`` (line: string) (expected: string) =
        let program = typeof<MtrlFunctional.Cli.Training.StopSignals>.Assembly.Location

        let script =
            "mtrl() { dotnet \"$PROGRAM\" \"$@\"; }; source <(mtrl completion bash); "
            + "COMP_LINE=$LINE; COMP_POINT=${#LINE}; _mtrl; printf '%s\\n' \"${COMPREPLY[@]}\""

        let info = ProcessStartInfo("bash", [ "-c"; script ])
        info.RedirectStandardOutput <- true
        info.Environment["PROGRAM"] <- program
        info.Environment["LINE"] <- line
        use bash = nonNull (Process.Start info)
        let out = bash.StandardOutput.ReadToEnd()
        bash.WaitForExit()
        Assert.That(out.TrimEnd(), Is.EqualTo expected)
