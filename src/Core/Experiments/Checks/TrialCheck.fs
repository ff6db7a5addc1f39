/// What must hold for an agent with a memory over trials.
module internal MtrlFunctional.Experiments.TrialCheck

open MtrlFunctional.Experiments.Requirement
open MtrlFunctional.Spaces

let private trial place (trial: Trial) =
    unless
        (trial.Exploration < trial.Episodes)
        (MemoryKeys.exploration place)
        (whole trial.Exploration)
        $"below {trial.Episodes}, {MemoryKeys.episodes place}"
        "Success counts in the episodes after them."

/// Only observations of Meta-World have a place for the goal.
let private goals place (memory: MemoryKeys) (e: Experiment) =
    match memory.GoalWeight with
    | None -> []
    | Some weight ->
        unless
            e.Choices.Env.Family.HasGoals
            (MemoryKeys.goalWeight place)
            (Value.Float weight)
            $"null with env={e.Choices.Env.Name}"
            "Goals are those of Meta-World's tasks."

/// All that is wrong.
let conflicts (e: Experiment) : ConfigError list =
    List.concat [
        match AgentMemory.tryFind e.Agent with
        | Some(place, memory) ->
            trial place memory.Trial
            goals place memory e
        | None -> ()
    ]
