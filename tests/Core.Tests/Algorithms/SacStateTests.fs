module MtrlFunctional.Tests.Algorithms.SacStateTests

open Expecto
open MtrlFunctional.Algorithms
open MtrlFunctional.Tensors
open MtrlFunctional.Tests.Algorithms.Examples
open MtrlFunctional.Tests

let ``a state by names`` = [
    let find named =
        let byName = Map.ofList named
        fun name -> Map.tryFind name byName

    testCase "has readable names, each once" (fun () ->
        let names = named (agent encoded) (fresh encoded) |> List.map fst
        names |> isDistinct

        for name in
            Words.split
                "actor/trunk/0/weight critic/encoder/trunk/1/bias
                critic_target/q2/trunk/2/weight log_alpha task_encoder/embedding/weight
                optimizer/critic/second/q1/trunk/0/weight optimizer/log_alpha/first
                optimizer/task_encoder/steps" do
            names |> includes name)

    testCase "of another network is refused, with every difference" (fun () ->
        let named = named (agent plain) (fresh plain)
        let wider = agent { plain with ObsSize = 6 }

        let faults = SacState.ofNamed wider double (find named) |> refused

        faults
        |> includes "actor/trunk/0/weight is [5; 6] in the checkpoint, [6; 6] in the network."
        // Actor, target and two critics in three vectors each but the target's one.
        faults.Length |> equals (3 + 2 * 3 + 2)

        let faults =
            SacState.ofNamed (agent plain) double (find (List.tail named)) |> refused

        faults |> equals [ fst (List.head named) + ": missing." ])
]

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

    let updateWithin (agent: SacAgent) mask state batch =
        let models = ModelConfig.ofAgent agent.Config |> ModelAgent.create agent.Shards

        let start =
            ModelState.create models (MtrlFunctional.Randomness.Key.ofSeed 3L) double

        let ofSac sac : ModelState = { start with Sac = sac }
        (fst (Models.updateWithin models (ofSac mask) (ofSac state) batch)).Sac

    testEach "are all of the update where all numbers may change" all (fun config ->
        let agent, state, batch = agent config, fresh config, batchOf config 6 1L

        let within = updateWithin agent (maskOf (fun _ -> true) agent state) state batch
        numbers within |> equals (numbers (fst (Sac.update agent state batch))))

    testEach
        "leave numbers as they are that a mask keeps, and these have no part in the others"
        all
        (fun config ->
            let agent, batch = agent config, batchOf config 6 2L
            let state, _ = Sac.update agent (fresh config) (batchOf config 6 1L)
            let isOne i = i % 3 <> 1
            let within = updateWithin agent (maskOf isOne agent state) state batch

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
