module MtrlFunctional.Tests.Algorithms.ModelTests

open Expecto
open Expecto.Flip
open MtrlFunctional.Networks
open MtrlFunctional.Algorithms
open MtrlFunctional.Randomness
open MtrlFunctional.Surgery
open MtrlFunctional.Tensors
open MtrlFunctional.Tests.Algorithms.Examples
open MtrlFunctional.Tests.Algorithms.ModelExamples

let ``an update with models`` = [
    // Relative to 1 + |x|: gradients of observations up to 255 are large.
    let apart (a: float[]) (b: float[]) =
        Array.map2 (fun x y -> abs (x - y) / (1.0 + abs x)) a b |> Array.max

    let examples = all

    testEach "changes what its stages name, and gives the same bits again" examples (fun config ->
        let agent, state, batch = agent config, fresh config, batch config 1L
        let before = numbers state

        let changed (a: SacState) (b: SacState) = [
            for name in a.Parts.Keys do
                let differs =
                    Seq.exists2
                        (fun (x: Tensor) y -> not (obj.ReferenceEquals(x, y)))
                        (PartContent.owns a.Parts[name])
                        (PartContent.owns b.Parts[name])

                if differs then
                    name
        ]

        let step work stage =
            let next = stage.Run work
            let names = changed work.State next.State

            if stage.Name <> "task_encoder" || config.Agent.Networks.TaskEncoder.IsSome then
                List.sort names |> Expect.equal $"{stage.Name}: {names}" (List.sort stage.Parts)

            next

        let work = UpdateContext.start PolicyRegulariser.entropy agent.Agent state batch
        let last = Models.stages agent |> List.fold step work
        let next, _ = Models.update agent state batch
        numbers last.State |> equals (numbers next)
        numbers state |> equals before)

    testEach "split into parts is the whole" examples (fun config ->
        let state, batch = fresh config, batch config 2L
        let whole, _ = Models.update (agent config) state batch

        let split, _ =
            Models.update (ModelAgent.create (Shards.serial 3) config) state batch

        apart (numbers whole) (numbers split) |> isBelow 1e-11)

    testEach "goes on from its named tensors" examples (fun config ->
        let agent = agent config
        let state, _ = Models.update agent (fresh config) (batch config 1L)
        let named = Map(SacCheckpoint.toNamed agent.Agent state)

        let restored = SacCheckpoint.ofNamed agent.Agent double named.TryFind |> ok

        let next state =
            fst (Models.update agent state (batch config 2L)) |> numbers

        next state |> equals (next restored))

    let operated = {
        hipBmdp with
            Agent.Surgery = Some(SacSurgery.both (PcGrad.surgery PcGrad.paper) (Key.ofSeed 5L))
    }

    // That of the original is the last one; transition and reward come before the decoder.
    testCase
        "with surgery adds what the task encoder has of each loss, or keeps the last"
        (fun () ->
            let after stage adds =
                let config = { operated with SumSurgeryOverLosses = adds }
                let agent = agent config
                let stages = Models.stages agent

                let last = stages |> List.findIndex (fun other -> other.Name = stage)

                let work =
                    UpdateContext.start
                        PolicyRegulariser.entropy
                        agent.Agent
                        (fresh config)
                        (batch config 4L)
                    |> SacStage.run (List.take (last + 1) stages)

                Tensor.toDoubles work.TaskEncoderGradient.Value

            let sum, first, last =
                after "decoder" true, after "transition_reward" false, after "decoder" false

            apart (Array.map2 (+) first last) sum |> isBelow 1e-12
            first |> equals (after "transition_reward" true)
            apart last sum |> isAbove 1e-4)

    // PCGrad has nothing to do where one task has rows.
    testCase "with surgery of a single task is that without surgery" (fun () ->
        let state, rows = fresh hipBmdp, batch hipBmdp 3L

        let only =
            TensorOptions.fromDoubles double [| 0.0; 1.0; 0.0 |] [| 3L; 1L |] .* rows.Weight

        let update config =
            let state =
                SacState.ofParts (agent config).Agent (fun part ->
                    match part.Role with
                    | PartRole.Memory start -> PartContent.Memory start
                    | _ -> state.Parts[part.Name])

            // Partners are drawn among the rows with a weight.
            let rows =
                { rows with Weight = only }
                |> RandomDraw.add double (Key.ofSeed 3L) (ModelDraws.ofAgent (agent config))

            fst (Models.update (agent config) state rows) |> numbers

        apart (update hipBmdp) (update operated) |> isBelow 1e-11)
]

let ``the gradients of the models' losses`` = [
    let agent = agent hipBmdp

    // A loss of a state as a number.
    let loss (state: SacState) (batch: Batch) of' =
        let view = ModelStages.read agent state (view agent.Agent state)
        Tensor.item (of' view batch)

    let mean (batch: Batch) (rows: Tensor) = Batch.mean (Batch.normalise batch) rows

    let transitionReward view batch =
        let transition, reward = ModelLosses.transitionAndReward agent view batch
        mean batch (transition .+ reward)

    let decoder view batch =
        ModelLosses.reconstruction agent view batch |> mean batch

    // The state with a part of its numbers moved along a direction.
    let moved (key: PartKey<AdamState>) (direction: Tensor) h (state: SacState) =
        SacState.change
            key
            (fun trained -> { trained with Values = trained.Values .+ h *. direction })
            state

    // The slope of a loss along a direction of a part.
    let slope of' key direction state batch =
        let at h =
            loss (moved key direction h state) batch of'

        (at 1e-5 - at -1e-5) / 2e-5

    // The gradient of a loss by a stage, from the first moment of an optimiser that has taken no step.
    let gradient name batch (moment: SacState -> Tensor) =
        let stage = ModelStages.stages agent |> List.find (fun stage -> stage.Name = name)
        let state = fresh hipBmdp

        let work =
            UpdateContext.start PolicyRegulariser.entropy agent.Agent state batch
            |> stage.Run

        state, 10.0 *. moment work.State

    let encoder (state: SacState) =
        (state.Get ModelParts.encoder).FirstMoment

    let cases = [
        "transition_reward", transitionReward, ModelParts.transition
        "transition_reward", transitionReward, ModelParts.reward
        "decoder", decoder, ModelParts.transition
        "decoder", decoder, ModelParts.decoder
    ]

    testCase "are their slopes" (fun () ->
        let batch = batch hipBmdp 4L

        for name, of', key in cases do
            let state, gradient = gradient name batch (fun state -> (state.Get key).FirstMoment)
            let direction = Draw.normal double (Key.ofSeed 9L) (Tensor.shape gradient)
            let expected = slope of' key direction state batch
            let found = Tensor.item (Tensor.sum (gradient .* direction))

            found
            |> Expect.isWithin $"{name} of {key.PartName}" (1e-6 * (1.0 + abs expected)) expected)

    // The next encoding is a constant of the transition loss: of the decoder's the whole gradient is compared.
    testCase "are their slopes with respect to the encoder" (fun () ->
        let batch = batch hipBmdp 5L
        let state, gradient = gradient "decoder" batch encoder
        let length = Tensor.count state.Critic.Values
        let own = Draw.normal double (Key.ofSeed 9L) (Tensor.shape gradient)
        let rest = Draw.constant double 0.0 [| length - Tensor.count gradient |]

        let expected =
            slope decoder SacParts.critic (Tensor.cat 0 [| own; rest |]) state batch

        let found = Tensor.item (Tensor.sum (gradient .* own))
        found |> isWithin (1e-6 * (1.0 + abs expected)) expected)
]

let ``surgery of the transition loss`` = [
    // The gradient that transition and reward model follow by a method.
    let followed isProbabilistic method' =
        let config = {
            deepMdp with
                Transition =
                    Some { deepMdp.Transition.Value with IsProbabilistic = isProbabilistic }
                Agent.Surgery = Some(SacSurgery.both method' (Key.ofSeed 5L))
        }

        let agent = agent config

        let stage =
            ModelStages.stages agent
            |> List.find (fun stage -> stage.Name = "transition_reward")

        let work =
            UpdateContext.start
                PolicyRegulariser.entropy
                agent.Agent
                (fresh config)
                (batch config 6L)
            |> stage.Run

        [ ModelParts.transition; ModelParts.reward ]
        |> List.map (fun key -> Tensor.toDoubles (work.State.Get key).FirstMoment)

    let weighing =
        Methods.usual
        |> List.filter (fun (_, surgery) -> Surgery.ofSignedLosses surgery <> surgery)
        |> List.map (fun (name, surgery) -> name, (name, surgery))

    // A deviation below 1 makes the loss of a good prediction negative.
    testNamed "weighs by losses only where they cannot be negative" weighing (fun (name, surgery) ->
        let mean = Surgery.Plain Reduction.Mean
        followed true surgery |> equals (followed true mean)

        // Weights of the first update that are not those of the mean.
        if name = "famo" || name = "uncertainty" then
            followed false surgery |> differsFrom (followed false mean))
]

/// Each with a case in which original and corrected behaviour differ.
let ``the corrected behaviour of models`` = [
    let privateParts trains : SacConfig = {
        plain with
            Networks.Encoder =
                Chain.layer [
                    "trunk", Chain.layer [ "shared", Spec.mlp 0 0 6; "own", Spec.mlp 0 0 4 ]
                ]
            Networks.ActorPrivateParts = [ "trunk/own" ]
            Networks.TrainsPrivateParts = trains
    }

    // The actor's own layer before and after an update.
    let own trains =
        let config = privateParts trains
        let agent = SacAgent.create (Shards.serial 1) config
        let state = SacState.create agent (Key.ofSeed 3L) double
        let next, _ = Sac.update agent state (batchOf config 6 1L)

        let layer (state: SacState) =
            let weights = (PolicyView.read agent state).ActorEncoder
            Tensor.toDoubles weights["encoder/trunk/own/0/weight"]

        layer state, layer next

    testCase "trains the actor's own layers of an encoder" (fun () ->
        let before, after = own true
        before |> differsFrom after
        let before, after = own false
        before |> equals after)

    let first table =
        let config = {
            hipBmdp with
                Agent.Networks.TaskEncoder =
                    Some(Chain.layer [ "embedding", table; "trunk", Spec.mlp 1 5 3 ])
        }

        let agent, state = agent config, fresh config
        let next, _ = Models.update agent state (batch config 1L)

        let row (state: SacState) =
            let weights = Layout.views agent.Agent.TaskEncoderLayout state.TaskEncoder.Values
            Tensor.toDoubles (Tensor.narrow 0 0L 1L weights["embedding/weight"])

        let encoding (state: SacState) =
            Tensor.toDoubles (
                Tensor.narrow 0 0L 1L ((PolicyView.read agent.Agent state).Context.Value)
            )

        let ofZeros =
            Layout.views agent.Agent.TaskEncoderLayout state.TaskEncoder.Values
            |> TaskSampling.run
                agent.Agent.TaskEncoder.Value
                (List.replicate 3 TaskSampling.OfZeros)

        row state, row next, encoding state, Array.truncate 3 (Tensor.toDoubles ofZeros)

    testCase "trains the embedding of the first task" (fun () ->
        let before, after, encoding, zeros = first (TaskTable.layer 4)
        isTrue (before <> after && encoding <> zeros)
        let before, after, encoding, zeros = first (TaskTable.padded 4)
        before |> equals after
        encoding |> equals zeros)

    testCase "compares pairs where the whole batch hides a difference" (fun () ->
        let losses counter =
            let batch = batch hipBmdp counter |> Batch.normalise

            [ hipBmdp; original ]
            |> List.map (fun config ->
                // With a standard deviation of 1 both compare means.
                let transition = { config.Transition.Value with IsProbabilistic = false }
                let config = { config with Transition = Some transition }
                let agent = agent config
                let state = fresh config
                let view = ModelStages.read agent state (view agent.Agent state)
                Tensor.item (ModelLosses.contrastive agent view batch))

        // The mean square of pairs is at least the square of the difference of root mean squares.
        for counter in 1L .. 8L do
            match losses counter with
            | [ pairs; whole ] ->
                let rows = 18.0
                pairs |> isAbove (whole / rows - 1e-9)
                abs (pairs - whole) |> isAbove 1e-6
            | _ -> failtest "not expected")
]

let partners = [
    testCase "are pairs of the rows with a weight" (fun () ->
        let rows = batchOf plain 4 1L

        let weights =
            TensorOptions.fromDoubles double [|
                1.0
                1.0
                0.0
                1.0
                1.0
                0.0
                0.0
                1.0
                1.0
                1.0
                1.0
                0.0
            |] [| 3L; 4L |]

        let draw = { Name = "partner"; Kind = DrawKind.Partner }

        let drawn =
            RandomDraw.add double (Key.ofSeed 3L) [ draw ] { rows with Weight = weights }

        let partner = Tensor.toLongs drawn.Draws["partner"] |> Array.map int
        let weights = Tensor.toDoubles weights

        for i in 0 .. partner.Length - 1 do
            partner[partner[i]] |> equals i
            (weights[i] > 0.0) |> equals (weights[partner[i]] > 0.0)

            if weights[i] = 0.0 then
                partner[i] |> equals i)
]

let ``noise of bytes`` = [
    let noise options name =
        let draw = { Name = name; Kind = DrawKind.UniformBytes 5_000 }

        let drawn = RandomDraw.add options (Key.ofSeed 3L) [ draw ] (batchOf plain 4 1L)

        Tensor.toDoubles drawn.Draws[name]

    // 60,000 numbers; the mean is within five standard errors.
    testCase "is uniform over 256 numbers" (fun () ->
        let drawn = noise double "noise"
        drawn.Length |> equals 60_000
        Array.average drawn |> isWithin 0.006 0.5

        let counts = drawn |> Array.countBy (fun u -> 256.0 * u - 0.5)
        Array.map fst counts |> Array.sort |> equals [| 0.0 .. 255.0 |]
        counts |> Array.forall (fun (_, n) -> 150 < n && n < 325) |> isTrue)

    testCase "is the same in each element type, and another by another name" (fun () ->
        noise double "a" |> equals (noise TensorOptions.cpu "a")
        noise double "a" |> differsFrom (noise double "b"))
]
