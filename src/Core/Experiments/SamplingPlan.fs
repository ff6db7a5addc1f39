namespace Mtrl.Experiments

/// Which episodes an iteration samples. Networks and minibatches tell groups apart; a group is a
/// task, or there is one for all.
type SamplingPlan = {
    Groups: int
    /// Episodes of each group.
    Episodes: int
    /// The task of each episode, group by group.
    Tasks: int[]
}

/// Making plans. Nothing has to be remembered between iterations.
module SamplingPlan =
    let private ceiling amount portion =
        max 1 ((amount + portion - 1) / portion)

    /// As many episodes of each task as reach the batch size, a group each.
    let balanced batchSize horizon tasks =
        let episodes = ceiling batchSize (tasks * horizon)

        {
            Groups = tasks
            Episodes = episodes
            Tasks = Array.init (tasks * episodes) (fun i -> i / episodes)
        }

    /// As garage samples: workers take turns, each visits the tasks in order, from the first one on.
    let inTurns workers batchSize horizon tasks (iteration: int64) =
        let episodes = ceiling batchSize horizon

        let task i =
            let number = iteration * int64 episodes + int64 i
            int (number / int64 workers % int64 tasks)

        { Groups = 1; Episodes = episodes; Tasks = Array.init episodes task }

    /// What an experiment samples in an iteration, counted from 0.
    [<CompiledName("OfExperiment")>]
    let ofExperiment iteration (e: Experiment) =
        let onPolicy, tasks = e.Agent.OnPolicy, e.Environment.NumEnvs
        let size, horizon = onPolicy.BatchSize, e.Environment.Horizon

        if e.Behaviour.BalancedTasks then
            balanced size horizon tasks
        else
            inTurns onPolicy.Workers size horizon tasks iteration
