namespace MtrlFunctional.Experiments

/// How many checkpoints of a run are kept.
[<RequireQualifiedAccess>]
type Retain =
    | All
    | Last of count: int

/// `experiment.*`: what happens when. A step is one action in every task.
type Schedule = {
    /// Steps of random actions; as many updates are done at once when they end.
    InitSteps: int
    NumTrainSteps: int
    /// Updates after each step.
    UpdatesPerStep: int
    /// Steps between two lines of the training log.
    LogFreq: int
    /// Steps between evaluations.
    EvalFreq: int
    /// Evaluation episodes per task.
    NumEvalEpisodes: int
    /// Steps between checkpoints.
    SaveFreq: int
    /// Continue the newest checkpoint of the run folder.
    ShouldResume: bool
    RetainCheckpoints: Retain
    /// Checkpoints hold the replay buffer, so that a resumed run equals an uninterrupted one.
    SaveBuffer: bool
    /// Updates between two records of the cosine similarities of the tasks' gradients, the first before the first
    /// update. 0: none.
    ConflictsFreq: int
    /// Tasks that are stepped but not stored.
    EnvsToExclude: string list
}

module internal Schedule =
    open Schema

    let private key name = key $"experiment.{name}"
    let private keyBy name = keyBy $"experiment.{name}"
    let private ignored why name = ignored why $"experiment.{name}"

    let private retain =
        Codec.int -1 1_000_000
        |> Codec.map (fun count -> if count < 0 then Retain.All else Retain.Last count) (function
            | Retain.All -> -1
            | Retain.Last count -> count)

    let schema =
        record [
            ignored "env= chooses it" "name" Codec.text (bySetup (is "metaworld") (is "dmcontrol"))
            <| "class of the experiment"

            key "init_steps" Codec.count (is 1500) _.InitSteps
            <| "steps of random actions; as many updates follow at once when they end"

            key "num_train_steps" Codec.count (is 1_000_000) _.NumTrainSteps
            <| "steps; a step is one action in every task"

            key "updates_per_step" (Codec.int 1 1000) (is 1) _.UpdatesPerStep
            <| "updates after each step. Ours"

            key
                "log_freq"
                Codec.count
                (byPolicy (like "agent.on_policy.episode_length") (like "env.horizon"))
                _.LogFreq
            <| "steps between two lines of the training log; with on-policy agents at the end of the iteration. Ours"

            key "eval_freq" Codec.count (byPolicy (is 100_000) (is 10_000)) _.EvalFreq
            <| "steps between evaluations; with on-policy agents at the end of the iteration"

            key "num_eval_episodes" (Codec.int 1 10_000) (is 10) _.NumEvalEpisodes
            <| "evaluation episodes of each task"

            key
                "save_freq"
                Codec.count
                (byPolicy (is 25_000) (like "experiment.eval_freq"))
                _.SaveFreq
            <| "steps between checkpoints; with on-policy agents at the end of the iteration. Ours"

            key "should_resume" Codec.flag (is true) _.ShouldResume
            <| "continue the newest checkpoint in the run folder"

            key "save.model.retain_last_n" retain (is (Retain.Last 1)) _.RetainCheckpoints
            <| "checkpoints that are kept, the newest always; -1: all"

            key "save.buffer.should_save" Codec.flag (is true) _.SaveBuffer
            <| "checkpoints hold the replay buffer, so that a resumed run equals an uninterrupted one"

            ignored
                "a file has up to a 64th of a task's transitions"
                "save.buffer.size_per_chunk"
                Codec.count
                (is 10_000)
            <| "transitions in a file of the saved buffer"

            ignored
                "the buffer is saved whole"
                "save.buffer.num_samples_to_save"
                (Codec.int -1 2_000_000_000)
                (is -1)
            <| "transitions to save; -1: all"

            ignored "setup.save_dir decides" "save_dir" Codec.text (like "setup.save_dir")
            <| "folder of the experiment"

            ignored "videos are not recorded yet" "save_video" Codec.flag (is false)
            <| "record the evaluation"

            key
                "conflicts_freq"
                (Codec.int 0 2_000_000_000)
                (byPolicy (is 10) (is 1000))
                _.ConflictsFreq
            <| "updates (on-policy: iterations) between measurements of the tasks' gradients for mtrl conflicts; 0: none. Ours"

            keyBy
                "envs_to_exclude_during_training"
                (fun c -> Codec.list c.Env.Family.TaskCodec)
                (is [])
                _.EnvsToExclude
            <| "tasks that are stepped but not stored"
        ]
