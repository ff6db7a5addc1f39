namespace MtrlFunctional.Tests.Experiments

open NUnit.Framework
open FsCheck.NUnit
open MtrlFunctional.Algorithms
open MtrlFunctional.Experiments
open MtrlFunctional.Networks
open MtrlFunctional.Spaces
open MtrlFunctional.Tensors
open MtrlFunctional.Tests.Experiments.Resolving
open MtrlFunctional.Tests.Networks.Nets

/// Words of tasks of several families in one policy.
[<TestFixture>]
module ``words of mixed spaces`` =
    let private three = [
        "env=mixed"
        "env.tasks=[reach,dmc-walker-walk,cartpole-swingup]"
        "agent=mtppo"
    ]

    let private onPolicy (e: Experiment) =
        let spec = (Observed.environment e).Value

        OnPolicySetup.ofExperiment
            Precision.Full
            None
            (EnvironmentSpec.observationSize spec)
            spec.Action
            e

    [<Test>]
    let ``choose tasks of several families with rows as wide as the widest`` () =
        let e = resolve three
        Assert.That((e.Environment.Tasks = [ "reach-v3"; "walker-walk"; "cartpole-swingup" ]))
        Assert.That((Observed.size e = Some(39 + 3)))
        Assert.That(((Observed.environment e).Value.Action = ActionSpace.Box 6))
        Assert.That(e.Environment.Horizon, Is.EqualTo 500)
        Assert.That(e.Environment.DmControl.ActionRepeat, Is.EqualTo 2)

        Assert.That(
            (Observed.taskSizes e = [
                { ObservationSize = 39; ActionSize = 4 }
                { ObservationSize = 24; ActionSize = 6 }
                { ObservationSize = 5; ActionSize = 1 }
            ])
        )

        Assert.That(((onPolicy e).ActionSizes = [ 4; 6; 1 ]))

    [<Test>]
    let ``choose MT10 and five tasks of DeepMind Control`` () =
        let e = resolve [ "env=mixed-mt10-dmc5"; "agent=mtppo" ]
        Assert.That(e.Environment.NumEnvs, Is.EqualTo 15)
        Assert.That((Observed.taskSizes e |> List.distinct |> List.length), Is.GreaterThan 3)

    [<Test>]
    let ``choose which tasks define success`` () =
        let e = resolve (three @ [ "agent.on_policy.min_episodes=1" ])
        Assert.That(SuccessOfTasks.areDefined e, Is.EqualTo<bool>([| true; false; false |]: bool[]))

    [<Test>]
    let ``choose tasks with discrete actions beside others`` () =
        let e =
            resolve [
                "env=mixed"
                "env.tasks=[reach,dmc-walker-walk,mt-cartpole,mt-two-goal-maze]"
                "env.min_force=3"
                "agent=mtppo"
            ]

        Assert.That((Observed.environment e).Value.Action, Is.EqualTo(ActionSpace.Box 6))
        Assert.That((onPolicy e).ActionSizes, Is.EqualTo<int list> [ 4; 6; 2; 3 ])
        Assert.That(SuccessOfTasks.areDefined e, Is.EqualTo<bool>([| true; false; false; true |]))
        let parts = MixedTasks.parts e

        Assert.That(
            parts |> List.map _.Environment.Tasks.Length,
            Is.EqualTo<int list> [ 1; 1; 1; 1 ]
        )

        let states =
            parts
            |> List.map (fun part ->
                part.Environment.Classic.TaskStates, part.Environment.Classic.TestTaskStates)

        Assert.That((states[2..] = [ 100, 200; 2, 0 ]))

    /// Nothing is padded, so nothing is masked.
    [<TestCase("[reach,push]", "env=metaworld-mt10")>]
    [<TestCase("[walker-walk,walker-run]", "env=dmc-19")>]
    let ``of equal spaces make the agent of one family`` (tasks: string, env: string) =
        let words env = [
            env
            $"env.tasks={tasks}"
            "agent=mtppo"
            "env.horizon=500"
            "env.builder.make_kwargs.frame_skip=2"
        ]

        let words env =
            if env = "env=metaworld-mt10" then
                words env |> List.filter (fun word -> not (word.Contains "frame_skip"))
            else
                words env

        let mixed, one = resolve (words "env=mixed"), resolve (words env)
        Assert.That((Observed.taskSizes mixed).IsEmpty)
        Assert.That((Observed.environment mixed = Observed.environment one))
        Assert.That($"%A{onPolicy mixed}", Is.EqualTo $"%A{onPolicy one}")

    /// Three kinds: the arm, the walker (of two tasks), the cart-pole.
    [<Test>]
    let ``choose layers for each embodiment`` () =
        let own output =
            PerGroup.layer
                [ 0; 1; 2; 1 ]
                (PerTask.layer { Spec.layers 0 0 output with Activation = Tanh })

        let policy words =
            (resolve (
                three
                @ [
                    "env.tasks=[reach,walker-walk,cartpole-swingup,walker-run]"
                    "agent.multitask.adapter=per_embodiment"
                    "agent.actor.hidden_dim=8"
                ]
                @ words
             )
             |> onPolicy)
                .Policy

        let parts shared =
            Chain.layer [
                "input", own 8
                "activation", Activate.layer Tanh
                "shared",
                Chain.layer [ "trunk", Mlp.layer { Spec.layers shared 8 8 with Activation = Tanh } ]
                "activation", Activate.layer Tanh
                "output", own 6
            ]

        Assert.That((policy [] = parts 0))
        Assert.That((policy [ "agent.actor.num_layers=3" ] = parts 1))
        // Nothing would be shared.
        Assert.That((policy [ "agent.actor.num_layers=1" ] = parts 0))

        for model in [ "moore"; "paco" ] do
            match policy [ $"agent.multitask.model={model}"; "agent.actor.num_layers=1" ] with
            | Parts [ _; _; "shared", Parts parts; _; "output", _ ] ->
                Assert.That(parts, Is.Not.Empty)
            | other -> Assert.Fail $"%A{other}"

        // Heads are outputs already.
        match policy [ "agent.multitask.model=heads" ] with
        | Parts [ "input", _; "activation", _; "shared", Parts(("trunk", _) :: _) ] -> ()
        | other -> Assert.Fail $"%A{other}"

    [<TestCase("env.tasks=[]", "env.tasks = []: must be a list of at least one task.")>]
    [<TestCase("env.tasks=[reach,walker-wal]", "walker-walk")>]
    [<TestCase("env.tasks=[reach,dmc-walker-wal]", "dmc-walker-walk")>]
    [<TestCase("env.tasks=[reach,mt-cartpole-3]",
               "must be classic families without an index with env=mixed. cartpole-3 is one of several tasks of env=mt-")>]
    [<TestCase("env.tasks=[reach,mt-cartpole] env.train_box=0.5 env.min_force=9",
               "env.min_force = 9.0: must be at most 4.5 N")>]
    [<TestCase("env.tasks=[reach,mt-cartpol]", "mt-cartpol")>]
    [<TestCase("env.tasks=[reach,walker-walk,reach]", "without repetition")>]
    [<TestCase("env.tasks=[reach,walker-walk] agent=distral", "agent = distral: must be one of")>]
    [<TestCase("env.tasks=[reach,walker-walk] agent=rl2", "agent = rl2: must be one of")>]
    [<TestCase("env.tasks=[reach,walker-walk] agent=mtppo agent.multitask.model=separate",
               "agent.multitask.model = separate: must be another model with tasks of different spaces.")>]
    [<TestCase("env.tasks=[reach,walker-walk] agent=mtppo behaviour.equal_episodes_per_task=False",
               "behaviour.equal_episodes_per_task = false: must be true with tasks of different spaces.")>]
    [<TestCase("env.tasks=[reach,walker-walk] agent=mtppo agent.on_policy.normalize_observations=True",
               "agent.on_policy.observations_per_task = false: must be true")>]
    [<TestCase("env.tasks=[reach,walker-walk] env.builder.make_kwargs.from_pixels=True",
               "from_pixels: env=mixed has no use for it.")>]
    [<TestCase("env.tasks=[reach,walker-walk] env.n_arms=3",
               "env.n_arms: env=mixed with these tasks has no use for it.")>]
    [<TestCase("env.tasks=[reach,mt-acrobot] env.min_force=3",
               "env.min_force: env=mixed with these tasks has no use for it.")>]
    [<TestCase("env.tasks=[reach,walker-walk] env.benchmark.env_name=push",
               "env.benchmark.env_name: env=mixed has no use for it.")>]
    [<TestCase("env.tasks=[reach,push] agent.multitask.adapter=per_embodiment",
               "agent.multitask.adapter = per_embodiment: must be pad with tasks of one embodiment.")>]
    [<TestCase("env.tasks=[reach,walker-walk] agent.multitask.adapter=per_embodiment agent.encoder.type_to_select=feedforward",
               "agent.encoder.type_to_select = feedforward: must be identity with agent.multitask.adapter=per_embodiment.")>]
    [<TestCase("env.tasks=[reach,walker-walk] agent.multitask.adapter=per_embodimen",
               "per_embodiment")>]
    let ``are refused in a sentence`` (words: string, message: string) =
        let found = mistakes ("env=mixed" :: List.ofArray (words.Split ' '))
        Assert.That(String.concat "\n" found, Does.Contain message)

    /// Its agents are separate, which no word asked for.
    [<Test>]
    let ``are refused once with an agent that does not join them`` () =
        match mistakes [ "env=mixed"; "env.tasks=[reach,walker-walk]"; "agent=distral" ] with
        | [ only ] -> Assert.That(only, Does.StartWith "agent = distral: must be one of")
        | mistakes -> Assert.Fail $"{mistakes}"

    [<Test>]
    let ``return as they were printed`` () =
        let e = resolve three

        match Experiment.render e |> Experiment.load with
        | Ok again -> Assert.That(Experiment.render again, Is.EqualTo(Experiment.render e))
        | Error errors -> Assert.Fail $"{errors}"

    /// Any vectors: as wide as the widest, whatever their order.
    [<Property>]
    let ``join any continuous spaces`` (sizes: (FsCheck.PositiveInt * FsCheck.PositiveInt) list) =
        let specs = [
            for i, (obs, action) in List.indexed sizes ->
                $"task {i}",
                {
                    Observation = EnvironmentSpec.vector obs.Get
                    Action = ActionSpace.Box action.Get
                    Horizon = obs.Get + action.Get
                    Terminates = false
                }
        ]

        match MixedSpaces.join specs, MixedSpaces.join (List.rev specs) with
        | Ok joined, Ok reversed ->
            joined = reversed
            && specs
               |> List.forall (fun (_, spec) ->
                   let own, all = MixedSpaces.sizesOf spec, MixedSpaces.sizesOf joined

                   own.ObservationSize <= all.ObservationSize
                   && own.ActionSize <= all.ActionSize
                   && spec.Horizon <= joined.Horizon)
        | Error _, Error _ -> specs.IsEmpty
        | _ -> false
