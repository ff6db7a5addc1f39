module MtrlFunctional.Tests.Algorithms.RowPiecesTests

open Expecto
open MtrlFunctional.Algorithms
open MtrlFunctional.Networks
open MtrlFunctional.Randomness
open MtrlFunctional.Tensors
open MtrlFunctional.Tests.Algorithms.Examples
open MtrlFunctional.Tests.Algorithms.OnPolicyExamples

let ``networks evaluated in pieces`` = [
    let agents = OnPolicyExamples.agents

    // Sequences of seven rows for each of three tasks: three pieces, the last of them shorter.
    let rows = 1_995L

    let outputs (agent: OnPolicyAgent) state =
        let obs = Draw.normal double (Key.ofSeed 3L) [| int64 tasks; rows; 5L |]
        let step = Tensor.zerosLike (Tensor.narrow 2 0L 1L obs)
        let weights = OnPolicyNetworks.policyViews agent state

        let values =
            Layout.views agent.ValueLayout state.Value.Values
            |> OnPolicyNetworks.valueWithEmbeddings agent state

        let read = OnPolicyNetworks.valueRows agent state steps obs

        [
            ActionDistribution.mode (OnPolicyNetworks.policy agent weights obs)
            OnPolicyNetworks.value agent values read (Tensor.squeeze 2 step)
        ]
        |> List.map Tensor.toDoubles

    testEach "have the outputs of all rows at once" agents (fun config ->
        use _ = TorchSharp.torch.no_grad ()
        let agent, state = agent config, moved config (fresh config)
        let whole = outputs agent state

        for threads in [ 1; 2; 5 ] do
            let pieces = outputs (RowPieces.ofAgent (Shards.serial threads) agent) state

            for expected, found in List.zip whole pieces do
                found |> areWithin 1e-12 expected)

    testCase "do not depend on the number of threads" (fun () ->
        let agent, state = agent modern, moved modern (fresh modern)

        let by threads =
            outputs (RowPieces.ofAgent (Shards.serial threads) agent) state

        isTrue (by 1 = by 2 && by 1 = by 5))
]
