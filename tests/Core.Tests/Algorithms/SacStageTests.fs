module MtrlFunctional.Tests.Algorithms.SacStageTests

open Expecto
open MtrlFunctional.Algorithms
open MtrlFunctional.Tensors
open MtrlFunctional.Tests.Algorithms.Examples

let ``the stages of soft actor-critic`` = [
    let all = networks

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
