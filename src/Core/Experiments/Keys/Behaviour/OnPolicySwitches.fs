/// Switches of on-policy agents.
module internal MtrlFunctional.Experiments.OnPolicySwitches

open MtrlFunctional.Experiments.Schema

let keys: Field<Behaviour> list = [
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

    switch
        "behaviour.bootstrap_time_limits"
        true
        {
            Original = "On-policy agents treat the last step of every episode as terminal."
            Corrected = "A truncated episode bootstraps from the value of its last observation."
            Reason = "A time limit is no terminal state, and observations do not contain the time."
        }
        _.BootstrapTimeLimits

    switch
        "behaviour.padding_in_advantages"
        false
        {
            Original = "Values of padding enter the advantages of shorter episodes."
            Corrected = "Padding enters no advantage."
            Reason = "The value of an observation of zeros has no meaning."
        }
        _.PaddingInAdvantages

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

    switch
        "behaviour.project_std"
        true
        {
            Original =
                "σ of an on-policy policy that has fallen below `agent.on_policy.min_std` never rises again: it is clamped, and the gradient of its stored number is zero there."
            Corrected =
                "Each update begins with the stored number moved to the bound that it has crossed (a projected gradient step), where the gradient is that of the objective."
            Reason = "A policy that has to explore again, as when its entropy is tuned, could not."
        }
        _.ProjectStd

    switch
        "behaviour.fifty_tasks_in_mt50"
        true
        {
            Original = "env=metaworld-mt50 trains MT10 with on-policy agents."
            Corrected = "It trains the fifty tasks."
            Reason = "Both of garage's examples named mt50 build MT10."
        }
        _.FiftyTasksInMt50
]
