/// What must hold between the keys of an on-policy agent's entropy.
module internal MtrlFunctional.Experiments.EntropyCheck

open MtrlFunctional.Agents
open MtrlFunctional.Experiments.Requirement

/// All that is wrong where the coefficients of tasks learn; `agent` describes the experiment's agent.
let conflicts (agent: AgentDescription option) (e: Experiment) : ConfigError list =
    match e.Agent.Algorithm.OnPolicy with
    | Some keys when keys.Entropy = EntropyMethod.Tuned ->
        List.concat [
            unless
                (keys.EntropyCoefficient > 0.0)
                "agent.on_policy.entropy_coefficient"
                (Value.Float keys.EntropyCoefficient)
                "greater than 0 with agent.on_policy.entropy_method=tuned"
                "Each task's coefficient starts there, for instance at 1e-3."

            match agent |> Option.bind _.LeastEntropy with
            | Some least ->
                unless
                    (keys.TargetEntropy > least)
                    "agent.on_policy.target_entropy"
                    (Value.Float keys.TargetEntropy)
                    $"above {least:F2}, the lowest entropy of an action of this policy"
                    "No coefficient would bring the policy there: raise it, or lower agent.on_policy.min_std where actions are continuous."
            | None -> ()

            unless
                (not keys.StopEntropyGradient)
                "agent.on_policy.stop_entropy_gradient"
                (Value.Bool true)
                "false with agent.on_policy.entropy_method=tuned"
                "Without its gradient the coefficients would have no effect."
        ]
    | Some _
    | None -> []
