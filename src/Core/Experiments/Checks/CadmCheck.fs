/// What must hold for an agent that plans with a context-aware dynamics model.
module internal MtrlFunctional.Experiments.CadmCheck

open MtrlFunctional.Experiments.Requirement

let private planned (keys: CadmKeys) (e: Experiment) = [
    yield!
        unless
            (keys.Plan.Elites <= keys.Plan.Candidates)
            CadmKeys.elites
            (whole keys.Plan.Elites)
            $"at most {keys.Plan.Candidates}, agent.cadm.candidates"
            "The best of the candidates are kept."

    yield!
        unless
            (not (Observed.isImages e))
            DmControlKeys.fromPixels
            (Value.Bool true)
            $"false with agent={e.Choices.Agent.Name}"
            "The model predicts numbers of a state, not pixels."

    yield!
        unless
            (e.Setup.Precision <> ArithmeticPrecision.Bf16)
            "setup.precision"
            (Value.Text "bf16")
            $"fp32 or fp64 with agent={e.Choices.Agent.Name}"
            "Changes of a step are small beside the state."

    yield! corrected e
]

/// A context is computed from steps of one episode, and serves to predict others of it.
let private ofEpisode (model: CadmModelKeys) (e: Experiment) = [
    let steps, key =
        match AlgorithmKeys.tryOnPolicy e.Agent.Algorithm with
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
        yield!
            unless
                (number <= steps)
                place
                (whole number)
                $"at most {steps}, {key}"
                $"{why} Set {place}={steps} or less, or longer episodes."
]

/// All that is wrong.
let conflicts (e: Experiment) : ConfigError list = [
    match AgentMemory.tryModel e.Agent with
    | Some model -> yield! ofEpisode model e
    | None -> ()

    match e.Agent.Algorithm with
    | AlgorithmKeys.Cadm keys -> yield! planned keys e
    | _ -> ()
]
