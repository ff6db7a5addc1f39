module MtrlFunctional.Cli.Tests.Programs.ProgramsTests

open Expecto
open Expecto.Flip
open System.IO
open System.Text.RegularExpressions
open System
open MtrlFunctional.Experiments
open MtrlFunctional.Cli.With
open MtrlFunctional.Environments.Gym
open MtrlFunctional.Tests

/// The scripts and the samples, run as the README prints them, in a folder of their own. The samples are
/// built with the solution.
let ``programs on the facade`` = [
    /// Runs `dotnet …` in the root of the repository.
    let dotnet (arguments: string list) =
        let code, out, err = ChildProcess.executeIn Repository.root "dotnet" arguments []
        code |> Expect.equal (out + err) 0
        out

    /// The word that puts runs into a folder of their own.
    let inFolder () =
        $"""setup.base_path={TestFolder.create "programs"}"""

    /// Words that end a training early.
    let short =
        Words.split
            "env.horizon=20 agent.on_policy.episode_length=20 agent.on_policy.batch_size=80
            agent.on_policy.minibatch_size=40 experiment.num_train_steps=80
            experiment.eval_freq=40 experiment.num_eval_episodes=1"

    let scripts = Path.Combine(Repository.root, "scripts")

    let loading names = [ for name in names -> $"#load @\"{scripts}/{name}.fsx\"" ]

    let examples = [ "train-reach"; "examples/own-network"; "examples/own-task" ]

    let furtherExamples = [
        "examples/own-surgery"
        "examples/own-module"
        "examples/early-stopping"
    ]

    /// In one process, because most of the time passes before the first of them runs. The last lines are a script with a mistake.
    testCase "the scripts of the guides train, and tell mistakes without a stack trace" (fun () ->
        let folder = TestFolder.create "programs"
        let all = Path.Combine(folder, "all.fsx")

        File.WriteAllLines(
            all,
            loading (
                if LongForm.isAsked then
                    examples @ furtherExamples
                else
                    examples
            )
            @ [
                "open MtrlFunctional"
                "open MtrlFunctional.Experiments"
                "Experiment.mt10 |> Experiment.withWords [ \"agent.actor.hiden_dim=1\" ] |> Run.train"
            ]
        )

        let code, out, err =
            ChildProcess.executeIn
                Repository.root
                "dotnet"
                ([ "fsi"; all; $"setup.base_path={folder}" ]
                 @ short
                 @ [
                     "env.horizon=40"
                     "agent.on_policy.episode_length=40"
                     "experiment.num_train_steps=160"
                 ])
                []

        code |> Expect.equal (out + err) 2
        err |> contains "agent.actor.hidden_dim"
        err |> lacks "   at "
        out |> contains "evaluation after step 160: success "

        let trained steps name =
            out |> contains $"done: {steps} steps. Report: {folder}/{name}/"

        [ "train-reach"; "own-network"; "own-task" ] |> List.iter (trained 160)

        if LongForm.isAsked then
            out |> matches @"agreement +1 of 1 +160 "
            out |> matches @"PCGrad +1 of 1 +160 "
            [ "own-module"; "early-stopping" ] |> List.iter (trained 160)
            trained 40 "own-module")

    // Loads everything in a process of its own.
    if LongForm.isAsked then
        testCase "a session of F# Interactive goes on behind a mistake" (fun () ->
            let lines = Path.Combine(TestFolder.create "session", "lines")

            File.WriteAllLines(
                lines,
                loading [ "mtrl" ]
                @ [
                    "open MtrlFunctional.Experiments;;"
                    "Experiment.mt10 |> Experiment.withWords [ \"oops\" ] |> MtrlFunctional.Run.train;;"
                    "printfn \"goes on\";;"
                ]
            )

            let _, out, err =
                ChildProcess.execute "bash" [ "-c"; $"dotnet fsi --quiet < '{lines}'" ] []

            err |> contains "oops: has no value"
            out |> contains "goes on")

    testCase "each example tells mistakes so" (fun () ->
        for file in
            Path.Combine(scripts, "train-reach.fsx")
            :: List.ofArray (Directory.GetFiles(Path.Combine(scripts, "examples"), "*.fsx")) do
            File.ReadAllText file |> Expect.isMatch file @"\n(\|> )?Run\.train\w* ?")

    testCase "each script of a table names its rows" (fun () ->
        let ofTables =
            Directory.GetFiles(scripts, "*.fsx")
            |> Array.filter (fun file ->
                let text = File.ReadAllText file
                text.Contains "Run.trainAll" || text.Contains "Run.record")

        ofTables |> hasLength 15

        for script in ofTables do
            let text = File.ReadAllText script
            let name = Path.GetFileNameWithoutExtension script
            text |> matches $"(Run\\.trainAll|Name =)\\s+\"{name}\""
            text |> contains $"dotnet fsi scripts/{name}.fsx"

            for preset in Regex.Matches(text, "(?:published|preset|Preset =) \"([^\"]+)\"") do
                Additions.presets (Given.additions ())
                |> List.map _.Name
                |> includes preset.Groups[1].Value)

    /// Scripts that take long, or write into the repository. Seconds: the compiler starts.
    testCase "scripts that are not run here compile, and the templates of scripts" (fun () ->
        let folder = TestFolder.create "programs"
        let all = Path.Combine(folder, "all.fsx")

        // With the libraries that were built in the place of the package.
        let template (name: string) =
            let file = Path.Combine(Repository.root, "eng/package/templates", name)
            let package = "#r \"nuget: MtrlFunctional, 0.1.0\""
            let text = File.ReadAllText file
            text |> contains package
            let script = Path.Combine(folder, nonNull (Path.GetFileName name))
            File.WriteAllText(script, text.Replace(package, $"#load @\"{scripts}/mtrl.fsx\""))
            $"#load @\"{script}\""

        File.WriteAllLines(
            all,
            loading (
                Words.split "acrobot-bound reconstructions replay-compression ship-policy"
                @ furtherExamples
            )
            @ List.map template [ "task/Mtrl-task.fsx"; "script/Mtrl-script.fsx" ]
        )

        dotnet [ "fsi"; "--typecheck-only"; all ] |> ignore)

    let sample name words =
        dotnet (
            Path.Combine(Repository.root, "samples", name, "bin/Release/net10.0", $"{name}.dll")
            :: words
        )

    testCase "the sample trains and evaluates two tasks" (fun () ->
        let out = sample "QuickStart" (inFolder () :: short)
        out |> matches @"reach-v3 +success +\d+ ?%"
        out |> matches @"drawer-close-v3 +success +\d+ ?%")

    testTheory "the sample of environments steps a benchmark" [
        Words.split "MT10 random 20", "reach-v3 +[-\\d]+ +\\d"
        if LongForm.isAsked then
            [], "reach-v3 +\\d+ +\\d"
    ]
    <| fun (words, row) ->
        let out = sample "Environments" words
        out |> matches row
        out |> matches @"\d+ of 10 succeeded; [\d,]+ environment steps a second"
]

/// The C# interface of environments as F# programs use it.
let ``steps of several environments`` = [
    testCase "are values that F# keeps in a list and reads in a closure" (fun () ->
        let options = MetaWorldVectorOptions(Seed = 1u, Threads = 1)
        use environments = MetaWorld.MakeVector([ "reach-v3"; "push-v3" ], options)
        environments.Reset() |> ignore
        let actions = Array.create (2 * 4) 0.5f

        let steps = [
            for _ in 1..3 do
                environments.Step(ReadOnlySpan actions)
        ]

        let observed = steps |> List.map (fun step -> step.Observations.Length)
        observed |> equals [ 78; 78; 78 ]
        let rewards = (List.last steps).Rewards.ToArray()
        Array.min rewards |> isAbove 0.0)
]
