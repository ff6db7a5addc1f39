namespace Mtrl.Experiments

/// How many checkpoints of a run are kept.
[<RequireQualifiedAccess>]
type Retain =
    | All
    | Last of count: int

/// `experiment.*`: what happens when. A step is one action in every task.
type Schedule = {
    /// `experiment.name`, a label.
    Name: string
    /// Steps of random actions; as many updates are done at once when they end.
    InitSteps: int
    NumTrainSteps: int
    /// Updates after each step.
    UpdatesPerStep: int
    /// Steps between evaluations, rounded up to the end of an episode.
    EvalFreq: int
    /// Evaluation episodes per task.
    NumEvalEpisodes: int
    /// Steps between checkpoints, rounded up to the end of an episode.
    SaveFreq: int
    /// Continue the newest checkpoint of the run folder.
    ShouldResume: bool
    RetainCheckpoints: Retain
    /// Checkpoints hold the replay buffer, so that a resumed run equals an uninterrupted one.
    SaveBuffer: bool
    SizePerChunk: int
    NumSamplesToSave: int
    SaveDir: string
    SaveVideo: bool
    /// Tasks that are stepped but not stored.
    EnvsToExclude: string list
}
