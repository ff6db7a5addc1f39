module MtrlFunctional.Tests.Algorithms.SacStageTests

open Expecto
open Expecto.Flip
open MtrlFunctional.Networks
open MtrlFunctional.Algorithms
open MtrlFunctional.Randomness
open MtrlFunctional.Surgery
open MtrlFunctional.Tensors
open MtrlFunctional.Tests.Algorithms.Examples

let ``the stages of soft actor-critic`` = [
    let all = networks

    // Parts whose vectors are other objects than before.
    let changed (before: SacState) (after: SacState) =
        before.Parts.Keys
        |> Seq.filter (fun name ->
            Seq.forall2
                (fun (x: Tensor) y -> obj.ReferenceEquals(x, y))
                (PartContent.owns before.Parts[name])
                (PartContent.owns after.Parts[name])
            |> not)
        |> List.ofSeq

    testEach "each change the part that they name" all (fun config ->
        let agent, state = agent config, fresh config

        let step work stage =
            let next = stage.Run work
            let changed = changed work.State next.State

            if stage.Name = "task_encoder" && config.Networks.TaskEncoder.IsNone then
                changed |> isEmpty
            else
                changed |> Expect.equal stage.Name stage.Parts

            next

        let work =
            UpdateContext.start PolicyRegulariser.entropy agent state (batchOf config 6 1L)

        let last = Sac.stages agent |> List.fold step work
        let update, metrics = Sac.update agent state (batchOf config 6 1L)
        numbers last.State |> equals (numbers update)

        (List.rev last.Measured |> Metrics.read |> Array.toList)
        |> equals (Metrics.read metrics |> Array.toList))

    // A state whose numbers are 1 where `isOne` says so of their place in a vector, else 0.
    let maskOf isOne (state: SacState) : SacState =
        let mask (x: Tensor) =
            let numbers =
                Array.init (int (Tensor.count x)) (fun i -> if isOne i then 1.0 else 0.0)

            Tensor.reshape (Tensor.shape x) (Tensor.ofDoubles [| int64 numbers.Length |] numbers)

        { Parts = state.Parts |> Map.map (fun _ -> PartContent.map mask) }

    let values (state: SacState) =
        state.Parts
        |> Map.map (fun _ content ->
            PartContent.owns content |> Seq.map Tensor.toDoubles |> List.ofSeq)

    testEach "are all of the update where all numbers may change" all (fun config ->
        let agent, state, batch = agent config, fresh config, batchOf config 6 1L
        let within, _ = Sac.updateWithin agent (maskOf (fun _ -> true) state) state batch
        numbers within |> equals (numbers (fst (Sac.update agent state batch))))

    testEach
        "leave numbers as they are that a mask keeps, and these have no part in the others"
        all
        (fun config ->
            let agent, batch = agent config, batchOf config 6 2L
            let state, _ = Sac.update agent (fresh config) (batchOf config 6 1L)
            let isOne i = i % 3 <> 1
            let within, _ = Sac.updateWithin agent (maskOf isOne state) state batch
            let before, after = values state, values within

            for part in before.Keys do
                let kept numbers =
                    numbers |> Array.indexed |> Array.filter (fst >> isOne >> not)

                // A trained part has three vectors.
                for x, y in List.zip before[part] after[part] do
                    kept x |> Expect.equal part (kept y)

            // The first stage: its gradient does not depend on the mask.
            let whole = (fst (Sac.update agent state batch)).Critic.Values |> Tensor.toDoubles

            for i, number in Array.indexed (Tensor.toDoubles within.Critic.Values) do
                if isOne i then
                    number |> equals (whole[i]))
]

/// A decoder that predicts the observation from the action: an algorithm adds a part and a stage.
let ``a stage and a part of another algorithm`` = [
    let decoder = PartKey.trained "decoder"

    let agent: SacAgent =
        let plain = agent operated

        let layout = Layout.create [ Parameter.shared "weight" [ 2L; 5L ] XavierUniform ]

        { plain with Parts = plain.Parts @ [ StatePart.trained decoder layout ] }

    let reconstruct (work: UpdateContext) =
        let work, sums =
            work
            |> UpdateContext.descend decoder (adam 1e-2) work.Batch (fun leaves part ->
                let error = Tensor.matMul part.Action leaves["weight"] .- part.Obs
                let loss = Batch.mean part (Tensor.sumDim 2 (Tensor.square error))
                loss, [| Tensor.detach loss |])

        work |> UpdateContext.measure "decoder_loss" sums[0]

    // After the critics.
    let stages =
        Sac.stages agent
        |> List.insertAt 1 {
            Name = "decoder"
            Parts = [ decoder.PartName ]
            Every = 1
            Run = reconstruct
        }

    let fresh () =
        SacState.create agent (Key.ofSeed 3L) double

    let updateWith batch state =
        Sac.updateBy stages PolicyRegulariser.entropy agent state batch

    let update state k = updateWith (batchOf operated 8 k) state

    testCase "learn beside the others, which stay as they are" (fun () ->
        let start = fresh ()
        let withDecoder = List.fold (fun s k -> fst (update s k)) start [ 1L .. 3L ]
        let without = train agent start
        let kept = withDecoder |> SacState.set decoder (start.Get decoder)
        numbers kept |> equals (numbers without)
        (withDecoder.Get decoder).Steps |> equals 3L

        // The same batch again and again.
        let loss state =
            update state 1L |> snd |> reading "decoder_loss"

        let later = Seq.fold (fun s _ -> fst (update s 1L)) start (seq { 1..50 })
        loss later |> isBelow (loss start))

    testCase "are stored, owned and listed like the others" (fun () ->
        let state, _ = update (fresh ()) 1L
        let named = SacCheckpoint.toNamed agent state |> Map.ofList
        isTrue (named.ContainsKey "decoder/weight")
        isTrue (named.ContainsKey "optimizer/decoder/second/weight")
        SacDiagram.table agent |> contains "decoder/weight"

        let again =
            SacCheckpoint.ofNamed agent double (fun name -> Map.tryFind name named) |> ok

        numbers again |> equals (numbers state)

        let faults =
            SacCheckpoint.ofNamed agent double (fun name ->
                named.Remove("decoder/weight").TryFind name)
            |> refused

        faults |> equals [ "decoder/weight: missing." ]
        leavesNothing (updateWith (batchOf operated 8 1L)) (fresh ()))
]

/// Distral and other algorithms have another term in the place of α log π.
let ``a regulariser of the policy`` = [
    let configs = networks |> List.filter _.Surgery.IsNone

    // Not the same in the target as in the actor's loss, and of the rows.
    let regulariser: PolicyRegulariser = {
        InTarget =
            fun alpha batch sample ->
                0.3 *. sample.LogProb .+ alpha .* Tensor.sumDim 2 (Tensor.square batch.NextObs)
        InActorLoss =
            fun alpha batch sample ->
                alpha .* Tensor.sumDim 2 (Tensor.square sample.Action)
                .+ 0.1 *. Tensor.sumDim 2 batch.Obs
        OfCategorical = Some(fun alpha policy -> alpha .* Categorical.entropy policy)
    }

    let trainBy regulariser config =
        let agent = agent config

        [ 1L .. 3L ]
        |> List.fold
            (fun state k ->
                batchOf config 8 k
                |> Sac.updateBy (Sac.stages agent) regulariser agent state
                |> fst)
            (fresh config)
        |> numbers

    // Surgery that takes the mean changes nothing, whatever the regulariser is.
    testEach "is that of an update with surgery, too" configs (fun config ->
        let plain = trainBy regulariser config
        plain |> differsFrom (trainBy PolicyRegulariser.entropy config)

        for ownToo in [ false; true ] do
            let mean = SacSurgery.both (Surgery.Plain Reduction.Mean) (Key.ofSeed 1L)
            let operated = { config with Surgery = Some { mean with OwnToo = ownToo } }
            largestDifference plain (trainBy regulariser operated) |> isBelow 1e-9)
]
