module MtrlFunctional.Tests.Algorithms.MamlTests

open Expecto
open MtrlFunctional.Algorithms
open MtrlFunctional.Networks
open MtrlFunctional.Randomness
open MtrlFunctional.Tensors
open MtrlFunctional.Tests.Algorithms.Examples
open MtrlFunctional.Tests.Algorithms.OnPolicyExamples

/// Of quadratics ½ θᵀ A θ − bᵀ θ: θ ← θ − α (A θ − b), step by step.
let ``inner steps`` = [
    testCase "lead to the point of the closed form" (fun () ->
        let draw name shape =
            Draw.normal double (Key.forPurpose name (Key.ofSeed 3L)) shape

        let quadratics = [
            for name in [ "first"; "second" ] do
                let root = draw $"{name}/a" [| 4L; 4L |]
                Tensor.matMul root (Tensor.transpose 0 1 root), draw $"{name}/b" [| 4L |]
        ]

        let times (a: Tensor) (x: Tensor) =
            Tensor.squeeze 1 (Tensor.matMul a (Tensor.unsqueeze 1 x))

        let loss (a, b) (x: Tensor) =
            0.5 *. Tensor.sum (x .* times a x) .- Tensor.sum (b .* x)

        let start = draw "start" [| 4L |]

        let expected =
            (start, quadratics) ||> List.fold (fun x (a, b) -> x .- 0.3 *. (times a x .- b))

        InnerSteps.last 0.3 (List.map loss quadratics) start
        |> Tensor.toDoubles
        |> areWithin 1e-10 (Tensor.toDoubles expected))
]

/// An agent of two inner steps on two episodes each, in float64.
let ``MAML-TRPO`` = [
    let policy activation : OnPolicyConfig =
        let natural = natural (withPolicy (Mlp.layer (layers activation 2)) plain)

        {
            natural with
                Tasks = 1
                Value = LinearFeatures 1e-5
                Target = DiscountedReturns
                BootstrapTimeLimits = false
                Advantage = {
                    natural.Advantage with
                        NormalisedOver = Some EachTask
                        ByStandardDeviation = true
                }
        }

    let setting config rate inner : MamlAgent =
        MamlAgent.create (Shards.serial 1) {
            Policy = config
            TrustRegion = OnPolicyDefaults.trustRegion
            InnerRate = rate
            InnerSteps = inner
            Rows = episodes
        }

    let agent = setting (policy Tanh)

    let state config = moved config (fresh config)

    // A sample of each seed, one behind the other; rows of different lengths and with restarts.
    let iteration seeds =
        seeds
        |> List.map (fun seed -> sampled ragged seed)
        |> Episodes.concat
        |> Iteration.create (Key.ofSeed 1L) 0.3

    let samples inner = iteration [ 1L .. int64 inner + 1L ]

    let direction (state: OnPolicyState) seed =
        Draw.normal double (Key.ofSeed seed) [| Tensor.count state.Policy.Values |]

    let dot (x: Tensor) (y: Tensor) = Tensor.item (Tensor.sum (x .* y))

    let configOf name : OnPolicyConfig =
        match name with
        | "relu" -> policy Relu
        | "categorical" -> categorical (policy Tanh)
        | "scaled" -> {
            policy Tanh with
                ObsScaling = Some { Columns = 5; Clip = 10.0; PerTask = false }
          }
        | _ -> policy Tanh

    // Of the whole objective: adaptation, then the surrogate of the adapted policies. Steps are large, so that second
    // derivatives weigh; after two large ones the objective is too curved for differences.
    testTheory "has the gradient that finite differences of its objective confirm" [
        "tanh", 1, 0.5
        "tanh", 2, 0.1
        "relu", 1, 0.5
        "categorical", 1, 0.5
        "scaled", 1, 0.5
    ]
    <| fun (name, inner, rate) ->
        let config = configOf name
        let state = state config
        let problem = Maml.problem (setting config rate inner) state (samples inner)
        let h = 1e-5

        for seed in 1L .. 3L do
            let v = direction state seed

            let at k =
                (problem.Measure(state.Policy.Values .+ k *. v)).Loss

            let slope = (at h - at -h) / (2.0 * h)
            dot problem.Gradient v |> isWithin (1e-6 * (1.0 + abs slope)) slope

    // The divergence is 0 at θ: its curvature along a direction is (D(θ + h v) + D(θ − h v)) / h².
    testTheory "has products that second differences of its divergence confirm" [
        "tanh", 1
        "tanh", 2
        "relu", 1
        "categorical", 1
        "scaled", 1
    ]
    <| fun (name, inner) ->
        let config = configOf name
        let state = state config
        let problem = Maml.problem (setting config 0.5 inner) state (samples inner)
        let h = 1e-4

        for seed in 4L .. 6L do
            let v = direction state seed

            let at k =
                (problem.Measure(state.Policy.Values .+ k *. v)).Divergence

            let curvature = (at h + at -h) / (h * h)
            dot v (problem.Product v) |> isWithin (1e-4 * curvature) curvature

    // Its rows are those of the adapted policies, and its value function is fitted to them. Sums over tasks are taken in
    // another order.
    testCase "with steps of length 0 is MT-TRPO" (fun () ->
        let config = policy Tanh
        let state = state config
        let last = iteration [ 2L ]
        let multiTask = { config with Tasks = tasks }
        let place = TensorOptions.ofTensor state.Policy.Values

        let unfitted = {
            fresh multiTask with
                Policy = state.Policy
                Value =
                    AdamState.start (
                        Draw.constant place 0.0 [|
                            (OnPolicyExamples.agent multiTask).ValueLayout.Length
                        |]
                    )
        }

        let fitted = { unfitted with Value = (update multiTask unfitted last).Value }
        let wanted = update multiTask fitted last
        let found, _ = Maml.update (agent 0.0 1) state (samples 1)
        let numbers (state: OnPolicyState) = Tensor.toDoubles state.Policy.Values
        numbers wanted |> differsFrom (numbers state)
        numbers found |> areWithin 1e-10 (numbers wanted))

    testCase "changes no state that is given, and depends on nothing else" (fun () ->
        let state = state (policy Tanh)
        let before = numbers state

        let updated () =
            Maml.update (agent 0.1 1) state (samples 1) |> fst |> numbers

        let first = updated ()
        updated () |> equals first
        numbers state |> equals before
        first |> differsFrom before)

    // log π of the actions, weighted by advantages, rises in each task by itself.
    testCase "adapts to each task by its own episodes" (fun () ->
        let agent, state = agent 0.1 1, state (policy Tanh)
        let only = iteration [ 1L ]
        let policies, adapted = Maml.adapt agent state only

        let another = {
            only with
                Episodes = { only.Episodes with Reward = Tensor.clone only.Episodes.Reward }
        }

        let rewards = another.Episodes.Reward

        (Tensor.narrow 0 2L 1L rewards).copy_(Tensor.neg (Tensor.narrow 0 2L 1L rewards))
        |> ignore

        let _, changed = Maml.adapt agent state another
        let rows = Draw.normal double (Key.ofSeed 9L) [| int64 tasks; 4L; 5L |]

        let actions state =
            Tensor.toDoubles (OnPolicy.actGreedily policies state rows)

        let plain = Tensor.toDoubles (OnPolicy.actGreedily agent.Meta state rows)
        let ofTask task (numbers: float[]) = Array.sub numbers (task * 8) 8

        for task in 0..2 do
            ofTask task (actions adapted) |> differsFrom (ofTask task plain)

        for task in 0..1 do
            ofTask task (actions changed) |> equals (ofTask task (actions adapted))

        ofTask 2 (actions changed) |> differsFrom (ofTask 2 (actions adapted)))

    testCase "samples are the parts of what is concatenated" (fun () ->
        let first, second = sampled ragged 1L, sampled whole 2L
        let both = Episodes.concat [ first; second ]

        let same (wanted: Episodes) (found: Episodes) =
            Tensor.toDoubles found.Obs |> equals (Tensor.toDoubles wanted.Obs)

            Tensor.toDoubles found.LastObs |> equals (Tensor.toDoubles wanted.LastObs)

            Tensor.toDoubles found.Reward |> equals (Tensor.toDoubles wanted.Reward)

            found.Lengths |> equals wanted.Lengths
            found.Terminal |> equals wanted.Terminal
            found.Restarts |> equals wanted.Restarts

        same first (Episodes.part 0 episodes both)
        same second (Episodes.part episodes episodes both))
]
