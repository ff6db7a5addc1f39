/// Durations, in messages.
module MtrlFunctional.Durations

open System

/// "42 s", "3 min 05 s", "2 h 10 min".
[<CompiledName("Text")>]
let text (t: TimeSpan) =
    let t =
        TimeSpan.FromSeconds(Math.Round(t.TotalSeconds, MidpointRounding.AwayFromZero))

    if t.TotalMinutes < 1.0 then
        $"{t.Seconds} s"
    elif t.TotalMinutes < 60.0 then
        $"{int t.TotalMinutes} min {t.Seconds:d2} s"
    else
        $"{int t.TotalHours} h {t.Minutes:d2} min"
