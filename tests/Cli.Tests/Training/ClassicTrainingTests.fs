module MtrlFunctional.Cli.Tests.Training.ClassicTrainingTests

open Expecto
open System.IO
open System.Text.RegularExpressions
open MtrlFunctional.Storage
open MtrlFunctional.Training
open MtrlFunctional.Tests
open MtrlFunctional.Cli.With
open MtrlFunctional.Cli.Tests

/// Small runs on a classic family, by the commands of docs/guides/mtenv.md.
let ``a small run of a classic family`` = [
    let folder = TestFolder.create "classic"
    let run name = Path.Combine(folder, name, "seed-1")

    let small = [
        $"setup.base_path={folder}"
        "setup.threads=1"
        "env.horizon=20"
        "experiment.num_train_steps=160"
        "experiment.save_freq=40"
        "experiment.save.model.retain_last_n=-1"
        "experiment.eval_freq=80"
        "experiment.num_eval_episodes=2"
        "--plain"
    ]

    let ofReplay = [
        "replay_buffer.batch_size=16"
        "replay_buffer.capacity=1000"
        "experiment.init_steps=40"
    ]

    let sizesOf agent =
        match agent with
        | "agent=cadm" ->
            ofReplay
            @ [
                "agent.cadm.units=8"
                "agent.cadm.candidates=20"
                "agent.cadm.horizon=5"
                "agent.cadm.history=4"
                "agent.cadm.future=3"
            ]
        | "agent=state_sac" -> "agent.actor.hidden_dim=8" :: ofReplay
        | "agent=maml" -> [ "agent.actor.hidden_dim=8" ]
        | _ -> [
            "agent.actor.hidden_dim=8"
            "agent.on_policy.batch_size=40"
            "agent.on_policy.minibatch_size=20"
          ]

    let train words =
        let agent = words |> List.find (fun (word: string) -> word.StartsWith "agent=")

        Capture.finished ("train" :: "setup.seed=1" :: small @ sizesOf agent @ words)

    let newest name = SmallRun.newest (run name)
    let result name = SmallRun.hashes (run name)

    /// Training this agent on the cart-pole is refused with each of the words.
    let refuses name agent cases =
        Capture.refusalsOf
            (Capture.words $"train env=mt-cartpole {agent} setup.name=refused setup.seed=1"
             @ small
             @ sizesOf (List.head (Capture.words agent)))
            name
            cases

    /// The words of the training commands of the guide.
    let commands () =
        Regex.Matches(
            File.ReadAllText(Path.Combine(Repository.root, "docs/guides/mtenv.md")),
            @"^\./mtrl train (.*)$",
            RegexOptions.Multiline
        )
        |> Seq.map (fun found -> Capture.words found.Groups[1].Value)
        |> List.ofSeq

    testCase "is any command of the guide" (fun () ->
        let commands = commands ()
        commands.Length |> isAtLeast 3

        for words in commands do
            let name = "setup.name=" + Regex.Replace(String.concat "-" words, "[^a-z0-9]+", "-")

            train (words @ [ name; "experiment.num_train_steps=80" ])
            |> contains "done: 80 steps.")

    testTheory "that is resumed ends as an uninterrupted one" [
        "mt-cartpole", "mtppo"
        "mt-two-goal-maze", "mttrpo"
        "mt-acrobot", "state_sac"
        if LongForm.isAsked then
            "mt-cartpole", "cadm"
    ]
    <| fun (env, agent) ->
        let name = $"{env}-{agent}"
        train [ $"env={env}"; $"agent={agent}"; $"setup.name={name}" ] |> ignore

        let whole = result name
        (newest name).Info.Step |> equals 160L
        Directory.Delete((RunFolder(run name)).Checkpoints.FolderOf 160L, true)
        (newest name).Info.Step |> isBelow 160L

        Capture.finished [ "resume"; run name; "--plain" ]
        |> contains "done: 160 steps."

        result name |> equals whole

    testCase "has no success where the family defines none" (fun () ->
        train [ "env=mt-cartpole"; "agent=mtppo"; "setup.name=none" ] |> ignore
        Capture.finished [ "eval"; run "none" ] |> matches @"cartpole +– +– +\d"
        let report = File.ReadAllText(Path.Combine(run "none", "report.md"))
        report |> matches @"\| cartpole \| – \| – \| [\d.]+ \| – \|"
        report |> contains "- env.num_test_task_states: 200")

    testCase "with a memory is evaluated in trials, episode by episode" (fun () ->
        train [
            "env=mt-cartpole"
            "agent=rl2"
            "agent.rl2.episodes_per_trial=3"
            "agent.rl2.units=4"
            "env.task_visible=False"
            "setup.name=trials"
        ]
        |> ignore

        let printed = Capture.finished [ "eval"; run "trials" ]
        printed |> matches @"episode of a trial +success +return"

        for episode in 1..3 do
            printed |> matches $@"cartpole {episode} +– +\d"

        let file = Path.Combine(folder, "trials.json")
        Capture.finished [ "eval"; run "trials"; "--json"; file ] |> ignore
        File.ReadAllText file |> contains "\"trials\": [")

    refuses "with a memory refuses what it cannot have" "agent=rl2 agent.rl2.episodes_per_trial=3" [
        "agent.rl2.exploration_episodes=3",
        "agent.rl2.exploration_episodes = 3: must be below 3, agent.rl2.episodes_per_trial."
        "fidelity=original", "fidelity = original: must be corrected with agent=rl2."
        "agent.multitask.should_use_multi_head_policy=True", "agent=rl2 has no use for it."
        "agent.surgery.method=pcgrad", "agent=rl2 has no use for it."
    ]

    testCase "that gradient steps adapt is evaluated after them" (fun () ->
        train [
            "env=mt-cartpole"
            "agent=maml"
            "agent.maml.meta_batch_size=2"
            "agent.maml.episodes_per_step=2"
            "env.task_visible=False"
            "setup.name=adapted"
        ]
        |> ignore

        let printed = Capture.finished [ "eval"; run "adapted" ]

        for episode in 1..3 do
            printed |> matches $@"cartpole {episode} +– +\d"

        let json = Path.Combine(folder, "adapted.json")
        Capture.finished [ "eval"; run "adapted"; "--json"; json ] |> ignore

        let protocol = Json.read json |> Json.at "protocol"
        protocol |> Json.text "method" |> equals "maml"
        Json.items "shots" protocol |> List.map _.GetInt32() |> equals [ 2 ]
        let file = Path.Combine(folder, "adapted.onnx")
        Capture.finished [ "export"; run "adapted"; "--onnx"; file ] |> ignore
        Capture.refused [ "eval"; file ] "a file of a policy cannot learn")

    refuses "that gradient steps adapt refuses what it cannot have" "agent=maml" [
        "fidelity=original", "fidelity = original: must be corrected with agent=maml."
        "agent.on_policy.batch_size=100",
        "agent.on_policy.batch_size: agent=maml has no use for it. What serves here: agent.maml.episodes_per_step."
        "agent.on_policy.entropy_method=tuned",
        "agent.on_policy.entropy_method = tuned: must be another one with agent=maml."
        "env.reward_normalization=running",
        "env.reward_normalization = running: must be another one with agent=maml."
        "setup.precision=bf16", "setup.precision = bf16: must be fp32 or fp64 with agent=maml."
        "agent.maml.inner_step=2", "agent.maml.inner_steps"
        "agent.maml.inner_lr=-1", "agent.maml.inner_lr = -1"
    ]

    testCase "that plans is evaluated on task states that it was not trained on" (fun () ->
        train [
            "env=mt-cartpole"
            "agent=cadm"
            "env.task_visible=False"
            "env.train_box=0.7"
            "setup.name=planned"
            "env.num_task_states=3"
            "env.num_test_task_states=3"
        ]
        |> ignore

        Capture.finished [ "eval"; run "planned"; "--goals"; "unseen:3" ]
        |> matches @"cartpole +\d"

        (fun () -> Policy.Load(run "planned", extensions = Given.extensions ()))
        |> isExplained "depend on the last steps of an episode")

    refuses "that plans refuses what it cannot have" "agent=cadm" [
        "fidelity=original", "fidelity = original: must be corrected with agent=cadm."
        "agent.cadm.history=0", "agent.cadm.history = 0: must be a whole number from 1"
        "agent.cadm.horizon=0", "agent.cadm.horizon = 0: must be a whole number from 1"
        "agent.cadm.elites=21", "agent.cadm.elites = 21: must be at most 20, agent.cadm.candidates."
        "agent.cadm.contexts=3", "agent.cadm.context"
        "agent.actor.hidden_dim=8", "agent.actor.hidden_dim: agent=cadm has no use for it."
        "agent.surgery.method=pcgrad", "agent=cadm has no use for it."
        "setup.precision=bf16", "setup.precision = bf16: must be fp32 or fp64 with agent=cadm."
    ]

    Capture.refusals "that plans refuses images" [
        "train env=dmc-cartpole-balance agent=cadm env.builder.make_kwargs.from_pixels=True "
        + "agent.num_layers=4 agent.num_filters=8 setup.name=refused setup.seed=1",
        "The model predicts numbers of a state, not pixels."
    ]
]
