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
    /// Surgery combines the gradients of parameters that tasks share, and leaves those of one task as they are.
    SurgeryOfSharedParameters: bool
    /// The task encoder's gradient is the sum over the losses of what PCGrad returns for each; otherwise that of the
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

    /// A new switch is a field of `Behaviour`, and its key at the same place.
    let schema =
        record<Behaviour> [
            // Observations, replay, evaluation and the training loop.

            switchOffPolicy "behaviour.one_hot_tasks" true _.OneHotTasks {
                Original = "Observations of MT-SAC have no task id."
                Corrected = "The observation ends with a one-hot task id."
                Reason = "Two tasks can have equal first observations and require opposite actions."
            }

            switch "behaviour.balanced_batches" true _.BalancedBatches {
                Original = "Rows of a batch are drawn uniformly from everything stored."
                Corrected = "A batch holds equally many rows of each task."
                Reason =
                    "The papers describe 128 rows for each task; uniform draws only average to it."
            }

            switch "behaviour.store_reset_observation" false _.StoreResetObservation {
                Original =
                    "The next observation of an episode's last step is the first one of the next episode."
                Corrected = "It is the observation that the step led to."
                Reason = "The critic bootstraps from a state that the action never reaches."
            }

            switchExcept
                (fun c -> c.Env.Family.HasVariants)
                "behaviour.separate_evaluation"
                true
                _.SeparateEvaluation
                {
                    Original = "One evaluation episode in each training environment."
                    Corrected = "num_eval_episodes episodes in environments of their own."
                    Reason =
                        "Rates rest on one episode, and evaluation changes the training that follows."
                }

            switchOffPolicy "behaviour.independent_intervals" true _.IndependentIntervals {
                Original =
                    "Evaluation happens only where the step is a multiple of both 150 and eval_freq: every 30 000 steps."
                Corrected = "Evaluation happens at every multiple of eval_freq."
                Reason = "The configured period of 10 000 steps has no effect otherwise."
            }

            switchOffPolicy "behaviour.raw_returns" true _.RawReturns {
                Original = "Logged returns are sums of the normalised rewards."
                Corrected = "They are sums of the environment's own rewards."
                Reason =
                    "Normalised rewards change their scale during a run, and returns of two runs or of training and evaluation cannot be compared."
            }

            switch "behaviour.frequencies_in_updates" true _.FrequenciesInUpdates {
                Original = "Update frequencies count environment steps."
                Corrected = "Update frequencies count updates."
                Reason =
                    "All catch-up updates at the end of the random phase have the same step, so that either each or none of them trains the actor."
            }

            // Encoders, task encoders and experts.

            switch "behaviour.shared_encoder" true _.SharedEncoder {
                Original =
                    "The actor's attention or gate network, and its whole FiLM encoder, keep their random start."
                Corrected = "The actor uses the critics' encoder, all of which is trained."
                Reason =
                    "The actor mixes experts with random weights for the whole run, though they were trained with other weights."
            }

            switch "behaviour.train_actor_encoder" true _.TrainActorEncoder {
                Original =
                    "The layers that the actor has behind the convolutions of an encoder of images keep their random start: no optimiser has them."
                Corrected = "The actor's loss trains them."
                Reason =
                    "In SAC-AE's paper the actor shares the convolutions only and learns the layers behind them."
            }

            switch "behaviour.train_first_embedding" true _.TrainFirstEmbedding {
                Original =
                    "The embedding of the first task by HiP-BMDP's θ is zero and is not trained: it is used as padding."
                Corrected = "It is trained as the others are."
                Reason = "The first task is a task like the others."
            }

            switch
                "behaviour.train_theta_without_contrastive_loss"
                true
                _.TrainThetaWithoutContrastiveLoss
                {
                    Original = "Without the contrastive loss no step of HiP-BMDP's θ is taken."
                    Corrected =
                        "A step is taken by the gradients of the losses of `agent.multitask.task_encoder_cfg.losses_to_train`."
                    Reason = "Their gradients are computed, and the key names them."
                }

            switch "behaviour.pairwise_contrastive_loss" true _.PairwiseContrastiveLoss {
                Original =
                    "HiP-BMDP's contrastive loss compares the norms of two matrices of the whole batch: the differences of task encodings, and of means of predictions."
                Corrected =
                    "It compares, for each pair of rows, the distance of task encodings and the 2-Wasserstein distance of predictions."
                Reason =
                    "The norms of a batch can be equal where no pair's distances are; the paper compares pairs."
            }

            switch "behaviour.apply_attention_detach" true _.ApplyAttentionDetach {
                Original =
                    "Gradients flow from the attention into the task encoder: its key is misspelt, and missing means no."
                Corrected = "The attention's context is detached, as is the key's default."
                Reason = "The configuration specifies that it is detached."
            }

            switchToPaper "behaviour.dot_product_attention" _.DotProductAttention {
                Original =
                    "CARE's attention is a network from the task's encoding to a weight of each expert: the same weights for all observations of a task."
                Corrected =
                    "The network computes a query from the task's encoding; the weights are a softmax over the products of the query with the experts' outputs, for each observation."
                Reason =
                    "The paper (Sodhani et al. 2021, arXiv:2102.06177) scores each expert's output against the context, so that weights follow the observation."
            }

            switchToPaper "behaviour.film_per_feature" _.FilmPerFeature {
                Original =
                    "FiLM multiplies the output of each layer, after its activation, by one number of the task's encoding and adds another."
                Corrected =
                    "Linear maps of the task's encoding give a scale and a shift of each feature, applied before the activation."
                Reason =
                    "In the paper (Perez et al. 2018, arXiv:1709.07871) modulation is feature-wise; two numbers for a layer cannot switch single features off."
            }

            switch "behaviour.trainable_ptsl_init" true _.TrainablePtslInit {
                Original = "All projections of PTSL start at zero, the task maps normal."
                Corrected =
                    "The last map of each task branch starts at zero, the others at random; the product residual starts as none."
                Reason =
                    "Zero before and after a task map is a saddle: with independent projections or the product residual nothing but the output layer's task bias and maps ever learns."
            }

            switch "behaviour.ignore_case" true _.IgnoreCase {
                Original = "Words that select experts are compared with case."
                Corrected = "Words that select experts are found whatever their case."
                Reason = "The verb of a description is its first word, with a capital letter."
            }

            // Gradient surgery and loss weighting.

            switch "behaviour.surgery_of_shared_parameters" true _.SurgeryOfSharedParameters {
                Original =
                    "Surgery also combines the gradients of parameters that belong to one task, and PCGrad those of the temperatures."
                Corrected =
                    "Surgery combines the gradients of shared parameters only; parameters of one task use their own gradient."
                Reason =
                    "Gradients of parameters of different tasks cannot conflict; combined, they are scaled by conflicts of the shared ones."
            }

            switch "behaviour.sum_surgery_over_losses" true _.SumSurgeryOverLosses {
                Original =
                    "PCGrad of each loss overwrites the task encoder's gradient, so that of several losses (critics, transition and reward, decoder) it follows the last one only. Surgery has no part in the contrastive loss of HiP-BMDP."
                Corrected =
                    "The task encoder follows the sum over the losses, as it does without surgery. Surgery combines what the tasks have of each loss, also of the contrastive loss of pairs."
                Reason =
                    "Each loss that `agent.multitask.task_encoder_cfg.losses_to_train` names is to train the task encoder, and tasks conflict in each."
            }

            switch "behaviour.gradnorm_first_loss" true _.GradNormFirstLoss {
                Original =
                    "GradNorm's first loss is overwritten in each update, its scaled weights are discarded, and losses are weighted by the unscaled ones, which are learned by Adam at 1e-6."
                Corrected =
                    "Rates of training refer to the first loss; weights are scaled to add up to the number of tasks."
                Reason =
                    "As coded a weight changes by at most a tenth in 100,000 updates, and rates of training are not balanced."
            }

            // Soft actor-critic.

            switchOffPolicy "behaviour.exact_squash_density" true _.ExactSquashDensity {
                Original =
                    "log π of a squashed action contains −log(relu(1 − a²) + 1e-6) of the rounded action a = tanh u, in Distral as well."
                Corrected =
                    "It contains −2 (log 2 − u − softplus(−2u)), which is equal for exact numbers."
                Reason =
                    "Where actions saturate log π is too small by 1.2 nats at |u| = 8 and by 14.8 at 15, and so are the temperatures and both losses; and the slope is gone that would bring the policy back."
            }

            // On-policy agents.

            switch "behaviour.equal_episodes_per_task" true _.EqualEpisodesPerTask {
                Original =
                    "Each sampler of an on-policy agent plays the tasks in turn, from the first one on, until the batch is full."
                Corrected = "An iteration holds equally many episodes of each task."
                Reason =
                    "The small batches of garage hold seven episodes of ten tasks, at first of the first tasks only."
            }

            switch "behaviour.divide_advantages_by_std" true _.DivideAdvantagesByStd {
                Original = "Centred advantages are divided by their variance."
                Corrected = "Centred advantages are divided by their standard deviation."
                Reason =
                    "With large rewards the gradient of the policy becomes tiny; garage's documentation specifies the deviation."
            }

            switch "behaviour.bootstrap_time_limits" true _.BootstrapTimeLimits {
                Original = "On-policy agents treat the last step of every episode as terminal."
                Corrected = "A truncated episode bootstraps from the value of its last observation."
                Reason =
                    "A time limit is no terminal state, and observations do not contain the time."
            }

            switch "behaviour.padding_in_advantages" false _.PaddingInAdvantages {
                Original = "Values of padding enter the advantages of shorter episodes."
                Corrected = "Padding enters no advantage."
                Reason = "The value of an observation of zeros has no meaning."
            }

            switch "behaviour.accept_step_at_bound" true _.AcceptStepAtBound {
                Original =
                    "A step of TRPO whose divergence equals its bound ends the line search and is then rejected."
                Corrected = "It is accepted."
                Reason = "The search compares by ≤, the check after it by <."
            }

            switch "behaviour.project_std" true _.ProjectStd {
                Original =
                    "σ of an on-policy policy that has fallen below `agent.on_policy.min_std` never rises again: it is clamped, and the gradient of its stored number is zero there."
                Corrected =
                    "Each update begins with the stored number moved to the bound that it has crossed (a projected gradient step), where the gradient is that of the objective."
                Reason =
                    "A policy that has to explore again, as when its entropy is tuned, could not."
            }

            switch "behaviour.fifty_tasks_in_mt50" true _.FiftyTasksInMt50 {
                Original = "env=metaworld-mt50 trains MT10 with on-policy agents."
                Corrected = "It trains the fifty tasks."
                Reason = "Both of garage's examples named mt50 build MT10."
            }
        ]
