module MtrlFunctional.Cli.Tests.Commands.ProgramTests

open Expecto
open System
open System.IO
open Argu
open MtrlFunctional
open MtrlFunctional.Cli
open MtrlFunctional.Tests
open MtrlFunctional.Cli.Tests

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

let ``the program`` = [
    let probe =
        Command.define "probe" "Shows its words." [ "mtrl probe a=1" ] (fun options ->
            let words = options.GetResults ProbeOptions.Words |> List.concat
            printf "%s" (String.concat "," words)
            ExitCode.Done)

    /// The output of the probe.
    let probed words =
        Capture.run (fun () -> probe.Run words) |> Capture.succeeds |> _.Out

    let counting =
        Command.define "probe" "Shows its number." [] (fun options ->
            printf $"{options.GetResult ProbeOptions.Count}"
            ExitCode.Done)

    testTheory "takes whole numbers in the spellings of people" [
        "1e3", "1000"
        "200k", "200000"
        "1,000,000", "1000000"
        "12.0", "12"
    ]
    <| fun (given, number) ->
        for words in [ [ "--count"; given ]; [ $"--count={given}" ] ] do
            (Capture.run (fun () -> counting.Run words)).Out |> equals number

    testCase "fills in what a shell leaves in a path" (fun () ->
        let home = Environment.GetEnvironmentVariable "HOME"
        probed [ "~/a"; "$HOME/b"; "~agent.x" ] |> equals $"{home}/a,{home}/b,~agent.x")

    Capture.refusals "names what was meant" [
        "biuld", "mtrl biuld: no such command. Nearest: build."
        "xyzzy", "'mtrl --help' lists all commands."
        "--versoin", "Nearest: --version"
        "evaluate runs/a", "Nearest: eval."
        "train env=mt-bandit --seeed 1", "--seeed: no such option. Nearest: setup.seed=…."
        "export runs/a --out a.onnx",
        "--out: no such option. 'mtrl export --help' lists the options."
        "help nonsense", "mtrl nonsense: no such command."
        "help build", "is a command of the launcher; run ./mtrl build"
        "build", "is a command of the launcher; run ./mtrl build"
        "env=mt-bandit", "To train, write: mtrl train env=mt-bandit"
        "python3", "To train, write: mtrl train python3"
        // Options of Hydra.
        "train env=mt-bandit --cfg job", "'mtrl config WORDS'"
        "train env=mt-bandit --config-dir=conf", "preset=NAME"
        "train env=mt-bandit -cn other", "preset=NAME"
        // Paths that a shell would have filled in.
        "video policy:mt10 --out=~nobody-of-this-name/a", "~nobody-of-this-name/a: names a variable"
        "video policy:mt10 --out=$NOT_SET_HERE/a", "$NOT_SET_HERE/a: names a variable"
    ]

    Capture.refusals "names words as they were typed, before a page set them" [
        "config “setup.seed=1” env=mt-bandit",
        "mtrl: “setup.seed=1”: has quotation marks or dashes as web pages and word processors set them. Write setup.seed=1."
        "config agent=‘state_sac’ env=mt-bandit", "Write agent=state_sac."
        "config setup.name=“it’s”", "Write 'setup.name=it’s'."
        "train –-plain env=mt-bandit", "Write --plain."
        "train —plain –m", "Write --plain -m."
        "eval runs/a —json=“a.json”", "Write --json=a.json."
    ]

    Capture.refusals "refuses a value of an option that takes none" [
        "train --help=1", "--help=1: --help takes no value."
        "train --plain=true env=mt-bandit", "--plain=true: --plain takes no value."
    ]

    testCase "tells of a variable that comes too late" (fun () ->
        let words = [ "CUDA_VISIBLE_DEVICES=1"; "PYTHONPATH=."; "nohup"; "python"; "main.py" ]

        let printed =
            Capture.completed ("config" :: words @ [ "env=mt-bandit"; "agent=mtppo" ])

        printed.Err.Trim()
        |> equals
            "mtrl: CUDA_VISIBLE_DEVICES=1 has no effect behind the command. Write it before ./mtrl.")

    testCase "shows its commands without words" (fun () ->
        Capture.finished []
        |> containsAll [ "USAGE: mtrl COMMAND"; "N passed, N failed" ])

    testCase "a missing folder of temporary files is reported by its variable" (fun () ->
        let before = Environment.GetEnvironmentVariable "TMPDIR"
        Environment.SetEnvironmentVariable("TMPDIR", "/no/such/folder")

        try
            Capture.refusal [
                "list"
                "tasks"
                "--with"
                Path.Combine(Repository.root, "scripts", "mtrl.fsx")
            ]
            |> equals
                "mtrl: TMPDIR = /no/such/folder: no such folder. Set TMPDIR to a folder that exists, or unset it.\n"
        finally
            Environment.SetEnvironmentVariable("TMPDIR", before))

    testCase "an invalid environment variable is reported by name" (fun () ->
        let before = Environment.GetEnvironmentVariable "MTRL_THREADS"
        Environment.SetEnvironmentVariable("MTRL_THREADS", "many")

        try
            Capture.refusal [ "bench"; "update" ]
            |> startsWith "mtrl: MTRL_THREADS = many: must be"

            (Capture.mtrl [ "doctor" ]).Out
            |> containsAll [
                "settings    MTRL_THREADS = many: must be"
                "fix: change that variable, or unset it"
            ]
        finally
            Environment.SetEnvironmentVariable("MTRL_THREADS", before))

    testCase "takes an option and its value as one word" (fun () ->
        probed [ "a=1"; "--count=3"; "b==" ] |> equals "a=1,b==")

    /// One of two folders would be left out without a word.
    Capture.refusals "refuses more folders or topics than a command takes" [
        for words in
            [
                "eval runs/a runs/b"
                "export runs/a runs/b"
                "conflicts runs/a runs/b"
                "reproduce runs/a runs/b"
                "completion bash zsh"
                "watch runs/a runs/b"
            ] -> words, "lists the options"
    ]

    testCase "an address of another machine cannot be listened on" (fun () ->
        let printed = Capture.mtrl [ "watch"; "/tmp"; "--address"; "203.0.113.5" ]
        printed.Exit |> differsFrom ExitCode.Done
        printed.Err |> contains "--address 203.0.113.5: is no address of this machine.")

    testTheory "refuses wrong options before it starts" [
        [ "--cuont"; "3" ], "--cuont: no such option. Nearest: --count."
        [ "--count"; "three" ], "--count"
        [ "--count=three" ], "--count"
    ]
    <| fun (words, message) ->
        Capture.run (fun () -> probe.Run("a=1" :: words))
        |> Capture.messages
        |> contains message

    testTheory "passes override words through untouched" [
        "setup=metaworld"
        "a=[1,2, 3]"
        "~agent.actor"
        "++x.y=null"
        "neg=-5"
        "b=x=y"
    ]
    <| fun word -> probed [ word; "-m"; "z=1" ] |> equals $"{word},z=1"

    testCase "explains a command" (fun () ->
        probed [ "a=1"; "--help" ]
        |> containsAll [ "USAGE: mtrl probe"; "mtrl probe a=1" ])

    Capture.refusals "refuses missing assets before any command runs" [
        "bench env --assets /nowhere/at/all", "--assets /nowhere/at/all: no such folder."
        "bench env --assets=/nowhere", "--assets /nowhere: no such folder."
        "bench env --assets", "--assets: needs a folder, --assets DIR."
    ]

    testCase "loads its scenes from the assets of one command only" (fun () ->
        let folder = TestFolder.create "assets"
        let scenes = Path.Combine(folder, "sawyer_xyz")
        Directory.CreateDirectory scenes |> ignore
        File.WriteAllText(Path.Combine(scenes, "sawyer_reach_v3.xml"), "<mujoco/>")

        Capture.refusal [ "bench"; "env"; "--tasks"; "push"; "--assets"; folder ]
        |> matches $@"{scenes}/sawyer_\w+\.xml: no such file"

        isNull Environments.SceneLibrary.Chosen |> isTrue)
]
