module MtrlFunctional.Tests.Experiments.ExperimentProps

open System.IO
open Expecto
open Expecto.Flip
open FsCheck
open FsCheck.FSharp
open MtrlFunctional.Cadm
open MtrlFunctional.Experiments
open MtrlFunctional.Tests
open MtrlFunctional.Tests.Experiments.Resolving

/// Words that make sense together: each list of them is right.
type Sensible = {
    Words: string list
} with

    override this.ToString() = String.concat " " this.Words

type SensibleWords =
    static member Sensible() : Arbitrary<Sensible> =
        let isRight words = Result.isOk (Experiment.read words)

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
                (Gen.elements (Catalogue.words Catalogue.standard |> List.map _.Name))

        // Of the settings those that fit the words before them.
        let withFitting words setting =
            let more = words @ [ setting ]
            if isRight more then more else words

        Gen.map2
            (fun groups settings -> { Words = List.fold withFitting groups settings })
            (Gen.where isRight groups)
            (Gen.choose (0, 8) |> Gen.bind (fun n -> Gen.listOfLength n settings))
        |> Arb.fromGen

let experiments = [
    let law name =
        testLaw (LongForm.count 20 50) [ typeof<SensibleWords> ] name

    let get words = Experiment.read words |> ok |> fst
    let mt10 words = get ("env=metaworld-mt10" :: words)

    law "read back as they were rendered" (fun (s: Sensible) ->
        let e = get s.Words
        let yaml = Experiment.render e
        Experiment.load yaml = Ok e |> Prop.label yaml)

    law "the last of repeated keys wins" (fun (a: PositiveInt) (b: PositiveInt) ->
        let word (n: PositiveInt) = $"agent.actor.hidden_dim={n.Get}"
        mt10 [ word a; word b ] = mt10 [ word b ])

    let originOf words key =
        Experiment.origins Additions.none words |> Map.find key |> string<Origin>

    testTheory "a value says where it comes from" [
        "setup.seed_ref", "preset ptsl/care-mt10"
        "agent.actor.hidden_dim", "command line"
        "agent.critic.hidden_dim", "${agent.actor.hidden_dim}"
        "agent.critic.num_layers", "command line: ${agent.actor.num_layers}"
        "setup.save_dir", "${setup.base_path}/${setup.name}"
        "agent.multitask.num_envs", "setup=metaworld: ${env.num_envs}"
        "env.num_envs", "the number of env.tasks"
        "env.goal_selection", "fidelity=corrected"
        "env.tasks", "env=metaworld-mt10"
        "agent.builder.actor_update_freq", "agent=state_sac"
        "agent.builder.discount", "default"
    ]
    <| fun (key, expected) ->
        let words =
            Words.split
                "python3 -u main.py agent.actor.hidden_dim=7 preset=ptsl/care-mt10
                 agent.actor.hidden_dim=8 agent.critic.num_layers=${agent.actor.num_layers}"

        originOf words key |> equals expected

    testCase "an identity encoder is as wide as an observation, whatever was given" (fun () ->
        let words = [ "env=metaworld-mt10"; "agent.encoder.type_to_select=identity" ]

        for given in [ []; [ "agent.encoder_feature_dim=7" ] ] do
            originOf (words @ given) "agent.encoder_feature_dim"
            |> equals "the size of an observation")

    testCase "a node can follow another" (fun () ->
        let e =
            mt10 [
                "agent.encoder.moe.encoder_cfg=${agent.encoder.feedforward}"
                "agent.encoder.feedforward.hidden_dim=33"
            ]

        e.Agent.Encoder.Mixture.Expert |> equals e.Agent.Encoder.FeedForward)

    refusesOnce "a wrong name of the single task is one mistake" [ "env.benchmark.env_name=raech" ] [
        "env=metaworld-mt1", "env.benchmark.env_name = raech: "
        "env=metaworld-ml1", "env.benchmark.env_name = raech: "
    ]

    testCase "fidelity decides what the networks see and how goals are drawn" (fun () ->
        let original, corrected = mt10 [ "fidelity=original" ], mt10 []
        observed original |> equals (Some 39)
        observed corrected |> equals (Some 49)
        original.Environment.GoalSelection |> equals GoalSelection.Fixed
        corrected.Environment.GoalSelection |> equals GoalSelection.Random)

    let switches =
        Experiment.values (mt10 [])
        |> List.map fst
        |> List.filter _.StartsWith("behaviour.")

    let ofDistral, ofAll = switches |> List.partition _.Contains("distral")

    testTheory
        "each switch of a behaviour can be set by itself"
        [
            // With a task encoder nothing else follows from a switch.
            for fidelity in [ "original"; "corrected" ] do
                [ $"fidelity={fidelity}"; "agent.multitask.should_use_task_encoder=True" ], ofAll
                [ $"fidelity={fidelity}"; "agent=distral" ], ofDistral
        ]
        (fun (words, switches) ->
            switches |> Seq.length |> isAbove 3
            let usual = mt10 words
            let values = Map(Experiment.values usual)
            Experiment.switched usual |> isEmpty

            for switch in switches do
                let other = Value.Bool(values[switch] = Value.Bool false)
                let e = mt10 (words @ [ $"{switch}={ValueText.print other}" ])
                let changed = List.except (Experiment.values usual) (Experiment.values e)
                changed |> Expect.equal $"{switch}: {changed}" [ switch, other ]
                Experiment.switched e |> equals changed)

    testCase "all switches of a behaviour are the behaviour" (fun () ->
        let original = mt10 [ "fidelity=original" ]
        let values = Map(Experiment.values original)
        let words = ofAll |> List.map (fun key -> $"{key}={ValueText.print values[key]}")
        let e = mt10 words
        e.Behaviour |> equals original.Behaviour
        observed e |> equals (Some 39))

    testCase "of another version are refused in one message" (fun () ->
        match Experiment.load ((Experiment.render (mt10 [])).Replace("should_", "shall_")) with
        | Error [ ConfigError.OtherVersion unknown as mistake ] ->
            unknown |> Seq.length |> isAbove 10
            let first = String.concat ", " (List.truncate 3 unknown)
            string mistake |> startsWith $"{first} and {unknown.Length - 3} more"
            string mistake |> contains "another version"
        | other -> failtest $"{other}")

    law "where values come from is written in comments" (fun (sensible: Sensible) ->
        let e = get sensible.Words
        let origins = Experiment.origins Additions.none sensible.Words

        List.forall origins.ContainsKey (List.map fst (Experiment.values e))
        && Experiment.load (Experiment.renderWith origins e) = Ok e)

    law "an unknown key leads to existing ones" (fun (text: string) ->
        let letters = string text |> String.filter System.Char.IsAsciiLetter
        let key = $"agent.{letters}x.hiden_dim"

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
        | other -> false |> Prop.label $"{other}")
]

/// Meta-World's benchmarks as environments of an experiment.
let benchmarks = [
    testTheory "have their tasks, and hide goals in meta-learning" [
        "mt1", 1, 1
        "mt10", 10, 10
        "mt25", 25, 25
        "mt50", 50, 50
        "ml1", 1, 1
        "ml10", 10, 5
        "ml25", 25, 5
        "ml45", 45, 5
    ]
    <| fun (name, train, test) ->
        let e = resolve [ $"env=metaworld-{name}" ]
        let env = e.Environment
        (env.Tasks.Length, env.TestTasks.Length) |> equals (train, test)
        env.Goals = Goals.Hidden |> equals (name.StartsWith "ml")
        Observed.seesTaskId e |> equals (name.StartsWith "mt" && train > 1)

    testTheory "have no part of a network for a task that is only tested" [
        "agent.multitask.should_use_task_encoder=True",
        "should_use_task_encoder = true: must be false where other tasks"
        "agent.multitask.should_use_multi_head_policy=True",
        "should_use_multi_head_policy = true: must be false where other tasks"
        "agent.encoder.type_to_select=moe",
        "task_id_to_encoder_id_cfg.mode = by the task: must be ensemble where other tasks"
    ]
    <| fun (word, why) ->
        let told benchmark =
            mistakes [ $"env=metaworld-{benchmark}"; "agent=state_sac"; word ]
            |> String.concat "\n"

        told "ml10" |> contains why
        told "mt10" |> lacks "other tasks"
]

let ``an experiment from a stored one`` =
    let stored words = resolve words |> Experiment.render

    let one =
        Words.split
            "env=metaworld-mt1 env.benchmark.env_name=reach agent=mtppo agent.actor.hidden_dim=8
             env.horizon=20 agent.on_policy.batch_size=200 agent.on_policy.minibatch_size=100"

    let embeddings =
        "agent.multitask.task_encoder_cfg.model_cfg.pretrained_embedding_cfg.path_to_load_from"

    let value key words (e: Experiment) =
        ChangedKeys.revise Additions.none (Experiment.render e) words
        |> ok
        |> fst
        |> Experiment.values
        |> Map.ofList
        |> Map.find key
        |> ValueText.print

    [
        testTheory "has what follows from a changed word, and all other words" [
            one, "env.benchmark.env_name=push", "env.tasks", "[push-v3]"
            one, "env.benchmark.env_name=push", "env.test_tasks", "[push-v3]"
            one, "env.horizon=40", "agent.on_policy.episode_length", "40"
            one, "fidelity=original", "behaviour.bootstrap_time_limits", "false"
            one, "agent=mttrpo", "agent.actor.hidden_dim", "8"
            one, "setup.name=other", "agent.on_policy.batch_size", "200"
            [ "preset=fast/mt10-brief" ], "env=metaworld-mt25", "env.num_envs", "25"
            [ "preset=fast/mt10-brief" ], "env=metaworld-mt25", "agent.on_policy.min_std", "0.15"
            [ "preset=fast/mt10-brief" ], "preset=fast/mt50", "agent.actor.hidden_dim", "400"
            [ "preset=ptsl/care-mt10"; $"{embeddings}=own.json" ],
            "setup.name=other",
            embeddings,
            "own.json"
        ]
        <| fun (words, word, key, expected) ->
            resolve words |> value key [ word; "setup.seed=1" ] |> equals expected

        testTheory "equals it without a change" [
            one
            [ "preset=fast/mt10-brief"; "setup.seed=3" ]
        ]
        <| fun words ->
            ChangedKeys.revise Additions.none (stored words) []
            |> ok
            |> fst
            |> Experiment.withName "same"
            |> Experiment.check
            |> ok
            |> fst
            |> Experiment.render
            |> equals (stored (words @ [ "setup.name=same" ]))

        testTheory "names none of the machine's folders in a file for others" [
            [ "setup.base_path=/home/someone/runs"; "setup.name=mine" ]
            [ "setup.save_dir=/home/someone/mine"; "setup.name=mine" ]
        ]
        <| fun folders ->
            let words = [ "env=metaworld-mt10"; "agent=state_sac" ]

            resolve (words @ folders)
            |> Experiment.renderPortable
            |> equals (stored (words @ [ "setup.name=mine" ]))

        testCase "keeps a word that is spelled as a folder of its runs" (fun () ->
            let words = [ "env=metaworld-mt10"; "agent=state_sac"; "setup.name=mine" ]

            resolve (words @ [ "setup.base_path=state_sac" ])
            |> Experiment.renderPortable
            |> equals (stored words))
    ]

/// The reference pages are made from what the program does.
let ``reference pages`` = [
    let page name =
        Path.Combine(Repository.root, "docs", "reference", name) |> File.ReadAllText

    testCase "configuration is up to date" (fun () ->
        page "configuration.md"
        |> Expect.equal
            "mtrl config --keys > docs/reference/configuration.md"
            (Reference.markdown CadmExtension.extensions.Additions))

    testCase
        "differences has the defaults of each switch, and each default that follows fidelity"
        (fun () ->
            let ofControl = (resolve [ "env=dmc-cartpole-swingup" ]).Choices

            // Some switches have a use with DeepMind Control only.
            let defaults (key: Key) =
                let print fidelity (choices: Choices) =
                    key.Default { choices with Fidelity = fidelity } |> ValueText.print

                [ Choices.standard; ofControl ]
                |> List.map (fun c -> print Fidelity.Original c, print Fidelity.Corrected c)
                |> List.sortBy (fun (original, corrected) -> original = corrected)
                |> List.head

            let lines = Differences.page.Split '\n'

            for key in Table.keys Table.standard do
                let original, corrected = defaults key
                let name = $"`{key.Path}`"

                if key.IsSwitch then
                    let section = lines |> Array.skipWhile ((<>) $"### {name}")

                    let first, second =
                        if original = corrected then
                            $"- both behaviours (`{corrected}`): ", "- the paper (`true`): "
                        else
                            $"- original (`{original}`): ", $"- corrected (`{corrected}`): "

                    section[2] |> Expect.stringStarts name first
                    section[3] |> Expect.stringStarts name second
                elif original <> corrected then
                    let row = $"| {name} | `{original}` | `{corrected}` | {key.Meaning} |"
                    lines |> Expect.contains name row)

    testCase "differences has the defaults of agents that follow fidelity" (fun () ->
        for entry in Catalogue.standard do
            for path, value in entry.Algorithm.Defaults do
                let own fidelity =
                    value { Choices.standard with Fidelity = fidelity }

                if own Fidelity.Original <> own Fidelity.Corrected then
                    let words = [ for word in entry.Algorithm.Words -> $"`{word.Name}`" ]
                    let agents = String.concat ", " words
                    let corrected = own Fidelity.Corrected |> Option.get |> ValueText.print

                    Differences.page.Split '\n'
                    |> Array.filter (fun line ->
                        line.StartsWith $"| {agents} | `{path}` | "
                        && line.EndsWith $" | `{corrected}` |")
                    |> Array.length
                    |> equals 1)
]

let ``entries of a configuration`` = [
    testCase "are those of its tables, with values as text" (fun () ->
        let text = "a:\n  b: 1\n  c: [x, 2]\nd: {}\n"
        let expected = [ "a.b", "1"; "a.c", "[x, 2]"; "d", "{}" ]
        Experiment.entries text |> Expect.equal $"{Experiment.entries text}" expected)

    // Building the tree of the first would exhaust the stack, of the second the memory.
    testCase "are none of texts that no run has" (fun () ->
        let doubled =
            "a0: &a0 {}\n"
            + String.concat "" [
                for i in 1..40 -> $"a{i}: &a{i} {{x: *a{i - 1}, y: *a{i - 1}}}\n"
            ]

        for text in [ String.replicate 500_000 "["; doubled; "- 1\n"; ""; "a: [" ] do
            Experiment.entries text |> isEmpty)
]
