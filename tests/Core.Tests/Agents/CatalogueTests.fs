module MtrlFunctional.Tests.Agents.CatalogueTests

open Expecto
open Expecto.Flip
open MtrlFunctional.Agents
open MtrlFunctional.Algorithms
open MtrlFunctional.Experiments
open MtrlFunctional.Randomness
open MtrlFunctional.Tasks.MetaWorld
open MtrlFunctional.Td3
open MtrlFunctional.Tensors
open MtrlFunctional.Tests.Algorithms.Examples
open MtrlFunctional.Tests.Networks
open MtrlFunctional.Tests

/// Laws of every agent that the catalogue makes.
let ``agents of the catalogue`` = [
    let words agent =
        Words.split
            $"env=metaworld-mt10 agent={agent} env.tasks=[reach-v3,push-v3,drawer-close-v3]
            agent.actor.hidden_dim=8"

    // One of each algorithm, and agents that share nothing.
    let all = [
        words "state_sac"
        words "state_sac" @ [ "agent.multitask.should_use_task_encoder=True" ]
        words "gradnorm_state_sac"
        words "state_distral"
        words "state_distral" @ [ "fidelity=original" ]
        words "mtppo"
        words "mttrpo"
        words "impala"
        words "mtppo" @ [ "agent.multitask.model=separate" ]
        words "hipbmdp" @ [ "agent.encoder.type_to_select=feedforward" ]
        words "maml"
        words "td3"
        words "gated_sac"
    ]

    let create words =
        let added = Additions.ofAlgorithms [ Td3Entry.entry; TaskGates.entry ]
        let experiment, _ = Experiment.resolveWith added words |> ok

        experiment
        |> Catalogue.createFrom (Additions.catalogue added) {
            Environment = MetaWorldSpaces.spec 500
            Precision = Precision.Full
            Shards = Shards.serial 1
            TaskEmbeddings = None
        }

    // As bits: what surgery remembers at first is NaN.
    let numbers (named: (string * Tensor) list) = [
        for name, tensor in named ->
            name, [ for x in Tensor.toDoubles tensor -> System.BitConverter.DoubleToInt64Bits x ]
    ]

    let laws words (agent: IAgent<'sample>) =
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
            Tensor.shape actions |> Expect.equal label shape

        // Its state is what its names say.
        let named = state.Named()
        let byName = Map.ofList named
        named |> List.map fst |> isDistinct

        let again = agent.OfNamed(double, (fun name -> Map.tryFind name byName)) |> ok
        numbers (again.Named()) |> Expect.equal label (numbers named)

        let some = fst named.Head

        let torn = Map.remove some byName
        let faults = agent.OfNamed(double, (fun name -> Map.tryFind name torn)) |> refused
        faults |> Expect.equal label [ $"{some}: missing." ]

        // Adam remembers a moment of each trained parameter.
        let moments =
            named
            |> List.filter (fun (name, _) ->
                (name.StartsWith "optimizer/" || name.Contains "/optimizer/")
                && name.Contains "/first")
            |> List.sumBy (fun (_, tensor) -> Tensor.shape tensor |> Array.fold (*) 1L)

        about.Parameters.Trained |> Expect.equal label moments
        about.Diagram.Value |> Expect.isNonEmpty label
        about.ParameterTable.Value |> Expect.stringContains label "trained"

    testCase "act, and are named, as they describe themselves" (fun () ->
        for words in all do
            match create words with
            | AnyAgent.OffPolicy(agent, _) -> laws words agent
            | AnyAgent.OnPolicy agent -> laws words agent)

    testCase "draw rows as the behaviour switches say" (fun () ->
        let draws words =
            match create words with
            | AnyAgent.OffPolicy(_, draws) -> draws
            | AnyAgent.OnPolicy _ -> invalidOp "It has no replay."

        let rows words = (draws words).Rows
        rows (words "state_sac") |> equals RowDraw.Balanced

        rows (words "state_sac" @ [ "behaviour.balanced_batches=False" ])
        |> equals RowDraw.Uniform

        let original = draws (words "state_distral" @ [ "fidelity=original" ])
        original.Rows |> equals (RowDraw.UniformForEach 3)
        (original.Draws |> List.map _.Name) |> equals [ "noise/distilled" ]
        (draws (words "state_distral")).Draws |> isEmpty)

    // The state after an update of Distral, by its names, and greedy actions before it.
    let distral switches =
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

    // What an update changes: the agents of tasks, their targets, or the distilled policy.
    testTheory "learn other numbers in Distral with each of its switches" [
        "behaviour.distral_rows_per_task", "critic/"
        "behaviour.distral_log_ratio_in_losses", "critic/"
        "behaviour.distral_log_ratio_in_losses", "actor/"
        "behaviour.distral_forward_kl", "distilled/"
    ]
    <| fun (switch, part) ->
        let after value = fst (distral [ $"{switch}={value}" ])
        let on, off = after true, after false
        on |> equals (after true)
        Map.keys on |> Seq.toList |> equals (Map.keys off |> Seq.toList)

        let differing =
            on |> Map.filter (fun name bits -> off[name] <> bits) |> Map.keys |> List.ofSeq

        differing |> hasWith part

        if switch = "behaviour.distral_forward_kl" then
            differing |> List.forall _.Contains(part) |> Expect.isTrue $"{differing}"

    testCase "are evaluated in Distral as its switch says, and learn alike" (fun () ->
        let agents, shown = distral []
        let policy, other = distral [ "behaviour.evaluate_distral_agents=False" ]
        agents |> equals policy
        shown |> differsFrom other)

    testCase "serve every word once" (fun () ->
        for choice in Catalogue.words Catalogue.standard do
            let serving =
                Catalogue.standard
                |> List.filter (fun entry -> AlgorithmSchema.serves choice.Family entry.Algorithm)

            serving.Length |> Expect.equal choice.Name 1)
]
