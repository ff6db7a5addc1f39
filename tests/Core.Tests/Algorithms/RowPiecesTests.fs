module MtrlFunctional.Tests.Algorithms.RowPiecesTests

open Expecto
open MtrlFunctional.Algorithms
open MtrlFunctional.Algorithms.SmallNetwork
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
            ActionDistribution.mode (OnPolicyNetworks.policy agent weights None obs)
            OnPolicyNetworks.value agent values read (Tensor.squeeze 2 step)
        ]
        |> List.map Tensor.toDoubles

    testEach "have the outputs of all rows at once" agents (fun config ->
        use _ = TorchSharp.torch.no_grad ()
        let agent, state = agent config, moved config (fresh config)
        let whole = outputs agent state

        for threads in [ 1; 2; 5 ] do
            let pieces = outputs (RowPieces.ofAgent (Shards.serial threads) None agent) state

            for expected, found in List.zip whole pieces do
                found |> areWithin 1e-12 expected)

    testCase "do not depend on the number of threads" (fun () ->
        let agent, state = agent modern, moved modern (fresh modern)

        let by threads =
            outputs (RowPieces.ofAgent (Shards.serial threads) None agent) state

        isTrue (by 1 = by 2 && by 1 = by 5))

    // Networks of the agents above that are small, in single precision.
    testEach "are zero at padding, where native calls evaluate them" agents (fun config ->
        use _ = TorchSharp.torch.no_grad ()
        let agent = agent config
        let state = OnPolicyState.create agent (Key.ofSeed 5L) TensorOptions.cpu

        let outputs (agent: OnPolicyAgent) =
            let obs = Draw.normal TensorOptions.cpu (Key.ofSeed 3L) [| int64 tasks; rows; 5L |]
            let step = Tensor.squeeze 2 (Tensor.zerosLike (Tensor.narrow 2 0L 1L obs))

            let values =
                Layout.views agent.ValueLayout state.Value.Values
                |> OnPolicyNetworks.valueWithEmbeddings agent state

            let weights = OnPolicyNetworks.policyViews agent state

            [
                OnPolicyNetworks.decide
                    agent
                    weights
                    (OnPolicyNetworks.policyRows agent weights None obs)
                |> ActionDistribution.mode
                OnPolicyNetworks.valueRows agent state steps obs
                |> fun read -> OnPolicyNetworks.value agent values read step
            ]

        let real: RowPieces.RealRows = {
            RowsOfTask = rows
            Places = [| 0L; 7L; rows - 1L; 2L * rows; 2L * rows + 5L |]
        }

        let at places (x: Tensor) =
            Tensor.reshape [| int64 tasks * rows; -1L |] x
            |> Tensor.take 0 places
            |> Tensor.toDoubles

        let padding = Array.except real.Places [| 0L .. int64 tasks * rows - 1L |]

        let isNative (spec: Spec) =
            (|Small|_|) spec |> Option.isSome && FusedMlp.IsAvailable state.Policy.Values

        let areNative = [
            // A most probable choice is never zero.
            isNative (OnPolicyConfig.policy config)
            && config.Actions <> PolicyKind.Categorical
            match config.Value with
            | ValueNetwork network -> isNative network.Spec
            | LinearFeatures _ -> false
        ]

        for threads in [ 1; 3 ] do
            let evaluated = RowPieces.ofAgent (Shards.serial threads) (Some real) agent

            for whole, found, isNative in List.zip3 (outputs agent) (outputs evaluated) areNative do
                Tensor.shape found |> equals (Tensor.shape whole)
                at real.Places found |> areWithin 1e-4 (at real.Places whole)

                if isNative then
                    at padding found |> areAll 0.0)
]
