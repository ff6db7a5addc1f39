module MtrlFunctional.Tests.Algorithms.SacStageTests

open Expecto
open MtrlFunctional.Networks
open MtrlFunctional.Algorithms
open MtrlFunctional.Randomness
open MtrlFunctional.Surgery
open MtrlFunctional.Tensors
open MtrlFunctional.Tests.Algorithms.Examples

let ``the stages of soft actor-critic`` = [
    let all = networks

    // Fields whose vectors are other objects than before.
    let changed (before: SacState) (after: SacState) = [
        let differ a b = not (obj.ReferenceEquals(a, b))
        let trained (a: AdamState) (b: AdamState) = differ a.Values b.Values

        for name, isChanged in
            [
                "critic", trained before.Critic after.Critic
                "actor", trained before.Actor after.Actor
                "temperature", trained before.LogAlpha after.LogAlpha
                "target", differ before.Target after.Target
                "task encoder", trained before.TaskEncoder after.TaskEncoder
                "fixed", differ before.Fixed after.Fixed
            ] do
            if isChanged then
                name
    ]

    testEach "each change one part, in the order of the algorithm" all (fun config ->
        let agent, state = agent config, fresh config

        let step (work: UpdateContext) (stage: SacStage) =
            let next = stage work
            changed work.State next.State, next

        let work =
            UpdateContext.start PolicyRegulariser.entropy agent state (batchOf config 6 1L)

        let parts, last = Sac.stages agent |> List.mapFold step work

        let ofTaskEncoder = [
            if agent.TaskEncoder.IsSome then
                "task encoder"
        ]

        parts
        |> equals [ [ "critic" ]; [ "actor" ]; [ "temperature" ]; [ "target" ]; ofTaskEncoder ]

        let update, metrics = Sac.update agent state (batchOf config 6 1L)
        numbers last.State |> equals (numbers update)

        (List.rev last.Measured |> Metrics.read |> Array.toList)
        |> equals (Metrics.read metrics |> Array.toList))

    // A state whose numbers are 1 where `isOne` says so of their place in a vector, else 0.
    let maskOf isOne (agent: SacAgent) (state: SacState) : SacState =
        let mask _ (vectors: Tensor list) =
            let x = vectors.Head

            let numbers =
                Array.init (int (Tensor.count x)) (fun i -> if isOne i then 1.0 else 0.0)

            Tensor.reshape (Tensor.shape x) (Tensor.ofDoubles [| int64 numbers.Length |] numbers)

        StatePart.combine (SacState.parts agent) mask [ state ]

    testEach "are all of the update where all numbers may change" all (fun config ->
        let agent, state, batch = agent config, fresh config, batchOf config 6 1L

        let within, _ =
            Sac.updateWithin agent (maskOf (fun _ -> true) agent state) state batch

        numbers within |> equals (numbers (fst (Sac.update agent state batch))))

    testEach
        "leave numbers as they are that a mask keeps, and these have no part in the others"
        all
        (fun config ->
            let agent, batch = agent config, batchOf config 6 2L
            let state, _ = Sac.update agent (fresh config) (batchOf config 6 1L)
            let isOne i = i % 3 <> 1
            let within, _ = Sac.updateWithin agent (maskOf isOne agent state) state batch

            for before, after in Seq.zip (SacState.owns state) (SacState.owns within) do
                let kept x =
                    Tensor.toDoubles x |> Array.indexed |> Array.filter (fst >> isOne >> not)

                kept after |> equals (kept before)

            // The first stage: its gradient does not depend on the mask.
            let whole = (fst (Sac.update agent state batch)).Critic.Values |> Tensor.toDoubles

            for i, number in Array.indexed (Tensor.toDoubles within.Critic.Values) do
                if isOne i then
                    number |> equals (whole[i]))
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
