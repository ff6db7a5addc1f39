namespace MtrlFunctional.Cli.Bench

open System
open System.IO

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

/// The clock, the memory and the load of this process and machine.
module Machine =
    /// Runs and returns how many milliseconds it took.
    let timed body =
        let start = Diagnostics.Stopwatch.GetTimestamp()
        body ()
        Diagnostics.Stopwatch.GetElapsedTime(start).TotalMilliseconds

    /// As `timed`, and the milliseconds that the processors worked for this process: what other
    /// programs take does not count there.
    let worked body =
        let before = Environment.CpuUsage.TotalTime
        let time = timed body
        time, (Environment.CpuUsage.TotalTime - before).TotalMilliseconds

    /// Largest memory that this process had in RAM so far, MiB.
    let peakMemory () =
        float (Diagnostics.Process.GetCurrentProcess().PeakWorkingSet64) / 1048576.0

    /// Programs that wanted a processor in the last minute, on average; NaN where unknown.
    let load () =
        let file = "/proc/loadavg"

        if File.Exists file then
            float ((File.ReadAllText file).Split ' ' |> Array.head)
        else
            nan

    /// A line about what else this machine did.
    let loadLine () =
        $"  the machine carried a load of %.1f{load ()} on {Environment.ProcessorCount} processors in the last minute"
