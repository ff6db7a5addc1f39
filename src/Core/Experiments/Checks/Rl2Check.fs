/// What must hold for an agent with a memory.
module internal MtrlFunctional.Experiments.Rl2Check

open MtrlFunctional.Experiments.Requirement

let private trial (keys: Rl2Keys) (e: Experiment) = [
    let { Trial = trial } = keys

    yield!
        unless
            (trial.Exploration < trial.Episodes)
            "agent.rl2.exploration_episodes"
            (whole trial.Exploration)
            $"below {trial.Episodes}, agent.rl2.episodes_per_trial"
            "Success counts in the episodes after them."

    yield! corrected e
]

/// All that is wrong.
let conflicts (e: Experiment) : ConfigError list =
    match e.Agent.Algorithm with
    | AlgorithmKeys.Rl2 keys -> trial keys e
    | _ -> []
