namespace MtrlFunctional.Algorithms

open System.Collections.Generic
open MtrlFunctional.Networks
open MtrlFunctional.Surgery
open MtrlFunctional.Tensors
open MtrlFunctional.Algorithms.Preparation

/// Acting and learning of on-policy agents: PPO, TRPO and plain policy gradients, by their
/// configuration.
///
/// An update uses the steps of one iteration: advantages (`Preparation`), the policy (`Ppo` or
/// `Trpo`), the value function (`ValueFitting`), then running statistics for the next
/// iteration. Policy and value function use the same prepared data and not each other's result.
module internal OnPolicy =
    let private policy (agent: OnPolicyAgent) (state: OnPolicyState) (obs: Tensor) =
        let features =
            match agent.Memory with
            | Some _ -> obs
            | None -> OnPolicyNetworks.scaled agent state obs

        OnPolicyNetworks.decide agent (OnPolicyNetworks.policyViews agent state) features

    /// Standard normal numbers that one exploring action takes.
    [<CompiledName("NoiseSize")>]
    let noiseSize (config: OnPolicyConfig) =
        match config.Actions with
        | PolicyKind.Gaussian _ -> config.ActionSize
        | PolicyKind.Categorical -> Categorical.noiseSize config.ActionSize

    /// The memory after an observation: states [tasks; rows; units] and observations [tasks; rows; obs] to states.
    /// Without a memory, the observations.
    [<CompiledName("StepMemory")>]
    let stepMemory agent state memory obs =
        Tensors.constant Seq.singleton (fun () ->
            OnPolicyNetworks.scaled agent state obs
            |> OnPolicyNetworks.stepMemory agent (OnPolicyNetworks.policyViews agent state) memory
            |> Tensor.clone)

    /// Actions to explore with, for observations [tasks; rows; obs], or states of the memory after them, and standard
    /// normal noise [tasks; rows; noise]. Actions are not limited: the sampler stores them unlimited and clips the
    /// actions of the simulation.
    [<CompiledName("Act")>]
    let act agent state obs noise =
        Tensors.constant Seq.singleton (fun () ->
            ActionDistribution.sample (policy agent state obs) noise)

    /// Zeros in the place of a goal that the memory does not read.
    let private withoutGoal (config: OnPolicyConfig) : RowStep list =
        match config.Memory |> Option.bind _.Goal with
        | None -> []
        | Some { Observed = goal } ->
            let isRead i =
                i < goal.First || i >= goal.First + goal.Count

            let scale: RowNumbers = {
                Shape = [ config.ObsSize ]
                Sets = 1
                SetOf = []
                Values = Array.init config.ObsSize (fun i -> if isRead i then 1f else 0f)
            }

            [ RowStep.Next(RowLayer.ScaleTask(scale, RowDense.single 0f)) ]

    /// log σ of the numbers of an action, for all tasks or for each.
    let private logStd (std: ActionStd) (parameters: Weights) =
        let found = GaussianPolicy.logStd std parameters["std"]
        if std.PerTask then Tensor.squeeze 1 found else found

    /// Noise of the episodes of a trial that explore: times σ, or on the logarithms of probabilities.
    let private exploration (config: OnPolicyConfig) (parameters: Weights) : RowStep list =
        match config.Memory, config.Actions with
        | None, _ -> []
        | Some _, PolicyKind.Gaussian std ->
            let deviation = Tensor.exp (logStd std parameters)
            [ RowStep.Next(RowLayer.Perturb(RowDense.numbers 1 deviation)) ]
        | Some _, PolicyKind.Categorical -> [ RowStep.Next(RowLayer.Perturb(RowDense.single 1f)) ]

    /// An action with log σ beside it, if it is drawn from a Gaussian.
    let private withLogStd (config: OnPolicyConfig) parameters action =
        match config.Actions with
        | PolicyKind.Gaussian std ->
            let constant = RowDense.numbers 1 (logStd std parameters)
            let scaled = Row.apply (RowLayer.ScaleTask(RowDense.single 0f, constant)) action
            Row.withLogStd scaled action
        | PolicyKind.Categorical -> action

    /// The policy on rows of one task, or the first part of its network that cannot be expressed so: greedy, or with a memory
    /// greedy where noise is zero. log σ and the value are beside it.
    let rowLayers (agent: OnPolicyAgent) (state: OnPolicyState) : Result<RowStep list, string> =
        use _ = TorchSharp.torch.no_grad ()
        use _ = TorchSharp.torch.NewDisposeScope()
        let config = agent.Config

        let source =
            OnPolicyNetworks.policyViews agent state |> RowSource.ofTasks config.Tasks None

        let output =
            match config.Actions with
            | PolicyKind.Gaussian _ -> RowLayer.Limit
            | PolicyKind.Categorical -> RowLayer.Choose

        Network.rows source "" config.ObsSize (OnPolicyConfig.policy config)
        |> Result.map (fun (policy, _) ->
            let input = Row.input config.ObsSize
            let obs = Row.follow (OnPolicyNetworks.scaling agent state) input

            let action =
                Row.follow
                    (withoutGoal config
                     @ policy
                     @ ActionMask.rowSteps config.ActionSize config.ActionSizes
                     @ exploration config source.Weights
                     @ [ RowStep.Next output ])
                    obs
                |> withLogStd config source.Weights

            OnPolicyNetworks.valueRow agent state obs
            |> Option.fold (fun action value -> Row.withValue value action) action
            |> Row.steps input)

    /// The mean actions, or the most probable choices, for observations or states of the memory.
    [<CompiledName("ActGreedily")>]
    let actGreedily agent state obs =
        Tensors.constant Seq.singleton (fun () ->
            Tensor.clone (ActionDistribution.mode (policy agent state obs)))

    let private updatePolicy shards agent state prepared =
        match agent.Config.Improve with
        | GradientSteps(kind, settings, maxKl) ->
            Ppo.improve shards agent state kind settings maxKl prepared
        | TrustRegionStep(kind, rule) -> Trpo.improve shards agent state kind rule prepared

    /// Policy and value function. Where minibatches are not cut into parts, side by side on two threads.
    let private learn agent state prepared =
        let parts = agent.Config.Parts

        let policy shards =
            updatePolicy shards agent state prepared

        let value shards =
            ValueFitting.fit shards agent state prepared

        if parts > 1 || agent.Shards.Count = 1 then
            let shards = agent.Shards.Cut parts
            policy shards, value shards
        else
            let both = Array.create 2 None
            let alone = Shards.serial 1
            let given = HashSet(OnPolicyState.owns state, HashIdentity.Reference)

            agent.Shards.Map(fun i ->
                if i > 1 then
                    [||]
                else
                    let fitted = if i = 0 then policy alone else value alone
                    both[i] <- Some fitted
                    // Unchanged tensors stay owned by the previous state.
                    MinibatchTraining.owns fitted
                    |> Seq.filter (given.Contains >> not)
                    |> Seq.toArray)
            |> ignore

            Option.get both[0], Option.get both[1]

    /// Explained variance: 1 − variance of the residual returns / variance of the returns.
    let private explainedVariance (prepared: Prepared) =
        let variance (x: Tensor) =
            let mean = Tensor.sum (prepared.Weight .* x)
            Tensor.sum (prepared.Weight .* Tensor.square (x .- mean))

        let left = variance (prepared.Return .- prepared.Value)
        1.0 +. -1.0 *. (left ./ (1e-8 +. variance prepared.Return))

    /// The metrics of an update, from its prepared data: losses, divergence, entropy and values.
    let measure
        (agent: OnPolicyAgent)
        (before: OnPolicyState)
        (after: OnPolicyState)
        prepared
        : Metrics =
        let agent = Preparation.atAllRows agent.Shards prepared agent
        let padding = agent.Config.PaddingInAdvantages
        let loss = Ppo.loss agent (OnPolicyAgent.surrogate agent) prepared
        let divergence = Ppo.divergence padding prepared
        let policy, goalError = Ppo.outputsAt agent after prepared after.Policy.Values

        [
            "policy_loss_before", loss prepared.Policy
            "policy_loss", loss policy
            "kl_before", divergence prepared.Policy
            "kl", divergence policy
            "entropy", Ppo.entropy agent padding prepared policy
            "explained_variance", explainedVariance prepared
            match goalError with
            | Some error -> "goal_error", error
            | None -> ()
            match prepared.Ratio with
            | Some ratio -> "importance_ratio", Tensor.sum (prepared.Weight .* ratio)
            | None -> ()
            match agent.Config.Value with
            | ValueNetwork network ->
                "value_loss_before", ValueFitting.lossBefore agent before network prepared
                "value_loss", ValueFitting.loss agent before network prepared after.Value.Values
            | LinearFeatures _ -> ()
        ]
        |> List.map (fun (name, value) -> { Name = name; Value = value })

    /// The prepared data of an iteration, and the running statistics of rewards after it. A linear value function is fitted
    /// to the iteration whose advantages it serves, as in Meta-World's experiments.
    let prepare (agent: OnPolicyAgent) (state: OnPolicyState) iteration =
        use _ = TorchSharp.torch.no_grad ()

        let prepared state =
            Preparation.prepare agent state iteration

        match agent.Config.Value with
        | ValueNetwork _ -> prepared state
        | LinearFeatures _ ->
            let fitted = ValueFitting.fit agent.Shards agent state (fst (prepared state))
            prepared { state with Value = fitted.Trained }

    /// One update from the data prepared with this state. Runs in the scope of the caller, which owns
    /// the result.
    let improve (agent: OnPolicyAgent) (state: OnPolicyState) (prepared, reward) =
        let iteration = prepared.Iteration
        let players = OnPolicyState.nextPlayers state

        let state =
            use _ = TorchSharp.torch.no_grad ()

            (match agent.Mask with
             | Some _ -> state
             | None -> StdProjection.apply agent state)
            |> PopArtStep.apply agent prepared.Weight prepared.Return

        let policy, value = learn agent state prepared

        use _ = TorchSharp.torch.no_grad ()

        let next = {
            state with
                Policy = policy.Trained
                Value = value.Trained
                EntropyCoefficient = EntropyStep.update agent prepared state policy.Trained
                Obs = ObsStatistics.add agent iteration prepared state.Obs
                Reward = reward
                Earlier = players
                Iterations = state.Iterations + 1L
                PolicySurgery = policy.Memory
                ValueSurgery = value.Memory
        }

        next, measure agent state next prepared @ EntropyStep.measure [ next ]

    let private updateBy inspect (agent: OnPolicyAgent) (state: OnPolicyState) iteration =
        let owned (state, metrics, _) =
            Seq.append (OnPolicyState.owns state) (Metrics.owns metrics)

        Tensors.scope owned (fun () ->
            let prepared = prepare agent state iteration
            let inspected = inspect (fst prepared)
            let next, metrics = improve agent state prepared
            next, metrics, inspected)

    /// One update from one iteration. The given state is unchanged and stays usable; the result
    /// shares its unchanged tensors.
    [<CompiledName("Update")>]
    let update agent state (iteration: Iteration) =
        let next, metrics, () = updateBy ignore agent state iteration
        next, metrics

    /// The problems whose gradients tasks share: of the policy, and of a value function that learns by
    /// gradients. The rows are one minibatch, also for the normalisation of advantages.
    let private problems (agent: OnPolicyAgent) (state: OnPolicyState) prepared = [
        let ofPolicy =
            match agent.Config.Improve with
            | GradientSteps _ -> Ppo.problem
            | TrustRegionStep _ -> Trpo.problem

        "policy", ofPolicy agent state (OnPolicyAgent.surrogate agent) prepared, state.Policy

        match agent.Config.Value with
        | ValueNetwork network ->
            "value", ValueFitting.problem agent state network prepared, state.Value
        | LinearFeatures _ -> ()
    ]

    /// Cosines of the tasks' gradients of shared parameters on the prepared data of an update; changes no state.
    let private conflicts (agent: OnPolicyAgent) state step update (prepared: Prepared) = [
        if agent.Config.Tasks > 1 then
            let tasks, rows = prepared.Rows.Length, allRows prepared

            for part, problem, trained in problems agent state prepared do
                if Sharing.sharedCount problem.Layout > 0L then
                    RowProblem.ofTasks agent.Shards problem tasks trained.Values rows
                    |> _.Shared
                    |> Conflict.record step update part
    ]

    /// As `update`, with the similarities of the tasks' gradients before the update, as records of a step and of the
    /// number of the update; none if there is one task.
    let updateWithConflicts agent state step number iteration =
        let measure prepared =
            Tensors.scope (fun _ -> Seq.empty) (fun () ->
                conflicts agent state step number prepared)

        updateBy measure agent state iteration
