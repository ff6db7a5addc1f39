/// The classic families of MTEnv: tasks are states of rules.
module internal MtrlFunctional.Experiments.ClassicWords

open MtrlFunctional.Tasks.Classic

/// The spec of tasks of a family.
let spec name (keys: ClassicKeys) horizon =
    Classic.specOf name keys.Parameters keys.TaskVisible horizon

let private family word name = {
    EnvFamily.Of word with
        Spec = fun keys _ horizon _ -> Some(spec name keys horizon)
        DefinesSuccess = fun keys _ -> Classic.definesSuccess name keys.Parameters
        WrongTasks =
            fun count ->
                Classic.taskNames name count
                |> EnvFamily.These "env.num_envs chooses the tasks of a classic family."
        Accepts = ClassicKeys.readBy [ name ]
        Unused = [
            "env.num_goals", ClassicKeys.taskStates
            "env.goals", ClassicKeys.taskVisible
            "env.benchmark.env_name", ""
            "env.reward_version", ""
        ]
        Defaults = [ "env.goal_selection", Value.Text "random" ]
        Compared = ClassicKeys.readBy [ name ] @ [ "env.horizon" ]
        HasStates = fun _ -> true
        TaskStates = Some name
}

let private create (word, name) =
    EnvChoice.Of(
        $"mt-{word}",
        Classic.describe name,
        family word name,
        Classic.horizon name,
        Classic.taskNames name 1
    )

/// The word of a family.
let ofName name =
    Classic.names |> List.find (snd >> (=) name) |> create

let words = List.map create Classic.names
