namespace MtrlFunctional.Experiments

/// Episodes that an iteration samples. Networks and minibatches distinguish groups; a group is a
/// task, or there is one for all.
type SamplingPlan = {
    Groups: int
    /// Steps at which an episode, or a trial, is cut.
    Steps: int
    /// Steps from the first success of an episode to its end; none: it goes on.
    AfterSuccess: int option
    /// Episodes of each group.
    Episodes: int
    /// The task of each episode, group by group.
    Tasks: int[]
}

/// Plans of iterations; each depends on the number of the iteration alone.
module SamplingPlan =
    let private ceiling amount portion =
        max 1 ((amount + portion - 1) / portion)

    /// As many episodes of each task as reach the batch size, a group each.
    let balanced batchSize steps tasks =
        let episodes = ceiling batchSize (tasks * steps)

        {
            Groups = tasks
            Steps = steps
            AfterSuccess = None
            Episodes = episodes
            Tasks = Array.init (tasks * episodes) (fun i -> i / episodes)
        }

    /// As garage samples: workers take turns, each visits the tasks in order, from the first one on.
    let inTurns workers batchSize steps tasks (iteration: int64) =
        let episodes = ceiling batchSize steps

        let task i =
            let number = iteration * int64 episodes + int64 i
            int (number / int64 workers % int64 tasks)

        {
            Groups = 1
            Steps = steps
            AfterSuccess = None
            Episodes = episodes
            Tasks = Array.init episodes task
        }

    /// What an on-policy experiment samples in an iteration, counted from 0.
    /// Raises ArgumentException for an off-policy algorithm.
    [<CompiledName("OfExperiment")>]
    let ofExperiment iteration (e: Experiment) =
        let keys, tasks = AlgorithmKeys.onPolicy e.Agent.Algorithm, e.Environment.NumEnvs
        let size, steps = keys.BatchSize, AlgorithmKeys.rowSteps e.Agent.Algorithm

        let plan =
            if e.Behaviour.BalancedTasks then
                balanced size steps tasks
            else
                inTurns keys.Workers size steps tasks iteration

        { plan with AfterSuccess = keys.StepsAfterSuccess }

    let private episodesIn plan (e: Experiment) =
        max 1 (plan.Tasks.Length / e.Environment.NumEnvs)

    /// Episodes of each task in an iteration, on average where tasks are not balanced; at least 1.
    [<CompiledName("EpisodesOfTask")>]
    let internal episodesOfTask (e: Experiment) = episodesIn (ofExperiment 0L e) e

    /// Steps of each task in an iteration, on average where tasks are not balanced; at least one episode.
    [<CompiledName("StepsOfTask")>]
    let stepsOfTask (e: Experiment) =
        let plan = ofExperiment 0L e
        plan.Steps * episodesIn plan e

    /// Steps of an iteration of all tasks together.
    let steps (e: Experiment) =
        let plan = ofExperiment 0L e
        plan.Tasks.Length * plan.Steps
