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
}

let private horizon (e: Experiment) =
    e.Environment.Horizon = e.Choices.Env.Horizon
    |> orElse "env.horizon" (string e.Choices.Env.Horizon)
    |> because $"The extension {e.Choices.Env.Name} has episodes of this length."

/// Environments with their spec, and the names of their tasks in the order of their indices, each with its own spec:
/// `env=own/NAME`.
[<CompiledName("Create")>]
let create name (spec: EnvironmentSpec) (tasks: (string * EnvironmentSpec) list) =
    let word = Own.word name
    let names = List.map fst tasks

    let spaces _ _ names =
        let own = Map.ofList tasks

        if names |> List.forall own.ContainsKey then
            Some [ for name in names -> name, { Embodiment = word; Spec = own[name] } ]
        else
            None

    let family = {
        family word with
            Spec = fun _ _ horizon _ -> Some { spec with Horizon = horizon }
            OwnSpaces = spaces
            WrongTasks = fun _ -> EnvFamily.These $"The extension {word} has these tasks." names
    }

    {
        FamilyRules.Of [ EnvChoice.Of(word, $"the extension {word}", family, spec.Horizon, names) ] with
            Conflicts = horizon
    }

/// Environments that are not given, of which nothing but the word is known.
let notGiven word =
    let family = { family word with IsGiven = false }
    EnvChoice.Of(word, $"the extension {word}", family, MetaWorldWords.horizon, [])
