module MtrlFunctional.Tests.Experiments.TypedExperimentTests

open Expecto
open Expecto.Flip
open MtrlFunctional.Experiments
open MtrlFunctional.Networks
open MtrlFunctional.Tests
open MtrlFunctional.Tests.Experiments.Resolving

/// An experiment of records is that of the words with the same meaning.
let ``a typed experiment`` = [
    let checked' e = Experiment.check e |> ok |> fst

    let mistakesOf e =
        match Experiment.check e with
        | Ok _ -> []
        | Error mistakes -> List.map string mistakes

    let width units (actor: ActorNetwork) = { actor with HiddenDim = units }

    let pairs: (string * Experiment * string) list = [
        "an actor, which the critics follow",
        Experiment.mt10 |> Experiment.withActor (width 400),
        "env=metaworld-mt10 agent.actor.hidden_dim=400"

        "a critic that has the width which it followed before",
        Experiment.mt10
        |> Experiment.withActor (width 64)
        |> Experiment.edit (fun e -> { e with Experiment.Agent.Critic.HiddenDim = 326 }),
        "env=metaworld-mt10 agent.actor.hidden_dim=64 agent.critic.hidden_dim=326"

        "keys of an agent that is chosen before",
        Experiment.mt50
        |> Experiment.withAgent "mtppo"
        |> Experiment.withPpo (fun keys -> { keys with Clip = 0.1 })
        |> Experiment.withOnPolicy (fun keys -> { keys with BatchSize = 40_000 }),
        "env=metaworld-mt50 agent=mtppo agent.ppo.clip=0.1 agent.on_policy.batch_size=40000"

        "a preset in a folder of its own",
        Experiment.preset "fast/mt10-brief"
        |> Experiment.withName "brief"
        |> Experiment.withSteps 1_000
        |> Experiment.withSeed 7L,
        "preset=fast/mt10-brief setup.name=brief experiment.num_train_steps=1000 setup.seed=7"

        "tasks, which are counted",
        Experiment.mt10
        |> Experiment.withTasks [ "reach"; "push-v3" ]
        |> Experiment.withSurgery "pcgrad"
        |> Experiment.withNetwork "paco",
        "env=metaworld-mt10 env.tasks=[reach,push-v3] agent.surgery.method=pcgrad agent.multitask.model=paco"

        "words of a command line behind it",
        Experiment.mt1 "reach"
        |> Experiment.withActor (width 64)
        |> Experiment.withWords [ "agent.actor.hidden_dim=32"; "+setup.tags=[a]" ],
        "env=metaworld-mt1 env.benchmark.env_name=reach agent.actor.hidden_dim=32 +setup.tags=[a]"

        "a paper's row with the seeds of its source",
        Experiment.published "ptsl/care-mt10",
        "preset=ptsl/care-mt10 setup.num_seeds=10"
    ]

    testCase "has words that make it, before it is checked as well" (fun () ->
        for name, typed, _ in pairs do
            for typed in [ typed; checked' typed ] do
                resolve (Experiment.words typed) |> Expect.equal name (checked' typed))

    testCase "is the experiment of the same words" (fun () ->
        for name, typed, words in pairs do
            let typed, expected = checked' typed, resolve (Words.split words)
            Experiment.render typed |> Expect.equal name (Experiment.render expected)
            typed |> Expect.equal name expected)

    testLaw
        20
        []
        "may be changed without edit before it is checked"
        (fun (units: FsCheck.PositiveInt) ->
            let units = 1 + units.Get % 1_000
            let mt10 = Experiment.mt10

            let changed = {
                mt10 with
                    Agent = { mt10.Agent with Actor = width units mt10.Agent.Actor }
            }

            checked' changed = resolve [ "env=metaworld-mt10"; $"agent.actor.hidden_dim={units}" ])

    testCase "reports the mistakes of all its edits, and keeps the others" (fun () ->
        let mistaken =
            Experiment.preset "fast/mt11"
            |> Experiment.withActor (width -5)
            |> Experiment.withPpo id
            |> Experiment.withTasks [ "reech" ]
            |> Experiment.withWords [ "agent.actor.hiden_dim=4"; "nonsense" ]
            |> Experiment.withName "kept"

        let mistakes = mistakesOf mistaken
        mistaken.Setup.Name |> equals "kept"

        for start in
            [
                "preset = fast/mt11: must be the name of a preset."
                "agent.actor.hidden_dim = -5: must be a whole number"
                "agent: state_sac has none of the changed keys"
                "env.tasks = [reech]:"
                "agent.actor.hiden_dim: no such key. Nearest: agent.actor.hidden_dim"
                "nonsense: "
            ] do
            mistakes |> List.filter _.StartsWith(start) |> Expect.hasLength start 1

        mistakes |> hasLength 6)

    let parts = {
        Additions.none with
            Networks = [
                TaskModel.OfTasks(
                    "own-heads",
                    fun sizes -> PerTask.layer (Spec.layers 0 0 sizes.Outputs)
                )
            ]
    }

    let named e =
        Experiment.withNetwork "own/own-heads" e

    testCase "names parts of a program that are given to it" (fun () ->
        mistakesOf (named Experiment.mt10) |> isNotEmpty

        let typed = Experiment.mt10 |> Experiment.withParts parts |> named |> checked'

        let expected, _ =
            Experiment.resolveWith parts [
                "env=metaworld-mt10"
                "agent.multitask.model=own/own-heads"
            ]
            |> ok

        typed |> equals expected)

    testCase "keeps its words and mistakes when it is given parts" (fun () ->
        let given = Experiment.withParts Additions.none

        let first e = e |> given |> mistakesOf |> List.head

        Experiment.preset "fast/mt11" |> first |> startsWith "preset = fast/mt11: "

        Experiment.mt10
        |> Experiment.withWords [ "agent.actor.hiden_dim=4" ]
        |> first
        |> startsWith "agent.actor.hiden_dim: "

        Experiment.mt10
        |> named
        |> Experiment.withParts parts
        |> checked'
        |> equals (Experiment.mt10 |> Experiment.withParts parts |> named |> checked'))

    testCase "is mended by a later edit of the same key" (fun () ->
        Experiment.mt10
        |> Experiment.withActor (width -5)
        |> Experiment.withActor (width 64)
        |> checked'
        |> equals (resolve [ "env=metaworld-mt10"; "agent.actor.hidden_dim=64" ]))
]
