namespace Mtrl.Cli.Bench

open System

/// Times of one thing, taken in several rounds between which other things were measured, so that
/// a busy moment of the machine strikes all alike.
type Sample = { Name: string; Milliseconds: float list }

module Sample =
    /// The middle one; NaN where nothing was measured.
    let median (xs: float list) =
        match List.sort xs with
        | [] -> nan
        | sorted ->
            let n = sorted.Length

            if n % 2 = 1 then
                sorted[n / 2]
            else
                (sorted[n / 2 - 1] + sorted[n / 2]) / 2.0

    let least (xs: float list) = List.fold min infinity xs

/// What a benchmark found: numbers by key, as the JSON file holds them, and the lines for people.
type Findings = {
    Numbers: (string * float) list
    Texts: (string * string) list
    /// Printed as they are, in this order.
    Lines: string list
}

/// The clock and the memory of this process.
module Machine =
    /// Runs and returns how many milliseconds it took.
    let timed body =
        let start = Diagnostics.Stopwatch.GetTimestamp()
        body ()
        Diagnostics.Stopwatch.GetElapsedTime(start).TotalMilliseconds

    /// Largest memory that this process had in RAM so far, MiB.
    let peakMemory () =
        float (Diagnostics.Process.GetCurrentProcess().PeakWorkingSet64) / 1048576.0
