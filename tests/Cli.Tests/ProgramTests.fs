namespace MtrlFunctional.Cli.Tests

open System
open NUnit.Framework
open Argu
open MtrlFunctional
open MtrlFunctional.Cli

type ProbeOptions =
    | [<MainCommand>] Words of word: string list
    | Count of number: int
    | [<AltCommandLine("-m")>] Multirun

    interface IArgParserTemplate with
        member this.Usage =
            match this with
            | Words _ -> "words"
            | Count _ -> "a number"
            | Multirun -> "many"

[<TestFixture>]
module ``the program`` =
    let private probe =
        Command.define "probe" "Shows its words." [ "mtrl probe a=1" ] (fun options ->
            let words = options.GetResults ProbeOptions.Words |> List.concat
            printf "%s" (String.concat "," words)
            ExitCode.Done)

    let private counting =
        Command.define "probe" "Shows its number." [] (fun options ->
            printf $"{options.GetResult ProbeOptions.Count}"
            ExitCode.Done)

    [<TestCase("1e3", "1000")>]
    [<TestCase("200k", "200000")>]
    [<TestCase("1,000,000", "1000000")>]
    [<TestCase("12.0", "12")>]
    let ``takes whole numbers in the spellings of people`` (given: string, number: string) =
        for words in [ [ "--count"; given ]; [ $"--count={given}" ] ] do
            Assert.That((Capture.run (fun () -> counting.Run words)).Out, Is.EqualTo number)

    [<Test>]
    let ``fills in what a shell leaves in a path`` () =
        let home = Environment.GetEnvironmentVariable "HOME"

        let shown words =
            (Capture.run (fun () -> probe.Run words)).Out

        Assert.That(
            shown [ "~/a"; "$HOME/b"; "~agent.x" ],
            Is.EqualTo $"{home}/a,{home}/b,~agent.x"
        )

        for wrong in [ "~nobody-of-this-name/a"; "$NOT_SET_HERE/a" ] do
            Capture.refused
                [ "video"; "policy:mt10"; $"--out={wrong}" ]
                $"mtrl: {wrong}: names a variable"

    [<TestCase("--cfg job", "'mtrl config WORDS'")>]
    [<TestCase("--config-dir=conf", "preset=NAME")>]
    [<TestCase("-cn other", "preset=NAME")>]
    let ``names what does the same as an option of Hydra`` (option: string, part: string) =
        Capture.refused ("train" :: "env=mt-bandit" :: List.ofArray (option.Split ' ')) part

    [<Test>]
    let ``names the command that trains`` () =
        for word in [ "env=mt-bandit"; "python3" ] do
            Capture.refused [ word ] $"To train, write: mtrl train {word}"

    [<Test>]
    let ``tells of a variable that comes too late`` () =
        let words = [ "CUDA_VISIBLE_DEVICES=1"; "PYTHONPATH=."; "nohup"; "python"; "main.py" ]
        let printed = Capture.mtrl ("config" :: words @ [ "env=mt-bandit"; "agent=mtppo" ])
        Assert.That(printed.Exit, Is.EqualTo ExitCode.Done, printed.Err)

        Assert.That(
            printed.Err.Trim(),
            Is.EqualTo
                "mtrl: CUDA_VISIBLE_DEVICES=1 has no effect behind the command. Write it before ./mtrl."
        )

    [<Test>]
    let ``shows its commands without words`` () =
        let printed = Capture.mtrl []
        Assert.That(printed.Exit, Is.EqualTo ExitCode.Done)
        Assert.That(printed.Out, Does.Contain "USAGE: mtrl COMMAND")
        Assert.That(printed.Out, Does.Contain "N passed, N failed")

    [<Test>]
    let ``help reports unknown commands and those of the launcher`` () =
        let unknown = Capture.mtrl [ "help"; "nonsense" ]
        Assert.That(unknown.Exit, Is.EqualTo ExitCode.WrongInput)
        Assert.That(unknown.Err, Does.StartWith "mtrl nonsense: no such command.")

        for words in [ [ "help"; "build" ]; [ "build" ] ] do
            let other = Capture.mtrl words
            Assert.That(other.Exit, Is.EqualTo ExitCode.WrongInput)

            Assert.That(
                other.Err.Trim(),
                Does.EndWith "is a command of the launcher; run ./mtrl build"
            )

    [<Test; NonParallelizable>]
    let ``an invalid environment variable is reported by name`` () =
        let before = System.Environment.GetEnvironmentVariable "MTRL_THREADS"
        System.Environment.SetEnvironmentVariable("MTRL_THREADS", "many")

        try
            let bench = Capture.mtrl [ "bench"; "update" ]
            Assert.That(bench.Exit, Is.EqualTo ExitCode.WrongInput)
            Assert.That(bench.Err, Does.StartWith "mtrl: MTRL_THREADS = many: must be")
            let doctor = Capture.mtrl [ "doctor" ]
            Assert.That(doctor.Out, Does.Contain "settings    MTRL_THREADS = many: must be")
            Assert.That(doctor.Out, Does.Contain "fix: change that variable, or unset it")
        finally
            System.Environment.SetEnvironmentVariable("MTRL_THREADS", before)

    [<Test>]
    let ``names the nearest command`` () =
        let printed = Capture.mtrl [ "biuld" ]
        Assert.That(printed.Exit, Is.EqualTo ExitCode.WrongInput)
        Assert.That(printed.Err.Trim(), Is.EqualTo "mtrl biuld: no such command. Nearest: build.")

    [<Test>]
    let ``refers to the list of commands when no name is near`` () =
        let printed = Capture.mtrl [ "xyzzy" ]
        Assert.That(printed.Exit, Is.EqualTo ExitCode.WrongInput)
        Assert.That(printed.Err, Does.Contain "'mtrl --help' lists all commands.")

    [<Test>]
    let ``names the nearest of its own options`` () =
        let printed = Capture.mtrl [ "--versoin" ]
        Assert.That(printed.Exit, Is.EqualTo ExitCode.WrongInput)
        Assert.That(printed.Err, Does.Contain "Nearest: --version")

    [<Test>]
    let ``takes an option and its value as one word`` () =
        let printed = Capture.run (fun () -> probe.Run [ "a=1"; "--count=3"; "b==" ])
        Assert.That(printed.Exit, Is.EqualTo(ExitCode.Done), printed.Err)
        Assert.That(printed.Out, Is.EqualTo "a=1,b==")
        let wrong = Capture.run (fun () -> probe.Run [ "--count=three" ])
        Assert.That(wrong.Exit, Is.EqualTo ExitCode.WrongInput)
        Assert.That(wrong.Err, Does.Contain "--count")

    /// One of two folders would be left out without a word.
    [<TestCase("eval runs/a runs/b")>]
    [<TestCase("export runs/a runs/b")>]
    [<TestCase("conflicts runs/a runs/b")>]
    [<TestCase("reproduce runs/a runs/b")>]
    [<TestCase("completion bash zsh")>]
    [<TestCase("watch runs/a runs/b")>]
    let ``refuses more folders or topics than a command takes`` (words: string) =
        let printed = Capture.mtrl (List.ofArray (words.Split ' '))
        Assert.That(printed.Exit, Is.EqualTo(ExitCode.WrongInput), printed.Out)
        Assert.That(printed.Err, Does.Contain "lists the options")
        Assert.That(printed.Out, Is.Empty)

    [<Test>]
    let ``an address of another machine cannot be listened on`` () =
        let printed = Capture.mtrl [ "watch"; "/tmp"; "--address"; "203.0.113.5" ]
        Assert.That(printed.Exit, Is.Not.EqualTo ExitCode.Done)
        Assert.That(printed.Err, Does.Contain "cannot listen on 203.0.113.5")

    [<Test>]
    let ``names the nearest option and starts nothing`` () =
        let printed = Capture.run (fun () -> probe.Run [ "a=1"; "--cuont"; "3" ])
        Assert.That(printed.Exit, Is.EqualTo ExitCode.WrongInput)
        Assert.That(printed.Err, Does.Contain "--cuont: no such option. Nearest: --count.")
        Assert.That(printed.Out, Is.Empty)

    [<Test>]
    let ``reports an invalid value of an option`` () =
        let printed = Capture.run (fun () -> probe.Run [ "--count"; "three" ])
        Assert.That(printed.Exit, Is.EqualTo ExitCode.WrongInput)
        Assert.That(printed.Err, Does.Contain "--count")

    [<TestCase "setup=metaworld">]
    [<TestCase "a=[1,2, 3]">]
    [<TestCase "~agent.actor">]
    [<TestCase "++x.y=null">]
    [<TestCase "neg=-5">]
    [<TestCase "b=x=y">]
    let ``passes override words through untouched`` (word: string) =
        let printed = Capture.run (fun () -> probe.Run [ word; "-m"; "z=1" ])
        Assert.That(printed.Exit, Is.EqualTo ExitCode.Done)
        Assert.That(printed.Out, Is.EqualTo $"{word},z=1")

    [<Test>]
    let ``explains a command`` () =
        let printed = Capture.run (fun () -> probe.Run [ "a=1"; "--help" ])
        Assert.That(printed.Exit, Is.EqualTo ExitCode.Done)
        Assert.That(printed.Out, Does.Contain "USAGE: mtrl probe")
        Assert.That(printed.Out, Does.Contain "mtrl probe a=1")

    [<TestCase("--assets /nowhere/at/all", "--assets /nowhere/at/all: no such folder.")>]
    [<TestCase("--assets=/nowhere", "--assets /nowhere: no such folder.")>]
    [<TestCase("--assets", "--assets: needs a folder, --assets DIR.")>]
    let ``rejects missing assets before any command runs`` (words: string) (why: string) =
        let printed = Capture.mtrl ([ "bench"; "env" ] @ List.ofArray (words.Split ' '))
        Assert.That(printed.Exit, Is.EqualTo ExitCode.WrongInput)
        Assert.That(printed.Err, Does.Contain why)
        Assert.That(printed.Out, Is.Empty)

    [<Test>]
    let ``loads its scenes from the assets of one command only`` () =
        let folder = System.IO.Directory.CreateTempSubdirectory("mtrl-assets-").FullName

        try
            let scenes = System.IO.Path.Combine(folder, "sawyer_xyz")
            System.IO.Directory.CreateDirectory scenes |> ignore

            System.IO.File.WriteAllText(
                System.IO.Path.Combine(scenes, "sawyer_reach_v3.xml"),
                "<mujoco/>"
            )

            let printed = Capture.mtrl [ "bench"; "env"; "--tasks"; "push"; "--assets"; folder ]
            Assert.That(printed.Exit, Is.EqualTo ExitCode.WrongInput)
            Assert.That(printed.Err, Does.Match $@"{scenes}/sawyer_\w+\.xml: no such file")
            Assert.That(Environments.SceneLibrary.Chosen, Is.Null)
        finally
            System.IO.Directory.Delete(folder, true)
