/// What must hold for discrete actions and for the task states of classic families.
module internal MtrlFunctional.Experiments.ClassicCheck

open MtrlFunctional.Experiments.Requirement
open MtrlFunctional.Spaces
open MtrlFunctional.Tasks.Classic

/// Whether an agent has a policy for the actions of its environments.
let private actions (agents: AgentChoice list) (e: Experiment) =
    let agents = [
        for agent in agents do
            if agent.Family.HasDiscreteActions then
                agent.Name
    ]

    match Observed.environment e with
    | Some { Action = ActionSpace.Discrete _ } ->
        unless
            e.Choices.Agent.Family.HasDiscreteActions
            "agent"
            (Value.Text e.Choices.Agent.Name)
            $"{Codec.allowedNames agents} with env={e.Choices.Env.Name}"
            "Its actions are discrete; this agent has a continuous policy only."
    | _ -> []

/// With several tasks, each has one task state.
let private ofSeveralTasks (e: Experiment) =
    let env, keys = e.Environment, e.Environment.Classic

    List.concat [
        unless
            (keys.TaskStates = env.NumEnvs)
            ClassicKeys.taskStates
            (whole keys.TaskStates)
            $"{env.NumEnvs}, env.num_envs"
            "With several tasks, each has one task state."

        unless
            (keys.TestTaskStates = 0)
            ClassicKeys.testTaskStates
            (whole keys.TestTaskStates)
            "0 with env.num_envs above 1"
            "The networks have no part for a task that they were not trained on."
    ]

/// A finite family has no more task states than these.
let private finite family (e: Experiment) =
    let keys = e.Environment.Classic

    match Classic.count family keys.Parameters with
    | Some count ->
        List.concat [
            unless
                (keys.TaskStates <= count)
                ClassicKeys.taskStates
                (whole keys.TaskStates)
                $"at most {count}, the task states of the family"
                ""

            unless
                (keys.TaskStates > count || keys.TaskStates + keys.TestTaskStates <= count)
                ClassicKeys.testTaskStates
                (whole keys.TestTaskStates)
                $"at most {count - keys.TaskStates}, the task states that the training does not have"
                $"The family has {count}; {ClassicKeys.taskStates} are those of the training."
        ]
    | None -> []

/// A cart-pole's force is a number of its task state: a box without forces has no task state.
let private force (e: Experiment) =
    let keys = e.Environment.Classic
    // With room for draws to meet it.
    let largest = 0.9 * keys.TrainBox * CartPole.maxForce

    unless
        (keys.TrainBox = 1.0 || keys.Parameters.MinForce <= largest)
        ClassicKeys.minForce
        (Value.Float keys.Parameters.MinForce)
        $"at most %g{largest} N, nine tenths of the largest force of the box of {ClassicKeys.trainBox}"
        ""

/// All that is wrong.
let conflicts agents (e: Experiment) : ConfigError list =
    List.concat [
        actions agents e

        match e.Choices.Env.Family.TaskStates with
        | Some family ->
            if e.Environment.NumEnvs > 1 then
                ofSeveralTasks e

            finite family e

            if family = ClassicName.CartPole then
                force e
        | None ->
            if e.Choices.Env.Family.Joins && List.contains "cartpole" e.Environment.Tasks then
                force e
    ]
