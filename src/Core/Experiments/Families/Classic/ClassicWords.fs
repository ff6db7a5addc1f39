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

/// Steps of an episode, and a description. Source of the steps: Gymnasium (cart-pole, acrobot) and MiniWorld (maze); ours
/// for the families without terminal states.
let private facts name =
    match name with
    | ClassicName.CartPole -> 500, "cart-pole, five constants vary"
    | ClassicName.Acrobot -> 500, "acrobot, lengths, masses and order of torques vary"
    | ClassicName.TwoGoalMaze -> 200, "a room where one of two boxes is the goal"
    | ClassicName.TabularMdp -> 100, "tables of rewards and transitions, drawn for each task"
    | ClassicName.Bandit -> 100, "arms with probabilities drawn for each task"
    | ClassicName.FiniteBandit -> 100, "arms with one of ten rows of probabilities"

let private create (word, name) =
    let horizon, description = facts name

    EnvChoice.Of(
        $"mt-{word}",
        $"{description}; discrete actions",
        family word name,
        horizon,
        Classic.taskNames name 1
    )

/// The word of a family.
let ofName name =
    Classic.names |> List.find (snd >> (=) name) |> create

let words = List.map create Classic.names
