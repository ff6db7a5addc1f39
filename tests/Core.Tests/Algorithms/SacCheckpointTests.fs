module MtrlFunctional.Tests.Algorithms.SacCheckpointTests

open Expecto
open MtrlFunctional.Algorithms
open MtrlFunctional.Tensors
open MtrlFunctional.Tests.Algorithms.Examples

let ``a state by names`` = [
    let find named =
        let byName = Map.ofList named
        fun name -> Map.tryFind name byName

    testCase "is the same state" (fun () ->
        for config in networks @ inferredNetworks do
            let agent = agent config
            let state = train agent (fresh config)

            let again =
                SacCheckpoint.ofNamed agent double (find (SacCheckpoint.toNamed agent state))
                |> ok

            numbers again |> equals (numbers state)
            again.Actor.Steps |> equals 3L
            numbers (train agent again) |> equals (numbers (train agent state)))

    testCase "has readable names, each once" (fun () ->
        let names = SacCheckpoint.toNamed (agent encoded) (fresh encoded) |> List.map fst
        names |> isDistinct

        for name in
            [
                "actor/trunk/0/weight"
                "critic/encoder/trunk/1/bias"
                "critic_target/q2/trunk/2/weight"
                "log_alpha"
                "task_encoder/embedding/weight"
                "optimizer/critic/second/q1/trunk/0/weight"
                "optimizer/log_alpha/first"
                "optimizer/task_encoder/steps"
            ] do
            names |> includes name)

    testCase "of another network is refused, with every difference" (fun () ->
        let named = SacCheckpoint.toNamed (agent plain) (fresh plain)
        let wider = agent { plain with ObsSize = 6 }

        let faults = SacCheckpoint.ofNamed wider double (find named) |> refused

        faults
        |> includes "actor/trunk/0/weight is [5; 6] in the checkpoint, [6; 6] in the network."
        // Actor, target and two critics in three vectors each but the target's one.
        faults.Length |> equals (3 + 2 * 3 + 2)

        let faults =
            SacCheckpoint.ofNamed (agent plain) double (find (List.tail named)) |> refused

        faults |> equals [ fst (List.head named) + ": missing." ])
]
