module MtrlFunctional.Cli.Tests.Commands.ConfigCommandTests

open Expecto
open System.IO
open MtrlFunctional.Experiments
open MtrlFunctional.Cli
open MtrlFunctional.Cli.Commands
open MtrlFunctional.Tests
open MtrlFunctional.Cli.Tests

let ``mtrl config`` = [
    let care =
        "PYTHONPATH=. python3 -u main.py setup=metaworld env=metaworld-mt10 agent=state_sac \
agent.encoder.type_to_select=moe agent.encoder.moe.num_experts=4 \
agent.encoder.moe.task_id_to_encoder_id_cfg.mode=attention \
agent.multitask.should_use_task_encoder=True agent.transition_model.transition_cfg.type=deterministic"
        |> Words.split

    testCase "prints YAML that reads back as the experiment" (fun () ->
        let words = [ "env=metaworld-mt10"; "agent=state_sac"; "setup.seed=3" ]
        let printed = Capture.completed ("config" :: words)
        printed.Err |> isEmpty

        Experiment.load printed.Out
        |> equals (Experiment.resolve words |> Result.map fst))

    testCase "accepts a command as printed in a paper, and names what has no effect" (fun () ->
        let printed = Capture.completed ("config" :: care)
        printed.Out |> contains "type_to_select: moe"

        printed.Err
        |> contains
            "warning: agent.transition_model.transition_cfg.type: has no effect with agent=state_sac.")

    testCase "accepts a command of garage's examples" (fun () ->
        let found =
            Capture.finished [ "config"; "mtppo_metaworld_mt10.py"; "--epochs"; "5"; "--seed=3" ]
            |> Experiment.load
            |> ok

        let preset, _ = Experiment.resolve [ "preset=garage/mtppo-mt10" ] |> ok
        100 * found.Schedule.NumTrainSteps |> equals preset.Schedule.NumTrainSteps
        found.Setup.SeedRef |> equals 3)

    testCase "accepts a whole command of train, of which the display decides nothing" (fun () ->
        let words = [ "env=metaworld-mt10"; "agent=state_sac" ]

        Capture.completed (
            "config" :: words
            @ Words.split "--plain --detach --paper-lines --alone --until 1e3 --precision fp64"
        )
        |> equals (Capture.completed ("config" :: words @ [ "setup.precision=fp64" ]))

        let options (command: Command.Command) = command.Options()

        options TrainCommand.command
        |> List.except (options ConfigCommand.command)
        |> isEmpty)

    testTheory "prints the reference pages" [
        "--keys", "# Configuration"
        "--differences", "# Differences"
    ]
    <| fun (option, title) -> Capture.finished [ "config"; option ] |> startsWith title
]

let ``mtrl config --changed`` = [
    testCase "prints what words and presets decided, and nothing else" (fun () ->
        let printed =
            Capture.finished [ "config"; "--changed"; "preset=fast/mt1"; "agent.ppo.clip=0.1" ]

        let values =
            printed.Split '\n'
            |> Array.filter (fun line -> line.Contains '#' && not (line.EndsWith ':'))

        printed |> matches @"clip: 0.1 +# command line"
        printed |> matches @"hidden_dim: 64 +# preset fast/mt1"
        values |> Array.filter _.EndsWith("default") |> isEmpty
        values.Length |> isBelow 40)
]

let ``an option`` = [
    Capture.refusals "that is an override is named as one" [
        "train env=metaworld-mt10 --seed 3", "--seed: no such option. Write setup.seed=3."
        "config env=metaworld-mt10 agent=mtppo --clip-range=0.1",
        "--clip-range=0.1: no such option. Write agent.ppo.clip=0.1."
        "train env=metaworld-mt10 --precison fp64",
        "--precison: no such option. Nearest: --precision."
        "eval runs/none --seed 3", "--seed: no such option."
    ]

    Capture.refusals "is given once" [
        "eval runs/none --episodes 1 --episodes=2", "--episodes: is given more than once."
    ]

    Capture.refusals "does not stand behind --" [ "eval -- --seed", "./--seed: no such folder" ]
]

let ``mtrl config --network`` = [
    let network = [ "config"; "--network"; "env=metaworld-mt10"; "agent=state_sac" ]

    let svg () =
        Path.Combine(TestFolder.create "config", "network.svg")

    testCase "draws the network and lists its parameters" (fun () ->
        let printed =
            Capture.finished (
                network @ [ "agent.multitask.should_use_pal=True"; "fidelity=original" ]
            )

        printed |> contains "actor: encoding of 39"

        printed
        |> contains
            "39 → 326 → 326 → 326 → 8, branch of rank 50 for each of 10 tasks, shared projections, no residual"

        let lines = printed.Replace(" ", "").Split '\n'
        // Without an encoder the first projection would cost more than it saves.
        lines |> includes "critic/q1/projected/0/task/weight10×43×5021,500"
        lines |> includes "critic/q1/projected/1/task/weight10×50×5025,000")

    testCase "prints the path of the SVG and the warnings of plain config" (fun () ->
        let file = svg ()

        let printed =
            Capture.completed (network @ [ "--svg"; file; "logbook.write_to_console=true" ])

        printed.Out |> contains "actor: encoding of"
        printed.Out |> endsWith $"\n{file}\n"
        printed.Err |> startsWith "warning: logbook.write_to_console:")

    testTheory "refuses" [
        "--keys", "--keys and --network: exclude each other"
        "agent.encoder.type_to_select=pixel", "agent.encoder."
    ]
    <| fun (word, message) -> Capture.refused (network @ [ word ]) message
]
