/// Settings of an experiment that a comparison of results must state.
module MtrlFunctional.Cli.Reports.ExperimentFacts

open MtrlFunctional.Experiments

/// Agent, fidelity with its exceptions, and these keys, each with its value; sets of variants, and what
/// results on them must be read with.
let facts keys (e: Experiment) =
    let values = Map(Experiment.values e)

    [
        "agent", e.Choices.Agent.Name
        "fidelity", Choices.nameOf Choices.fidelities e.Choices.Fidelity
        for switch, value in Experiment.switched e do
            switch, ValueText.print value
        for key in keys do
            match Map.tryFind key values with
            | Some value -> key, ValueText.print value
            | None -> ()
        if e.Choices.Env.Family.HasVariants then
            for key in
                [
                    "env.train"
                    "env.eval.base"
                    "env.eval.interpolation"
                    "env.eval.extrapolation"
                ] do
                key, ValueText.print values[key]
        match Experiment.caveat e with
        | Some caveat -> "note", caveat
        | None -> ()
    ]

/// Keys that determine the environment and its evaluation.
let environmentKeys (e: Experiment) = [
    "env.name"
    yield! Observed.environmentKeys e
    "env.goal_selection"
    "experiment.num_eval_episodes"
]
