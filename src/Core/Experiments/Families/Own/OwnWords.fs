/// Environments of a program.
module internal MtrlFunctional.Experiments.OwnWords

open MtrlFunctional
open MtrlFunctional.Experiments.Requirement
open MtrlFunctional.Spaces

let private family word = {
    EnvFamily.Of word with
        TaskCodec = Codec.name
        Accepts = MetaWorldWords.family.Accepts
        Defaults = [ "env.goal_selection", Value.Text "random" ]
        Compared = [ "env.horizon" ]
        IsOwn = true
}

let private horizon (e: Experiment) =
    e.Environment.Horizon = e.Choices.Env.Horizon
    |> orElse "env.horizon" (string e.Choices.Env.Horizon)
    |> because $"The extension {e.Choices.Env.Name} has episodes of this length."

/// Environments with names of their tasks in the order of their indices: `env=own/NAME`.
[<CompiledName("Create")>]
let create name tasks (spec: EnvironmentSpec) =
    let word = Own.word name

    let family = {
        family word with
            Spec = fun _ _ horizon _ -> Some { spec with Horizon = horizon }
            WrongTasks = fun _ -> EnvFamily.These $"The extension {word} has these tasks." tasks
    }

    {
        FamilyRules.Of [ EnvChoice.Of(word, $"the extension {word}", family, spec.Horizon, tasks) ] with
            Conflicts = horizon
    }

/// Environments that are not given, of which nothing but the word is known.
let notGiven word =
    let family = { family word with IsGiven = false }
    EnvChoice.Of(word, $"the extension {word}", family, MetaWorldWords.horizon, [])
