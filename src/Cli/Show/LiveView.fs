/// A view of played episodes that is drawn over and over.
module MtrlFunctional.Cli.Show.LiveView

open System
open System.Diagnostics
open System.Threading
open Spectre.Console
open Spectre.Console.Rendering
open MtrlFunctional.Training
open MtrlFunctional.Cli.Show.Play

/// Seconds between two drawings.
let private redraw = 0.1

/// Draws what `play` shows until it returns: pictures of steps of episodes, at most ten a second but for the last of an
/// episode, and no faster than real time.
let run
    (console: IAnsiConsole)
    (rollout: Rollout)
    (play: (EpisodeProgress[] -> (unit -> IRenderable) -> unit) -> 'a)
    =
    let rate = stepsPerSecond rollout
    let clock = Stopwatch.StartNew()
    let drawn, began = ref -redraw, ref 0.0

    let show
        (context: LiveDisplayContext)
        (tasks: EpisodeProgress[])
        (picture: unit -> IRenderable)
        =
        let step = tasks[0].Step

        if step = 1 then
            began.Value <- clock.Elapsed.TotalSeconds

        let early = began.Value + float step / rate - clock.Elapsed.TotalSeconds

        if early > 0.0 then
            Thread.Sleep(TimeSpan.FromSeconds early)

        let now = clock.Elapsed.TotalSeconds

        if Array.forall _.IsOver tasks || now - drawn.Value >= redraw then
            drawn.Value <- now
            context.UpdateTarget(picture ())

    console
        .Live(Text "starting …")
        .Overflow(VerticalOverflow.Crop)
        .Start(fun context -> play (show context))
