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

/// All that is wrong.
let conflicts (e: Experiment) : ConfigError list =
    match e.Agent.Algorithm with
    | AlgorithmKeys.Cadm keys -> planned keys e
    | _ -> []
