/// Trust region policy optimisation: one natural step of the policy on all rows.
///
/// Paper: Schulman et al. 2015, "Trust Region Policy Optimization", arXiv:1502.05477, §6 and
/// appendix C. Conjugate gradients and line search: `TrustRegions`. Fisher products of small policies:
/// `FusedMlp`; of all others they are recorded.
module internal MtrlFunctional.Algorithms.Trpo

open MtrlFunctional.Networks
open MtrlFunctional.Tensors
open MtrlFunctional.Algorithms.Preparation

/// The loss on all rows; advantages are not normalised within minibatches.
let problem (agent: OnPolicyAgent) state surrogate prepared =
    Ppo.problem { agent with Config.Advantage.NormalisedOver = None } state surrogate prepared

/// The gradient of a problem at the parameters of the state.
let private gradientOf
    (problem: RowProblem.RowProblem)
    (state: OnPolicyState)
    (prepared: Prepared)
    =
    Tensors.scope Seq.singleton (fun () ->
        let leaves = Layout.views problem.Layout state.Policy.Values |> Gradient.leaves
        let loss = problem.Loss None leaves problem.Columns prepared.Weight
        fst (Gradient.flat problem.Layout leaves [] loss))

/// The gradient of the loss at the parameters of the state, as one vector.
let gradient agent state surrogate prepared =
    gradientOf (problem agent state surrogate prepared) state prepared

/// With surgery: the combined direction of the task gradients, and the new state of surgery.
let private combinedDirection shards (state: OnPolicyState) problem prepared surgery =
    Tensors.scope (fst >> Seq.singleton) (fun () ->
        let { Values = values; Steps = steps } = state.Policy

        let direction, _, memory =
            (values, Preparation.allRows prepared)
            ||> RowProblem.combinedGradient
                    shards
                    problem
                    surgery
                    state.PolicySurgery
                    prepared.Rows.Length
                    steps

        direction, memory)

/// The gradient of the mean divergence at the parameters of the state, recorded, with its leaf;
/// shared by all products.
let private recorded agent (state: OnPolicyState) (prepared: Prepared) =
    let leaf = Tensor.leaf state.Policy.Values

    let weights =
        Layout.parts agent.PolicyLayout leaf |> OnPolicyNetworks.withFixed agent state

    let policy = OnPolicyNetworks.policy agent weights prepared.Before prepared.Obs

    let mean =
        ActionDistribution.divergence prepared.Policy policy
        |> Preparation.mean false prepared

    (Tensor.gradGraph [| leaf |] mean)[0], leaf

/// v ↦ H v for the Hessian of the mean divergence, of any network. The record is valid in the
/// surrounding scope.
let recordedProduct agent state (prepared: Prepared) : Tensor -> Tensor =
    let first, leaf = recorded agent state prepared
    fun v -> (Tensor.gradRetained [| leaf |] (Tensor.sum (first .* v)))[0]

/// v ↦ (H + damping) v for the Hessian H of the mean divergence, which is the Fisher matrix there.
/// Valid in the surrounding scope.
let fisherProduct agent (state: OnPolicyState) damping (prepared: Prepared) : Tensor -> Tensor =
    let product =
        FusedMlp.fisherProduct agent prepared state.Policy.Values
        |> Option.defaultWith (fun () -> recordedProduct agent state prepared)

    fun v -> Tensors.scope Seq.singleton (fun () -> product v .+ damping *. v)

/// Loss and mean divergence of parameters.
let measure shards agent state surrogate prepared (values: Tensor) : TrustRegions.Trial =
    use _ = TorchSharp.torch.NewDisposeScope()
    let agent = Preparation.atAllRows shards prepared agent
    let policy = Ppo.policyAt agent state prepared values

    {
        Loss = Tensor.item (Ppo.loss agent surrogate prepared policy)
        Divergence = Tensor.item (Ppo.divergence false prepared policy)
    }

/// The step along a gradient, with the trace of the search.
let search
    shards
    agent
    (state: OnPolicyState)
    surrogate
    rule
    prepared
    gradient
    : TrustRegions.Outcome =
    let product = fisherProduct agent state rule.Damping prepared
    let measure = measure shards agent state surrogate prepared
    let before = Tensor.item (Ppo.loss agent surrogate prepared prepared.Policy)
    TrustRegions.stepOrNaN rule product measure before state.Policy.Values gradient

/// The improved parameters of the policy; gradients of tasks are taken by `shards`.
let improve
    shards
    (agent: OnPolicyAgent)
    (state: OnPolicyState)
    surrogate
    rule
    prepared
    : MinibatchTraining.Fitted =
    let direction, memory =
        let problem = problem agent state surrogate prepared

        match problem.Surgery with
        | None -> gradientOf problem state prepared, state.PolicySurgery
        | Some surgery -> combinedDirection shards state problem prepared surgery

    let outcome = search shards agent state surrogate rule prepared direction

    {
        Trained = { state.Policy with Values = outcome.Point; Steps = state.Policy.Steps + 1L }
        Losses = [ Tensor.fullLike outcome.LossBefore (Tensor.sum prepared.Weight) ]
        Epochs = 1
        Memory = memory
    }
