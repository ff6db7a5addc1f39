module MtrlFunctional.Tests.Experiments.SpellingTests

open Expecto
open MtrlFunctional.Experiments
open MtrlFunctional.Tests
open MtrlFunctional.Tests.Experiments.Resolving

/// Values whose key is a text, and numbers in the spellings of people.
let ``a spelling`` = [
    let bandit = [ "env=mt-bandit"; "agent=mtppo" ]

    let values words =
        Map(Experiment.values (resolve (bandit @ words)))

    let reload (e: Experiment) = Experiment.load (Experiment.render e)

    testTheory
        "of a text is kept, also in a list, a reference and a stored configuration"
        (Words.split "1.10 12e4567 99e4567 1e3 1_1_1 True Nan 2024.10 007 +1")
    <| fun name ->
        let e =
            resolve (
                bandit
                @ [
                    $"setup.name={name}"
                    $"setup.tags=[{name}, a]"
                    $"setup.id={name}"
                    "setup.description=${setup.id}"
                    "setup.save_dir=out/${setup.id}-x"
                ]
            )

        let texts = Map(Experiment.values e)
        e.Setup.Name |> equals name
        e.Setup.SaveDir |> equals $"out/{name}-x"
        texts["setup.tags"] |> equals (Value.List [ Value.Text name; Value.Text "a" ])
        texts["setup.description"] |> equals (Value.Text name)

        let again = reload e |> ok
        again.Setup.Name |> equals name

    testCase "of names that state the same number makes two experiments" (fun () ->
        let runs, _ =
            Sweep.plan Additions.none (bandit @ [ "setup.name=1.10,1.1"; "setup.seed=1" ])
            |> ok

        let folders = runs |> List.map _.Experiment.Setup.SaveDir
        folders |> equals [ "runs/1.10"; "runs/1.1" ])

    // Values that decide about other keys before they are read.
    testTheory "of a number that others follow does not matter" [
        "env.num_envs=4", "env.num_envs=4.0"
        "env.num_envs=4", "env.num_envs=4e0"
    ]
    <| fun (one, other) -> values [ other ] |> equals (values [ one ])

    testTheory "of a truth value does not matter" [ "true"; "True"; "TRUE" ] (fun flag ->
        let images =
            resolve [
                "env=dmc-cartpole-balance"
                "agent=sac"
                $"env.builder.make_kwargs.from_pixels={flag}"
            ]

        isTrue images.Agent.Encoder.Kind.IsPixel)

    testTheory "of a seed has 32 bits" [ "0"; "1764198000"; "4294967295" ] (fun seed ->
        string (resolve (bandit @ [ $"setup.seed={seed}" ])).Setup.SeedRef
        |> equals seed)

    // Of a seed with more bits, of a wrong value as it was given, and of new keys that refer to each other.
    refusesOnce "is refused once" bandit [
        "setup.seed=4294967296", "setup.seed = 4294967296: must be"
        "setup.seed_ref=4294967295 setup.num_seeds=2",
        "setup.seed_ref = 4294967295: must be at most 4294967294 with setup.num_seeds=2"
        "experiment.num_train_steps=1.50e0",
        "experiment.num_train_steps = 1.50e0: must be a whole number"
        "+x=${y} +y=${x} setup.name=${x}", "x: refers to itself"
    ]

    testCase "may freeze what an optimiser has, and leave a return undiscounted" (fun () ->
        let agent =
            (resolve (bandit @ [ "agent.optimizers.actor.lr=0"; "agent.builder.discount=1" ]))
                .Agent

        (agent.Optimizers.Actor.LearningRate, agent.Discount) |> equals (0.0, 1.0))

    // Of the seed, of a name beside a key or above it, of a number however it is spelled, and of a new key.
    testTheory "may be referred to" [
        "setup.seed=5 setup.name=a-${setup.seed}", "a-5"
        "setup.seed=5 setup.name=a-${setup.seed_ref}", "a-5"
        "setup.id=5 setup.name=${.id}", "5"
        "setup.id=5 setup.name=${..setup.id}", "5"
        "agent.actor.hidden_dim=10 setup.name=w-${agent.actor.hidden_dim}", "w-10"
        "agent.actor.hidden_dim=1e1 setup.name=w-${agent.actor.hidden_dim}", "w-10"
        "agent.actor.hidden_dim=10.0 setup.name=w-${agent.actor.hidden_dim}", "w-10"
        "+note.name=1.10 setup.name=a-${note.name}", "a-1.10"
    ]
    <| fun (words, name) -> (resolve (bandit @ Words.split words)).Setup.Name |> equals name

    testTheory "of a call is a text in quotes" [ "choice(a)"; "range(3)"; "str(1)"; "f(x)" ]
    <| fun name ->
        let word = Override.Set("setup.name", Value.Text name) |> Overrides.print
        (resolve (bandit @ [ word ])).Setup.Name |> equals name
]
