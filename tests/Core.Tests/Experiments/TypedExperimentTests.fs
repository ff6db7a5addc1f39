namespace MtrlFunctional.Tests.Experiments

open NUnit.Framework
open FsCheck.NUnit
open MtrlFunctional.Experiments
open MtrlFunctional.Networks
open MtrlFunctional.Tests

/// An experiment of records is that of the words with the same meaning.
module ``a typed experiment`` =
    let private ofWords words =
        match Experiment.resolve words with
        | Ok(e, _) -> e
        | Error mistakes -> failwith $"{mistakes}"

    let private checked' e =
        match Experiment.check e with
        | Ok(e, _) -> e
        | Error mistakes -> failwith $"{mistakes}"

    let private mistakesOf e =
        match Experiment.check e with
        | Ok _ -> []
        | Error mistakes -> List.map string mistakes

    let private width units (actor: ActorNetwork) = { actor with HiddenDim = units }

    let private pairs: (string * Experiment * string list) list = [
        "an actor, which the critics follow",
        Experiment.mt10 |> Experiment.withActor (width 400),
        [ "env=metaworld-mt10"; "agent.actor.hidden_dim=400" ]

        "a critic that has the width which it followed before",
        Experiment.mt10
        |> Experiment.withActor (width 64)
        |> Experiment.withCritic (fun critic -> { critic with HiddenDim = 326 }),
        [
            "env=metaworld-mt10"
            "agent.actor.hidden_dim=64"
            "agent.critic.hidden_dim=326"
        ]

        "keys of an agent that is chosen before",
        Experiment.mt50
        |> Experiment.withAgent "mtppo"
        |> Experiment.withPpo (fun keys -> { keys with Clip = 0.1 })
        |> Experiment.withOnPolicy (fun keys -> { keys with BatchSize = 40_000 }),
        [
            "env=metaworld-mt50"
            "agent=mtppo"
            "agent.ppo.clip=0.1"
            "agent.on_policy.batch_size=40000"
        ]

        "a preset in a folder of its own",
        Experiment.preset "fast/mt10-brief"
        |> Experiment.withName "brief"
        |> Experiment.withSteps 1_000
        |> Experiment.withSeed 7L,
        [
            "preset=fast/mt10-brief"
            "setup.name=brief"
            "experiment.num_train_steps=1000"
            "setup.seed=7"
        ]

        "tasks, which are counted",
        Experiment.mt10
        |> Experiment.withTasks [ "reach"; "push-v3" ]
        |> Experiment.withSurgery "pcgrad"
        |> Experiment.withNetwork "paco",
        [
            "env=metaworld-mt10"
            "env.tasks=[reach,push-v3]"
            "agent.surgery.method=pcgrad"
            "agent.multitask.model=paco"
        ]

        "words of a command line behind it",
        Experiment.mt1 "reach"
        |> Experiment.withActor (width 64)
        |> Experiment.withWords [ "agent.actor.hidden_dim=32"; "+setup.tags=[a]" ],
        [
            "env=metaworld-mt1"
            "env.benchmark.env_name=reach"
            "agent.actor.hidden_dim=32"
            "+setup.tags=[a]"
        ]

        "a paper's row with the seeds of its source",
        Experiment.published "ptsl/care-mt10",
        [ "preset=ptsl/care-mt10"; "setup.num_seeds=10" ]
    ]

    [<Test>]
    let ``is the experiment of the same words`` () =
        for name, typed, words in pairs do
            let typed, expected = checked' typed, ofWords words
            let differences = Experiment.render typed, Experiment.render expected
            Assert.That(fst differences, Is.EqualTo(snd differences), name)
            Assert.That((typed = expected), Is.True, name)

    [<Property(MaxTest = 20)>]
    let ``may be changed without edit before it is checked`` (units: FsCheck.PositiveInt) =
        let units = 1 + units.Get % 1_000
        let mt10 = Experiment.mt10
        let changed = { mt10 with Agent = { mt10.Agent with Actor = width units mt10.Agent.Actor } }

        checked' changed = ofWords [ "env=metaworld-mt10"; $"agent.actor.hidden_dim={units}" ]

    [<Test>]
    let ``reports the mistakes of all its edits, and keeps the others`` () =
        let mistaken =
            Experiment.preset "fast/mt11"
            |> Experiment.withActor (width -5)
            |> Experiment.withPpo id
            |> Experiment.withTasks [ "reech" ]
            |> Experiment.withWords [ "agent.actor.hiden_dim=4"; "nonsense" ]
            |> Experiment.withName "kept"

        let mistakes = mistakesOf mistaken
        Assert.That(mistaken.Setup.Name, Is.EqualTo "kept")

        for start in
            [
                "preset = fast/mt11: must be the name of a preset."
                "agent.actor.hidden_dim = -5: must be a whole number"
                "agent: state_sac has none of the changed keys"
                "env.tasks = [reech]:"
                "agent.actor.hiden_dim: no such key. Nearest: agent.actor.hidden_dim"
                "nonsense: "
            ] do
            Assert.That(mistakes, Has.Exactly(1).StartsWith start)

        Assert.That(mistakes, Has.Length.EqualTo 6)

    [<Test>]
    let ``names parts of a program that are given to it`` () =
        let network =
            OwnNetwork.OfTasks(
                "own-heads",
                fun sizes -> PerTask.layer (Spec.layers 0 0 sizes.Outputs)
            )

        let parts = { Additions.none with Networks = [ network ] }

        let named e =
            Experiment.withNetwork "own/own-heads" e

        Assert.That(mistakesOf (named Experiment.mt10), Is.Not.Empty)

        let typed = Experiment.mt10 |> Experiment.withParts parts |> named |> checked'

        match
            Experiment.resolveWith parts [
                "env=metaworld-mt10"
                "agent.multitask.model=own/own-heads"
            ]
        with
        | Ok(expected, _) -> Assert.That((typed = expected), Is.True)
        | Error mistakes -> Assert.Fail $"{mistakes}"

    [<Test>]
    let ``keeps its words and mistakes when it is given parts`` () =
        let given = Experiment.withParts Additions.none

        let first e =
            e |> given |> mistakesOf |> List.tryHead

        let startsWith (start: string) found =
            match found with
            | Some(mistake: string) -> Assert.That(mistake, Does.StartWith start)
            | None -> Assert.Fail $"no mistake: {start}"

        Experiment.preset "fast/mt11" |> first |> startsWith "preset = fast/mt11: "

        Experiment.mt10
        |> Experiment.withWords [ "agent.actor.hiden_dim=4" ]
        |> first
        |> startsWith "agent.actor.hiden_dim: "

        let network =
            OwnNetwork.OfTasks(
                "own-heads",
                fun sizes -> PerTask.layer (Spec.layers 0 0 sizes.Outputs)
            )

        let parts = { Additions.none with Networks = [ network ] }

        let early =
            Experiment.mt10
            |> Experiment.withNetwork "own/own-heads"
            |> Experiment.withParts parts

        let late =
            Experiment.mt10
            |> Experiment.withParts parts
            |> Experiment.withNetwork "own/own-heads"

        Assert.That((checked' early = checked' late), Is.True)

    [<Test>]
    let ``is mended by a later edit of the same key`` () =
        let mended =
            Experiment.mt10
            |> Experiment.withActor (width -5)
            |> Experiment.withActor (width 64)

        Assert.That(
            (checked' mended = ofWords [ "env=metaworld-mt10"; "agent.actor.hidden_dim=64" ]),
            Is.True
        )

    [<Test>]
    let ``takes presets among its words`` () =
        let typed =
            Experiment.mt10 |> Experiment.withWords [ "preset=fast/mt10"; "setup.seed=3" ]

        let words = [ "env=metaworld-mt10"; "preset=fast/mt10"; "setup.seed=3" ]
        Assert.That((checked' typed = ofWords words), Is.True)
