namespace MtrlFunctional.Tests.Agents

open NUnit.Framework
open MtrlFunctional.Agents
open MtrlFunctional.Algorithms
open MtrlFunctional.Experiments
open MtrlFunctional.Randomness
open MtrlFunctional.Tasks.MetaWorld
open MtrlFunctional.Tensors
open MtrlFunctional.Tests.Algorithms.Examples

/// Laws of every agent that the catalogue makes.
[<TestFixture>]
module ``agents of the catalogue`` =
    let private words agent = [
        "env=metaworld-mt10"
        $"agent={agent}"
        "env.tasks=[reach-v3,push-v3,drawer-close-v3]"
        "agent.actor.hidden_dim=8"
    ]

    /// One of each algorithm, and agents that share nothing.
    let private all = [
        words "state_sac"
        words "state_sac" @ [ "agent.multitask.should_use_task_encoder=True" ]
        words "gradnorm_state_sac"
        words "state_distral"
        words "state_distral" @ [ "fidelity=original" ]
        words "mtppo"
        words "mttrpo"
        words "impala"
        words "mtppo" @ [ "agent.multitask.model=separate" ]
    ]

    let private create words =
        match Experiment.resolve words with
        | Error mistakes -> invalidOp $"{mistakes}"
        | Ok(experiment, _) ->
            experiment
            |> Catalogue.create {
                Environment = MetaWorldSpaces.spec 500
                Precision = Precision.Full
                Shards = Shards.serial 1
                TaskEmbeddings = None
            }

    /// As bits: what surgery remembers at first is NaN.
    let private numbers (named: (string * Tensor) list) = [
        for name, tensor in named ->
            name, [ for x in Tensor.toDoubles tensor -> System.BitConverter.DoubleToInt64Bits x ]
    ]

    let private laws words (agent: IAgent<'sample>) =
        use _ = TorchSharp.torch.NewDisposeScope()
        let about = agent.Description
        let state = agent.Start(Key.ofSeed 1L, double)
        let label = String.concat " " words

        // It acts for the rows that it describes.
        let rows size =
            Draw.normal double (Key.ofSeed 2L) [| int64 about.Groups; 2L; int64 size |]

        let explored = state.Act(rows about.ObsSize, rows about.NoiseSize)
        let greedy = state.ActGreedily(rows about.ObsSize)

        for actions in [ explored; greedy ] do
            let shape = [| int64 about.Groups; 2L; int64 about.ActionSize |]
            Assert.That((Tensor.shape actions = shape), label)

        // Its state is what its names say.
        let named = state.Named()
        let byName = Map.ofList named
        Assert.That(named |> List.map fst, Is.Unique, label)

        match agent.OfNamed(double, (fun name -> Map.tryFind name byName)) with
        | Error faults -> Assert.Fail(label + String.concat "\n" faults)
        | Ok again -> Assert.That((numbers (again.Named()) = numbers named), label)

        let some = fst named.Head

        match agent.OfNamed(double, (fun name -> Map.tryFind name (Map.remove some byName))) with
        | Ok _ -> Assert.Fail $"{label}: a state without {some} was accepted."
        | Error faults -> Assert.That((faults = [ $"{some}: missing." ]), label)

        // Adam remembers a moment of each trained parameter.
        let moments =
            named
            |> List.filter (fun (name, _) ->
                (name.StartsWith "optimizer/" || name.Contains "/optimizer/")
                && name.Contains "/first")
            |> List.sumBy (fun (_, tensor) -> Tensor.shape tensor |> Array.fold (*) 1L)

        Assert.That(about.Parameters.Trained, Is.EqualTo moments, label)
        Assert.That(about.Diagram.Value, Is.Not.Empty, label)
        Assert.That(about.ParameterTable.Value, Does.Contain "trained", label)

    [<Test>]
    let ``act, and are named, as they describe themselves`` () =
        for words in all do
            match create words with
            | AnyAgent.OffPolicy(agent, _) -> laws words agent
            | AnyAgent.OnPolicy agent -> laws words agent

    [<Test>]
    let ``draw rows as the behaviour switches say`` () =
        let draws words =
            match create words with
            | AnyAgent.OffPolicy(_, draws) -> draws
            | AnyAgent.OnPolicy _ -> invalidOp "It has no replay."

        let rows words = (draws words).Rows
        Assert.That((rows (words "state_sac") = RowDraw.Balanced))

        Assert.That(
            (rows (words "state_sac" @ [ "behaviour.balanced_batches=False" ]) = RowDraw.Uniform)
        )

        let original = draws (words "state_distral" @ [ "fidelity=original" ])
        Assert.That((original.Rows = RowDraw.UniformForEach 3))
        Assert.That(((original.Draws |> List.map _.Name) = [ "noise/distilled" ]))
        Assert.That((draws (words "state_distral")).Draws, Is.Empty)

    /// The state after an update of Distral, by its names, and greedy actions before it.
    let private distral switches =
        use _ = TorchSharp.torch.NewDisposeScope()

        match create (words "state_distral" @ switches) with
        | AnyAgent.OnPolicy _ -> invalidOp "It learns from replay."
        | AnyAgent.OffPolicy(agent, draws) ->
            let about = agent.Description
            let state = agent.Start(Key.ofSeed 1L, double)
            let groups, rows = int64 about.Groups, 4L

            let deep seed size =
                Draw.normal double (Key.ofSeed seed) [| groups; rows; int64 size |]

            let flat seed =
                Tensor.reshape [| groups; rows |] (deep seed 1)

            let batch seed = {
                Batch.Step = 0L
                Obs = deep seed about.ObsSize
                Action = Tensor.tanh (deep (seed + 1L) about.ActionSize)
                Reward = flat (seed + 2L)
                NextObs = deep (seed + 3L) about.ObsSize
                Terminal = Tensor.zerosLike (flat seed)
                Weight = 1.0 +. Tensor.zerosLike (flat seed)
                NextNoise = deep (seed + 4L) about.NoiseSize
                Noise = deep (seed + 5L) about.NoiseSize
                Draws =
                    Map [ for draw in draws.Draws -> draw.Name, deep (seed + 6L) about.NoiseSize ]
            }

            // Rows of all tasks for each agent in turn.
            let all x =
                let shape = Tensor.shape x
                Tensor.reshape [| 1L; shape[0] * shape[1]; yield! shape[2..] |] x

            let batches =
                match draws.Rows with
                | RowDraw.UniformForEach count -> List.replicate count (Batch.map all (batch 1L))
                | RowDraw.Balanced
                | RowDraw.Uniform -> [ batch 1L ]

            let struct (next, _) = state.Update { Batches = batches }
            let acts = state.ActGreedily(deep 50L about.ObsSize) |> Tensor.toDoubles
            numbers (next.Named()) |> Map.ofList, acts

    /// What an update changes: the agents of tasks, their targets, or the distilled policy.
    [<TestCase("behaviour.distral_rows_per_task", "critic/")>]
    [<TestCase("behaviour.distral_log_ratio_in_losses", "critic/")>]
    [<TestCase("behaviour.distral_log_ratio_in_losses", "actor/")>]
    [<TestCase("behaviour.distral_forward_kl", "distilled/")>]
    let ``learn other numbers in Distral with each of its switches``
        (switch: string)
        (part: string)
        =
        let after value = fst (distral [ $"{switch}={value}" ])
        let on, off = after true, after false
        Assert.That((on = after true))
        Assert.That((Map.keys on |> Seq.toList = (Map.keys off |> Seq.toList)))

        let differing =
            on |> Map.filter (fun name bits -> off[name] <> bits) |> Map.keys |> List.ofSeq

        Assert.That(differing |> List.exists _.Contains(part), $"{differing}")

        if switch = "behaviour.distral_forward_kl" then
            Assert.That(differing |> List.forall _.Contains(part), $"{differing}")

    [<Test>]
    let ``are evaluated in Distral as its switch says, and learn alike`` () =
        let agents, shown = distral []
        let policy, other = distral [ "behaviour.evaluate_distral_agents=False" ]
        Assert.That((agents = policy))
        Assert.That((shown <> other))

    [<Test>]
    let ``serve every word once`` () =
        for name, choice in Choices.agents do
            let serving =
                Catalogue.standard
                |> List.filter (fun entry -> AlgorithmSchema.serves choice.Family entry.Algorithm)

            Assert.That(serving.Length, Is.EqualTo 1, name)
