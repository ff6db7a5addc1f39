module MtrlFunctional.Tests.Algorithms.ModelTests

open Expecto
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

    testEach "is its stages, and gives the same bits again" examples (fun config ->
        let agent, state, batch = agent config, fresh config, batch config 1L
        let before = numbers state

        let last = Models.stages agent |> List.fold (|>) (start agent state batch)
        let next, _ = Models.update agent state batch
        numbers { Sac = last.Sac.State; Models = last.Models } |> equals (numbers next)
        numbers state |> equals before)

    testEach "split into parts is the whole" examples (fun config ->
        let state, batch = fresh config, batch config 2L
        let whole, _ = Models.update (agent config) state batch

        let split, _ =
            Models.update (ModelAgent.create (Shards.serial 3) config) state batch

        apart (numbers whole) (numbers split) |> isBelow 1e-11)

    let operated = {
        hipBmdp with
            Agent.Surgery = Some(SacSurgery.both (PcGrad.surgery PcGrad.paper) (Key.ofSeed 5L))
    }

    // That of the original is the last one; transition and reward come before the decoder.
    testCase
        "with surgery adds what the task encoder has of each loss, or keeps the last"
        (fun () ->
            let after count adds =
                let surgery = { operated.Agent.Surgery.Value with SumsLosses = adds }
                let config = { operated with Agent.Surgery = Some surgery }
                let agent = agent config

                let work =
                    ModelStages.stages agent
                    |> List.truncate count
                    |> List.fold (|>) (start agent (fresh config) (batch config 4L))

                Tensor.toDoubles work.Sac.TaskEncoderGradient.Value

            let sum, first, last = after 2 true, after 1 false, after 2 false
            apart (Array.map2 (+) first last) sum |> isBelow 1e-12
            first |> equals (after 1 true)
            apart last sum |> isAbove 1e-4)
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

        let stage = List.head (ModelStages.stages agent)
        let work = start agent (fresh config) (batch config 6L) |> stage

        [ work.Models.Transition; work.Models.Reward ]
        |> List.map (fun trained -> Tensor.toDoubles trained.FirstMoment)

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
            let weights = SacView.actorEncoder (SacView.read agent state)
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

        let row (state: ModelState) =
            let weights = (SacView.read agent.Agent state.Sac).TaskEncoder
            Tensor.toDoubles (Tensor.narrow 0 0L 1L weights["embedding/weight"])

        let encoding (state: ModelState) =
            (SacView.read agent.Agent state.Sac).Context.Value
            |> Tensor.narrow 0 0L 1L
            |> Tensor.toDoubles

        let ofZeros =
            (SacView.read agent.Agent state.Sac).TaskEncoder
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
                let sac = SacView.read agent.Agent state.Sac
                let view = ModelLosses.view agent state.Models sac
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
            [ [| 1.0; 1.0; 0.0; 1.0 |]; [| 1.0; 0.0; 0.0; 1.0 |]; [| 1.0; 1.0; 1.0; 0.0 |] ]
            |> Array.concat
            |> Tensor.ofDoubles [| 3L; 4L |]

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
