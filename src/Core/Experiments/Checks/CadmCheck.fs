/// What must hold for an agent that plans with a context-aware dynamics model.
module internal MtrlFunctional.Experiments.CadmCheck

open MtrlFunctional.Algorithms
open MtrlFunctional.Experiments.Requirement

let private planned (plan: CemConfig) (e: Experiment) =
    List.concat [
        unless
            (plan.Elites <= plan.Candidates)
            CadmPlanKeys.elites
            (whole plan.Elites)
            $"at most {plan.Candidates}, agent.cadm.candidates"
            "The best of the candidates are kept."

        unless
            (not (Observed.isImages e))
            DmControlKeys.fromPixels
            (Value.Bool true)
            $"false with agent={e.Choices.Agent.Name}"
            "The model predicts numbers of a state, not pixels."

        unless
            (e.Setup.Precision <> ArithmeticPrecision.Bf16)
            "setup.precision"
            (Value.Text "bf16")
            $"fp32 or fp64 with agent={e.Choices.Agent.Name}"
            "Changes of a step are small beside the state."

        corrected e
    ]

/// A context is computed from steps of one episode, and serves to predict others of it.
let private ofEpisode (model: CadmModelKeys) (e: Experiment) =
    List.concat [
        let steps, key =
            match e.Agent.Algorithm.OnPolicy with
            | Some keys -> keys.EpisodeLength, "agent.on_policy.episode_length"
            | None -> e.Environment.Horizon, "env.horizon"

        for place, number, why in
            [
                CadmModelKeys.history,
                model.History,
                "A context is computed from steps of one episode, and no episode has so many."
                CadmModelKeys.future,
                model.Future,
                "With one context, steps of one episode are predicted, and no episode has so many."
            ] do
            unless
                (number <= steps)
                place
                (whole number)
                $"at most {steps}, {key}"
                $"{why} Set {place}={steps} or less, or longer episodes."
    ]

/// All that is wrong.
let conflicts (e: Experiment) : ConfigError list =
    List.concat [
        match AgentMemory.tryModel e.Agent with
        | Some model -> ofEpisode model e
        | None -> ()

        match e.Agent.Algorithm.Plan with
        | Some plan -> planned plan e
        | None -> ()
    ]
