module MtrlFunctional.Tests.Algorithms.TrustRegionProps

open Expecto
open System
open MtrlFunctional.Algorithms
open MtrlFunctional.Networks
open MtrlFunctional.Randomness
open MtrlFunctional.Tensors
open MtrlFunctional.Tests.Algorithms.Examples
open MtrlFunctional.Tests.Algorithms.OnPolicyExamples

let ``a natural step`` = [
    let specs: Spec list =
        OnPolicyExamples.agents
        |> List.map _.Policy
        |> List.filter (fun spec -> spec.Kind <> "ReadTrial")
        |> List.distinct

    let dot (x: float[]) (y: float[]) =
        Array.fold2 (fun s a b -> s + a * b) 0.0 x y

    let setting spec =
        let config = natural (withPolicy spec plain)
        let state = moved config (fresh config)
        let agent = agent config
        agent, state, prepare config state (iteration 1L ragged)

    let direction (state: OnPolicyState) seed =
        Draw.normal double (Key.ofSeed seed) [| Tensor.count state.Policy.Values |]

    // Of the gradient of the divergence.
    testEach "has products that finite differences confirm" specs (fun spec ->
        let agent, state, prepared = setting spec
        let v = direction state 3L
        let product = Tensor.toDoubles (Trpo.fisherProduct agent state 0.0 prepared v)

        let gradient (values: Tensor) =
            let leaves = Layout.views agent.PolicyLayout values |> Gradient.leaves
            let policy = OnPolicyNetworks.policy agent leaves None prepared.Obs

            ActionDistribution.divergence prepared.Policy policy
            |> Preparation.mean false prepared
            |> Gradient.flat agent.PolicyLayout leaves []
            |> fst

        let h = 1e-5
        let there, back = state.Policy.Values .+ h *. v, state.Policy.Values .- h *. v
        let slope = Tensor.toDoubles ((0.5 / h) *. (gradient there .- gradient back))
        let miss = Array.map2 (-) slope product
        sqrt (dot miss miss / dot product product) |> isBelow 1e-6)

    // Divergence exactly at its bound: garage ends the search there and throws the step away.
    testCase "at its bound counts unless garage is followed" (fun () ->
        let one x = Tensor.ofDoubles [| 1L |] [| x |]
        let rule = { OnPolicyDefaults.trustRegion with MaxKl = 0.5; Damping = 0.0 }

        let measure (x: Tensor) : TrustRegions.Trial = {
            Loss = Tensor.item x
            Divergence = if Tensor.item x = 0.0 then 0.0 else 0.5
        }

        let step rule =
            TrustRegions.step rule id measure 0.0 (one 0.0) (one 1.0)

        (step rule).Accepted |> isFalse
        (step rule).Trials.Length |> equals 1
        (step { rule with AcceptStepAtBound = true }).Accepted |> isTrue)

    // Else no step would be taken from then on. Without advantages the gradient is 0, which is a number.
    testTheory "along a gradient or a curvature that is no number ends in no number, at its place" [
        Double.NaN, 1.0
        Double.PositiveInfinity, 1.0
        1.0, Double.NaN
        0.0, 1.0
    ]
    <| fun (slope, curvature) ->
        let vector (x: float[]) = Tensor.ofDoubles [| 2L |] x
        let product (v: Tensor) = v .* vector [| 1.0; curvature |]

        let measure x : TrustRegions.Trial = { Loss = Tensor.item (Tensor.sum x); Divergence = 0.0 }

        let outcome =
            (vector [| 3.0; 4.0 |], vector [| 0.0; slope |])
            ||> TrustRegions.stepOrNaN OnPolicyDefaults.trustRegion product measure 7.0

        let after = if slope = 0.0 then 4.0 else nan

        Tensor.toDoubles outcome.Point
        |> Array.map string
        |> equals [| "3"; string after |]
]
