namespace MtrlFunctional.Experiments

/// `behaviour.*`: switches between the behaviour of the original programs and a corrected one. `fidelity` sets the
/// defaults. An error of an original program, by its own intent or by its paper, is one switch; so is a form of a
/// paper that neither fidelity has. All other code is shared.
type Behaviour = {
    /// The observation ends with the task's index as a one-hot vector, where there are several
    /// tasks and no task encoder.
    OneHotTasks: bool
    /// A batch holds as many rows of each task.
    BalancedBatches: bool
    /// The stored next observation of an episode's last step is the first one of the next episode.
    StoreResetObservation: bool
    /// An off-policy agent bootstraps at time limits; otherwise only at the first of each task.
    BootstrapReplayTimeLimits: bool
    /// Evaluation has environments of its own.
    SeparateEvaluation: bool
    /// Log lines, evaluations and checkpoints are due at multiples of their period; otherwise only
    /// where the step is a multiple of both the horizon and their period.
    IndependentIntervals: bool
    /// Returns are sums of the environment's own rewards; otherwise of the normalised ones.
    RawReturns: bool
    /// Update frequencies count updates; otherwise environment steps.
    FrequenciesInUpdates: bool
    /// The actor has the critics' whole encoder.
    SharedEncoder: bool
    /// The actor's loss trains the layers that the actor has behind the convolutions of an encoder of images.
    TrainActorEncoder: bool
    /// The first task's embedding by θ is trained as the others are.
    TrainFirstEmbedding: bool
    /// θ is trained without the contrastive loss, too.
    TrainThetaWithoutContrastiveLoss: bool
    /// The contrastive loss compares distances of pairs of rows; otherwise two norms of the whole batch.
    PairwiseContrastiveLoss: bool
    /// The key for detaching the attention's context has an effect.
    ApplyAttentionDetach: bool
    /// CARE's attention scores the outputs of the experts at each observation; otherwise it weighs experts by the task.
    DotProductAttention: bool
    /// FiLM scales and shifts each feature before the activation; otherwise a whole layer after it.
    FilmPerFeature: bool
    /// The task branches of PTSL start so that all of their parameters learn.
    TrainablePtslInit: bool
    /// Words that select experts are found whatever their case.
    IgnoreCase: bool
    /// Surgery combines the gradients of parameters that tasks share, not of a task's own parameters.
    SurgeryOfSharedParameters: bool
    /// The task encoder's gradient is the sum of PCGrad's results for all losses; otherwise the result for the
    /// last loss. Surgery combines what tasks have of the contrastive loss, too; otherwise it has no part in it.
    SumSurgeryOverLosses: bool
    /// GradNorm's rates refer to the first loss, and its scaled weights are kept.
    GradNormFirstLoss: bool
    /// log π of squashed actions is exact; otherwise clamped.
    ExactSquashDensity: bool
    /// An iteration of an on-policy agent holds as many episodes of each task.
    EqualEpisodesPerTask: bool
    /// Advantages are divided by their standard deviation; otherwise by their variance.
    DivideAdvantagesByStd: bool
    /// Truncated episodes bootstrap from the value of their last observation; otherwise from 0.
    BootstrapTimeLimits: bool
    /// Values of padding enter the advantages of shorter episodes.
    PaddingInAdvantages: bool
    /// A step of TRPO whose divergence equals its bound is accepted.
    AcceptStepAtBound: bool
    /// An update of an on-policy agent begins with σ moved into its bounds.
    ProjectStd: bool
    /// env=metaworld-mt50 has fifty tasks for on-policy agents, too.
    FiftyTasksInMt50: bool
}

module internal Behaviour =
    open Schema

    let private switch name = switch $"behaviour.{name}"

    /// A switch that is on where the original has no error for the choices.
    let private switchExcept isSound name =
        switchUnless (fun c -> if isSound c then Some true else None) $"behaviour.{name}" true

    /// The original is mtrl, and garage's agents have no error.
    let private switchOffPolicy name = switchExcept Choices.isOnPolicy name

    /// A form of a paper that neither behaviour has unless it is given.
    let private switchToPaper name =
        switchUnless (fun _ -> Some false) $"behaviour.{name}" true

    /// Episodes of Meta-World end by mtrl's own count, without the environment's word.
    let private hasNoTimeLimits c =
        Choices.isOnPolicy c || not c.Env.Family.HasImages

    /// A new switch is a field of `Behaviour`, its key at the same place, and its section in docs/reference/differences.md.
    let schema =
        record<Behaviour> [
            // Observations, replay, evaluation and the training loop.
            switchOffPolicy "one_hot_tasks" _.OneHotTasks
            switch "balanced_batches" true _.BalancedBatches
            switch "store_reset_observation" false _.StoreResetObservation
            switchExcept hasNoTimeLimits "bootstrap_replay_time_limits" _.BootstrapReplayTimeLimits
            switchExcept _.Env.Family.HasVariants "separate_evaluation" _.SeparateEvaluation
            switchOffPolicy "independent_intervals" _.IndependentIntervals
            switchOffPolicy "raw_returns" _.RawReturns
            switch "frequencies_in_updates" true _.FrequenciesInUpdates

            // Encoders, task encoders and experts.
            switch "shared_encoder" true _.SharedEncoder
            switch "train_actor_encoder" true _.TrainActorEncoder
            switch "train_first_embedding" true _.TrainFirstEmbedding
            switch "train_theta_without_contrastive_loss" true _.TrainThetaWithoutContrastiveLoss
            switch "pairwise_contrastive_loss" true _.PairwiseContrastiveLoss
            switch "apply_attention_detach" true _.ApplyAttentionDetach
            switchToPaper "dot_product_attention" _.DotProductAttention
            switchToPaper "film_per_feature" _.FilmPerFeature
            switch "trainable_ptsl_init" true _.TrainablePtslInit
            switch "ignore_case" true _.IgnoreCase

            // Gradient surgery and loss weighting.
            switch "surgery_of_shared_parameters" true _.SurgeryOfSharedParameters
            switch "sum_surgery_over_losses" true _.SumSurgeryOverLosses
            switch "gradnorm_first_loss" true _.GradNormFirstLoss

            // Soft actor-critic.
            switchOffPolicy "exact_squash_density" _.ExactSquashDensity

            // On-policy agents.
            switch "equal_episodes_per_task" true _.EqualEpisodesPerTask
            switch "divide_advantages_by_std" true _.DivideAdvantagesByStd
            switch "bootstrap_time_limits" true _.BootstrapTimeLimits
            switch "padding_in_advantages" false _.PaddingInAdvantages
            switch "accept_step_at_bound" true _.AcceptStepAtBound
            switch "project_std" true _.ProjectStd
            switch "fifty_tasks_in_mt50" true _.FiftyTasksInMt50
        ]
