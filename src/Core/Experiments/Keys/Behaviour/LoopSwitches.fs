/// Switches of observations, replay, evaluation and the training loop.
module internal MtrlFunctional.Experiments.LoopSwitches

open MtrlFunctional.Experiments.Schema

let keys: Field<Behaviour> list = [
    switchOffPolicy
        "behaviour.one_hot_tasks"
        true
        {
            Original = "Observations of MT-SAC have no task id."
            Corrected = "The observation ends with a one-hot task id."
            Reason = "Two tasks can have equal first observations and require opposite actions."
        }
        _.OneHotTasks

    switch
        "behaviour.balanced_batches"
        true
        {
            Original = "Rows of a batch are drawn uniformly from everything stored."
            Corrected = "A batch holds equally many rows of each task."
            Reason = "The papers describe 128 rows for each task; uniform draws only average to it."
        }
        _.BalancedBatches

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

    switchExcept
        (fun c -> c.Env.Family.HasVariants)
        "behaviour.separate_evaluation"
        true
        {
            Original = "One evaluation episode in each training environment."
            Corrected = "num_eval_episodes episodes in environments of their own."
            Reason = "Rates rest on one episode, and evaluation changes the training that follows."
        }
        _.SeparateEvaluation

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
]
