namespace MtrlFunctional.Tests.Experiments

open FsCheck
open FsCheck.FSharp
open NUnit.Framework
open FsCheck.NUnit
open MtrlFunctional.Experiments
open MtrlFunctional.Tests

/// Words that make sense together, so that most lists of them are right.
type Sensible = {
    Words: string list
} with

    override this.ToString() = String.concat " " this.Words

type SensibleWords =
    static member Sensible() : Arbitrary<Sensible> =
        let settings =
            Gen.elements [
                "agent.actor.hidden_dim=64"
                "agent.actor.num_layers=2"
                "agent.critic.hidden_dim=${agent.actor.hidden_dim}"
                "agent.actor.log_std_bounds=[-5, 1.5]"
                "agent.encoder.type_to_select=feedforward"
                "agent.encoder.type_to_select=moe"
                "agent.encoder.moe.encoder_cfg='${agent.encoder.feedforward}'"
                "agent.encoder.feedforward.hidden_dim=70"
                "agent.task_to_encoder_cluster.mt10.cluster.action_close=[close, 'shut, it']"
                "agent.multitask.should_use_task_encoder=True"
                "agent.multitask.should_use_pal=True"
                "agent.multitask.pal_cfg.residual_mode=project"
                "agent.multitask.task_encoder_cfg.losses_to_train=[critic]"
                "agent.optimizers.actor.lr=1e-3"
                "agent.builder.init_temperature=0.25"
                "fidelity=original"
                "setup=hipbmdp"
                "setup.name='a b: \"c\" # d'"
                "setup.name=007"
                "setup.name=yes"
                "setup.name='über → \u0085'"
                "setup.description=\"tab\\tand 'quotes'\""
                "setup.tags=[a, 1, true, 'x: y']"
                "setup.seed=7"
                "setup.device=cuda:3"
                "setup.threads=2"
                "setup.precision=bf16"
                "experiment.save.model.retain_last_n=-1"
                "experiment.envs_to_exclude_during_training=[push]"
                "env.goals=hidden"
                "env.reward_version=v1"
                "env.description={reach-v3: 'go, there', push-v3: 'a: b'}"
                "metrics.eval=[[success, Su, float, average], [x, null, str, constant]]"
                "logbook.write_to_console=True"
            ]

        let groups =
            Gen.map2
                (fun env agent -> [ $"env={env}"; $"agent={agent}" ])
                (Gen.elements (EnvChoice.all |> List.map _.Name))
                (Gen.elements (List.map fst Choices.agents))

        Gen.map2
            (fun groups settings -> { Words = groups @ settings })
            groups
            (Gen.choose (0, 8) |> Gen.bind (fun n -> Gen.listOfLength n settings))
        |> Arb.fromGen

/// Any words at all, most of them close to right ones.
type Wild =
    static member Words() : Arbitrary<string list> =
        let keys =
            match Experiment.read [ "env=metaworld-mt10" ] with
            | Ok(e, _) -> Experiment.values e |> List.map fst
            | Error mistakes -> failwith $"{mistakes}"

        let value =
            Gen.frequency [
                3,
                Gen.elements [
                    "0"
                    "-1"
                    "1e308"
                    "9223372036854775807"
                    "[]"
                    "[[[]]]"
                    "{}"
                    "null"
                    "True"
                    "${env.tasks}"
                    "${setup.name}${setup.name}"
                    "${"
                    "${}"
                    "x"
                ]
                1, ArbMap.defaults |> ArbMap.generate<string> |> Gen.map string
                1, Gen.elements keys |> Gen.map (fun key -> "${" + key + "}")
            ]

        let word =
            Gen.frequency [
                8,
                Gen.map3
                    (fun prefix key value -> $"{prefix}{key}={value}")
                    (Gen.elements [ ""; ""; ""; "+"; "++"; "~" ])
                    (Gen.elements ([ "env"; "agent"; "setup"; "agent.actor"; "setup.seed" ] @ keys))
                    value
                1, ArbMap.defaults |> ArbMap.generate<string> |> Gen.map string
            ]

        Gen.listOf word
        |> Gen.map (fun words -> "env=metaworld-mt10" :: words)
        |> Arb.fromGen

[<TestFixture; Properties(Arbitrary = [| typeof<SensibleWords> |], MaxTest = 300)>]
module ``experiments`` =

    let private get words =
        match Experiment.read words with
        | Ok(e, _) -> e
        | Error mistakes -> failwith $"{List.map string mistakes}"

    [<Property>]
    let ``read back as they were rendered`` (s: Sensible) =
        match Experiment.read s.Words with
        | Error _ -> Prop.trivial true true
        | Ok(e, _) ->
            let yaml = Experiment.render e
            Experiment.load yaml = Ok e |> Prop.label yaml

    [<Property>]
    let ``render the same text again`` (s: Sensible) =
        match Experiment.read s.Words with
        | Error _ -> true
        | Ok(e, _) ->
            let yaml = Experiment.render e
            (Experiment.load yaml |> Result.map Experiment.render) = Ok yaml

    [<Property>]
    let ``the last of repeated keys wins`` (a: PositiveInt) (b: PositiveInt) =
        let word (n: PositiveInt) = $"agent.actor.hidden_dim={n.Get}"
        let last = get [ "env=metaworld-mt10"; word a; word b ]
        last = get [ "env=metaworld-mt10"; word b ]

    [<Test>]
    let ``the critic follows the actor until it is set itself`` () =
        let critic words =
            (get ("env=metaworld-mt10" :: words)).Agent.Critic.HiddenDim

        Assert.That(critic [ "agent.actor.hidden_dim=77" ], Is.EqualTo 77)

        Assert.That(
            critic [ "agent.critic.hidden_dim=5"; "agent.actor.hidden_dim=77" ],
            Is.EqualTo 5
        )

    let private originOf words key =
        Experiment.origins words |> Map.find key |> string<Origin>

    [<TestCase("setup.seed_ref", "preset ptsl/care-mt10")>]
    [<TestCase("agent.actor.hidden_dim", "command line")>]
    [<TestCase("agent.critic.hidden_dim", "${agent.actor.hidden_dim}")>]
    [<TestCase("agent.critic.num_layers", "command line: ${agent.actor.num_layers}")>]
    [<TestCase("setup.save_dir", "${setup.base_path}/${setup.name}")>]
    [<TestCase("agent.multitask.num_envs", "setup=metaworld: ${env.num_envs}")>]
    [<TestCase("env.num_envs", "the number of env.tasks")>]
    [<TestCase("env.goal_selection", "fidelity=corrected")>]
    [<TestCase("env.tasks", "env=metaworld-mt10")>]
    [<TestCase("agent.builder.actor_update_freq", "agent=state_sac")>]
    [<TestCase("agent.builder.discount", "default")>]
    let ``a value says where it comes from`` (key: string) (expected: string) =
        let words = [
            "python3"
            "-u"
            "main.py"
            "agent.actor.hidden_dim=7"
            "preset=ptsl/care-mt10"
            "agent.actor.hidden_dim=8"
            "agent.critic.num_layers=${agent.actor.num_layers}"
        ]

        Assert.That(originOf words key, Is.EqualTo expected)

    [<Test>]
    let ``an identity encoder is as wide as an observation, whatever was given`` () =
        let words = [ "env=metaworld-mt10"; "agent.encoder.type_to_select=identity" ]

        for given in [ []; [ "agent.encoder_feature_dim=7" ] ] do
            Assert.That(
                originOf (words @ given) "agent.encoder_feature_dim",
                Is.EqualTo "the size of an observation"
            )

    [<Test>]
    let ``a node can follow another`` () =
        let e =
            get [
                "env=metaworld-mt10"
                "agent.encoder.moe.encoder_cfg=${agent.encoder.feedforward}"
                "agent.encoder.feedforward.hidden_dim=33"
            ]

        Assert.That(e.Agent.Encoder.Mixture.Expert, Is.EqualTo e.Agent.Encoder.FeedForward)

    [<TestCase("reach")>]
    [<TestCase("reach-v1")>]
    [<TestCase("reach-v2")>]
    [<TestCase("reach-v3")>]
    let ``a single task by any of its names`` (name: string) =
        let e = get [ "env=metaworld-mt1"; $"env.benchmark.env_name={name}" ]
        Assert.That((e.Environment.Tasks = [ "reach-v3" ]))
        Assert.That(e.Agent.Multitask.NumEnvs, Is.EqualTo 1)

    [<TestCase("env=metaworld-mt1")>]
    [<TestCase("env=metaworld-ml1")>]
    let ``a wrong name of the single task is one mistake`` (env: string) =
        match Experiment.resolve [ env; "agent=state_sac"; "env.benchmark.env_name=raech" ] with
        | Ok _ -> Assert.Fail "It was taken."
        | Error told ->
            Assert.That(told.Length, Is.EqualTo 1)
            Assert.That(string told.Head, Does.StartWith "env.benchmark.env_name = raech: ")

    [<Test>]
    let ``the number of tasks follows the tasks`` () =
        let e = get [ "env=metaworld-mt10"; "env.tasks=[push,reach-v2]" ]
        Assert.That((e.Environment.Tasks = [ "push-v3"; "reach-v3" ]))
        Assert.That(e.Environment.NumEnvs, Is.EqualTo 2)
        Assert.That(e.Agent.Multitask.NumEnvs, Is.EqualTo 2)

    [<Test>]
    let ``fidelity decides what the networks see and how goals are drawn`` () =
        let original = get [ "env=metaworld-mt10"; "fidelity=original" ]
        let corrected = get [ "env=metaworld-mt10" ]
        Assert.That(Observed.size original, Is.EqualTo(Some 39))
        Assert.That(Observed.size corrected, Is.EqualTo(Some 49))
        Assert.That(original.Environment.GoalSelection, Is.EqualTo GoalSelection.Fixed)
        Assert.That(corrected.Environment.GoalSelection, Is.EqualTo GoalSelection.Random)

    let private switches =
        Experiment.values (get [ "env=metaworld-mt10" ])
        |> List.map fst
        |> List.filter _.StartsWith("behaviour.")

    [<Test>]
    let ``each switch of a behaviour can be set by itself`` () =
        Assert.That(switches, Has.Length.GreaterThan 5)

        // With a task encoder nothing else follows from a switch.
        let words fidelity = [
            "env=metaworld-mt10"
            $"fidelity={fidelity}"
            "agent.multitask.should_use_task_encoder=True"
        ]

        for fidelity in [ "original"; "corrected" ] do
            let usual = get (words fidelity)
            let values = Map(Experiment.values usual)
            Assert.That(Experiment.switched usual, Is.Empty)

            for switch in switches do
                let other = Value.Bool(values[switch] = Value.Bool false)
                let e = get (words fidelity @ [ $"{switch}={ValueText.print other}" ])
                let changed = List.except (Experiment.values usual) (Experiment.values e)
                Assert.That((changed = [ switch, other ]), $"{switch}: {changed}")
                Assert.That((Experiment.switched e = changed))

    [<Test>]
    let ``all switches of a behaviour are the behaviour`` () =
        let original = get [ "env=metaworld-mt10"; "fidelity=original" ]
        let values = Map(Experiment.values original)
        let words = switches |> List.map (fun key -> $"{key}={ValueText.print values[key]}")
        let e = get ("env=metaworld-mt10" :: words)
        Assert.That(e.Behaviour, Is.EqualTo original.Behaviour)
        Assert.That(Observed.size e, Is.EqualTo(Some 39))

    [<Test>]
    let ``of another version are refused in one message`` () =
        let yaml = Experiment.render (get [ "env=metaworld-mt10" ])
        let other = yaml.Replace("should_", "shall_")

        match Experiment.load other with
        | Error [ ConfigError.OtherVersion unknown as mistake ] ->
            Assert.That(unknown, Has.Length.GreaterThan 10)
            let first = String.concat ", " (List.truncate 3 unknown)
            Assert.That(string mistake, Does.StartWith $"{first} and {unknown.Length - 3} more")
            Assert.That(string mistake, Does.Contain "another version")
        | other -> Assert.Fail $"{other}"

    [<Test>]
    let ``seed is short for one seed`` () =
        let e = get [ "env=metaworld-mt10"; "setup.seed=9" ]
        Assert.That((Experiment.seeds e = [ 9 ]))

        let three = get [ "env=metaworld-mt10"; "setup.num_seeds=3" ]
        Assert.That((Experiment.seeds three = [ 42; 43; 44 ]))
        Assert.That((Experiment.seeds (Experiment.withSeed 43 three) = [ 43 ]))

    [<Property>]
    let ``where values come from is written in comments`` (sensible: Sensible) =
        match Experiment.read sensible.Words with
        | Error _ -> true
        | Ok(e, _) ->
            let origins = Experiment.origins sensible.Words

            List.forall origins.ContainsKey (List.map fst (Experiment.values e))
            && Experiment.load (Experiment.renderWith origins e) = Ok e

    [<Property(Arbitrary = [| typeof<Wild> |], MaxTest = 100)>]
    let ``any words lead to an experiment that reads back from its commented form`` words =
        match Experiment.read words with
        | Error _ -> true
        | Ok(e, _) ->
            let commented = Experiment.renderWith (Experiment.origins words) e
            (Experiment.load commented |> Result.map Experiment.render) = Ok(Experiment.render e)

    [<Property(Arbitrary = [| typeof<Wild> |], MaxTest = 300)>]
    let ``any words lead to an experiment or to mistakes that can be told`` (words: string list) =
        match Experiment.resolve words with
        | Ok(e, _) -> Experiment.render e <> ""
        | Error mistakes -> mistakes |> List.forall (fun m -> string m <> "") && mistakes <> []

    [<Property>]
    let ``an unknown key leads to an existing one`` (text: string) =
        let letters = string text |> String.filter System.Char.IsAsciiLetter
        let key = $"agent.{letters}x.unknown"

        match Experiment.read [ "env=metaworld-mt10"; $"{key}=1" ] with
        | Error [ ConfigError.UnknownKey(_, (near :: _ as all)) ] ->
            all
            |> List.forall (fun near ->
                match Experiment.read [ $"~{near}"; "env=metaworld-mt10" ] with
                | Error mistakes ->
                    mistakes
                    |> List.forall (function
                        | ConfigError.UnknownKey _ -> false
                        | _ -> true)
                | Ok _ -> true)
            |> Prop.label near
        | other -> false |> Prop.label $"{other}"

/// Meta-World's benchmarks as environments of an experiment.
[<TestFixture>]
module ``benchmarks`` =
    let private resolve words =
        match Experiment.resolve ("agent=state_sac" :: words) with
        | Ok(e, _) -> e
        | Error mistakes -> failwith $"{mistakes}"

    [<TestCase("mt1", 1, 1)>]
    [<TestCase("mt10", 10, 10)>]
    [<TestCase("mt25", 25, 25)>]
    [<TestCase("mt50", 50, 50)>]
    [<TestCase("ml1", 1, 1)>]
    [<TestCase("ml10", 10, 5)>]
    [<TestCase("ml25", 25, 5)>]
    [<TestCase("ml45", 45, 5)>]
    let ``have their tasks, and hide goals in meta-learning`` (name: string) train test =
        let e = resolve [ $"env=metaworld-{name}" ]
        let env = e.Environment
        Assert.That((env.Tasks.Length, env.TestTasks.Length), Is.EqualTo((train, test)))
        Assert.That((env.Goals = Goals.Hidden), Is.EqualTo(name.StartsWith "ml"))
        Assert.That(Observed.seesTaskId e, Is.EqualTo(name.StartsWith "mt" && train > 1))

    [<TestCase("agent.multitask.should_use_task_encoder=True",
               "should_use_task_encoder = true: must be false where other tasks")>]
    [<TestCase("agent.multitask.should_use_multi_head_policy=True",
               "should_use_multi_head_policy = true: must be false where other tasks")>]
    [<TestCase("agent.encoder.type_to_select=moe",
               "task_id_to_encoder_id_cfg.mode = by the task: must be ensemble where other tasks")>]
    let ``have no part of a network for a task that is only tested`` (word: string) (why: string) =
        let mistakes benchmark =
            match Experiment.resolve [ $"env=metaworld-{benchmark}"; "agent=state_sac"; word ] with
            | Ok _ -> ""
            | Error mistakes -> mistakes |> List.map string |> String.concat "\n"

        Assert.That(mistakes "ml10", Does.Contain why)
        Assert.That(mistakes "mt10", Does.Not.Contain "other tasks")

/// The reference pages are made from what the program does.
[<TestFixture>]
module ``reference pages`` =
    open System.IO

    let private page name =
        Path.Combine(Repository.root, "docs", "reference", name) |> File.ReadAllText

    [<Test>]
    let ``configuration is up to date`` () =
        Assert.That(
            page "configuration.md",
            Is.EqualTo Reference.markdown,
            "mtrl config --keys > docs/reference/configuration.md"
        )

    [<Test>]
    let ``differences are up to date`` () =
        Assert.That(
            page "differences.md",
            Is.EqualTo DifferencesPage.markdown,
            "mtrl config --differences > docs/reference/differences.md"
        )

[<TestFixture>]
module ``entries of a configuration`` =
    [<Test>]
    let ``are those of its tables, with values as text`` () =
        let text = "a:\n  b: 1\n  c: [x, 2]\nd: {}\n"
        let expected = [ "a.b", "1"; "a.c", "[x, 2]"; "d", "{}" ]
        Assert.That((Experiment.entries text = expected), $"{Experiment.entries text}")

    /// Building the tree of the first would exhaust the stack, of the second the memory.
    [<Test>]
    let ``are none of texts that no run has`` () =
        let doubled =
            "a0: &a0 {}\n"
            + String.concat "" [ for i in 1..40 -> $"a{i}: &a{i} {{x: *a{i - 1}, y: *a{i - 1}}}\n" ]

        for text in [ String.replicate 500_000 "["; doubled; "- 1\n"; ""; "a: [" ] do
            Assert.That(Experiment.entries text, Is.Empty)
