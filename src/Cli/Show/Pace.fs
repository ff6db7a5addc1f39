namespace MtrlFunctional.Cli.Show

open System
open System.Diagnostics
open System.Threading

/// Keeps the steps of played episodes from running ahead of real time, and drawings a tenth of a second
/// apart.
type Pace() =
    let redraw = 0.1
    let clock = Stopwatch.StartNew()
    let mutable drawn = -redraw
    let mutable began = 0.0

    /// Seconds since it was made.
    member _.Elapsed = clock.Elapsed.TotalSeconds

    /// Waits until a step of an episode is due; step 1 begins the episode.
    member pace.Await(step: int, stepsPerSecond: float) =
        if step = 1 then
            began <- pace.Elapsed

        let early = began + float step / stepsPerSecond - pace.Elapsed

        if early > 0.0 then
            Thread.Sleep(TimeSpan.FromSeconds early)

    /// Calls `draw` where the last drawing is old enough, or `isLast`.
    member pace.Draw isLast draw =
        if isLast || pace.Elapsed - drawn >= redraw then
            drawn <- pace.Elapsed
            draw ()
