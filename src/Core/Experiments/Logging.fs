namespace Mtrl.Experiments

/// How a metric is written.
[<RequireQualifiedAccess>]
type MetricFormat =
    | Int
    | Float
    | Time
    | Text

/// What becomes of a metric's values between two lines of the log.
[<RequireQualifiedAccess>]
type Aggregation =
    | Average
    /// The last value.
    | Constant

/// A column of the training or evaluation log.
type Metric = {
    /// Ends in "_": one column per task.
    Key: string
    /// Its name on the line; none: only in files.
    Abbreviation: string option
    Format: MetricFormat
    Aggregation: Aggregation
}

/// `logger.*`, `logbook.*`, `metrics.*`.
type Logging = {
    LoggerDir: string
    /// Write TensorBoard events.
    TensorBoard: bool
    LogbookWriteToConsole: bool
    LogbookDir: string
    LogbookManyFiles: bool
    /// Columns of `train.log`, in order.
    TrainMetrics: Metric list
    EvalMetrics: Metric list
}
