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
