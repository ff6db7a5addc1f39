/// Switches of Distral.
module internal MtrlFunctional.Experiments.DistralSwitches

open MtrlFunctional.Experiments.Schema

let keys: Field<Behaviour> list = [
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

    switchWhereOriginal
        (fun c -> c.Env.Family.HasVariants)
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
]
