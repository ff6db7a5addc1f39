module MtrlFunctional.Tests.Algorithms.SacCheckpointTests

open Expecto
open MtrlFunctional.Algorithms
open MtrlFunctional.Tensors
open MtrlFunctional.Tests.Algorithms.Examples
open MtrlFunctional.Tests

let ``a state by names`` = [
    let find named =
        let byName = Map.ofList named
        fun name -> Map.tryFind name byName

    testCase "is the same state" (fun () ->
        for at, config in List.indexed (networks @ inferredNetworks) do
            let agent = agent config
            let state = train agent (fresh config)

            let again = SacState.ofNamed agent double (find (named agent state)) |> ok

            numbers again |> equals (numbers state)
            again.Actor.Steps |> equals 3L

            // An update is a function of the state; in the short form of each third network.
            if LongForm.isAsked || at % 3 = 0 then
                numbers (train agent again) |> equals (numbers (train agent state)))

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
