/// Proximal policy optimisation, and plain policy gradients: passes of Adam over minibatches.
///
/// Paper: Schulman et al. 2017, "Proximal Policy Optimization Algorithms", arXiv:1707.06347,
/// algorithm 1. Objective and bonuses: `PolicyObjective`. Where this differs from the paper:
///   [1] value function and policy have parameters and optimisers of their own;
///   [2] passes may end early where the policy has moved too far, at the rows of a minibatch.
module internal MtrlFunctional.Algorithms.Ppo

open MtrlFunctional.Networks
open MtrlFunctional.Tensors
open MtrlFunctional.Algorithms.Preparation

/// Entropy coefficients, [tasks; 1].
let private coefficients (prepared: Prepared) =
    let numbers = prepared.EntropyCoefficient

    TensorOptions.fromDoubles (TensorOptions.ofTensor prepared.Weight) numbers [|
        int64 numbers.Length
        1L
    |]

let private ofActiveTask activeTask (x: Tensor) =
    match activeTask with
    | Some task -> Tensor.narrow 0 (int64 task) 1L x
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

    let all = lazy (Tensor.toDoubles prepared.Advantage)

    /// Columns with advantages normalised within the minibatch.
    let centred minibatch (columns: Tensor[]) =
        let rows, tasks = Tensor.size 1 prepared.Weight, prepared.Rows.Length

        let advantages =
            Minibatches.indices [ minibatch ]
            |> NormalisedAdvantages.ofMinibatches shape (all.Force()) rows
            |> Minibatches.padded (TensorOptions.ofTensor prepared.Weight) tasks minibatch

        columns |> Array.updateAt 2 advantages

    {
        Layout = agent.PolicyLayout
        Block = prepared.Block
        Columns = [|
            prepared.Obs
            prepared.Action
            prepared.Advantage
            prepared.LogProb
            yield! Option.toArray prepared.Before
        |]
        Shape =
            match shape.NormalisedOver with
            | Some EachMinibatch
            | Some EachTaskOfMinibatch -> centred
            | Some WholeBatch
            | Some EachTask
            | None -> fun _ columns -> columns
        Fused = FusedMlp.policy agent kind prepared
        Loss =
            fun activeTask parameters columns weight ->
                let agent = { agent with ActiveTask = activeTask }
                let parameters = OnPolicyNetworks.withFixed agent state parameters
                let before = Array.tryItem 4 columns
                let remembered = OnPolicyNetworks.policyRows agent parameters before columns[0]
                let policy = OnPolicyNetworks.decide agent parameters remembered
                let coefficient = ofActiveTask activeTask coefficients
                let rows = rows coefficient columns weight
                let loss = PolicyObjective.loss agent.Config kind policy rows

                match OnPolicyNetworks.goalError agent parameters remembered columns[0] with
                | Some(share, error) -> loss .+ share *. Tensor.sum (weight .* error)
                | None -> loss
        Surgery = RowProblem.surgeryOf agent.Config "policy" agent.PolicyLayout _.OfPolicy
        Mask = agent.Mask |> Option.map _.Policy
    }

/// The policy with these parameters at all rows, and the mean squared error of the goals that its memory predicts, in
/// units of scaled observations; no error where no goal is hidden.
let outputsAt agent (state: OnPolicyState) (prepared: Prepared) (values: Tensor) =
    let owned (policy, error) =
        Seq.append (ActionDistribution.owns policy) (Option.toList error)

    Tensors.constant owned (fun () ->
        let parameters =
            Layout.views agent.PolicyLayout values |> OnPolicyNetworks.withFixed agent state

        let remembered =
            OnPolicyNetworks.policyRows agent parameters prepared.Before prepared.Obs

        OnPolicyNetworks.decide agent parameters remembered,
        OnPolicyNetworks.goalError agent parameters remembered prepared.Obs
        |> Option.map (fun (_, error) -> Tensor.sum (prepared.Weight .* error)))

/// The policy of `outputsAt`; input of `loss`, `divergence` and `entropy`.
let policyAt agent state prepared values =
    fst (outputsAt agent state prepared values)

/// All rows of an iteration.
let allRows (prepared: Prepared) : PolicyObjective.PolicyRows = {
    Action = prepared.Action
    Advantage = prepared.Advantage
    LogProb = prepared.LogProb
    Coefficient = coefficients prepared
    Weight = prepared.Weight
}

/// The loss of a policy at all rows.
let loss (agent: OnPolicyAgent) kind (prepared: Prepared) (policy: ActionDistribution) =
    Tensors.constant Seq.singleton (fun () ->
        PolicyObjective.loss agent.Config kind policy (allRows prepared))

/// The mean divergence of `policy` from the policy before the update.
let divergence leaks (prepared: Prepared) (policy: ActionDistribution) =
    Tensors.constant Seq.singleton (fun () ->
        ActionDistribution.divergence prepared.Policy policy
        |> Preparation.mean leaks prepared)

/// The mean entropy of `policy`, as used in bonuses.
let entropy (agent: OnPolicyAgent) leaks (prepared: Prepared) (policy: ActionDistribution) =
    Tensors.constant Seq.singleton (fun () ->
        PolicyObjective.entropy agent.Config policy |> Preparation.mean leaks prepared)

/// The mean divergence of parameters from the policy before, at the rows of a minibatch: all rows of the iteration
/// would be about a third of the arithmetic of a pass.
let private divergenceAtSome agent state (settings: MinibatchSettings) (prepared: Prepared) =
    let options = TensorOptions.ofTensor prepared.Weight
    let minibatch = Preparation.firstRows settings.Minibatch prepared

    let taken = Minibatches.take (Minibatches.indicesAt options minibatch)

    let some = {
        prepared with
            Obs = taken prepared.Obs
            Before = Option.map taken prepared.Before
            Weight = Minibatches.weightAt options prepared.Rows.Length minibatch
    }

    let some = { some with Policy = policyAt agent state some state.Policy.Values }

    fun values ->
        use _ = TorchSharp.torch.NewDisposeScope()
        Tensor.item (divergence false some (policyAt agent state some values))

/// The improved parameters of the policy.
let improve
    shards
    agent
    state
    kind
    (settings: MinibatchSettings)
    maxKl
    prepared
    : MinibatchTraining.Fitted =
    let stops =
        match maxKl with
        | None -> fun _ -> false
        | Some limit ->
            let divergence = divergenceAtSome agent state settings prepared
            fun (trained: AdamState) -> divergence trained.Values > limit

    MinibatchTraining.run
        shards
        settings
        prepared.Iteration.Progress
        (problem agent state kind prepared)
        prepared.Rows
        prepared.Iteration.PolicyOrder
        stops
        state.PolicySurgery
        state.Policy
