namespace MtrlFunctional.Tasks.Classic

open MtrlFunctional.Spaces
open MtrlFunctional.Tasks

/// One of the classic families.
[<RequireQualifiedAccess>]
type internal ClassicName =
    | CartPole
    | Acrobot
    | TabularMdp
    | TwoGoalMaze
    | Bandit
    | FiniteBandit

/// Parameters of the classic families; each family reads its own.
type ClassicParameters = {
    /// Cart-pole: the least |force| of a task, in [0, 10] newtons.
    MinForce: float
    /// Tabular MDP.
    States: int
    /// Tabular MDP.
    Actions: int
    /// Two-goal maze: half the size of the room in x, metres, at least 2.
    SizeX: float
    /// Two-goal maze: half the size of the room in z, metres, at least 2.
    SizeY: float
    /// Two-goal maze: whether an observation has the boxes.
    ShowsBoxes: bool
    /// Bandits.
    Arms: int
    /// Finite bandit: rows of its table of probabilities.
    Tasks: int
}

/// A function of rules, whatever the types of task and state are.
type internal IRulesReader<'result> =
    /// The result for the rules of a family.
    abstract Read<'task, 'state when 'state: struct> : Rules<'task, 'state> -> 'result

/// The classic families by name.
module internal Classic =
    /// Families by their names in logs and tables.
    let names = [
        "cartpole", ClassicName.CartPole
        "acrobot", ClassicName.Acrobot
        "tabular-mdp", ClassicName.TabularMdp
        "two-goal-maze", ClassicName.TwoGoalMaze
        "bandit", ClassicName.Bandit
        "finite-bandit", ClassicName.FiniteBandit
    ]

    /// How many task states there are; none where they are a box of numbers.
    let count family parameters =
        match family with
        | ClassicName.TwoGoalMaze -> Some 2
        | ClassicName.FiniteBandit -> Some parameters.Tasks
        | ClassicName.CartPole
        | ClassicName.Acrobot
        | ClassicName.TabularMdp
        | ClassicName.Bandit -> None

    /// Names of a number of tasks: "cartpole", or "cartpole-0", "cartpole-1", … of several.
    [<CompiledName("TaskNames")>]
    let taskNames family count =
        let name = names |> List.find (snd >> (=) family) |> fst

        if count = 1 then
            [ name ]
        else
            List.init count (fun i -> $"{name}-{i}")

    /// Whether a task of some family has the name.
    let isTask (task: string) =
        names
        |> List.exists (fun (name, _) ->
            task = name
            || task.StartsWith(name + "-")
               && fst (System.Int32.TryParse(task.Substring(name.Length + 1))))

    /// Applies a reader to the rules of a family.
    [<CompiledName("Read")>]
    let read family parameters (reader: IRulesReader<'result>) =
        match family with
        | ClassicName.CartPole -> reader.Read(CartPole.rulesFrom parameters.MinForce)
        | ClassicName.Acrobot -> reader.Read Acrobot.rules
        | ClassicName.TabularMdp ->
            reader.Read(TabularMdp.rules parameters.States parameters.Actions)
        | ClassicName.TwoGoalMaze ->
            let rules = TwoGoalMaze.rules parameters.SizeX parameters.SizeY true

            reader.Read(
                if parameters.ShowsBoxes then
                    TwoGoalMaze.withBoxes rules
                else
                    rules
            )
        | ClassicName.Bandit -> reader.Read(Bandits.uniform parameters.Arms)
        | ClassicName.FiniteBandit ->
            reader.Read(Bandits.finite (Bandits.table parameters.Tasks parameters.Arms))

    /// The spec of a family, with or without the task at the end of each observation.
    [<CompiledName("Spec")>]
    let spec (rules: Rules<'task, 'state>) isTaskVisible horizon : EnvironmentSpec =
        let taskSize = if isTaskVisible then TaskSpace.size rules.TaskObs else 0

        {
            Observation = EnvironmentSpec.vector (rules.ObsSize + taskSize)
            Action = ActionSpace.Discrete rules.Actions
            Horizon = horizon
            Terminates = rules.Terminates
        }

    /// Whether tasks of a family define success; the others have a return alone.
    let definesSuccess family parameters =
        read
            family
            parameters
            {
                new IRulesReader<bool> with
                    member _.Read rules = rules.SuccessReward.IsSome
            }

    /// The spec of a family by its name.
    [<CompiledName("SpecOf")>]
    let specOf family parameters isTaskVisible horizon =
        read
            family
            parameters
            {
                new IRulesReader<EnvironmentSpec> with
                    member _.Read rules = spec rules isTaskVisible horizon
            }
