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
    /// last loss.
    SumSurgeryOverLosses: bool
    /// GradNorm's rates refer to the first loss, and its scaled weights are kept.
    GradNormFirstLoss: bool
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
    /// Distral's agents learn together, each from rows of its own task.
    DistralRowsPerTask: bool
    /// The losses of Distral's agents penalise the divergence from the distilled policy.
    DistralLogRatioInLosses: bool
    /// The distilled policy minimises KL(agents ‖ distilled).
    DistralForwardKl: bool
    /// Distral's agents are evaluated; otherwise the distilled policy is.
    EvaluateDistralAgents: bool
}

module internal Behaviour =
    open Schema

    /// A new switch is a field above and an entry here.
    let schema =
        schema {
            let! oneHotTasks =
                switchOffPolicy
                    "behaviour.one_hot_tasks"
                    true
                    {
                        Original = "Observations of MT-SAC have no task id."
                        Corrected = "The observation ends with a one-hot task id."
                        Reason =
                            "Two tasks can look alike in the first observations and ask for opposite actions."
                    }
                    (fun (b: Behaviour) -> b.OneHotTasks)

            and! balancedBatches =
                switch
                    "behaviour.balanced_batches"
                    true
                    {
                        Original = "Rows of a batch are drawn uniformly from everything stored."
                        Corrected = "A batch holds equally many rows of each task."
                        Reason =
                            "The papers describe 128 rows for each task; uniform draws only average to it."
                    }
                    _.BalancedBatches

            and! storeResetObservation =
                switch
                    "behaviour.store_reset_observation"
                    false
                    {
                        Original =
                            "The next observation of an episode's last step is the first one of the next episode."
                        Corrected = "It is the observation that the step led to."
                        Reason = "The critic bootstraps from a state that the action never reaches."
                    }
                    _.StoreResetObservation

            and! separateEvaluation =
                switchExcept
                    (fun c -> Choices.hasVariants c.Env)
                    "behaviour.separate_evaluation"
                    true
                    {
                        Original = "One evaluation episode in each training environment."
                        Corrected = "num_eval_episodes episodes in environments of their own."
                        Reason =
                            "Rates rest on one episode, and evaluation changes the training that follows."
                    }
                    _.SeparateEvaluation

            and! independentIntervals =
                switchOffPolicy
                    "behaviour.independent_intervals"
                    true
                    {
                        Original =
                            "Evaluation happens only where the step is a multiple of both 150 and eval_freq: every 30 000 steps."
                        Corrected = "Evaluation happens at every multiple of eval_freq."
                        Reason = "The configured period of 10 000 steps has no effect otherwise."
                    }
                    _.IndependentIntervals

            and! rawReturns =
                switchOffPolicy
                    "behaviour.raw_returns"
                    true
                    {
                        Original = "Logged returns are sums of the normalised rewards."
                        Corrected = "They are sums of the environment's own rewards."
                        Reason =
                            "Normalised rewards change their scale during a run, and returns of two runs or of training and evaluation cannot be compared."
                    }
                    _.RawReturns

            and! frequenciesInUpdates =
                switch
                    "behaviour.frequencies_in_updates"
                    true
                    {
                        Original = "Update frequencies count environment steps."
                        Corrected = "Update frequencies count updates."
                        Reason =
                            "All catch-up updates at the end of the random phase have the same step, so that either each or none of them trains the actor."
                    }
                    _.FrequenciesInUpdates

            and! sharedEncoder =
                switch
                    "behaviour.shared_encoder"
                    true
                    {
                        Original =
                            "The actor's attention or gate network, and its whole FiLM encoder, keep their random start."
                        Corrected = "The actor uses the critics' encoder, all of which is trained."
                        Reason =
                            "The actor mixes experts with random weights for the whole run, though they were trained with other weights."
                    }
                    _.SharedEncoder

            and! trainActorEncoder =
                switch
                    "behaviour.train_actor_encoder"
                    true
                    {
                        Original =
                            "The layers that the actor has behind the convolutions of an encoder of images keep their random start: no optimiser has them."
                        Corrected = "The actor's loss trains them."
                        Reason =
                            "In SAC-AE's paper the actor shares the convolutions only and learns the layers behind them."
                    }
                    _.TrainActorEncoder

            and! trainFirstEmbedding =
                switch
                    "behaviour.train_first_embedding"
                    true
                    {
                        Original =
                            "The embedding of the first task by HiP-BMDP's θ is zero and is not trained: it is used as padding."
                        Corrected = "It is trained as the others are."
                        Reason = "The first task is a task like the others."
                    }
                    _.TrainFirstEmbedding

            and! trainThetaWithoutContrastiveLoss =
                switch
                    "behaviour.train_theta_without_contrastive_loss"
                    true
                    {
                        Original = "Without the contrastive loss no step of HiP-BMDP's θ is taken."
                        Corrected =
                            "A step is taken by the gradients of the losses of `agent.multitask.task_encoder_cfg.losses_to_train`."
                        Reason = "Their gradients are computed, and the key names them."
                    }
                    _.TrainThetaWithoutContrastiveLoss

            and! pairwiseContrastiveLoss =
                switch
                    "behaviour.pairwise_contrastive_loss"
                    true
                    {
                        Original =
                            "HiP-BMDP's contrastive loss compares the norms of two matrices of the whole batch: the differences of task encodings, and of means of predictions."
                        Corrected =
                            "It compares, for each pair of rows, the distance of task encodings and the 2-Wasserstein distance of predictions."
                        Reason =
                            "The norms of a batch can be equal where no pair's distances are; the paper compares pairs."
                    }
                    _.PairwiseContrastiveLoss

            and! applyAttentionDetach =
                switch
                    "behaviour.apply_attention_detach"
                    true
                    {
                        Original =
                            "Gradients flow from the attention into the task encoder: its key is misspelt, and missing means no."
                        Corrected = "The attention's context is detached, as is the key's default."
                        Reason = "The configuration specifies that it is detached."
                    }
                    _.ApplyAttentionDetach

            and! dotProductAttention =
                switchToPaper
                    "behaviour.dot_product_attention"
                    {
                        Original =
                            "CARE's attention is a network from the task's encoding to a weight of each expert: the same weights for all observations of a task."
                        Corrected =
                            "The network computes a query from the task's encoding; the weights are a softmax over the products of the query with the experts' outputs, for each observation."
                        Reason =
                            "The paper (Sodhani et al. 2021, arXiv:2102.06177) scores each expert's output against the context, so that weights follow the observation."
                    }
                    _.DotProductAttention

            and! filmPerFeature =
                switchToPaper
                    "behaviour.film_per_feature"
                    {
                        Original =
                            "FiLM multiplies the output of each layer, after its activation, by one number of the task's encoding and adds another."
                        Corrected =
                            "Linear maps of the task's encoding give a scale and a shift of each feature, applied before the activation."
                        Reason =
                            "In the paper (Perez et al. 2018, arXiv:1709.07871) modulation is feature-wise; two numbers for a layer cannot switch single features off."
                    }
                    _.FilmPerFeature

            and! trainablePtslInit =
                switch
                    "behaviour.trainable_ptsl_init"
                    true
                    {
                        Original = "All projections of PTSL start at zero, the task maps normal."
                        Corrected =
                            "The last map of each task branch starts at zero, the others at random; the product residual starts as none."
                        Reason =
                            "Zero before and after a task map is a saddle: with independent projections or the product residual nothing but the output layer's task bias and maps ever learns."
                    }
                    _.TrainablePtslInit

            and! ignoreCase =
                switch
                    "behaviour.ignore_case"
                    true
                    {
                        Original = "Words that select experts are compared with case."
                        Corrected = "Words that select experts are found whatever their case."
                        Reason =
                            "The verb of a description is its first word, with a capital letter."
                    }
                    _.IgnoreCase

            and! surgeryOfSharedParameters =
                switch
                    "behaviour.surgery_of_shared_parameters"
                    true
                    {
                        Original =
                            "Surgery also combines the gradients of parameters that belong to one task, and PCGrad those of the temperatures."
                        Corrected =
                            "Surgery combines the gradients of shared parameters only; parameters of one task use their own gradient."
                        Reason =
                            "Gradients of parameters of different tasks cannot conflict; combined, they are scaled by conflicts of the shared ones."
                    }
                    _.SurgeryOfSharedParameters

            and! sumSurgeryOverLosses =
                switch
                    "behaviour.sum_surgery_over_losses"
                    true
                    {
                        Original =
                            "PCGrad of each loss overwrites the task encoder's gradient, so that of several losses (critics, transition and reward, decoder) it follows the last one only."
                        Corrected =
                            "The task encoder follows the sum over the losses, as it does without surgery."
                        Reason =
                            "Each loss that `agent.multitask.task_encoder_cfg.losses_to_train` names is to train the task encoder."
                    }
                    _.SumSurgeryOverLosses

            and! gradNormFirstLoss =
                switch
                    "behaviour.gradnorm_first_loss"
                    true
                    {
                        Original =
                            "GradNorm's first loss is overwritten in each update, its scaled weights are discarded, and losses are weighted by the unscaled ones, which are learned by Adam at 1e-6."
                        Corrected =
                            "Rates of training refer to the first loss; weights are scaled to add up to the number of tasks."
                        Reason =
                            "As coded a weight changes by at most a tenth in 100,000 updates, and rates of training are not balanced."
                    }
                    _.GradNormFirstLoss

            and! equalEpisodesPerTask =
                switch
                    "behaviour.equal_episodes_per_task"
                    true
                    {
                        Original =
                            "Each sampler of an on-policy agent plays the tasks in turn, from the first one on, until the batch is full."
                        Corrected = "An iteration holds equally many episodes of each task."
                        Reason =
                            "The small batches of garage hold seven episodes of ten tasks, at first of the first tasks only."
                    }
                    _.EqualEpisodesPerTask

            and! divideAdvantagesByStd =
                switch
                    "behaviour.divide_advantages_by_std"
                    true
                    {
                        Original = "Centred advantages are divided by their variance."
                        Corrected = "Centred advantages are divided by their standard deviation."
                        Reason =
                            "With large rewards the gradient of the policy becomes tiny; garage's documentation specifies the deviation."
                    }
                    _.DivideAdvantagesByStd

            and! bootstrapTimeLimits =
                switch
                    "behaviour.bootstrap_time_limits"
                    true
                    {
                        Original =
                            "On-policy agents treat the last step of every episode as terminal."
                        Corrected =
                            "A truncated episode bootstraps from the value of its last observation."
                        Reason =
                            "A time limit is no terminal state, and observations do not contain the time."
                    }
                    _.BootstrapTimeLimits

            and! paddingInAdvantages =
                switch
                    "behaviour.padding_in_advantages"
                    false
                    {
                        Original = "Values of padding enter the advantages of shorter episodes."
                        Corrected = "Padding enters no advantage."
                        Reason = "The value of an observation of zeros has no meaning."
                    }
                    _.PaddingInAdvantages

            and! acceptStepAtBound =
                switch
                    "behaviour.accept_step_at_bound"
                    true
                    {
                        Original =
                            "A step of TRPO whose divergence equals its bound ends the line search and is then rejected."
                        Corrected = "It is accepted."
                        Reason = "The search compares by ≤, the check after it by <."
                    }
                    _.AcceptStepAtBound

            and! projectStd =
                switch
                    "behaviour.project_std"
                    true
                    {
                        Original =
                            "σ of an on-policy policy that has fallen below `agent.on_policy.min_std` never rises again: it is clamped, and the gradient of its stored number is zero there."
                        Corrected =
                            "Each update begins with the stored number moved to the bound that it has crossed (a projected gradient step), where the gradient is that of the objective."
                        Reason =
                            "A policy that has to explore again, as when its entropy is tuned, could not."
                    }
                    _.ProjectStd

            and! fiftyTasksInMt50 =
                switch
                    "behaviour.fifty_tasks_in_mt50"
                    true
                    {
                        Original = "env=metaworld-mt50 trains MT10 with on-policy agents."
                        Corrected = "It trains the fifty tasks."
                        Reason = "Both of garage's examples named mt50 build MT10."
                    }
                    _.FiftyTasksInMt50

            and! distralRowsPerTask =
                switch
                    "behaviour.distral_rows_per_task"
                    true
                    {
                        Original =
                            "Distral's agents learn one after the other, each from a batch of all tasks' rows."
                        Corrected = "They learn together, each from rows of its own task."
                        Reason =
                            "Agents that all learn from everything are the same multi-task agent, many times; the paper has one agent for each task."
                    }
                    _.DistralRowsPerTask

            and! distralLogRatioInLosses =
                switch
                    "behaviour.distral_log_ratio_in_losses"
                    true
                    {
                        Original =
                            "Distral's targets contain log π₀ of an action that the distilled policy itself sampled; the actors' loss does not contain π₀."
                        Corrected =
                            "Targets and actors' loss contain the log ratio of agent and distilled policy at the agent's action."
                        Reason =
                            "A term that does not depend on the agent's action has no gradient towards the distilled policy."
                    }
                    _.DistralLogRatioInLosses

            and! distralForwardKl =
                switch
                    "behaviour.distral_forward_kl"
                    true
                    {
                        Original =
                            "The distilled policy minimises KL(distilled ‖ agent) of normal distributions around squashed means."
                        Corrected = "It minimises KL(agent ‖ distilled) of the policies that act."
                        Reason =
                            "In the paper's direction the distilled policy covers all agents; in the other one it fits some of them. And a normal distribution around a squashed mean is not the policy that acts."
                    }
                    _.DistralForwardKl

            and! evaluateDistralAgents =
                switchWhereOriginal
                    (fun c -> Choices.hasVariants c.Env)
                    "behaviour.evaluate_distral_agents"
                    true
                    {
                        Original = "Distral is evaluated by its distilled policy."
                        Corrected =
                            "It is evaluated by each task's agent, but by the distilled policy where variants are evaluated that were not trained on."
                        Reason =
                            "The agents learn the tasks and are what the paper evaluates; the distilled policy does not observe the task."
                    }
                    _.EvaluateDistralAgents

            return {
                OneHotTasks = oneHotTasks
                BalancedBatches = balancedBatches
                StoreResetObservation = storeResetObservation
                SeparateEvaluation = separateEvaluation
                IndependentIntervals = independentIntervals
                RawReturns = rawReturns
                FrequenciesInUpdates = frequenciesInUpdates
                SharedEncoder = sharedEncoder
                TrainActorEncoder = trainActorEncoder
                TrainFirstEmbedding = trainFirstEmbedding
                TrainThetaWithoutContrastiveLoss = trainThetaWithoutContrastiveLoss
                PairwiseContrastiveLoss = pairwiseContrastiveLoss
                ApplyAttentionDetach = applyAttentionDetach
                DotProductAttention = dotProductAttention
                FilmPerFeature = filmPerFeature
                TrainablePtslInit = trainablePtslInit
                IgnoreCase = ignoreCase
                SurgeryOfSharedParameters = surgeryOfSharedParameters
                SumSurgeryOverLosses = sumSurgeryOverLosses
                GradNormFirstLoss = gradNormFirstLoss
                EqualEpisodesPerTask = equalEpisodesPerTask
                DivideAdvantagesByStd = divideAdvantagesByStd
                BootstrapTimeLimits = bootstrapTimeLimits
                PaddingInAdvantages = paddingInAdvantages
                AcceptStepAtBound = acceptStepAtBound
                ProjectStd = projectStd
                FiftyTasksInMt50 = fiftyTasksInMt50
                DistralRowsPerTask = distralRowsPerTask
                DistralLogRatioInLosses = distralLogRatioInLosses
                DistralForwardKl = distralForwardKl
                EvaluateDistralAgents = evaluateDistralAgents
            }
        }
