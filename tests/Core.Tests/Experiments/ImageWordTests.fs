module MtrlFunctional.Tests.Experiments.ImageWordTests

open Expecto
open Expecto.Flip
open MtrlFunctional.Agents
open MtrlFunctional.Experiments
open MtrlFunctional.Networks
open MtrlFunctional.Spaces
open MtrlFunctional.Tests
open MtrlFunctional.Tests.Experiments.Resolving

let ``words of images`` = [
    let pixels = [
        "env=dmc-cartpole-balance"
        "agent=sac"
        "env.builder.make_kwargs.from_pixels=True"
    ]

    testCase "choose stacks of three images of 84 × 84 bytes" (fun () ->
        let observation = (Observed.environment (resolve pixels)).Value.Observation
        observation |> equals (EnvironmentSpec.pictures 84 84 3)
        observation.Shape |> equals [ 9; 84; 84 ]
        observation.Element |> equals ElementType.UInt8)

    // With other words from states: VariantWordTests.
    testCase "the variants of the original are observed as images" (fun () ->
        Words.split "setup=hipbmdp env=dmcontrol-finger-spin-distribution-v0 agent=sac_ae"
        |> resolve
        |> Observed.isImages
        |> isTrue)

    refuses "wrong ones are refused" pixels [
        "env.builder.make_kwargs.visualize_reward=True", "part of the observation"
        "env.builder.make_kwargs.sticky_observation_cfg.should_use=True", "for states only"
        "replay_buffer.random_shift=42", "a whole number from 0 to 41"
        "replay_buffer.backing=disk", "one of auto, memory, file, compressed"
    ]

    testCase "choose the encoder that follows from the observation" (fun () ->
        (resolve pixels).Agent.Encoder.Kind |> equals EncoderKind.Pixel

        let several = [ "env=dmc-19"; "env.tasks=[pendulum-swingup,cartpole-balance]" ]
        observed (resolve (pixels @ several)) |> equals (Some(9 * 84 * 84)))

    refuses "what does not go with the observation is refused" [] [
        "env=dmc-cartpole-balance agent=sac env.builder.make_kwargs.from_pixels=True agent.encoder.type_to_select=identity",
        "Images pass convolutions first."
        "env=dmc-cartpole-balance agent=sac env.builder.make_kwargs.from_pixels=False agent.encoder.type_to_select=pixel",
        "reads frames of 84 × 84 pixels"
        "env=dmc-cartpole-balance agent=mtppo env.builder.make_kwargs.from_pixels=True",
        "agent=mtppo"
        "env=dmc-cartpole-balance agent=state_sac replay_buffer.random_shift=4",
        "Only images are shifted."
        "env=metaworld-mt10 agent=state_sac replay_buffer.random_shift=4",
        "Only images are shifted."
        "env=metaworld-mt10 agent=state_sac replay_buffer.backing=compressed",
        "Only images are compressed."
    ]

    let theta = "agent.multitask.should_use_task_encoder=True"

    let several =
        Words.split
            "env=dmc-19 env.tasks=[cartpole-balance,pendulum-swingup] agent=sac_ae
             env.builder.make_kwargs.from_pixels=True"

    let behind encoder =
        several
        @ [
            theta
            $"agent.encoder.type_to_select={encoder}"
            if encoder = "moe" then
                "agent.encoder.moe.task_id_to_encoder_id_cfg.mode=attention"
                "agent.encoder.moe.num_experts=3"
        ]

    // Places of an encoder in the parameters of actor and critics.
    let places (part: TrainedPart) =
        part.Layout.Slots
        |> List.map _.Parameter.Path.Split('/')
        |> List.filter (fun path -> path[0] = "encoder")
        |> List.map (fun path -> $"{path[1]}/{path[2]}")
        |> List.distinct

    testTheory "put other encoders behind that of images" [
        "pixel", ""
        "feedforward", "trunk/0 trunk/1 trunk/2"
        "film", "film/0 film/1 film/2"
        "moe", "experts/expert experts/selection"
    ]
    <| fun (encoder, behind') ->
        let e = resolve (behind encoder)
        let agent = (DescribedAgent.from Catalogue.standard e).Value
        let actor, critic = places agent.Parts[0], places agent.Parts[1]

        let behind =
            behind'.Split(' ', System.StringSplitOptions.RemoveEmptyEntries) |> List.ofArray

        // The actor has all that is behind the convolutions for itself.
        let own = [ "pixel/linear"; "pixel/norm" ] @ behind
        List.sort actor |> Expect.equal (String.concat " " actor) (List.sort own)

        List.sort critic
        |> Expect.equal (String.concat " " critic) (List.sort ("pixel/conv" :: own))

        snd (List.last agent.Networks) |> equals (Spec.pixelDecoder 4 32 9)

    refusesOnce "an encoder that has no meaning with images is one message" several [
        "agent.encoder.type_to_select=film",
        "agent.encoder.type_to_select = film: must be another one without agent.multitask.should_use_task_encoder=True"
        "agent.encoder.type_to_select=identity",
        "agent.encoder.type_to_select = identity: must be pixel, or feedforward, film or moe behind it"
        "agent.encoder.type_to_select=factorized_moe",
        "agent.encoder.type_to_select = factorized_moe: must be pixel, or feedforward, film or moe behind it"
    ]

    // One message at the key that was given; what only follows from it is not repeated.
    refusesOnce "a wrong one is one message" [
        "env=dmc-cartpole-balance"
        "env.builder.make_kwargs.from_pixels=True"
    ] [
        "agent=sac agent.num_filters=0", "agent.num_filters = 0: must be at least 1."
        "agent=sac_ae agent.num_filters=0", "agent.num_filters = 0: must be at least 1."
        "agent=sac_ae agent.encoder.pixel.num_filters=0",
        "agent.encoder.pixel.num_filters = 0: must be at least 1."
        "agent=sac_ae agent.decoder.num_filters=0",
        "agent.decoder.num_filters = 0: must be at least 1."
        "agent=sac agent.num_layers=3", "agent.num_layers = 3: must be 2, 4 or 6."
        "agent=sac_ae agent.num_layers=5", "agent.num_layers = 5: must be 2, 4 or 6."
        "agent=sac_ae agent.num_layers=0", "agent.num_layers = 0: must be 2, 4 or 6."
        "agent=sac_ae agent.encoder.pixel.num_layers=3",
        "agent.encoder.pixel.num_layers = 3: must be 2, 4 or 6."
        "agent=sac_ae agent.decoder.num_layers=3",
        "agent.decoder.num_layers = 3: must be 2, 4 or 6."
        "agent=distral agent.decoder.num_layers=3",
        "agent.decoder.num_layers = 3: must be 2, 4 or 6."
        "agent=sac env.builder.make_kwargs.height=64",
        "env.builder.make_kwargs.height = 64: must be 84."
        "agent=sac_ae env.builder.make_kwargs.width=64",
        "env.builder.make_kwargs.width = 64: must be 84."
    ]

    refusesOnce "an encoder of images for states is one message" [ "agent=state_sac" ] [
        for env in [ "env=dmc-cartpole-balance"; "env=metaworld-mt10" ] ->
            $"{env} agent.encoder.type_to_select=pixel",
            "agent.encoder.type_to_select = pixel: must be another"
    ]

    let replay words =
        Memory.estimate Catalogue.standard (resolve (pixels @ words))
        |> List.find (fun part -> part.Name = "replay buffer")
        |> _.Bytes

    // Why runs, with checkpoints of these bytes, do not fit.
    let refusalOf free runs =
        Disk.refusal Catalogue.standard free [
            for e, bytes in runs -> { Disk.RunOnDisk.Experiment = e; Saved = bytes }
        ]

    let diskRefusal free saved e =
        refusalOf free [ for bytes in saved -> e, bytes ]

    testCase "a million transitions take 21.3 GB of memory, or of a disk" (fun () ->
        let inMemory = replay [ "replay_buffer.capacity=1000000" ]
        inMemory |> isInRange 21.1e9 22e9
        let file = [ "replay_buffer.capacity=1000000"; "replay_buffer.backing=file" ]
        replay file |> equals 0.0

        let e = resolve (pixels @ file)

        Placement.refusal Catalogue.standard 3_000_000_000L 15_000_000_000L e
        |> equals None

        diskRefusal 22_000_000_000L [ 0L ] e |> equals None

        (diskRefusal 20_000_000_000L [ 0L ] e).Value
        |> equals
            "the replay takes 21 GB, and checkpoints hold 265 MB more; the disk of the run folder has 20 GB. Lower replay_buffer.capacity.")

    testCase "what checkpoints hold after it was overwritten is counted" (fun () ->
        let words =
            Words.split
                "replay_buffer.capacity=100000 replay_buffer.backing=file
                 experiment.num_train_steps=150000 experiment.save_freq=20000"

        // 2.13 GB with 0.07 GB in reserve, and two intervals of checkpoints: 0.85 GB; at most the 50,000 transitions that are overwritten.
        let refusal disk more =
            diskRefusal disk [ 0L ] (resolve (pixels @ words @ more))

        (refusal 2_900_000_000L []).Value
        |> equals
            "the replay takes 2.2 GB, and checkpoints hold 849 MB that it has overwritten, and 197 MB more; the disk of the run folder has 2.9 GB. Lower replay_buffer.capacity, or set experiment.save.buffer.should_save=False."

        for disk, more, isRefused in
            [
                3_300_000_000L, [], false
                2_900_000_000L, [ "experiment.save.buffer.should_save=False" ], false
                3_100_000_000L, [ "experiment.save_freq=50000" ], true
                3_600_000_000L, [ "experiment.save_freq=50000" ], false
            ] do
            (refusal disk more).IsSome |> equals isRefused)

    testCase "the files of all seeds are counted, less what each has saved" (fun () ->
        let e =
            resolve (pixels @ [ "replay_buffer.backing=file"; "replay_buffer.capacity=100000" ])

        // 2.13 GB each, and as much of what 900,000 further steps overwrite between checkpoints.
        let refusal saved = diskRefusal 5_000_000_000L saved e

        (refusal [ 0L ]).IsNone |> isTrue

        (refusal [ 0L; 0L; 0L ]).Value
        |> matches "for each of 3 seeds: 8\\.\\d GB in all; .* or train fewer seeds, or set"

        (refusal [ 2_000_000_000L; 2_000_000_000L; 2_000_000_000L ]).IsNone |> isTrue)

    testCase "the files of all runs of a sweep are counted" (fun () ->
        let run name capacity =
            $"replay_buffer.backing=file setup.name={name} replay_buffer.capacity={capacity} experiment.num_train_steps=100000"
            |> Words.split
            |> List.append pixels
            |> resolve

        let refusal free runs =
            refusalOf free [ for e in runs -> e, 0L ]

        // 2.3 GB and 4.4 GB with their checkpoints; the smaller fits after the larger, and no third one.
        let small, large = run "small" 100_000, run "large" 200_000
        refusal 5_200_000_000L [ small ] |> equals None
        refusal 5_200_000_000L [ large ] |> equals None

        (refusal 5_200_000_000L [ small; large; small ]).Value
        |> matches "for the largest of 3 runs, which take \\d.\\d GB in all"

        (refusal 4_000_000_000L [ small; run "other" 100_000 ]).Value
        |> matches "for each of 2 runs: \\d.\\d GB in all; .* or train fewer runs")

    // The place is open with images, and in memory without.
    testCase "a wrong place is answered with the default of its observations" (fun () ->
        for words, standard in [ pixels, "auto"; [ "env=dmc-walker-walk" ], "memory" ] do
            mistakes (words @ [ "replay_buffer.backing=3" ])
            |> List.exactlyOne
            |> endsWith $"The default is {standard}.")

    testCase "networks of all checkpoints are counted" (fun () ->
        let refusal count =
            $"replay_buffer.backing=file replay_buffer.capacity=1000 experiment.save.buffer.should_save=False experiment.save.model.retain_last_n={count}"
            |> Words.split
            |> List.append pixels
            |> resolve
            |> diskRefusal 1L [ 0L ]

        (refusal 1).Value
        |> matches @"the replay takes \d+ MB, and checkpoints hold \d+ MB more;"

        (refusal -1).Value |> matches @"checkpoints hold \d\.?\d* GB more;")

    testCase "a replay in files is a remedy where the disk has room for it" (fun () ->
        let refusal disk backing =
            resolve (pixels @ [ $"replay_buffer.backing={backing}" ])
            |> Placement.refusal Catalogue.standard 8_000_000_000L disk
            |> Option.get

        for backing in [ "memory"; "compressed" ] do
            refusal 30_000_000_000L backing |> endsWith "or set replay_buffer.backing=file."

            refusal 15_000_000_000L backing |> endsWith "lower replay_buffer.capacity.")

    testCase "compressed images are counted with half of their size" (fun () ->
        replay [ "replay_buffer.backing=compressed" ] |> equals (replay [] / 2.0))

    testCase "checkpoints hold the transitions of a replay in memory" (fun () ->
        let refusal more =
            diskRefusal 15_000_000_000L [ 0L ] (resolve (pixels @ more))

        (refusal []).Value
        |> matches
            @"^checkpoints take 2[12] GB, 21 GB of it for the replay; the disk of the run folder has 15 GB. Lower replay_buffer.capacity, or set experiment.save.buffer.should_save=False, or choose another folder with setup.base_path.$"

        // A run that ends before the replay is full stores as many transitions as it has steps.
        refusal [ "experiment.num_train_steps=500000" ] |> equals None
        refusal [ "experiment.save.buffer.should_save=False" ] |> equals None)

    testCase "what a resumed run has saved already is not needed again" (fun () ->
        let e = resolve (pixels @ [ "replay_buffer.backing=file" ])

        for saved, isRefused in [ 0L, true; 10_000_000_000L, false; 5_000_000_000L, true ] do
            (diskRefusal 15_000_000_000L [ saved ] e).IsSome |> equals isRefused)

    let decide memory disk words =
        Placement.decide
            Catalogue.standard
            (memory * 1_000_000_000L)
            (disk * 1_000_000_000L)
            (resolve words)

    let place (decision: Placement.Decision) =
        decision.Experiment.ReplayBuffer.Backing

    testTheory
        "an open place is memory where the run fits, else a file where the disk is large enough"
        [
            24L,
            0L,
            ReplayBacking.Memory,
            "replay_buffer.backing=memory: the run needs 22 GB of memory, 21 GB of it for the replay, and 24 GB are free."
            8L,
            50L,
            ReplayBacking.File,
            "replay_buffer.backing=file: the run would need 22 GB of memory, and 8.0 GB are free. The replay takes 21 GB of the disk's 50 GB."
        ]
    <| fun (memory, disk, backing, notice) ->
        let decision = decide memory disk pixels
        place decision |> equals backing
        decision.Notice |> equals (Some notice)

    testCase "without room for either, both sums are known" (fun () ->
        let decision = decide 8L 15L pixels

        Placement.refusal Catalogue.standard 8_000_000_000L 15_000_000_000L decision.Experiment
        |> differsFrom None

        decision.WithoutFile.Value |> contains "the disk of the run folder has 15 GB")

    testTheory "a place that words name stays" [ "memory"; "file"; "compressed" ] (fun word ->
        let words = pixels @ [ $"replay_buffer.backing={word}" ]
        let decision = decide 1L 1L words
        decision.Experiment |> equals (resolve words)
        decision.Notice |> equals None)
]
