namespace MtrlFunctional.Algorithms

open MtrlFunctional.Tensors

/// An episode of one task, in plain numbers.
type internal RememberedEpisode = {
    /// [steps; obs], row-major.
    Obs: float32[]
    /// [steps; actions], row-major.
    Action: float32[]
    /// [steps].
    Reward: float32[]
    /// [obs].
    LastObs: float32[]
    Terminal: bool
}

/// The newest episodes with success of each task, the newest first: [tasks].
///
/// Source of the idea: Oh et al. 2018, "Self-Imitation Learning", arXiv:1806.05635. Where this differs:
///   [1] episodes with a success are remembered, not transitions by their returns;
///   [2] they are rows of the next iterations, with ratios that start at 1: the loss of the algorithm is the only one, and
///       as in the paper's eq. 2 positive advantages alone count in it (`NormalisedAdvantages`);
///   [3] a task is trained on them while fewer than half of its episodes succeed.
type internal RememberedEpisodes = RememberedEpisode list[]

/// Remembering episodes, and training on them again.
module internal RememberedEpisodes =
    /// The share of episodes with success from which on a task needs none that is remembered.
    [<Literal>]
    let private Enough = 0.5

    /// No episode of any task.
    let start tasks : RememberedEpisodes = Array.create tasks []

    let private pick task row length (episodes: Episodes) : RememberedEpisode =
        let own (x: Tensor) =
            x |> Tensor.select 0 (int64 task) |> Tensor.select 0 (int64 row)

        let steps x =
            own x
            |> Tensor.narrow 0 0L (int64 length)
            |> Tensor.contiguous
            |> Tensor.toFloats

        {
            Obs = steps episodes.Obs
            Action = steps episodes.Action
            Reward = steps episodes.Reward
            LastObs = own episodes.LastObs |> Tensor.contiguous |> Tensor.toFloats
            Terminal = episodes.Terminal[task * int (Tensor.size 1 episodes.Obs) + row]
        }

    /// Remembers the successes of an iteration in main memory, at most `most` episodes of each task. `succeeded` tells of each
    /// row whether its first episode has a success; rows of several episodes are passed over.
    let observe
        most
        (succeeded: bool[])
        (episodes: Episodes)
        (remembered: RememberedEpisodes)
        : RememberedEpisodes =
        let tasks, count, _ = Episodes.sizes episodes

        let rows =
            seq { 0 .. tasks * count - 1 }
            |> Seq.filter (fun row -> succeeded[row] && episodes.Restarts[row].Length = 0)
            |> Seq.groupBy (fun row -> row / count)
            |> Map.ofSeq

        remembered
        |> Array.mapi (fun task before ->
            match Map.tryFind task rows with
            | None -> before
            | Some rows ->
                let now = [
                    for row in Seq.rev rows |> Seq.truncate most ->
                        pick task (row % count) episodes.Lengths[row] episodes
                ]

                List.truncate most (now @ before))

    /// Remembered episodes as rows of the tasks, of the sizes of an iteration's: none where no task has any.
    let private rowsOf (like: Episodes) (remembered: RememberedEpisodes) : Episodes option =
        match remembered |> Array.map List.length |> Array.max with
        | 0 -> None
        | rows ->
            let tasks = remembered.Length

            let episode i =
                List.tryItem (i % rows) remembered[i / rows]

            /// The numbers of each row, followed by zeros.
            let numbers (like: Tensor) (part: RememberedEpisode -> float32[]) =
                let shape = Tensor.shape like
                let size = shape[2..] |> Array.fold (*) 1L |> int
                let all = Array.zeroCreate (tasks * rows * size)

                for i in 0 .. tasks * rows - 1 do
                    match episode i with
                    | Some episode ->
                        let own = part episode
                        System.Array.Copy(own, 0, all, i * size, own.Length)
                    | None -> ()

                Tensor.ofFloats [| int64 tasks; int64 rows; yield! shape[2..] |] all

            let each (value: RememberedEpisode -> 'a) none =
                Array.init (tasks * rows) (fun i ->
                    episode i |> Option.map value |> Option.defaultValue none)

            Some {
                Obs = numbers like.Obs _.Obs
                Action = numbers like.Action _.Action
                Reward = numbers like.Reward _.Reward
                LastObs = numbers like.LastObs _.LastObs
                Lengths = each _.Reward.Length 0
                Terminal = each _.Terminal false
                Restarts = Array.create (tasks * rows) [||]
                Remembered = Array.create (tasks * rows) true
            }

    /// The episodes of an iteration, and behind them those that tasks remember of which fewer than half succeed; `success` are the
    /// tasks' success rates, [tasks].
    let added (success: float[]) (remembered: RememberedEpisodes) (episodes: Episodes) : Episodes =
        remembered
        |> Array.mapi (fun task own -> if success[task] < Enough then own else [])
        |> rowsOf episodes
        |> Option.map (fun rows -> Episodes.concat [ episodes; rows ])
        |> Option.defaultValue episodes

    /// The numbers of each episode by name, such as "3/0/reward" of the newest one of task 3.
    [<CompiledName("Named")>]
    let named (remembered: RememberedEpisodes) : (string * float32[]) list = [
        for task, own in Array.indexed remembered do
            for i, episode in List.indexed own do
                $"{task}/{i}/observation", episode.Obs
                $"{task}/{i}/action", episode.Action
                $"{task}/{i}/reward", episode.Reward
                $"{task}/{i}/last_observation", episode.LastObs
                $"{task}/{i}/terminal", [| if episode.Terminal then 1f else 0f |]
    ]

    /// The episodes that `named` named, of as many tasks; null: there is no such name.
    let ofNamed tasks (find: System.Func<string, float32[] | null>) : RememberedEpisodes =
        let numbers name = Option.ofObj (find.Invoke name)

        let episode task i =
            numbers $"{task}/{i}/observation"
            |> Option.map (fun obs ->
                let part name =
                    numbers $"{task}/{i}/{name}" |> Option.defaultValue [||]

                {
                    Obs = obs
                    Action = part "action"
                    Reward = part "reward"
                    LastObs = part "last_observation"
                    Terminal = part "terminal" = [| 1f |]
                })

        Array.init tasks (fun task ->
            0
            |> List.unfold (fun i -> episode task i |> Option.map (fun found -> found, i + 1)))
