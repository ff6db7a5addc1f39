namespace MtrlFunctional.Cli.Tests

open System.IO
open System.Text.Json
open NUnit.Framework
open MtrlFunctional
open MtrlFunctional.Tests

/// A small run of MT-PPO on three tasks, evaluated in others.
[<TestFixture; NonParallelizable>]
type ``a run in other tasks``() =
    let folder = Directory.CreateTempSubdirectory("mtrl-adapt-").FullName
    let run name = Path.Combine(folder, name, "seed-1")
    let json = Path.Combine(folder, "result.json")

    let words env name =
        SmallRun.words folder name
        |> List.filter (fun word ->
            not (word.StartsWith "replay_buffer" || word.Contains "init_steps"))
        |> List.append [
            env
            "agent=mtppo"
            "env.tasks=[reach, push, drawer-close]"
            "env.goal_selection=random"
            "agent.on_policy.batch_size=60"
            "agent.on_policy.minibatch_size=30"
            "--plain"
        ]

    let evaluated arguments = Capture.finished ("eval" :: arguments)

    let refused arguments =
        Capture.refused ("eval" :: run "tiny" :: arguments)

    /// The protocol and the summaries of an evaluation.
    let written arguments =
        evaluated (arguments @ [ "--horizon"; "3"; "--json"; json ]) |> ignore
        let result = (JsonDocument.Parse(File.ReadAllText json)).RootElement

        result.GetProperty "protocol",
        [
            for each in result.GetProperty("summary").EnumerateArray() ->
                each.GetProperty("goals").GetString()
        ]

    [<OneTimeSetUp>]
    member _.Train() =
        for env, name in [ "env=metaworld-mt10", "tiny"; "env=metaworld-ml10", "meta" ] do
            Capture.finished ("train" :: words env name) |> ignore

        words "env=metaworld-ml1" "one"
        |> List.filter (fun word -> not (word.StartsWith "env.tasks"))
        |> List.append [ "train"; "env.benchmark.env_name=reach" ]
        |> Capture.finished
        |> ignore

    [<OneTimeTearDown>]
    member _.Remove() = Directory.Delete(folder, true)

    [<Test>]
    member _.``learns them from some episodes, and the file says how``() =
        let out =
            evaluated [
                run "tiny"
                "--tasks"
                "sweep,reach"
                "--adapt"
                "finetune"
                "--shots"
                "0,2"
                "--goals"
                "unseen:2"
                "--goal-seed"
                "7"
                "--horizon"
                "10"
                "--reward"
                "v1"
                "--json"
                json
            ]

        Assert.That(out, Does.Contain "0 shots    2 shots")
        Assert.That(out, Does.Contain "other goals, of seed 7")
        let result = (JsonDocument.Parse(File.ReadAllText json)).RootElement
        let protocol = result.GetProperty "protocol"
        let word (name: string) = protocol.GetProperty(name).GetString()
        let number (name: string) = protocol.GetProperty(name).GetInt32()

        Assert.That(
            ([ word "name"; word "rewardVersion"; word "method" ] = [
                "unseen-goals"
                "v1"
                "finetune"
            ])
        )

        Assert.That(([ number "goalSeed"; number "horizon" ] = [ 7; 10 ]))

        let shots = [
            for shots in protocol.GetProperty("shots").EnumerateArray() -> shots.GetInt32()
        ]

        Assert.That((shots = [ 0; 2 ]))

        let summary = [
            for each in result.GetProperty("summary").EnumerateArray() ->
                each.GetProperty("goals").GetString(), each.GetProperty("shots").GetInt32()
        ]

        Assert.That((summary = [ "test", 0; "unseen", 0; "test", 2; "unseen", 2 ]))
        let first = result.GetProperty("summary")[0]
        Assert.That(first.GetProperty("mean").GetDouble(), Is.InRange(0.0, 1.0))
        Assert.That(first.GetProperty("interval").TryGetProperty("low") |> fst)

    [<Test>]
    member _.``loses no file to a result``() =
        let checkpoint = SmallRun.newest (run "tiny")
        let agent = Path.Combine(checkpoint.Folder, "agent.safetensors")
        let kept = [ Path.Combine(run "tiny", "config.yaml"); agent ]
        let contents () = kept |> List.map File.ReadAllBytes
        let before = contents ()

        for file in kept do
            refused [ "--json"; file ] "belongs to a run"

        Capture.refused [ "export"; run "tiny"; "--onnx"; agent ] "belongs to a run"
        Assert.That((contents () = before))
        let policy = Path.Combine(folder, "policy.onnx")
        Capture.finished [ "export"; run "tiny"; "--onnx"; policy ] |> ignore
        Capture.refused [ "eval"; policy; "--json"; policy ] "is the policy itself"
        refused [ "--episodes"; "2000000000" ] "must be from 1 to 100,000"

    /// Short: `SearchTests` of `tests/Interop.Tests`.
    [<Test; Category(LongForm.only)>]
    member _.``searches the entry of a new task, goal by goal, and keeps those of trained ones``() =
        let out =
            evaluated [
                run "tiny"
                "--tasks"
                "sweep,reach"
                "--adapt"
                "search"
                "--shots"
                "0,1"
                "--horizon"
                "3"
                "--json"
                json
            ]

        Assert.That(
            out,
            Does.Match
                @"task +0 shots +1 shot\n +sweep-v3 +\d+ % +\d+ %\n +reach-v3 +\d+ % +\d+ %\n"
        )

        let result = (JsonDocument.Parse(File.ReadAllText json)).RootElement
        let protocol = result.GetProperty "protocol"
        Assert.That(protocol.GetProperty("name").GetString(), Is.EqualTo "goal-by-goal")
        Assert.That(protocol.GetProperty("method").GetString(), Is.EqualTo "search")

        let returns = [
            for each in result.GetProperty("adapted").EnumerateArray() do
                let tasks = each.GetProperty("result").GetProperty "episodeReturns"

                each.GetProperty("shots").GetInt32(),
                [
                    for task in tasks.EnumerateArray() ->
                        [ for goal in task.EnumerateArray() -> goal.GetDouble() ]
                ]
        ]

        match returns with
        | [ 0, [ sweep; reach ]; 1, [ searched; known ] ] ->
            Assert.That(sweep.Length, Is.EqualTo 50)
            Assert.That((known = reach))
            Assert.That(searched, Is.Not.EqualTo sweep)
        | other -> Assert.Fail $"{other}"

    [<TestCase("one", "", 2, "test")>]
    [<TestCase("one", "--all-goals", 2, "test")>]
    [<TestCase("one", "--goals train", 1, "known")>]
    [<TestCase("one", "--tasks push", 1, "test")>]
    [<TestCase("one", "--tasks push,reach", -1, "test")>]
    [<TestCase("one", "--adapt finetune --shots 0", 2, "test")>]
    [<TestCase("meta", "", 1, "test")>]
    [<TestCase("meta", "--goals train", 1, "known")>]
    [<TestCase("tiny", "", 1, "known")>]
    [<TestCase("tiny", "--adapt none --shots 0", 1, "known")>]
    [<TestCase("tiny", "--adapt none", 1, "known")>]
    member _.``is written with the seed of its goals, and whether it knows them``
        (name: string, options: string, seed: int, goals: string)
        =
        let options = options.Split(' ', System.StringSplitOptions.RemoveEmptyEntries)
        let protocol, summary = written (run name :: List.ofArray options)
        let found = protocol.GetProperty "goalSeed"

        if seed < 0 then
            Assert.That(found.ValueKind, Is.EqualTo JsonValueKind.Null)
        else
            Assert.That(found.GetInt32(), Is.EqualTo seed)

        Assert.That((summary = [ goals ]))

        Assert.That(
            protocol.GetProperty("method").GetString(),
            Is.EqualTo(
                if Array.contains "finetune" options then
                    "finetune"
                else
                    "none"
            )
        )

    [<Test>]
    member _.``of which it knows all needs no adaptation``() =
        let out =
            evaluated [ run "tiny"; "--tasks"; "drawer-close,reach"; "--all-goals"; "--json"; json ]

        Assert.That(out, Does.Match "drawer-close-v3.*\n.*reach-v3")

        let protocol =
            (JsonDocument.Parse(File.ReadAllText json)).RootElement.GetProperty "protocol"

        Assert.That(protocol.GetProperty("name").GetString(), Is.EqualTo "all-goals")
        Assert.That(protocol.GetProperty("method").GetString(), Is.EqualTo "none")

    [<Test>]
    member _.``of meta-learning learns each goal of test tasks by itself``() =
        let out =
            evaluated [
                run "meta"
                "--tasks"
                "drawer-open,door-close"
                "--adapt"
                "finetune"
                "--shots"
                "0"
                "--horizon"
                "3"
                "--json"
                json
            ]

        for task in [ "drawer-open"; "door-close" ] do
            Assert.That(out, Does.Contain $"{task}-v3")

        let result = (JsonDocument.Parse(File.ReadAllText json)).RootElement

        Assert.That(
            result.GetProperty("protocol").GetProperty("name").GetString(),
            Is.EqualTo "goal-by-goal"
        )

        let successes =
            result.GetProperty("adapted").[0].GetProperty("result").GetProperty "episodeSuccesses"

        Assert.That(
            (successes.GetArrayLength(), successes[0].GetArrayLength()),
            Is.EqualTo((2, 50))
        )

    [<Test>]
    member _.``is refused with one message where words are wrong``() =
        refused [ "--shots"; "1" ] "add --adapt finetune, theta, context or search"
        refused [ "--adapt"; "finetune" ] "Add --shots"
        refused [ "--adapt"; "non"; "--shots"; "0" ] "Nearest: none"

        refused
            [ "--adapt"; "none"; "--shots"; "0,1" ]
            "--adapt none: nothing learns from the episodes of --shots 0,1; give --shots 0, or --adapt finetune, theta, context or search."

        refused
            [ "--tasks"; "ML10-test"; "--shots"; "0,1,5,10" ]
            "add --adapt finetune, theta, context or search"

        refused [ "--goals"; "train"; "--tasks"; "sweep,reach" ] "was not trained on sweep-v3"
        refused [ "--adapt"; "finetun"; "--shots"; "1" ] "Nearest: finetune"
        refused [ "--adapt"; "finetune"; "--shots"; "1,x" ] "'x' must be a number of episodes"
        refused [ "--adapt"; "finetune"; "--shots"; "-1" ] "from 0 to 10,000"

        refused
            [ "--adapt"; "finetune"; "--shots"; "1"; "--infer-theta"; "5" ]
            "both adapt the policy"

        refused [ "--tasks"; "swep" ] "Nearest: sweep"
        refused [ "--tasks"; "sweep" ] "was not trained on sweep-v3"
        refused [ "--trial"; "10,3" ] "plays no trials, since its agent has no memory"
        refused [ "--horizon"; "0" ] "must be from 1 to 1,000,000"
        refused [ "--reward"; "v3" ] "must be v1 or v2"

        let meta = Capture.mtrl [ "eval"; run "meta"; "--adapt"; "theta"; "--shots"; "1" ]

        Assert.That(meta.Exit, Is.EqualTo ExitCode.WrongInput)
        Assert.That(meta.Err, Does.Contain "nothing that belongs to single tasks")

        let file =
            Capture.mtrl [ "eval"; "policy:mt10"; "--adapt"; "finetune"; "--shots"; "1" ]

        Assert.That(file.Exit, Is.EqualTo ExitCode.WrongInput)
        Assert.That(file.Err, Does.Contain "Name the folder of the run")
