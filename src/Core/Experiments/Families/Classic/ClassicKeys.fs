namespace MtrlFunctional.Experiments

open MtrlFunctional.Tasks.Classic

/// Keys of `env.*` that describe the tasks of a classic family.
type ClassicKeys = {
    /// Seed of the task states; `setup.seed` seeds everything else.
    TaskSeed: int64
    /// Task states of the training.
    TaskStates: int
    /// Task states of the evaluation, which the training does not have; 0: the task states of the training.
    TestTaskStates: int
    /// Side of the box of task states to train on, as a share of each number's range;
    /// evaluation states are outside the box. 1: both are anywhere.
    TrainBox: float
    /// Whether the task observation follows each observation.
    TaskVisible: bool
    Parameters: ClassicParameters
}

/// Names of the keys of classic families.
[<CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module internal ClassicKeys =
    let taskStates = "env.num_task_states"
    let testTaskStates = "env.num_test_task_states"
    let taskVisible = "env.task_visible"
    let trainBox = "env.train_box"
    let minForce = "env.min_force"

    /// The keys that each family reads beside the keys of all families.
    let private own = [
        ClassicName.CartPole, [ trainBox; minForce ]
        ClassicName.Acrobot, [ trainBox ]
        ClassicName.TabularMdp, [ "env.n_states"; "env.n_actions" ]
        ClassicName.TwoGoalMaze, [ "env.size_x"; "env.size_y"; "env.shows_boxes" ]
        ClassicName.Bandit, [ "env.n_arms" ]
        ClassicName.FiniteBandit, [ "env.n_arms"; "env.n_tasks" ]
    ]

    /// The keys that tasks of families read.
    let readBy families =
        match families with
        | [] -> []
        | families ->
            [ "env.task_seed"; taskStates; testTaskStates; taskVisible ]
            @ (own
               |> List.filter (fun (family, _) -> List.contains family families)
               |> List.collect snd)
            |> List.distinct

    /// The keys that tasks of any family read.
    let all = readBy (List.map fst own)

    /// The same with no more task states than a family has.
    let within family (keys: ClassicKeys) =
        match Classic.count family keys.Parameters with
        | Some count ->
            let states = min keys.TaskStates count

            {
                keys with
                    TaskStates = states
                    TestTaskStates = min keys.TestTaskStates (count - states)
            }
        | None -> keys
