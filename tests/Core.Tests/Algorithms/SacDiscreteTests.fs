module MtrlFunctional.Tests.Algorithms.SacDiscreteTests

open Expecto
open MtrlFunctional.Algorithms
open MtrlFunctional.Networks
open MtrlFunctional.Tensors
open MtrlFunctional.Tests.Algorithms.Examples

/// Losses with discrete actions against their formulas, computed number by number from the outputs of the networks.
let ``soft actor-critic with discrete actions`` = [
    let config = { choosing plain with InitTemperature = 0.3 }

    let rowsOfTask, choices = 8, 4

    // One-hot actions; the state after three updates, so that targets differ from critics.
    let setting () =
        let agent = agent config
        let state = train agent (fresh config)
        let batch = batchOf config rowsOfTask 5L
        let action = Categorical.mode { LogProbs = batch.Action }
        SacView.read agent state, { batch with Action = action }

    let policyAt view obs =
        SacView.actorFeatures view obs |> SacView.categorical view

    // Rows of all tasks one after the other.
    let rows (x: Tensor) =
        Tensor.toDoubles x |> Array.chunkBySize choices

    let logPi (policy: Categorical) = rows policy.LogProbs

    let least (values: Tensor list) =
        List.map rows values |> List.reduce (Array.map2 (Array.map2 min))

    let mean (logPi: float[]) numbers =
        Array.map2 (fun l x -> exp l * x) logPi numbers |> Array.sum

    let entropy logPi = -mean logPi logPi

    // α of the task of a row.
    let alphas (view: SacView) batch =
        Tensor.toDoubles (SacView.alpha view batch)
        |> Array.collect (Array.replicate rowsOfTask)

    let agrees (wanted: float[]) (found: Tensor) =
        largestDifference wanted (Tensor.toDoubles found) |> isBelow 1e-12

    testCase "has the target of a mean with discrete actions" (fun () ->
        let view, batch = setting ()
        let policy = logPi (policyAt view batch.NextObs)
        let target = SacView.target view
        let features = SacView.features view target batch.NextObs
        let values = SacView.valuesOfActions view target features |> least

        let soft =
            Array.map3
                (fun alpha logPi values -> mean logPi values + alpha * entropy logPi)
                (alphas view batch)
                policy
                values

        let wanted =
            Array.map3
                (fun reward terminal soft -> reward + config.Discount * (1.0 - terminal) * soft)
                (Tensor.toDoubles batch.Reward)
                (Tensor.toDoubles batch.Terminal)
                soft

        SacLosses.target view batch |> agrees wanted)

    testCase "has the critics' loss of the chosen action" (fun () ->
        let view, batch = setting ()
        let target = Tensor.toDoubles (SacLosses.target view batch)
        let features = SacView.features view view.Critic batch.Obs

        let wanted =
            SacView.valuesOfActions view view.Critic features
            |> List.map (fun values ->
                Array.map3
                    (fun (action: float[]) (values: float[]) target ->
                        (values[Array.findIndex ((=) 1.0) action] - target) ** 2.0)
                    (rows batch.Action)
                    (rows values)
                    target)
            |> List.reduce (Array.map2 (+))

        SacLosses.critic view batch |> agrees wanted)

    testCase "has the actor's loss, entropy and its gap" (fun () ->
        let view, batch = setting ()
        let policy = logPi (policyAt view batch.Obs)
        let features = SacView.features view view.Critic batch.Obs
        let values = SacView.valuesOfActions view view.Critic features |> least
        let found = SacLosses.actor view batch

        let loss =
            Array.map3
                (fun alpha logPi values -> -alpha * entropy logPi - mean logPi values)
                (alphas view batch)
                policy
                values

        let entropies = Array.map entropy policy
        agrees loss found.Loss
        agrees entropies found.Entropy
        agrees (entropies |> Array.map (fun h -> h - 0.6 * log 4.0)) found.Gap)
]
