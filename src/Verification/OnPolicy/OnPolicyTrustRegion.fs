/// Replays a natural-gradient step in a trust region: gradient, Fisher-vector products, conjugate
/// gradients and line search.
module internal MtrlFunctional.Verification.OnPolicyTrustRegion

open MtrlFunctional.Algorithms
open MtrlFunctional.Tensors
open MtrlFunctional.Verification.OnPolicyGolden
open MtrlFunctional.Verification.OnPolicyUpdate

/// Relative tolerance of conjugate-gradient solutions.
let private solved = 1e-7

/// All intermediate values of a natural-gradient step.
let verify replayed =
    let {
            Agent = agent
            Before = state
            Prepared = prepared
            File = file
            Prefix = prefix
        } =
        replayed

    let layout = agent.PolicyLayout

    match agent.Config.Improve with
    | GradientSteps _ -> []
    | TrustRegionStep(surrogate, rule) ->
        let product = Trpo.fisherProduct agent state rule.Damping prepared
        let gradient = Trpo.gradient agent state surrogate prepared
        let outcome = Trpo.search agent state surrogate rule prepared gradient
        let record = toRecord layout

        let cut count () =
            TrustRegions.conjugateGradients product count rule.Tolerance gradient
            |> fst
            |> record

        let along name =
            let vector = file.ReadDoubles(prefix + name) |> ofRecord layout
            let vector = Tensor.toDevice (Tensor.device state.Policy.Values) vector
            fun () -> record (product vector)

        let trace () = [|
            for i in outcome.Trace do
                yield! [ i.Before; i.Curvature; i.StepSize; i.Beta; i.After ]
        |]

        let index = outcome.Trials.Length - 1

        let trials pick () =
            outcome.Trials |> List.map pick |> List.toArray

        absolute near replayed [
            "trpo/flat_gradient", (fun () -> record gradient)
            if file.Contains $"{prefix}trpo/hvp_vector" then
                "trpo/hvp_result", along "trpo/hvp_vector"
            "trpo/kl_at_build",
            (fun () -> [|
                (Trpo.measure agent state surrogate prepared state.Policy.Values).Divergence
            |])
            "trpo/ls_loss_before", (fun () -> [| outcome.LossBefore |])
            "policy_minibatch_losses", (fun () -> [| outcome.LossBefore |])
            "trpo/ls_losses", trials _.Loss
            "trpo/ls_constraints", trials _.Divergence
        ]
        @ relative solved replayed [
            "trpo/cg_solution", (fun () -> record outcome.Direction)
            for count in [ 1; 2; 5 ] do
                $"trpo/cg_solution_iters{count}", cut count
            "trpo/cg_trace", trace
            "trpo/x_H_x", (fun () -> [| outcome.Curvature |])
            "trpo/initial_step_size", (fun () -> [| outcome.Length |])
            "trpo/descent_step_full", (fun () -> record (outcome.Length *. outcome.Direction))
        ]
        @ absolute 0.0 replayed [
            "trpo/ls_accepted_index", (fun () -> [| float index |])
            "trpo/ls_accepted_ratio", (fun () -> [| rule.Shrink ** float index |])
        ]
