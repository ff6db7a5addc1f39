/// Display of a run without a terminal: a readable line every ten seconds and for each evaluation.
///
/// Reading order: trained, evaluated (pure: progress in, text out) → run; `paperLines` prints the lines of
/// `train.log` instead.
module MtrlFunctional.Cli.Display.Plain

open System
open System.IO
open MtrlFunctional
open MtrlFunctional.Statistics
open MtrlFunctional.Training

/// Between two lines of training.
let private interval = TimeSpan.FromSeconds 10.0

let private average pick (p: TrainingProgress) =
    p.Tasks |> Seq.map pick |> TaskAggregate.over TaskAggregate.Average

/// "step 31,000 of 50,000 (62 %), success 45 % over 10 tasks, return 1,234, 3 min 10 s left". Success is the mean over
/// the tasks that define success.
let trained (p: TrainingProgress) =
    let succeeding =
        p.Tasks |> Seq.filter (_.SuccessEver >> Double.IsFinite) |> Seq.length

    [
        $"step {Format.count p.Step} of {Format.count p.TotalSteps} ({Format.percent p.Share})"

        match average _.SuccessEver p with
        | success when Double.IsFinite success ->
            $"""success {Format.percent success} over {Format.plural succeeding "task"}"""
        | _ -> ()

        match average _.Return p with
        | result when Double.IsFinite result -> $"return {Format.number result}"
        | _ -> ()

        if p.Step > p.FirstStep then
            $"{Format.number p.EnvStepsPerSecond} environment steps/s"

        match Live.remaining p with
        | Some t -> $"about {Durations.text t} left"
        | None -> ()
    ]
    |> String.concat ", "

/// "evaluation after step 30,000: success 90 %, at end 60 %, return 2,000".
let evaluated (e: EvaluationResult) =
    // NaN: no task defines success.
    let success =
        if Double.IsNaN e.SuccessEver then
            ""
        else
            $"success {Format.percent e.SuccessEver}, at end {Format.percent e.SuccessAtEnd}, "

    $"evaluation after step {Format.count e.Step}: {success}return {Format.number e.Return}"

/// Writes a line of training ten seconds after the last one at the earliest, each new evaluation, and the
/// final publication of `train`.
let run (out: TextWriter) (train: (TrainingProgress -> unit) -> 'result) =
    let mutable due = interval
    let mutable evaluation = -1L
    let mutable latest = None

    let write (text: string) =
        out.WriteLine text
        out.Flush()

    let publish (p: TrainingProgress) =
        latest <- Some p

        match p.LastEvaluation with
        | null -> ()
        | e when e.Step <> evaluation ->
            evaluation <- e.Step
            write (evaluated e)
        | _ -> ()

        if p.Elapsed >= due then
            due <- p.Elapsed + interval
            latest <- None
            write (trained p)

    let result = train publish
    latest |> Option.iter (trained >> write)
    result

/// Writes the lines of `train.log` in the format of the papers' program.
let paperLines (out: TextWriter) (train: (TrainingProgress -> unit) -> 'result) =
    train (fun p ->
        for line in p.Lines do
            out.WriteLine line

        out.Flush())
