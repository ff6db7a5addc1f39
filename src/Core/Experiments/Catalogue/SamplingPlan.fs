namespace MtrlFunctional.Experiments

open MtrlFunctional.Randomness

/// How the instance of a group, such as a goal, follows from its number.
type internal GroupInstances =
    /// From a permutation for each task and number: a task's instances differ as long as there are enough.
    | Drawn of Number: int64
    /// A task's instances in order, from this index on.
    | InTurn of First: int

/// Episodes that a round of an iteration samples. Networks and minibatches distinguish groups; a group is a
/// task, or there is one for all, or one for each of several instances of each task.
type internal SamplingPlan = {
    /// Above the number of tasks, a multiple of it: group g is of task g modulo that number.
    Groups: int
    /// Steps at which an episode, or a trial, is cut.
    Steps: int
    /// Steps from the first success of an episode to its end; none: it goes on.
    AfterSuccess: int option
    /// Rows of each group, an episode or a trial each.
    Episodes: int
    /// The task of each row, group by group.
    Tasks: int[]
    /// Rows of each group that are played; those behind them stay empty.
    Played: int[]
    /// The same instance in all episodes of a group; none: each episode draws its own.
    Instances: GroupInstances option
}

/// Plans of iterations; each depends on the number of the iteration alone.
module internal SamplingPlan =
    let private ceiling amount portion =
        max 1 ((amount + portion - 1) / portion)

    /// Of all rows, as many of each task, a group each.
    let private equal tasks steps episodes = {
        Groups = tasks
        Steps = steps
        AfterSuccess = None
        Episodes = episodes
        Tasks = Array.init (tasks * episodes) (fun i -> i / episodes)
        Played = Array.create tasks episodes
        Instances = None
    }

    /// As many episodes of each task as reach the batch size, a group each.
    let balanced batchSize steps tasks =
        ceiling batchSize (tasks * steps) |> equal tasks steps

    /// The same number of episodes in all, with rows for up to `most` of a task; none: twice the mean.
    let divisible most batchSize steps tasks =
        let mean = ceiling batchSize (tasks * steps)
        let rows = most |> Option.defaultValue (2 * mean)
        { equal tasks steps rows with Played = Array.create tasks mean }

    /// With these numbers of episodes of the groups.
    [<CompiledName("Allotted")>]
    let allotted (numbers: int[]) plan = { plan with Played = numbers }

    /// Whether a row is played.
    [<CompiledName("Plays")>]
    let plays row plan =
        row % plan.Episodes < plan.Played[row / plan.Episodes]

    /// As garage samples: workers take turns, each visits the tasks in order, from the first one on.
    let inTurns workers batchSize steps tasks (iteration: int64) =
        let episodes = ceiling batchSize steps

        let task i =
            let number = iteration * int64 episodes + int64 i
            int (number / int64 workers % int64 tasks)

        { equal 1 steps episodes with Tasks = Array.init episodes task }

    /// The same number of episodes with each of `count` instances of each task.
    [<CompiledName("OfInstances")>]
    let ofInstances instances tasks count episodes steps = {
        equal (tasks * count) steps episodes with
            Tasks = Array.init (tasks * count * episodes) (fun i -> i / episodes % tasks)
            Instances = Some instances
    }

    /// Instances of each task in an iteration of an agent that is adapted to each.
    [<CompiledName("InstancesOfTask")>]
    let instancesOfTask (keys: AdaptationKeys) (e: Experiment) =
        ceiling keys.MetaBatch e.Environment.NumEnvs

    /// Rounds of an iteration, one after the other: 1, or one for each inner step and one after the last.
    [<CompiledName("Rounds")>]
    let rounds (e: Experiment) =
        match e.Agent.Algorithm.Adaptation with
        | Some keys -> keys.InnerSteps + 1
        | None -> 1

    /// What an on-policy experiment samples in a round, counted from 0 over all iterations.
    /// Raises ArgumentException for an off-policy algorithm.
    [<CompiledName("OfExperiment")>]
    let ofExperiment round (e: Experiment) =
        let keys, tasks = AlgorithmKeys.onPolicy e.Agent.Algorithm, e.Environment.NumEnvs
        let size, steps = keys.BatchSize, AgentMemory.rowSteps e.Agent

        let plan =
            match e.Agent.Algorithm.Adaptation with
            | Some adaptation ->
                let drawn = Drawn(round / int64 (rounds e))
                ofInstances drawn tasks (instancesOfTask adaptation e) adaptation.Episodes steps
            | _ when keys.MinEpisodes.IsSome -> divisible keys.MaxEpisodes size steps tasks
            | _ when e.Behaviour.EqualEpisodesPerTask -> balanced size steps tasks
            | _ -> inTurns keys.Workers size steps tasks round

        { plan with AfterSuccess = keys.StepsAfterSuccess }

    /// Copies of each task's environment that a plan plays in.
    [<CompiledName("Copies")>]
    let copies tasks plan =
        plan.Episodes * ceiling plan.Groups tasks

    /// The instance of each group, of `counts` instances of each task; none where each episode draws its own.
    [<CompiledName("Instances")>]
    let instances key (counts: int[]) plan : int[] option =
        let tasks = counts.Length

        match plan.Instances with
        | None -> None
        | Some(InTurn first) ->
            Array.init plan.Groups (fun group -> (first + group / tasks) % counts[group % tasks])
            |> Some
        | Some(Drawn number) ->
            let orders =
                counts
                |> Array.mapi (fun task count ->
                    let order = Array.init count id
                    Shuffle.keyed (key |> Key.at number |> Key.at (int64 task)) order
                    order)

            Array.init plan.Groups (fun group ->
                orders[group % tasks][group / tasks % counts[group % tasks]])
            |> Some

    let private episodesIn plan (e: Experiment) =
        max 1 (Array.sum plan.Played / e.Environment.NumEnvs)

    /// Episodes of each task in a round, on average where tasks are not balanced; at least 1.
    [<CompiledName("EpisodesOfTask")>]
    let episodesOfTask (e: Experiment) = episodesIn (ofExperiment 0L e) e

    /// Steps of each task in an iteration, on average where tasks are not balanced; at least one episode.
    [<CompiledName("StepsOfTask")>]
    let stepsOfTask (e: Experiment) =
        let plan = ofExperiment 0L e
        plan.Steps * episodesIn plan e * rounds e

    /// Steps of an iteration of all tasks together.
    let steps (e: Experiment) =
        let plan = ofExperiment 0L e
        Array.sum plan.Played * plan.Steps * rounds e
