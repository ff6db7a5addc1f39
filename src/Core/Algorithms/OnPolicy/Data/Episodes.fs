namespace MtrlFunctional.Algorithms

open MtrlFunctional.Randomness
open MtrlFunctional.Tensors

/// Samples of an iteration: rows of consecutive steps, the same number for each task. A row is an episode,
/// whole or truncated; if an episode reaches a terminal state before the end of its row, another episode follows.
/// Numbers beyond the length of a row are zeros; a row of length 0 has no episode.
///
/// Where the network does not distinguish tasks and rows are drawn from all (`fidelity=original`),
/// all episodes form one group: tasks = 1.
type Episodes = {
    /// [tasks; episodes; steps; obs].
    Obs: Tensor
    /// As drawn from the policy, before the environment limits them; [tasks; episodes; steps; actions].
    Action: Tensor
    /// [tasks; episodes; steps].
    Reward: Tensor
    /// The observation after the last action, [tasks; episodes; obs].
    LastObs: Tensor
    /// Steps of each row, [tasks · episodes].
    Lengths: int[]
    /// Whether the last step of a row reached a terminal state; false at a time limit or at the end of sampling. [tasks
    /// · episodes].
    Terminal: bool[]
    /// First steps of the further episodes of each row, ascending: the step before each reached a terminal state.
    /// [tasks · episodes], mostly empty.
    Restarts: int[][]
    /// Whether an earlier policy played the row: only its positive advantages count. [tasks · episodes].
    Remembered: bool[]
}

/// Order of the rows: number of the pass, task, and count of its rows, to a
/// permutation of 0 … count − 1. Rows of a task are counted episode by episode without padding.
type RowOrder = int -> int -> int -> int[]

/// Inputs of one update besides agent and state.
type internal Iteration = {
    Episodes: Episodes
    /// Updates between the policy that played the episodes and the policy that learns from them; none: the lag of the
    /// configuration.
    Lag: int option
    /// Order of rows in the passes of the policy.
    PolicyOrder: RowOrder
    /// Order of rows in the passes of the value function.
    ValueOrder: RowOrder
    /// Completed share of the run, in [0, 1]: the input of schedules.
    Progress: float
}

/// Orders of rows.
module RowOrder =
    /// A separate permutation for each pass and task.
    let keyed key : RowOrder =
        fun pass task count ->
            let order = Array.init count id
            Shuffle.keyed (key |> Key.at (int64 pass) |> Key.at (int64 task)) order
            order

/// Sizes of samples.
module Episodes =
    /// Tasks, episodes of each, and steps of the longest possible one.
    let sizes episodes =
        let size =
            Tensor.size 0 episodes.Obs, Tensor.size 1 episodes.Obs, Tensor.size 2 episodes.Obs

        let tasks, count, steps = size
        int tasks, int count, int steps

    /// The number of each step in its episode, of padding beyond the last step as well: [tasks · episodes · steps].
    let internal stepNumbers episodes =
        let tasks, count, steps = sizes episodes
        let numbers = Array.init (tasks * count * steps) (fun i -> i % steps)

        for e, restarts in Array.indexed episodes.Restarts do
            for first in restarts do
                for t in first .. steps - 1 do
                    numbers[e * steps + t] <- t - first

        numbers

    /// Steps of the last episode of each row.
    let internal lastLengths episodes =
        Array.map2
            (fun length restarts -> length - (Array.tryLast restarts |> Option.defaultValue 0))
            episodes.Lengths
            episodes.Restarts

    /// The episodes with each tensor changed.
    [<CompiledName("Map")>]
    let internal map f (episodes: Episodes) : Episodes = {
        episodes with
            Obs = f episodes.Obs
            Action = f episodes.Action
            Reward = f episodes.Reward
            LastObs = f episodes.LastObs
    }

    /// The rows with these indices, whose tensors `own` gives.
    let private pick (own: Tensor -> Tensor) (indices: int[]) (episodes: Episodes) : Episodes =
        let rows (each: 'a[]) = indices |> Array.map (Array.get each)

        {
            Obs = own episodes.Obs
            Action = own episodes.Action
            Reward = own episodes.Reward
            LastObs = own episodes.LastObs
            Lengths = rows episodes.Lengths
            Terminal = rows episodes.Terminal
            Restarts = rows episodes.Restarts
            Remembered = rows episodes.Remembered
        }

    /// Rows first … first + count − 1 of each task.
    let internal part first count (episodes: Episodes) : Episodes =
        let tasks, all, _ = sizes episodes

        episodes
        |> pick
            (fun x -> Tensor.contiguous (Tensor.narrow 1 (int64 first) (int64 count) x))
            (Array.init (tasks * count) (fun i -> i / count * all + first + i % count))

    /// The rows of one task.
    let internal task (index: int) (episodes: Episodes) : Episodes =
        let _, count, _ = sizes episodes

        episodes
        |> pick
            (Tensor.narrow 0 (int64 index) 1L)
            (Array.init count (fun row -> index * count + row))

    /// The rows of several samples of the same tasks, one sample behind the other for each task.
    [<CompiledName("Concat")>]
    let internal concat (samples: Episodes list) : Episodes =
        match samples with
        | [ only ] -> only
        | _ ->
            let together (pick: Episodes -> Tensor) =
                Tensor.cat 1 (samples |> List.map pick |> List.toArray)

            let rows (pick: Episodes -> 'a[]) = [|
                let tasks, _, _ = sizes samples.Head

                for task in 0 .. tasks - 1 do
                    for sample in samples do
                        let count = (pick sample).Length / tasks
                        yield! Array.sub (pick sample) (task * count) count
            |]

            {
                Obs = together _.Obs
                Action = together _.Action
                Reward = together _.Reward
                LastObs = together _.LastObs
                Lengths = rows _.Lengths
                Terminal = rows _.Terminal
                Restarts = rows _.Restarts
                Remembered = rows _.Remembered
            }

    /// Environment steps in all.
    let internal steps episodes = Array.sum episodes.Lengths

    /// 1 for each step that was taken, 0 for padding, as [tasks; episodes; steps].
    let internal weight episodes =
        let tasks, count, steps = sizes episodes

        let numbers =
            Array.init (tasks * count * steps) (fun i ->
                if i % steps < episodes.Lengths[i / steps] then 1.0 else 0.0)

        let options = TensorOptions.ofTensor episodes.Obs
        TensorOptions.fromDoubles options numbers [| int64 tasks; int64 count; int64 steps |]

/// The iteration of a run.
module internal Iteration =
    /// With orders drawn from the branches "policy" and "value" of a key.
    [<CompiledName("Create")>]
    let create key progress episodes : Iteration = {
        Episodes = episodes
        Lag = None
        PolicyOrder = RowOrder.keyed (Key.forPurpose "policy" key)
        ValueOrder = RowOrder.keyed (Key.forPurpose "value" key)
        Progress = progress
    }
