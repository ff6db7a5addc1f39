namespace MtrlFunctional.Algorithms

open MtrlFunctional.Networks
open MtrlFunctional.Tensors
open MtrlFunctional.Algorithms.Preparation

/// The policies of some tasks after inner steps, each on the episodes of its task.
type internal TaskPolicies = {
    /// The agent of all adapted policies: parameters [tasks; …].
    Agent: OnPolicyAgent
    /// Parameters before each step with its loss, the sum over the tasks.
    Steps: (Tensor * (Tensor -> Tensor)) list
    /// The episodes of each step, prepared.
    Prepared: Prepared list
    /// Parameters after the last step.
    Values: Tensor
}

/// A meta-update as a problem over θ, the parameters before adaptation.
type internal MetaProblem = {
    /// The adapted policies.
    Policies: OnPolicyAgent
    /// The state of the adapted policies at θ.
    Before: OnPolicyState
    /// The episodes before each inner step, then the episodes of the adapted policies.
    Prepared: Prepared list
    /// The gradient of the loss.
    Gradient: Tensor
    /// v ↦ H v for the Hessian of the mean divergence.
    Product: Tensor -> Tensor
    /// θ to the parameters of the adapted policies.
    Adapt: Tensor -> Tensor
    /// Loss and mean divergence of the policies adapted from another θ.
    Measure: Tensor -> TrustRegions.Trial
    LossBefore: float
}

/// MAML-TRPO: a policy from which a few gradient steps on the episodes of a task lead to a good one for that task.
///
/// Paper: Finn et al. 2017, arXiv:1703.03400, algorithm 3, with the meta-update of section 5.3: a step of TRPO by the
/// mean surrogate of the adapted policies π(θ'(θ)) at their own episodes, within a mean divergence from the adapted
/// policies that played them. Gradient and Fisher products go back through the inner steps exactly (`InnerSteps`): at
/// the parameters before, the divergence has no gradient, so that its Hessian is Jᵀ F J, with the Fisher matrix F of
/// the adapted policies. Where this differs from the paper:
///   [1] the value function is fitted to the episodes whose advantages it serves, as in Meta-World's experiments
///       (`OnPolicy.prepare`).
module internal Maml =
    /// The state of an adapted policy, whose value function is zero.
    let private stateOf (policies: OnPolicyAgent) (state: OnPolicyState) values = {
        state with
            Policy = AdamState.start values
            Value =
                Draw.constant (TensorOptions.ofTensor values) 0.0 [| policies.ValueLayout.Length |]
                |> AdamState.start
    }

    /// The loss of a step: Σ over tasks of the mean over a task's own steps of −log π A.
    let private innerLoss (policies: OnPolicyAgent) state (prepared: Prepared) =
        let rows = { Ppo.allRows prepared with Weight = RunningMoments.shares prepared.Weight }

        fun (values: Tensor) ->
            let parameters =
                Layout.parts policies.PolicyLayout values
                |> OnPolicyNetworks.withFixed policies state

            let policy =
                OnPolicyNetworks.policy policies parameters prepared.Before prepared.Obs

            PolicyObjective.loss policies.Config LogLikelihood policy rows

    /// The policies after a step on each of the samples, all of the same tasks.
    let private adapted (agent: MamlAgent) (state: OnPolicyState) (samples: Iteration list) =
        let tasks, _, _ = Episodes.sizes samples.Head.Episodes
        let policies = MamlAgent.ofTasks tasks agent

        let step values iteration =
            let state = stateOf policies state values
            let prepared, _ = OnPolicy.prepare policies state iteration
            let loss = innerLoss policies state prepared
            ((values, loss), prepared), InnerSteps.next agent.Config.InnerRate loss values

        let start = MamlAgent.repeat tasks agent state.Policy.Values
        let steps, values = List.mapFold step start samples

        {
            Agent = policies
            Steps = List.map fst steps
            Prepared = List.map snd steps
            Values = values
        }

    /// The episodes before each step, then the episodes after the last step.
    let private samples (agent: MamlAgent) (iteration: Iteration) =
        let _, rows, _ = Episodes.sizes iteration.Episodes
        let each = agent.Config.Rows

        [
            for first in 0..each .. rows - each ->
                { iteration with Episodes = Episodes.part first each iteration.Episodes }
        ]

    /// A policy for each task, after an inner step on each of the given samples of episodes: the policies of all as one
    /// agent with its state.
    let adapt (agent: MamlAgent) state (iteration: Iteration) =
        let owned (_, state: OnPolicyState) =
            Seq.append (AdamState.owns state.Policy) (AdamState.owns state.Value)

        Tensors.scope owned (fun () ->
            let policies = adapted agent state (samples agent iteration)
            policies.Agent, stateOf policies.Agent state policies.Values)

    /// The step over θ. `before` are the adapted policies that played the prepared episodes.
    let private ofPolicies
        (agent: MamlAgent)
        (policies: TaskPolicies)
        (before: OnPolicyState)
        (prepared: Prepared)
        : MetaProblem =
        let rate, tasks = agent.Config.InnerRate, prepared.Rows.Length
        let steps = InnerSteps.record policies.Steps

        let backward v =
            InnerSteps.backward rate steps v |> MamlAgent.sum tasks agent

        let fisher = Trpo.fisherProduct policies.Agent before 0.0 prepared

        let adapt theta =
            MamlAgent.repeat tasks agent theta
            |> InnerSteps.last rate (List.map snd policies.Steps)

        {
            Policies = policies.Agent
            Before = before
            Prepared = policies.Prepared @ [ prepared ]
            Gradient = Trpo.gradient policies.Agent before Ratio prepared |> backward
            Product =
                fun v ->
                    Tensors.scope Seq.singleton (fun () ->
                        MamlAgent.repeat tasks agent v
                        |> InnerSteps.forward rate steps
                        |> fisher
                        |> backward)
            Adapt = adapt
            Measure =
                fun theta ->
                    use _ = TorchSharp.torch.NewDisposeScope()

                    adapt theta
                    |> Trpo.measure (Shards.serial 1) policies.Agent before Ratio prepared
            LossBefore = Tensor.item (Ppo.loss policies.Agent Ratio prepared prepared.Policy)
        }

    /// The meta-update of an iteration as a problem over θ. Valid in the surrounding scope.
    let problem agent state iteration : MetaProblem =
        let exploring, last =
            samples agent iteration |> List.splitAt agent.Config.InnerSteps

        let policies = adapted agent state exploring
        let before = stateOf policies.Agent state policies.Values

        OnPolicy.prepare policies.Agent before last.Head
        |> fst
        |> ofPolicies agent policies before

    /// Mean reward of the steps of some episodes.
    let private reward (prepared: Prepared) =
        let rewards = prepared.Iteration.Episodes.Reward
        Tensor.sum (prepared.Weight .* Tensor.reshape (Tensor.shape prepared.Weight) rewards)

    let private measure (problem: MetaProblem) after : Metrics =
        let first, last = List.head problem.Prepared, List.last problem.Prepared

        OnPolicy.measure problem.Policies problem.Before after last
        @ [
            { Name = "reward_before_adaptation"; Value = reward first }
            { Name = "reward_after_adaptation"; Value = reward last }
        ]

    /// One update from one iteration: the rows of a task are its episodes before each inner step, then episodes of its
    /// adapted policy, equally many each. The given state is unchanged and stays usable; the result shares its
    /// unchanged tensors.
    [<CompiledName("Update")>]
    let update (agent: MamlAgent) (state: OnPolicyState) (iteration: Iteration) =
        let owned (state, metrics) =
            Seq.append (OnPolicyState.owns state) (Metrics.owns metrics)

        Tensors.scope owned (fun () ->
            let rule = agent.Config.TrustRegion
            let problem = problem agent state iteration

            let damped v = problem.Product v .+ rule.Damping *. v

            let outcome =
                (state.Policy.Values, problem.Gradient)
                ||> TrustRegions.stepOrNaN rule damped problem.Measure problem.LossBefore

            let next =
                {
                    state with
                        Policy = {
                            state.Policy with
                                Values = outcome.Point
                                Steps = state.Policy.Steps + 1L
                        }
                        Obs =
                            (state.Obs, problem.Prepared)
                            ||> List.fold (fun running prepared ->
                                ObsStatistics.add agent.Meta prepared.Iteration prepared running)
                        Iterations = state.Iterations + 1L
                }
                |> StdProjection.apply agent.Meta

            let after = problem.Adapt outcome.Point |> stateOf problem.Policies state
            next, measure problem after)
