namespace MtrlFunctional.Tests.Experiments

open NUnit.Framework
open MtrlFunctional.Agents
open MtrlFunctional.Experiments
open MtrlFunctional.Networks
open MtrlFunctional.Spaces
open MtrlFunctional.Tests.Experiments.Resolving

[<TestFixture>]
module ``words of images`` =
    let private pixels = [
        "env=dmc-cartpole-balance"
        "agent=sac"
        "env.builder.make_kwargs.from_pixels=True"
    ]

    [<Test>]
    let ``choose stacks of three images of 84 × 84 bytes`` () =
        let observation = (Observed.environment (resolve pixels)).Value.Observation
        Assert.That((observation = EnvironmentSpec.pictures 84 84 3))
        Assert.That((observation.Shape = [ 9; 84; 84 ]))
        Assert.That((observation.Element = ElementType.UInt8))

    [<Test>]
    let ``the variants of the original are observed as images unless words say otherwise`` () =
        let words = [ "setup=hipbmdp"; "env=dmcontrol-finger-spin-distribution-v0"; "agent=sac_ae" ]

        let e = resolve words
        Assert.That(Observed.isImages e)
        Assert.That((e.Environment.Tasks = [ for i in [ 4; 5; 8; 9 ] -> $"finger-spin-size-{i}" ]))
        Assert.That((Experiment.evaluationModes e).Length, Is.EqualTo 3)

    [<TestCase("env.builder.make_kwargs.height=64", "height = 64: must be 84")>]
    [<TestCase("env.builder.make_kwargs.width=100", "width = 100: must be 84")>]
    [<TestCase("env.builder.make_kwargs.visualize_reward=True", "part of the observation")>]
    [<TestCase("env.builder.make_kwargs.sticky_observation_cfg.should_use=True", "for states only")>]
    [<TestCase("replay_buffer.random_shift=42", "a whole number from 0 to 41")>]
    [<TestCase("replay_buffer.backing=disk", "one of auto, memory, file, compressed")>]
    let ``wrong ones are refused`` (word: string) (message: string) =
        Assert.That(String.concat "\n" (mistakes (pixels @ [ word ])), Does.Contain message)

    [<Test>]
    let ``choose the encoder that follows from the observation`` () =
        Assert.That((resolve pixels).Agent.Encoder.Kind, Is.EqualTo EncoderKind.Pixel)

        let several = [ "env=dmc-19"; "env.tasks=[pendulum-swingup,cartpole-balance]" ]
        Assert.That((Observed.size (resolve (pixels @ several)) = Some(9 * 84 * 84)))

    [<TestCase("env.builder.make_kwargs.from_pixels=True",
               "identity",
               "Images pass convolutions first.")>]
    [<TestCase("env.builder.make_kwargs.from_pixels=False",
               "pixel",
               "reads frames of 84 × 84 pixels")>]
    let ``an encoder for other observations is refused``
        (observation: string)
        (encoder: string)
        (message: string)
        =
        let found =
            mistakes [
                "env=dmc-cartpole-balance"
                "agent=sac"
                observation
                $"agent.encoder.type_to_select={encoder}"
            ]

        Assert.That(String.concat "\n" found, Does.Contain message)

    let private theta = "agent.multitask.should_use_task_encoder=True"

    let private several = [
        "env=dmc-19"
        "env.tasks=[cartpole-balance,pendulum-swingup]"
        "agent=sac_ae"
        "env.builder.make_kwargs.from_pixels=True"
    ]

    let private mixture = [
        "agent.encoder.type_to_select=moe"
        "agent.encoder.moe.task_id_to_encoder_id_cfg.mode=attention"
        "agent.encoder.moe.num_experts=3"
    ]

    let private behind encoder =
        match encoder with
        | "moe" -> several @ theta :: mixture
        | other -> several @ [ theta; $"agent.encoder.type_to_select={other}" ]

    /// Places of an encoder in the parameters of actor and critics.
    let private places (part: TrainedPart) =
        part.Layout.Slots
        |> List.map _.Parameter.Path.Split('/')
        |> List.filter (fun path -> path[0] = "encoder")
        |> List.map (fun path -> $"{path[1]}/{path[2]}")
        |> List.distinct

    [<TestCase("pixel", "")>]
    [<TestCase("feedforward", "trunk/0 trunk/1 trunk/2")>]
    [<TestCase("film", "film/0 film/1 film/2")>]
    [<TestCase("moe", "experts/expert experts/selection")>]
    let ``put other encoders behind that of images`` (encoder: string) (behind': string) =
        let e = resolve (behind encoder)
        let agent = (DescribedAgent.from Catalogue.standard e).Value
        let actor, critic = places agent.Parts[0], places agent.Parts[1]

        let behind =
            behind'.Split(' ', System.StringSplitOptions.RemoveEmptyEntries) |> List.ofArray

        // The actor has all that is behind the convolutions for itself.
        let own = [ "pixel/linear"; "pixel/norm" ] @ behind
        Assert.That((List.sort actor = List.sort own), String.concat " " actor)

        Assert.That((List.sort critic = List.sort ("pixel/conv" :: own)), String.concat " " critic)

        Assert.That((snd (List.last agent.Networks) = Spec.pixelDecoder 4 32 9))

    [<TestCase("film",
               "agent.encoder.type_to_select = film: must be another one without agent.multitask.should_use_task_encoder=True")>]
    [<TestCase("identity",
               "agent.encoder.type_to_select = identity: must be pixel, or feedforward, film or moe behind it")>]
    [<TestCase("factorized_moe",
               "agent.encoder.type_to_select = factorized_moe: must be pixel, or feedforward, film or moe behind it")>]
    let ``an encoder that has no meaning with images is one message``
        (encoder: string)
        (message: string)
        =
        let found = mistakes (several @ [ $"agent.encoder.type_to_select={encoder}" ])
        Assert.That(found.Length, Is.EqualTo 1, String.concat "\n" found)
        Assert.That(found.Head, Does.StartWith message)

    /// One message at the key that was given; what only follows from it is not repeated.
    [<TestCase("agent=sac", "agent.num_filters=0", "agent.num_filters = 0: must be at least 1.")>]
    [<TestCase("agent=sac_ae", "agent.num_filters=0", "agent.num_filters = 0: must be at least 1.")>]
    [<TestCase("agent=sac_ae",
               "agent.encoder.pixel.num_filters=0",
               "agent.encoder.pixel.num_filters = 0: must be at least 1.")>]
    [<TestCase("agent=sac_ae",
               "agent.decoder.num_filters=0",
               "agent.decoder.num_filters = 0: must be at least 1.")>]
    [<TestCase("agent=sac", "agent.num_layers=3", "agent.num_layers = 3: must be 2, 4 or 6.")>]
    [<TestCase("agent=sac_ae", "agent.num_layers=5", "agent.num_layers = 5: must be 2, 4 or 6.")>]
    [<TestCase("agent=sac_ae", "agent.num_layers=0", "agent.num_layers = 0: must be 2, 4 or 6.")>]
    [<TestCase("agent=sac_ae",
               "agent.encoder.pixel.num_layers=3",
               "agent.encoder.pixel.num_layers = 3: must be 2, 4 or 6.")>]
    [<TestCase("agent=sac_ae",
               "agent.decoder.num_layers=3",
               "agent.decoder.num_layers = 3: must be 2, 4 or 6.")>]
    [<TestCase("agent=distral",
               "agent.decoder.num_layers=3",
               "agent.decoder.num_layers = 3: must be 2, 4 or 6.")>]
    [<TestCase("agent=sac",
               "env.builder.make_kwargs.height=64",
               "env.builder.make_kwargs.height = 64: must be 84.")>]
    [<TestCase("agent=sac_ae",
               "env.builder.make_kwargs.width=64",
               "env.builder.make_kwargs.width = 64: must be 84.")>]
    let ``a wrong one is one message`` (agent: string) (word: string) (message: string) =
        let found =
            mistakes [
                "env=dmc-cartpole-balance"
                "env.builder.make_kwargs.from_pixels=True"
                agent
                word
            ]

        Assert.That(found.Length, Is.EqualTo 1, String.concat "\n" found)
        Assert.That(found.Head, Does.StartWith message)

    [<TestCase("env=dmc-cartpole-balance")>]
    [<TestCase("env=metaworld-mt10")>]
    let ``an encoder of images for states is one message`` (env: string) =
        let found =
            mistakes [ env; "agent=state_sac"; "agent.encoder.type_to_select=pixel" ]

        Assert.That(found.Length, Is.EqualTo 1, String.concat "\n" found)

        Assert.That(
            found.Head,
            Does.StartWith "agent.encoder.type_to_select = pixel: must be another"
        )

    [<Test>]
    let ``on-policy agents are refused`` () =
        let words = [
            "env=dmc-cartpole-balance"
            "agent=mtppo"
            "env.builder.make_kwargs.from_pixels=True"
        ]

        Assert.That(String.concat "\n" (mistakes words), Does.Contain "agent=mtppo")

    [<TestCase("env=dmc-cartpole-balance")>]
    [<TestCase("env=metaworld-mt10")>]
    let ``states are not shifted`` (env: string) =
        let found = mistakes [ env; "agent=state_sac"; "replay_buffer.random_shift=4" ]
        Assert.That(String.concat "\n" found, Does.Contain "Only images are shifted.")

    [<Test>]
    let ``states are not compressed`` () =
        let found =
            mistakes [ "env=metaworld-mt10"; "agent=state_sac"; "replay_buffer.backing=compressed" ]

        Assert.That(String.concat "\n" found, Does.Contain "Only images are compressed.")

    [<Test>]
    let ``a configuration is read back from its text`` () =
        let e =
            resolve (pixels @ [ "replay_buffer.random_shift=4"; "replay_buffer.backing=file" ])

        Assert.That((Experiment.load (Experiment.render e) = Ok e))

    let private replay words =
        Memory.estimate (resolve (pixels @ words))
        |> List.find (fun part -> part.Name = "replay buffer")
        |> _.Bytes

    /// Why runs of one experiment, with checkpoints of these bytes, do not fit.
    let private diskRefusal free saved e =
        Disk.refusal free [ for bytes in saved -> { Disk.RunOnDisk.Experiment = e; Saved = bytes } ]

    [<Test>]
    let ``a million transitions take 21.3 GB of memory, or of a disk`` () =
        let inMemory = replay [ "replay_buffer.capacity=1000000" ]
        Assert.That(inMemory, Is.InRange(21.1e9, 22e9))
        let file = [ "replay_buffer.capacity=1000000"; "replay_buffer.backing=file" ]
        Assert.That(replay file, Is.Zero)

        let e = resolve (pixels @ file)
        Assert.That((Placement.refusal 3_000_000_000L 15_000_000_000L e).IsNone)
        Assert.That((diskRefusal 22_000_000_000L [ 0L ] e).IsNone)

        match diskRefusal 20_000_000_000L [ 0L ] e with
        | Some why ->
            Assert.That(
                why,
                Is.EqualTo
                    "the replay takes 21 GB, and checkpoints hold 265 MB more; the disk of the run folder has 20 GB. Lower replay_buffer.capacity."
            )
        | None -> Assert.Fail "not refused"

    [<Test>]
    let ``what checkpoints hold after it was overwritten is counted`` () =
        let words = [
            "replay_buffer.capacity=100000"
            "replay_buffer.backing=file"
            "experiment.num_train_steps=150000"
            "experiment.save_freq=20000"
        ]

        // 2.13 GB with 0.07 GB in reserve, and two intervals of checkpoints: 0.85 GB; at most the 50,000 transitions that are overwritten.
        let refusal disk more =
            diskRefusal disk [ 0L ] (resolve (pixels @ words @ more))

        match refusal 2_900_000_000L [] with
        | Some why ->
            Assert.That(
                why,
                Is.EqualTo
                    "the replay takes 2.2 GB, and checkpoints hold 849 MB that it has overwritten, and 197 MB more; the disk of the run folder has 2.9 GB. Lower replay_buffer.capacity, or set experiment.save.buffer.should_save=False."
            )
        | None -> Assert.Fail "not refused"

        Assert.That((refusal 3_300_000_000L []).IsNone)
        Assert.That((refusal 2_900_000_000L [ "experiment.save.buffer.should_save=False" ]).IsNone)
        Assert.That((refusal 3_100_000_000L [ "experiment.save_freq=50000" ]).IsSome)
        Assert.That((refusal 3_600_000_000L [ "experiment.save_freq=50000" ]).IsNone)

    [<Test>]
    let ``the files of all seeds are counted, less what each has saved`` () =
        let e =
            resolve (pixels @ [ "replay_buffer.backing=file"; "replay_buffer.capacity=100000" ])

        // 2.13 GB each, and as much of what 900,000 further steps overwrite between checkpoints.
        let refusal saved = diskRefusal 5_000_000_000L saved e

        Assert.That((refusal [ 0L ]).IsNone)

        Assert.That(
            (refusal [ 0L; 0L; 0L ]).Value,
            Does.Match "for each of 3 seeds: 8\\.\\d GB in all; .* or train fewer seeds, or set"
        )

        Assert.That((refusal [ 2_000_000_000L; 2_000_000_000L; 2_000_000_000L ]).IsNone)

    [<Test>]
    let ``the files of all runs of a sweep are counted`` () =
        let run name capacity =
            resolve (
                pixels
                @ [
                    "replay_buffer.backing=file"
                    $"setup.name={name}"
                    $"replay_buffer.capacity={capacity}"
                    "experiment.num_train_steps=100000"
                ]
            )

        let refusal free runs =
            Disk.refusal free [ for e in runs -> { Disk.RunOnDisk.Experiment = e; Saved = 0L } ]

        // 2.3 GB and 4.4 GB with their checkpoints; the smaller fits after the larger, and no third one.
        let small, large = run "small" 100_000, run "large" 200_000
        Assert.That((refusal 5_200_000_000L [ small ]).IsNone)
        Assert.That((refusal 5_200_000_000L [ large ]).IsNone)

        Assert.That(
            (refusal 5_200_000_000L [ small; large; small ]).Value,
            Does.Match "for the largest of 3 runs, which take \\d.\\d GB in all"
        )

        Assert.That(
            (refusal 4_000_000_000L [ small; run "other" 100_000 ]).Value,
            Does.Match "for each of 2 runs: \\d.\\d GB in all; .* or train fewer runs"
        )

    /// The place is open with images, and in memory without.
    [<Test>]
    let ``a wrong place is answered with the default of its observations`` () =
        for words, standard in
            [ pixels, "auto"; [ "env=dmc-walker-walk"; "agent=state_sac" ], "memory" ] do
            match Experiment.resolve (words @ [ "replay_buffer.backing=3" ]) with
            | Error [ mistake ] ->
                Assert.That(string mistake, Does.EndWith $"The default is {standard}.")
            | other -> Assert.Fail $"{other}"

    [<Test>]
    let ``networks of all checkpoints are counted`` () =
        let refusal count =
            [
                "replay_buffer.backing=file"
                "replay_buffer.capacity=1000"
                "experiment.save.buffer.should_save=False"
                $"experiment.save.model.retain_last_n={count}"
            ]
            |> List.append pixels
            |> resolve
            |> diskRefusal 1L [ 0L ]

        Assert.That(
            (refusal 1).Value,
            Does.Match @"the replay takes \d+ MB, and checkpoints hold \d+ MB more;"
        )

        Assert.That((refusal -1).Value, Does.Match @"checkpoints hold \d\.?\d* GB more;")

    [<Test>]
    let ``a replay in files is a remedy where the disk has room for it`` () =
        let refusal disk backing =
            resolve (pixels @ [ $"replay_buffer.backing={backing}" ])
            |> Placement.refusal 8_000_000_000L disk
            |> Option.get

        for backing in [ "memory"; "compressed" ] do
            Assert.That(
                refusal 30_000_000_000L backing,
                Does.EndWith "or set replay_buffer.backing=file."
            )

            Assert.That(
                refusal 15_000_000_000L backing,
                Does.EndWith "lower replay_buffer.capacity."
            )

    [<Test>]
    let ``compressed images are counted with half of their size`` () =
        let compressed = replay [ "replay_buffer.backing=compressed" ]
        Assert.That(compressed, Is.EqualTo(replay [] / 2.0))

    [<Test>]
    let ``checkpoints hold the transitions of a replay in memory`` () =
        let refusal more =
            diskRefusal 15_000_000_000L [ 0L ] (resolve (pixels @ more))

        Assert.That(
            (refusal []).Value,
            Does.Match
                @"^checkpoints take 2[12] GB, 21 GB of it for the replay; the disk of the run folder has 15 GB. Lower replay_buffer.capacity, or set experiment.save.buffer.should_save=False, or choose another folder with setup.base_path.$"
        )

        // A run that ends before the replay is full stores as many transitions as it has steps.
        Assert.That((refusal [ "experiment.num_train_steps=500000" ]).IsNone)
        Assert.That((refusal [ "experiment.save.buffer.should_save=False" ]).IsNone)

    [<Test>]
    let ``what a resumed run has saved already is not needed again`` () =
        let e = resolve (pixels @ [ "replay_buffer.backing=file" ])
        Assert.That((diskRefusal 15_000_000_000L [ 0L ] e).IsSome)
        Assert.That((diskRefusal 15_000_000_000L [ 10_000_000_000L ] e).IsNone)
        Assert.That((diskRefusal 15_000_000_000L [ 5_000_000_000L ] e).IsSome)

    let private decide memory disk words =
        Placement.decide (memory * 1_000_000_000L) (disk * 1_000_000_000L) (resolve words)

    let private place (decision: Placement.Decision) =
        decision.Experiment.ReplayBuffer.Backing

    [<Test>]
    let ``leave the place of the replay open, and states do not`` () =
        Assert.That((resolve pixels).ReplayBuffer.Backing, Is.EqualTo ReplayBacking.Auto)

        let states = resolve [ "env=dmc-cartpole-balance"; "agent=state_sac" ]
        Assert.That(states.ReplayBuffer.Backing, Is.EqualTo ReplayBacking.Memory)

    [<Test>]
    let ``an open place is memory where the run fits`` () =
        let decision = decide 24L 0L pixels
        Assert.That(place decision, Is.EqualTo ReplayBacking.Memory)

        Assert.That(
            decision.Notice,
            Is.EqualTo(
                Some
                    "replay_buffer.backing=memory: the run needs 22 GB of memory, 21 GB of it for the replay, and 24 GB are free."
            )
        )

    [<Test>]
    let ``an open place is a file where memory is too small and the disk is not`` () =
        let decision = decide 8L 50L pixels
        Assert.That(place decision, Is.EqualTo ReplayBacking.File)

        Assert.That(
            decision.Notice,
            Is.EqualTo(
                Some
                    "replay_buffer.backing=file: the run would need 22 GB of memory, and 8.0 GB are free. The replay takes 21 GB of the disk's 50 GB."
            )
        )

    [<Test>]
    let ``without room for either, both sums are known`` () =
        let decision = decide 8L 15L pixels
        Assert.That((Placement.refusal 8_000_000_000L 15_000_000_000L decision.Experiment).IsSome)
        Assert.That(decision.WithoutFile.Value, Does.Contain "the disk of the run folder has 15 GB")

    [<TestCase("memory")>]
    [<TestCase("file")>]
    [<TestCase("compressed")>]
    let ``a place that words name stays`` (word: string) =
        let words = pixels @ [ $"replay_buffer.backing={word}" ]
        let decision = decide 1L 1L words
        Assert.That((decision.Experiment = resolve words))
        Assert.That(decision.Notice, Is.EqualTo None)

    [<Test>]
    let ``a run's place is that of the same command later`` () =
        let started = (decide 8L 50L pixels).Experiment
        let again = Experiment.withPlaceOf started (resolve pixels)
        Assert.That((again = started))
        Assert.That((Experiment.load (Experiment.render started) = Ok started))
