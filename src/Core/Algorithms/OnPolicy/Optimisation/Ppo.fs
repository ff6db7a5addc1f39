/// Proximal policy optimisation, and plain policy gradients: passes of Adam over minibatches.
///
/// Paper: Schulman et al. 2017, "Proximal Policy Optimization Algorithms", arXiv:1707.06347,
/// algorithm 1. Objective and bonuses: `PolicyObjective`. Where this differs from the paper:
///   [1] value function and policy have parameters and optimisers of their own;
///   [2] passes may end early where the policy has moved too far.
module internal Mtrl.Algorithms.Ppo

open Mtrl.Networks
open Mtrl.Tensors
open MtrlFunctional.Tensors
open Mtrl.Algorithms.Preparation

/// Weighted mean 0 and spread 1 over a dimension's rows, [tasks; rows]; as `Advantages.centred`.
let private centred byStandardDeviation perTask (weight: Tensor) (x: Tensor) =
    let total (x: Tensor) =
        if perTask then Ops.SumDim(x, 1L, true) else Ops.Sum x

    let present = Ops.ToType(Ops.Greater(weight, Ops.ZerosLike weight), Ops.NumericOf x)
    let count = Ops.ClampMin(total present, 1.0)
    let mean = total (present .* x) ./ count
    let squares = total (present .* Ops.Square(x .- mean))
    let variance = squares ./ Ops.ClampMin(-1.0 +. count, 1.0)
    let spread = if byStandardDeviation then Ops.Sqrt variance else variance
    (x .- mean) ./ (1e-8 +. spread)

/// What entropy counts, [tasks; 1].
let private coefficients (prepared: Prepared) =
    let numbers = prepared.EntropyCoefficient
    Place.fromDoubles (Place.ofTensor prepared.Weight) numbers [| int64 numbers.Length; 1L |]

let private ofShown shown (x: Tensor) =
    match shown with
    | Some task -> Ops.Narrow(x, 0L, int64 task, 1L)
    | None -> x

let private rows coefficient (columns: Tensor[]) weight : PolicyObjective.PolicyRows = {
    Action = columns[1]
    Advantage = columns[2]
    LogProb = columns[3]
    Coefficient = coefficient
    Weight = weight
}

/// The policy's improvement as a problem for Adam.
let problem
    (agent: OnPolicyAgent)
    (state: OnPolicyState)
    kind
    (prepared: Prepared)
    : RowProblem.RowProblem =
    let shape = agent.Config.Advantage
    let coefficients = coefficients prepared

    let shaped perTask (columns: Tensor[]) weight =
        let centred = centred shape.ByStandardDeviation perTask weight columns[2]
        columns |> Array.updateAt 2 centred

    {
        Layout = agent.PolicyLayout
        Columns = [| prepared.Obs; prepared.Action; prepared.Advantage; prepared.LogProb |]
        Shape =
            match shape.Centred with
            | Some EachMinibatch -> shaped false
            | Some EachTaskOfMinibatch -> shaped true
            | Some WholeBatch
            | Some EachTask
            | None -> fun columns _ -> columns
        Small = SmallPasses.policy agent kind prepared
        Loss =
            fun shown parameters columns weight ->
                let agent = { agent with Shown = shown }
                let parameters = OnPolicyNetworks.withFixed agent state parameters
                let policy = OnPolicyNetworks.propose agent parameters columns[0]
                let coefficient = ofShown shown coefficients
                PolicyObjective.loss agent.Config kind policy (rows coefficient columns weight)
        Surgery = RowProblem.surgeryOf agent.Config "policy" _.OfPolicy
    }

/// What the policy with these parameters proposes at all rows: `loss`, `divergence` and `entropy` are
/// numbers of it.
let proposed agent (state: OnPolicyState) (prepared: Prepared) (values: Tensor) : Gaussian =
    let owns (policy: Gaussian) =
        Seq.ofList [ policy.Mean; policy.LogStd ]

    Tensors.constant owns (fun () ->
        let parameters =
            Layout.views agent.PolicyLayout values |> OnPolicyNetworks.withFixed agent state

        OnPolicyNetworks.propose agent parameters prepared.Obs)

/// The loss of what is proposed at all rows.
let loss (agent: OnPolicyAgent) kind (prepared: Prepared) (policy: Gaussian) =
    Tensors.constant Seq.singleton (fun () ->
        PolicyObjective.loss agent.Config kind policy {
            Action = prepared.Action
            Advantage = prepared.Advantage
            LogProb = prepared.LogProb
            Coefficient = coefficients prepared
            Weight = prepared.Weight
        })

/// Its mean divergence from the policy before.
let divergence leaks (prepared: Prepared) (policy: Gaussian) =
    Tensors.constant Seq.singleton (fun () ->
        GaussianPolicy.divergence prepared.Policy policy
        |> Preparation.mean leaks prepared)

/// Its mean entropy, as bonuses count it.
let entropy (agent: OnPolicyAgent) leaks (prepared: Prepared) (policy: Gaussian) =
    Tensors.constant Seq.singleton (fun () ->
        PolicyObjective.entropy agent.Config policy |> Preparation.mean leaks prepared)

/// The improved parameters of the policy.
let improve shards agent state kind (descent: Descent) maxKl prepared : Descending.Fitted =
    let stops (trained: Trained) =
        match maxKl with
        | None -> false
        | Some limit ->
            use _ = Ops.Scope()
            let policy = proposed agent state prepared trained.Values
            Ops.Item(divergence false prepared policy) > limit

    Descending.run
        shards
        descent
        prepared.Iteration.Progress
        (problem agent state kind prepared)
        prepared.Rows
        prepared.Iteration.PolicyOrder
        stops
        state.PolicySurgery
        state.Policy
