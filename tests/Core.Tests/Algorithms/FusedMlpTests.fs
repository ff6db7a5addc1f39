module MtrlFunctional.Tests.Algorithms.FusedMlpTests

open Expecto
open Expecto.Flip
open MtrlFunctional.Algorithms
open MtrlFunctional.Networks
open MtrlFunctional.Randomness
open MtrlFunctional.Surgery
open MtrlFunctional.Tensors
open MtrlFunctional.Tests.Algorithms.OnPolicyExamples

/// Passes in one call of the library against passes that are recorded minibatch by minibatch, both in
/// single precision.
let ``passes of a small network`` = [
    let descent: MinibatchSettings = {
        OnPolicyDefaults.settings with
            Epochs = 3
            Minibatch = Some 10
    }

    let improvedBy kind descent (config: OnPolicyConfig) : OnPolicyConfig = {
        config with
            Improve = GradientSteps(kind, descent, None)
    }

    let shaped scope (config: OnPolicyConfig) : OnPolicyConfig = {
        config with
            Advantage = {
                NormalisedOver = Some scope
                ByStandardDeviation = true
                Positive = false
            }
    }

    // Coefficients that differ from task to task (`settingOf`).
    let byTask = Tuned { Start = 0.2; Target = 0.0; Rate = 0.1 }

    // A layer of groups before a shared one and behind it.
    let grouped output =
        let own output =
            PerGroup.layer [ 0; 1; 0 ] (PerTask.layer { layers Tanh output with Hidden = [] })

        Chain.layer [
            "input", own 9
            "activation", Activate.layer Relu
            "shared", Mlp.layer { layers Tanh 6 with Hidden = [] }
            "activation", Activate.layer Tanh
            "output", own output
        ]

    let agents = [
        plain |> improvedBy (ClippedRatio 0.05) descent
        plain
        |> improvedBy Ratio { descent with MaxNorm = Some 0.05 }
        |> shaped EachMinibatch
        plain |> improvedBy LogLikelihood descent |> shaped EachTaskOfMinibatch
        { plain with Entropy = InObjective(0.02, true) }
        |> improvedBy (ClippedRatio 0.2) { descent with Minibatch = None }
        // Of a size for which products are computed in panels.
        plain
        |> withPolicy (Mlp.layer { layers Tanh 2 with Hidden = [ 150; 150 ] })
        |> improvedBy (ClippedRatio 0.2) { descent with Minibatch = None }
        plain
        // As the configuration names them.
        |> withPolicy (
            HeStart.layer
                0.1
                (Chain.layer [ "trunk", UniformStart.layer (Mlp.layer (layers Relu 2)) ])
        )
        |> improvedBy (ClippedRatio 0.2) descent
        { plain with Entropy = InObjective(0.02, true) }
        |> withStd (fun std -> { std with PerTask = true; MinStd = Some 0.99 })
        |> improvedBy (ClippedRatio 0.2) descent
        { plain with Entropy = byTask }
        |> improvedBy (ClippedRatio 0.2) { descent with MaxNorm = Some 0.05 }
        { plain with Entropy = byTask } |> stdPerTask |> improvedBy Ratio descent
        padded { plain with Entropy = byTask } |> improvedBy (ClippedRatio 0.2) descent
        padded { plain with Entropy = byTask } |> stdPerTask |> improvedBy Ratio descent
        padded plain
        |> withPolicy (PerTask.layer (layers Tanh 2))
        |> improvedBy LogLikelihood descent
        plain
        |> withPolicy (PerTask.layer (layers Tanh 2))
        |> improvedBy (ClippedRatio 0.2) descent
        padded { plain with Entropy = byTask }
        |> withPolicy (grouped 2)
        |> improvedBy (ClippedRatio 0.2) descent
        plain
        |> withPolicy (
            Chain.layer [
                "shared", Mlp.layer (layers Relu 6)
                "activation", Activate.layer Tanh
                "head", PerTask.layer { layers Relu 2 with Hidden = [] }
            ]
        )
        |> improvedBy (ClippedRatio 0.2) descent
    ]

    // Normalised layers, one of them with more units than fit sixteen.
    let normalised activation output =
        Chain.layer [
            for i, units in [ 0, 21; 1, 6 ] do
                $"{i}", Mlp.layer { layers activation units with Hidden = [] }
                $"{i}/norm", LayerNorm.layer
                $"{i}/activation", Activate.layer activation
            "2", Mlp.layer { layers activation output with Hidden = [] }
        ]

    let valueFunctions =
        [
            GaussianLikelihood, None
            SquaredError, None
            SquaredError, Some { Step = 0.5 }
        ]
        |> List.allPairs [
            Mlp.layer (layers Tanh 1)
            grouped 1
            normalised Tanh 1
            normalised Relu 1
        ]
        |> List.map (fun (spec, (loss, popArt)) ->
            plain
            |> valueOf (fun network -> {
                network with
                    Spec = spec
                    Loss = loss
                    PopArt = popArt
                    Training = descent
            }))

    let single x = Tensor.toType ScalarType.Float32 x

    // Each task's episodes so many times.
    let repeated times (episodes: Episodes) : Episodes =
        let each (x: Tensor) = Tensor.cat 1 (Array.create times x)

        let all numbers =
            numbers
            |> Array.splitInto tasks
            |> Array.collect (fun own -> Array.concat (Array.create times own))

        {
            Obs = each episodes.Obs
            Action = each episodes.Action
            Reward = each episodes.Reward
            LastObs = each episodes.LastObs
            Lengths = all episodes.Lengths
            Terminal = all episodes.Terminal
            Restarts = all episodes.Restarts
            Remembered = all episodes.Remembered
        }

    let settingFrom change times (config: OnPolicyConfig) =
        let agent = agent config

        let state =
            OnPolicyState.create agent (Key.ofSeed 5L) TensorOptions.cpu
            |> differing
            |> change

        let iteration = iteration 1L ragged
        let episodes = repeated times iteration.Episodes |> mapped single

        let prepared, _ =
            Preparation.prepare agent state { iteration with Episodes = episodes }

        let state = PopArtStep.apply agent prepared.Weight prepared.Return state
        agent, state, prepared

    let settingOf times = settingFrom id times

    let near bound x y =
        let x, y = Tensor.toDoubles x, Tensor.toDoubles y
        x.Length |> equals y.Length
        let scale = y |> Array.map abs |> Array.max
        let miss = Array.map2 (fun x y -> abs (x - y)) x y |> Array.max
        miss |> isBelow (bound * (scale + 1e-6))

    let setting = settingOf 1

    let agree (problem: RowProblem.RowProblem) descent prepared order start =
        if not (FusedMlp.IsAvailable start.Values) then
            skiptest "this processor, or this back end, has no such passes"

        isTrue problem.Fused.IsSome

        let run problem =
            MinibatchTraining.run
                (Shards.serial 1)
                descent
                0.0
                problem
                (prepared: Preparation.Prepared).Rows
                order
                (fun _ -> false)
                SurgeryState.empty
                start

        let fused, recorded = run problem, run { problem with Fused = None }
        fused.Trained.Steps |> equals recorded.Trained.Steps

        let losses (fitted: MinibatchTraining.Fitted) =
            fitted.Losses |> List.map (fun loss -> Tensor.reshape [| -1L |] loss)

        near
            1e-4
            (Tensor.cat 0 (List.toArray (losses fused)))
            (Tensor.cat 0 (List.toArray (losses recorded)))

        near 1e-4 fused.Trained.FirstMoment recorded.Trained.FirstMoment
        near 1e-4 fused.Trained.Values recorded.Trained.Values

    let refused = [
        Chain.layer [ "0", Mlp.layer (layers Relu 2); "1", Activate.layer Relu ]
        Chain.layer [ "0", LayerNorm.layer; "1", Mlp.layer (layers Relu 2) ]
        Chain.layer [ "0", Mlp.layer (layers Relu 2); "1", LayerNorm.layer ]
        WithTaskEncoder.layer (TaskTable.layer 3) (Mlp.layer (layers Relu 2))
        Mlp.layer { layers Relu 2 with Hidden = List.replicate 8 4 }
    ]

    testEach "are not made of other networks" refused (fun spec ->
        let agent, _, prepared = setting (withPolicy spec plain)

        (FusedMlp.policy agent (ClippedRatio 0.2) prepared).IsSome |> isFalse)

    let policyAgrees (agent: OnPolicyAgent, state, prepared: Preparation.Prepared) =
        match agent.Config.Improve with
        | GradientSteps(kind, descent, _) ->
            let problem = Ppo.problem agent state kind prepared
            agree problem descent prepared prepared.Iteration.PolicyOrder state.Policy
        | TrustRegionStep _ -> failtest "not a descent"

    let valueAgrees (agent: OnPolicyAgent, state, prepared: Preparation.Prepared) =
        match agent.Config.Value with
        | ValueNetwork network ->
            let problem = ValueFitting.problem agent state network prepared
            agree problem network.Training prepared prepared.Iteration.ValueOrder state.Value
        | LinearFeatures _ -> failtest "not a network"

    testEach "of a policy are those that are recorded" agents (fun config ->
        policyAgrees (setting config))

    let bounded = [
        plain |> improvedBy (ClippedRatio 0.2) descent
        padded plain |> stdPerTask |> improvedBy Ratio descent
    ]

    testEach
        "of a policy with means beyond their bounds are those that are recorded"
        bounded
        (fun config ->
            let farther (state: OnPolicyState) = {
                state with
                    Policy = { state.Policy with Values = 3.0 *. state.Policy.Values }
            }

            let agent, state, prepared = settingFrom farther 1 { config with BoundsLoss = 0.3 }
            policyAgrees (agent, state, prepared)

            let unbounded = { agent with Config.BoundsLoss = 0.0 }

            let loss agent =
                Tensor.item (Ppo.loss agent Ratio prepared prepared.Policy)

            loss agent |> Expect.isAbove "some mean is beyond its bound" (loss unbounded))

    // Of the policies above, with a σ that is limited for some actions, and with normalised layers.
    let policies =
        (plain |> withPolicy (normalised Tanh 2))
        :: withStd (fun std -> { std with InitStd = 0.6; PerTask = true; MaxStd = Some 0.6 }) plain
        :: agents

    // Jᵀ F J of the library against the Hessian that is recorded.
    testEach "have the Fisher products that are recorded" policies (fun config ->
        let agent, state, prepared = setting config
        let values = state.Policy.Values

        // Away from where biases are 0 and σ is the same for all.
        let draw name =
            Draw.normal
                TensorOptions.cpu
                (Key.forPurpose name (Key.ofSeed 6L))
                (Tensor.shape values)

        let values = values .+ 0.1 *. draw "moved"
        let state = { state with Policy = AdamState.start values }

        let policy =
            OnPolicyNetworks.policy
                agent
                (OnPolicyNetworks.policyViews agent state)
                None
                prepared.Obs

        let prepared = { prepared with Policy = policy }
        let recorded = Trpo.recordedProduct agent state prepared

        match FusedMlp.fisherProduct agent prepared values with
        | Some product ->
            for name in [ "first"; "second" ] do
                let v = draw name
                near 1e-4 (product v) (recorded v)
        | None -> isFalse (FusedMlp.IsAvailable values))

    let inParts parts threads (agent: OnPolicyAgent) = {
        agent with
            Config.Parts = parts
            Shards = Shards.serial threads
    }

    // One of 64 parts of ten rows has no rows.
    testEach
        "whose minibatches are cut into parts have the bits of their number, on any number of threads"
        [ 2; 4; 64 ]
        (fun parts ->
            let config = plain |> improvedBy Ratio { descent with MaxNorm = Some 0.05 }
            let agent, state, prepared = settingOf 4 config
            policyAgrees (inParts parts 1 agent, state, prepared)
            valueAgrees (inParts parts 3 agent, state, prepared)

            let after threads =
                let next, _ =
                    OnPolicy.improve (inParts parts threads agent) state (prepared, state.Reward)

                Tensor.toDoubles next.Policy.Values, Tensor.toDoubles next.Value.Values

            after 3 |> equals (after 1)

            let product threads =
                match
                    FusedMlp.fisherProduct
                        (inParts parts threads agent)
                        prepared
                        state.Policy.Values
                with
                | Some product -> Some(Tensor.toDoubles (product state.Policy.Values))
                | None -> None

            product 3 |> equals (product 1))

    testEach "of a value function are those that are recorded" valueFunctions (fun config ->
        valueAgrees (setting config))

    testCase "whose minibatches are computed piece by piece are those that are recorded" (fun () ->
        // More than a thousand rows at once.
        let whole = { descent with Minibatch = None }

        { plain with Entropy = byTask }
        |> stdPerTask
        |> withPolicy (PerTask.layer (layers Tanh 2))
        |> improvedBy (ClippedRatio 0.2) whole
        |> valueOf (fun network -> {
            network with
                Spec = normalised Tanh 1
                Loss = GaussianLikelihood
                PopArt = Some { Step = 0.5 }
                Training = whole
        })
        |> settingOf 40
        |> fun setting ->
            policyAgrees setting
            valueAgrees setting)
]
